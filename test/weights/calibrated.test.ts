/** Decompositions by inputs: the best of the outputs where one core has all inputs, better than the plain one elsewhere, and what is refused. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decomposeByInputs } from '../../runtime/weights/calibrated.ts';
import { decompose } from '../../runtime/weights/decompose.ts';
import type { InputMoment } from '../../runtime/weights/input-moment.ts';
import { leftSingular, multiply, transpose } from '../../runtime/weights/linear-algebra.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { gaussian } from './networks.ts';
import { mergedWeight, networkIn, weightModel } from './programs.ts';

/** Inputs whose directions differ by orders of magnitude, as those of real layers do; by rows. */
function examples(count: number, size: number): Float64Array {
  const { data } = gaussian([count, size], 9);
  const mixed = multiply(data, gaussian([size, size], 10).data, count, size, size);
  return mixed.map((value, at) => value * 10 ** (-(at % size) / 6));
}
function momentOf(inputs: Float64Array, size: number, axes = [1]): InputMoment {
  const count = inputs.length / size;
  return { axes, matrix: multiply(transpose(inputs, count, size), inputs, size, count, size) };
}
/** |(W - N) x| over all examples against |W x|, by the definition. */
function outputError(weight: HostTensor, found: HostTensor, inputs: Float64Array): number {
  const [rows, size] = weight.shape;
  const count = inputs.length / size;
  const turned = transpose(inputs, count, size);
  const outputs = (data: Float64Array) => multiply(data, turned, rows, size, count);
  return distance(outputs(weight.data), outputs(found.data)) / norm(outputs(weight.data));
}
function both(as: string, weight: HostTensor, moment: InputMoment, options: Parameters<typeof decompose>[3] = {}) {
  const model = weightModel({ as, sizes: weight.shape });
  const [{ axes }] = model.weights;
  const network = networkIn(model);
  const merged = (cores: readonly HostTensor[]) =>
    mergedWeight(
      model,
      model.parameters.map(({ id }) => cores[network.nodes.findIndex(({ parameter }) => parameter === id)]),
    );
  const own = decomposeByInputs(weight, axes, network, { inputs: moment }, options);
  const plain = decompose(weight, axes, network, options);
  return { own, plain, merged };
}

test('a matrix of low rank has the least error of outputs that there is, and it is told', () => {
  const weight = gaussian([10, 12], 1);
  const inputs = examples(40, 12);
  const { own, plain, merged } = both('low_rank(r = 4)', weight, momentOf(inputs, 12));
  const outputs = multiply(weight.data, transpose(inputs, 40, 12), 10, 12, 40);
  const { s } = leftSingular(outputs, 10, 40);
  const best = norm(s.subarray(4)) / norm(s);
  const found = outputError(weight, merged(own.cores), inputs);
  assert.ok(Math.abs(found - best) < 1e-9, `${found} for ${best}`);
  assert.ok(Math.abs(own.outputError! - found) < 1e-9);
  assert.ok(Math.abs(own.error - distance(merged(own.cores).data, weight.data) / norm(weight.data)) < 1e-12);
  assert.ok(outputError(weight, merged(plain.cores), inputs) > 1.2 * best);
});

for (const as of ['mpo[2*5, 4*3](b = 4)', 'mpo[2*3*2, 2*3*2](b = 3)', 'ring[2*3*2, 2*3*2](b = 2)', 'mpo[2*6, padded 3*5](b = 4)']) {
  test(`the outputs are nearer than those of the plain decomposition: ${as}`, () => {
    const weight = gaussian([as.includes('2*5') ? 10 : 12, 12], 1);
    const inputs = examples(40, 12);
    const { own, plain, merged } = both(as, weight, momentOf(inputs, 12));
    const [mine, theirs] = [own, plain].map(({ cores }) => outputError(weight, merged(cores), inputs));
    assert.ok(mine < 0.9 * theirs, `${mine} and ${theirs}`);
    assert.ok(Math.abs(own.outputError! - mine) < 1e-9, `${own.outputError} told, ${mine} measured`);
  });
}

test('a promise is of the outputs', () => {
  const weight = gaussian([12, 12], 1);
  const inputs = examples(40, 12);
  for (const as of ['low_rank(r = 12)', 'mpo[2*3*2, 2*3*2](b = 36)']) {
    const { own, plain, merged } = both(as, weight, momentOf(inputs, 12), { policy: { measure: 'error', value: 0.1 } });
    assert.ok(outputError(weight, merged(own.cores), inputs) <= 0.1);
    assert.ok(own.parameters <= plain.parameters, `${as}: ${own.parameters} and ${plain.parameters}`);
    if (as.startsWith('low_rank')) assert.ok(own.parameters < plain.parameters);
  }
});

test('the first axis may be the inputs; those that do not span all are said, and nothing is not taken for inputs', () => {
  const weight = gaussian([8, 6], 1);
  const { own } = both('low_rank(r = 2)', weight, momentOf(examples(30, 8), 8, [0]));
  assert.ok(own.outputError! < own.error);
  const few = both('low_rank(r = 3)', weight, momentOf(examples(3, 6), 6));
  assert.ok(few.own.outputError! < 1e-3, `${few.own.outputError}`);
  assert.match(few.own.warnings.join(), /the inputs span 3 of 6 directions/);
  assert.throws(() => both('low_rank(r = 3)', weight, { axes: [1], matrix: new Float64Array(36) }), /the calibration data never reach it/);
});

test.run();
