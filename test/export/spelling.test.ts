/** Every operation of the table, from its samples, as a graph of ONNX that onnxruntime runs: the values of the reference to 1e-5. */
import * as ort from 'onnxruntime-web';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeOnnx } from '../../compiler/export/onnx/encode.ts';
import { onnxModel } from '../../compiler/export/onnx/index.ts';
import { fitProgram } from '../../compiler/export/open-program.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { inline } from '../../compiler/program/passes/inline.ts';
import { pickFrom, sampleProgram } from '../../compiler/program/random-program.ts';
import type { Dtype, Program, Source, Type } from '../../compiler/values/program.ts';
import { NotSpelt } from '../../compiler/values/spelling.ts';
import { times } from '../long.ts';
import { run } from '../program/numbers.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const sourcesOf = ({ nodes }: Program) =>
  nodes.flatMap(({ operation, attributes, type }) => (operation === 'source' ? [{ name: (attributes as Source).name, type }] : []));
const shapeOf = ({ axes }: Type) => axes.map(({ size }) => size);
const tensors: Record<Dtype, (data: Float64Array, shape: readonly number[]) => ort.Tensor> = {
  real: (data, shape) => new ort.Tensor('float32', Float32Array.from(data), shape),
  int: (data, shape) => new ort.Tensor('int64', BigInt64Array.from(Array.from(data), BigInt), shape),
  bit: (data, shape) => new ort.Tensor('bool', Uint8Array.from(data), shape),
};

/** What onnxruntime gives; undefined where random words are asked for. */
async function byOnnx(program: Program, values: ReadonlyMap<string, Float64Array>): Promise<number[] | undefined> {
  const inputs = sourcesOf(program).map(({ name, type }) => ({ name, dtype: type.dtype, shape: shapeOf(type), about: name }));
  const [{ kind, name }] = program.outputs;
  const results = [{ key: `${kind} ${name}`, name: 'found', about: 'found' }];
  const open = fitProgram([], [[]], () => program);
  try {
    const model = onnxModel(open, table, { opset: 23, name: 'sample', inputs, results, metadata: {} });
    const bytes = encodeOnnx(model, () => new Float32Array(), { producer: 'test 0', dataFile: 'none', limit: 2 ** 30 }).model;
    const session = await ort.InferenceSession.create(Uint8Array.from(Buffer.concat([...bytes])));
    const fed = inputs.map(({ name: own, dtype, shape }) => [own, tensors[dtype](values.get(own)!, shape)] as const);
    const { found } = await session.run(Object.fromEntries(fed));
    await session.release();
    return Array.from(found.data as ArrayLike<number>, Number);
  } catch (error) {
    if (error instanceof NotSpelt) return undefined;
    throw error;
  }
}

for (const name of table.keys()) {
  if (name === 'source') continue;
  test(`${name}: spelt in ONNX it has the values of the reference`, async () => {
    let compared = 0;
    for (let seed = 0; seed < times(12, 300); seed++) {
      const sampled = sampleProgram(name, pickFrom(seed));
      const program = inline(sampled.program, table);
      const values = new Map([...sampled.values].map(([own, data]) => [own, data.map(Math.fround)]));
      const found = await byOnnx(program, values);
      if (found === undefined) continue;
      const expected = [...run(program, values).values()][0];
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      assert.is(found.length, expected.length, `${name} ${seed}`);
      for (const [k, value] of expected.entries()) {
        const same = Math.abs(found[k] - value) <= 1e-5 * largest || (Number.isNaN(value) && Number.isNaN(found[k]));
        assert.ok(same, `${name} ${seed}: ${found[k]} at ${k}, not ${value}`);
      }
      compared++;
    }
    assert.ok(compared > 5, `${compared} samples`);
  });
}

test.run();
