/** Second moments of inputs and gradients against their definition, where both are known in closed form. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../compiler/index.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { momentsOn } from '../../runtime/train/input-moments.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { modelOf } from '../check/program.ts';
import { gaussian } from '../weights/networks.ts';

const model = modelOf(
  `edition 1
model M(width = 5, out = 3) {
  axis batch, time
  input x[batch, time, width], scale[batch]
  w: [out, width] ~ zeros
  fn apply(x[batch, time, width]) -> y[batch, time, out] { y[batch, time, out] = w * x }
  loss l = sum[batch, time, out](scale * apply(x) ^ 2)
}`,
  'M',
);

test('the gradients at the outputs of a square are twice the outputs', async () => {
  const [rows, time] = [4, 2];
  const x = gaussian([rows, time, 5], 1).data;
  const scale = Float64Array.of(1, 2, 3, 4);
  const values: HostTensor[] = [gaussian([3, 5], 2)];
  const feed = {
    validation: {
      inputs: ['x', 'scale'],
      rows,
      axis: 'batch',
      perBatch: 2,
      sizes: { batch: 2, time },
      batch: (from: number, count: number) => ({ x: x.slice(from * 10, (from + count) * 10), scale: scale.slice(from, from + count) }),
    },
  };
  const found = await momentsOn(referenceEngine(table), { model, values, loss: 'l', feed, examples: rows, gradients: true, memory: 0 });
  const moments = found.get('w');
  assert.ok(typeof moments === 'object', String(moments));
  const wanted = { inputs: new Float64Array(25), gradients: new Float64Array(9) };
  for (let at = 0; at < rows * time; at++) {
    const own = x.subarray(at * 5, at * 5 + 5);
    const gradient = [0, 1, 2].map(
      (out) => 2 * scale[Math.floor(at / time)] * own.reduce((sum, value, k) => sum + value * values[0].data[out * 5 + k], 0),
    );
    for (let i = 0; i < 5; i++) for (let j = 0; j < 5; j++) wanted.inputs[i * 5 + j] += own[i] * own[j];
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) wanted.gradients[i * 3 + j] += gradient[i] * gradient[j];
  }
  assert.equal([moments.inputs.axes, moments.gradients!.axes], [[1], [0]]);
  const off = (a: Float64Array, b: Float64Array) => Math.max(...a.map((value, k) => Math.abs(value - b[k])));
  assert.ok(off(moments.inputs.matrix, wanted.inputs) < 1e-12);
  assert.ok(off(moments.gradients!.matrix, wanted.gradients) < 1e-10, `${moments.gradients!.matrix} for ${wanted.gradients}`);
});

test.run();
