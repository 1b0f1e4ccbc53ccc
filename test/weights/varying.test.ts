/** Given weights of a family whose members become networks of different sizes: each as if it had been decomposed alone. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { modelOf } from '../check/program.ts';
import { gaussian } from './networks.ts';

const paths = [1, 2, 3].map((l) => `w[${l}].weight`);
const given = new Map(paths.map((path, k) => [path, gaussian([24, 24], k + 1)]));
const decomposed = (statements: string) => {
  const text = `edition 1
model Deep(width = 24) {
  axis batch
  input x[batch, width]
  w[l in 1..3]: linear[width -> width](biased = false)
  forward(x[batch, width]) -> y[batch, width] {
    y = x
    for l in w { y = l(y) }
  }
  loss size = mean(forward(x) ^ 2)
}
variant V of Deep { ${statements} }`;
  const model = modelOf(text, 'V', { source: new Set(paths) });
  const { model: final, values, decompositions } = initialise(model, [1, 0], (path) => given.get(path));
  const errors = paths.map((path) => {
    const whole = given.get(path)!;
    const weight = final.weights.find((one) => one.path === path)!;
    return distance(mergeWeight(final, values, weight).data, whole.data) / norm(whole.data);
  });
  return { errors, told: decompositions.map(({ report }) => report.error) };
};

test('bonds by member: the error of each is that of the same statement on it alone, and is what is told', () => {
  const { errors, told } = decomposed('decompose w[l] as mpo[4*6, 4*6](b = 4 * l)');
  for (const [k, error] of errors.entries()) assert.ok(Math.abs(error - told[k]!) < 1e-6, `${error} is told as ${told[k]}`);
  for (const l of [1, 2, 3]) {
    const alone = decomposed(`decompose w[${l}] as mpo[4*6, 4*6](b = ${4 * l})`);
    assert.ok(Math.abs(errors[l - 1]! - alone.errors[l - 1]!) < 1e-12);
  }
  assert.ok(errors[0]! > errors[1]! && errors[1]! > errors[2]!);
});

test('factor lists by member, with full bonds: exact', () => {
  for (const error of decomposed('decompose w[l] as mpo[padded (l + 3)*6, 4*6]').errors) assert.ok(error < 1e-12);
});

test('each member keeps the promise that its own policy makes', () => {
  const { errors } = decomposed('decompose w[l] as mpo[4*6, 4*6] to error 0.2 * l');
  for (const [k, error] of errors.entries())
    assert.ok(error <= 0.2 * (k + 1) + 1e-9 && error > 0.1 * (k + 1), `${error} for ${0.2 * (k + 1)}`);
});

test.run();
