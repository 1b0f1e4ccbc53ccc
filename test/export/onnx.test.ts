/**
 * What `bondsmith build --target onnx` writes, run by onnxruntime: every entry of every variant of the corpus gives what the reference gives
 * in f64. That onnx's own checker and strict shape inference find nothing is shown by `cases.ts` and `check_onnx.py`, which need Python.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import { onnxFiles } from '../../runtime/cli/build/onnx.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { modelOf } from '../check/program.ts';
import { smallProgram, workplace } from '../cli/command.ts';
import { isLong } from '../long.ts';
import { type Case, corpusCases, expectationsOf, given } from './cases.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
const work = workplace();
test.after(() => work.remove());

const TENSORS = {
  int: (data: ArrayLike<number>, shape: readonly number[]) => new ort.Tensor('int64', BigInt64Array.from(Array.from(data), BigInt), shape),
  bool: (data: ArrayLike<number>, shape: readonly number[]) => new ort.Tensor('bool', Uint8Array.from(data), shape),
  real: (data: ArrayLike<number>, shape: readonly number[]) => new ort.Tensor('float32', Float32Array.from(data), shape),
};
type Bytes = Iterable<Uint8Array>;
const joined = (parts: Bytes) => Uint8Array.from(Buffer.concat([...parts]));

interface Exported {
  readonly model: Model;
  readonly weights: Readonly<Record<string, Float64Array>>;
  readonly files: ReadonlyMap<string, Bytes>;
}
async function exported({ model, sizes }: Pick<Case, 'model' | 'sizes'>, opset = 23, limit?: number): Promise<Exported> {
  const { model: own, values } = initialise(model, [7, 0], (path) => given(path, model));
  const entries = own.entries.filter(({ inputs }) => inputs.length > 0).map(({ name }) => name);
  const building = { model: own, values, seeded: [7, 0] as const, planned: new Map(Object.entries(sizes)), entries, opset };
  const { files } = await onnxFiles(building, limit);
  const weights = Object.fromEntries(own.parameters.map(({ names, id }) => [names[0], Float64Array.from(values[id].data)]));
  return { model: own, weights, files };
}

/** How far results are off, of the largest value of each. */
async function difference(one: Case, { model, weights, files }: Exported): Promise<{ readonly count: number; readonly worst: number }> {
  const expected = new Map(expectationsOf({ ...one, model }, weights, 'results').map(({ name, data }) => [name, data]));
  let [count, worst] = [0, 0];
  for (const entry of model.entries) {
    const inputs = entry.inputs.map(({ name }) => one.inputs.find((input) => input.name === name));
    if (inputs.length === 0 || inputs.some((input) => input === undefined)) continue;
    const session = await ort.InferenceSession.create(joined(files.get(`${entry.name}.onnx`)!));
    const fed = inputs.map((input, k) => [input!.name, TENSORS[entry.inputs[k].type](input!.data as Float64Array, input!.shape)] as const);
    const found = await session.run(Object.fromEntries(fed));
    await session.release();
    for (const [k, name] of session.outputNames.entries()) {
      const key = session.outputNames.length === 1 ? entry.name : `${entry.name}.${entry.eval.results[k].name}`;
      const want = expected.get(`eval ${key}`)!;
      const data = Array.from(found[name].data as ArrayLike<number>, Number);
      const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
      assert.is(data.length, want.length, `${one.name}: ${key}`);
      const off = data.reduce((most, value, n) => Math.max(most, Math.abs(value - want[n])), 0) / largest;
      assert.ok(off <= 1e-5, `${one.name}: ${key} is off by ${off}`);
      [count, worst] = [count + 1, Math.max(worst, off)];
    }
  }
  return { count, worst };
}

const SAMPLE = ['Mpoe', 'BlockSparse', 'Filters'];
for (const one of corpusCases(isLong ? [] : SAMPLE)) {
  test(`${one.name}: onnxruntime gives the results of the reference, to 1e-5`, async () => {
    const { count } = await difference(one, await exported(one));
    assert.ok(count > 0);
  });
}

const odd = modelOf(`edition 1
model Odd(width = 3, vocab = 7) {
  axis batch, time <= 6
  input lambda[batch, time] in vocab, other[batch]
  class: [vocab, width] ~ normal(1)
  forward(lambda[batch, time] in vocab) -> yield[batch, time, width], total[batch, time] {
    yield = class[lambda]
    total = sum[width](yield * yield)
  }
  metric among = mean(select(lambda == 3 and @time < 2, 2.5, 1))
}`);
const oddCase = (batch: number, time: number): Case => ({
  name: 'Odd',
  model: odd,
  sizes: { batch, time },
  inputs: [{ name: 'lambda', shape: [batch, time], data: Int32Array.from({ length: batch * time }, (_, k) => (k * 5) % 7) }],
});
test('one file is for all sizes, of 1 and of the limit too, in both sets of operators', async () => {
  for (const opset of [18, 23]) {
    const files = await exported(oddCase(2, 4), opset);
    for (const [batch, time] of [
      [1, 1],
      [1, 6],
      [13, 2],
    ])
      assert.is((await difference(oddCase(batch, time), files)).count, 3);
  }
});
test('names are those of the program, open axes have theirs', async () => {
  const { files } = await exported(oddCase(2, 4));
  const session = await ort.InferenceSession.create(joined(files.get('forward.onnx')!));
  assert.equal(session.inputNames, ['lambda']);
  assert.equal(session.outputNames, ['yield', 'total']);
  const [input] = session.inputMetadata;
  assert.equal(input.isTensor && input.shape, ['batch', 'time']);
  await session.release();
});
test('the same bytes on every run', async () => {
  const [a, b] = [await exported(oddCase(2, 4)), await exported(oddCase(2, 4))];
  assert.equal(joined(a.files.get('forward.onnx')!), joined(b.files.get('forward.onnx')!));
});
test('weights that one file cannot hold lie beside it', async () => {
  const { files } = await exported(oddCase(2, 4), 23, 16);
  const whole = await exported(oddCase(2, 4));
  assert.equal([...files.keys()].slice(0, 2), ['forward.onnx', 'forward.onnx.data']);
  const data = joined(files.get('forward.onnx.data')!);
  assert.is(data.length, 4096);
  const externalData = [{ path: 'forward.onnx.data', data }];
  const ids = { lambda: TENSORS.int([1, 2], [1, 2]) };
  const inside = await ort.InferenceSession.create(joined(whole.files.get('forward.onnx')!));
  const apart = await ort.InferenceSession.create(joined(files.get('forward.onnx')!), { externalData });
  assert.equal((await apart.run(ids)).yield.data, (await inside.run(ids)).yield.data);
});

test('the command writes a file for each function, and says what it cannot', async () => {
  const file = work.write('small.bond', smallProgram);
  const building = ['build', file, '--variant', 'Small', '--target', 'onnx'];
  const ran = await work.run(...building, '--out', work.path('onnx'));
  assert.is(ran.code, 0, ran.err);
  assert.ok(existsSync(work.path('onnx/forward.onnx')));
  assert.match(readFileSync(work.path('onnx/README.md'), 'utf8'), /opset 23/);
  const none = await work.run(...building, '--entry', 'none', '--out', work.path('none'));
  assert.match(none.err, /has no entry none; it has forward \(function\)/);
  assert.not.ok(existsSync(work.path('none')));
});

test.run();
