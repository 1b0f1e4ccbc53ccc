/** `keep ... orthogonal` from the text to the checkpoint: 1,000 steps in f32, what a file then holds, and a run that was interrupted. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import { unfold } from '../../runtime/weights/gauge.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { multiply, transpose } from '../../runtime/weights/linear-algebra.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { distance, type HostTensor, norm } from '../../runtime/weights/tensor.ts';
import { smallModel } from './bigrams.ts';
import { memoryFiles, requestFor, type TestRequest, testHost } from './fixture.ts';

const held = `decompose mix as mpo[2*2*2, 2*2*2](b = 4)
  keep T[1] of mix orthogonal over b[1]
  keep T[3] of mix orthogonal over b[2]
  train T[1] of mix with probability 0.5
  init rotate.weight ~ orthogonal
  keep rotate orthogonal over in`;
const settings = { optimiser: { kind: 'adamw', rate: 0.02, decay: 0.1 }, clip: 1, checkpoint: { every: 10_000 } };

function defect({ legs, orthogonal }: Model['parameters'][number], data: Float64Array): number {
  const columns = legs[orthogonal!]!.size;
  const own = unfold({ shape: legs.map(({ size }) => size), data }, orthogonal!);
  const rows = own.length / columns;
  const gram = multiply(own, transpose(own, columns, rows), columns, rows, columns);
  return gram.reduce((most, value, k) => Math.max(most, Math.abs(value - (k % (columns + 1) === 0 ? 1 : 0))), 0);
}
const heldIn = (model: Model) => model.parameters.filter(({ orthogonal }) => orthogonal !== undefined);
const losses = (request: TestRequest) => readMeasurements(request.host.files, request.folder.metrics).map(({ loss }) => loss);

test('1,000 steps in f32 with decay, clipping and a gate leave the columns orthonormal to 1e-5, and the loss falls', async () => {
  const model = smallModel(held);
  const request = requestFor(model, settings, { engine: await wasmEngine(), steps: 1000 });
  await train(request);
  const { file } = openCheckpoint(request.host.files, request.folder.checkpoint);
  assert.is(heldIn(model).length, 3);
  for (const parameter of heldIn(model)) {
    const off = defect(parameter, file.read(parameter.names[0]));
    assert.ok(off <= 1e-5, `${parameter.names[0]}: ${off}`);
    assert.equal(file.tensors.get(`optimiser/${parameter.names[0]}.v`)!.shape, []);
  }
  const told = losses(request);
  assert.ok(told.at(-1)! < told[0]! - 0.5, `${told[0]} to ${told.at(-1)}`);
});

test('a weight that was given or drawn is what it was', () => {
  const statements = held.split('\n').slice(0, 3).join('\n');
  const source = new Set(['mix.weight']);
  const given: HostTensor = { shape: [8, 8], data: Float64Array.from({ length: 64 }, (_, k) => Math.sin(3 * k) + Math.cos(k * k)) };
  const full = statements.replace('(b = 4)', '');
  for (const [text, sources] of [
    [statements, undefined],
    [full, source],
  ] as const) {
    const merged = [text, text.split('\n')[0]!].map((own) => {
      const model = smallModel(own, sources);
      const { values } = initialise(model, [3, 0], (path) => (path === 'mix.weight' ? given : undefined));
      for (const parameter of heldIn(model)) assert.ok(defect(parameter, values[parameter.id]!.data) < 1e-12);
      return mergeWeight(model, values, model.weights.find(({ path }) => path === 'mix.weight')!);
    });
    assert.ok(distance(merged[0]!.data, merged[1]!.data) <= 1e-12 * norm(merged[1]!.data));
    if (sources !== undefined) assert.ok(distance(merged[0]!.data, given.data) <= 1e-12 * norm(given.data));
  }
});

test('a given dense tensor must be orthogonal itself: nobody could take the rest', () => {
  const model = smallModel('keep rotate orthogonal over in', new Set(['rotate.weight']));
  const turned = (angle: number) =>
    Float64Array.from({ length: 64 }, (_, k) =>
      k === 9 || k === 0 ? Math.cos(angle) : k === 1 ? -Math.sin(angle) : k === 8 ? Math.sin(angle) : k % 9 === 0 ? 1 : 0,
    );
  const from = (data: Float64Array) => initialise(model, [3, 0], () => ({ shape: [8, 8], data })).values;
  assert.ok(defect(heldIn(model)[0]!, from(turned(0.4))[heldIn(model)[0]!.id]!.data) < 1e-12);
  assert.throws(() => from(turned(0.4).map((x) => 2 * x)), /rotate.weight is to stay orthogonal over in, but its first values are not/);
});

test('interrupted and resumed equals uninterrupted, bit for bit', async () => {
  const model = smallModel(held);
  const engine = await wasmEngine();
  const whole = requestFor(model, settings, { engine, steps: 6 });
  await train(whole);
  const files = memoryFiles();
  const first = requestFor(model, settings, { engine, steps: 6, host: testHost(files, 2) });
  await train(first);
  const resume = openCheckpoint(files, first.folder.checkpoint);
  const second = requestFor(model, settings, { engine, steps: 6, host: testHost(files), resume });
  await train(second);
  assert.equal(losses(second), losses(whole));
  const [again, last] = [files, whole.host.files].map((own) => openCheckpoint(own, whole.folder.checkpoint).file);
  for (const tensor of last!.tensors.keys()) assert.equal(again!.read(tensor), last!.read(tensor));
});

test.run();
