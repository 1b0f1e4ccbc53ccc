/** Weights that are sums of networks: first values, given weights fitted together, bonds chosen for the whole, merged, and squeezed. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bondClasses } from '../../compiler/index.ts';
import { normals } from '../../compiler/values/random.ts';
import { factoredBy, networksOf } from '../../compiler/values/term.ts';
import { decompose } from '../../runtime/weights/decompose.ts';
import { decomposeSum } from '../../runtime/weights/decompose-sum.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { mapValues } from '../../runtime/weights/squeeze.ts';
import { cutAll } from '../../runtime/weights/squeeze-choice.ts';
import { sizesForError } from '../../runtime/weights/squeeze-error.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { count, distance, norm } from '../../runtime/weights/tensor.ts';
import { naiveWeight, weightModel } from './programs.ts';

const sizes = [16, 12];
const random = (shape: readonly number[], seed = 1): HostTensor => ({ shape, data: normals([seed, 7], 1, count(shape)) });

function partsOf(as: string) {
  const [weight] = weightModel({ as, sizes, given: true }).weights;
  return networksOf(weight!).map(({ network }) => ({ network, axes: factoredBy(network, weight!.axes) }));
}

test('a merged sum is the sum of its terms, each by factors of its own, padded ones too', () => {
  const model = weightModel({ as: 'mpo[4*4, 3*4](b = 3) + ring[2*2*4, padded 2*2*4](b = 2) named loop + cp(n = 2, r = 3)', sizes });
  const { values } = initialise(model, [3, 1]);
  const [weight] = model.weights;
  const whole = mergeWeight(model, values, weight!);
  const expected = new Float64Array(count(sizes));
  for (const { network } of networksOf(weight!)) {
    const own = naiveWeight(
      network,
      factoredBy(network, weight!.axes),
      network.nodes.map(({ parameter }) => values[parameter]!),
    );
    for (let k = 0; k < expected.length; k++) expected[k]! += own.data[k]!;
  }
  assert.ok(distance(whole.data, expected) < 1e-12 * norm(expected));
  assert.equal(
    model.parameters.map(({ names }) => names[0]),
    [...['w.mpo.T[1]', 'w.mpo.T[2]', 'w.loop.T[1]', 'w.loop.T[2]', 'w.loop.T[3]', 'w.cp.F[1]', 'w.cp.F[2]']],
  );
});

test('terms share the variance of the law; those with laws of their own keep them', () => {
  const drawn = (as: string, own = '') =>
    weightModel({ as, sizes, own, law: 'normal(0.3)' }).weights[0]!.terms.map((term) => term.is === 'network' && term.drawn);
  const half = Math.sqrt(0.3 ** 2 / 2);
  assert.equal(drawn('mpo[4*4, 3*4](b = 3) + low_rank(r = 2)'), [0.3, undefined]);
  assert.equal(drawn('mpo[4*4, 3*4](b = 3) + cp(n = 2, r = 3)'), [half, half]);
  const flat = 'topology flat[a, b](r) { core A (a, r) ~ normal(0.5)  core B (r, b) ~ uniform(0.2) }';
  const square = 3 * 0.5 ** 2 * (0.2 ** 2 / 3);
  const [free, literal] = drawn('mpo[4*4, 3*4](b = 3) + flat(r = 3)', flat);
  assert.ok(Math.abs((free as number) - Math.sqrt(0.09 - square)) < 1e-12);
  assert.is(literal, undefined);
});

test('a drawn sum has the root mean square of the law, over many draws', () => {
  const model = weightModel({ as: 'mpo[4*4, 3*4](b = 3) + cp(n = 2, r = 3) + low_rank(r = 2)', sizes, law: 'normal(0.3)' });
  const squares = Array.from(
    { length: 200 },
    (_, seed) => norm(mergeWeight(model, initialise(model, [seed, 2]).values, model.weights[0]!).data) ** 2,
  );
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length / count(sizes);
  assert.ok(Math.abs(Math.sqrt(mean) / 0.3 - 1) < 0.02, `${Math.sqrt(mean)}`);
});

test('a weight that is such a sum is found again', () => {
  const parts = partsOf('mpo[4*4, 3*4](b = 1) + low_rank(r = 1)');
  const cores = parts.map(({ network }) =>
    network.nodes.map(({ legs }, k) =>
      random(
        legs.map((leg) => network.legs[leg]!.size),
        5 + k,
      ),
    ),
  );
  const weight = { shape: sizes, data: new Float64Array(count(sizes)) };
  parts.forEach(({ network, axes }, k) => {
    const own = naiveWeight({ ...network }, axes, cores[k]!);
    for (let at = 0; at < weight.data.length; at++) weight.data[at]! += own.data[at]!;
  });
  const found = decomposeSum(weight, parts);
  assert.ok(found.error < 1e-6, `${found.error} after ${found.iterations}`);
  assert.is(found.method, 'sum');
});

test('fitted together is no worse than term by term, nor than any term alone', () => {
  const sums = [
    'mpo[4*4, 3*4](b = 3) + low_rank(r = 2)',
    'ring[2*2*4, 3*2*2](b = 2) + mpo[4*4, 4*3](b = 2)',
    'cp(n = 2, r = 2) + tucker(r = 3, s = 3)',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...sums), fc.integer({ min: 0, max: 999 }), (as, seed) => {
      const parts = partsOf(as);
      const weight = random(sizes, seed);
      const alone = parts.map(({ network, axes }) => decompose(weight, axes, network).error);
      const { error, iterations, cores } = decomposeSum(weight, parts);
      assert.ok(error <= Math.min(...alone) + 1e-12, `${error} of ${alone}`);
      assert.ok(iterations! >= 1);
      assert.equal(decomposeSum(weight, parts).cores, cores, 'the same bits again');
    }),
    { numRuns: 6 },
  );
});

test('given weights reach the parameters of a model, with the error that is told', () => {
  const model = weightModel({ as: 'mpo[4*4, 3*4](b = 3) + low_rank(r = 2)', sizes, given: true });
  const weight = random(sizes);
  const { values, decompositions } = initialise(model, [1, 0], () => weight);
  const merged = mergeWeight(model, values, model.weights[0]!);
  assert.is(decompositions.length, 1);
  assert.is(decompositions[0]!.path, 'w');
  assert.ok(Math.abs(distance(merged.data, weight.data) / norm(weight.data) - decompositions[0]!.report.error) < 1e-12);
});

test('`to error` is of the sum, and chooses the bonds of all terms', () => {
  const smooth = {
    shape: sizes,
    data: Float64Array.from({ length: count(sizes) }, (_, k) => 1 / (1 + Math.floor(k / 12) + 2 * (k % 12)) + (k % 13 === 0 ? 1 : 0)),
  };
  for (const [policy, measure] of [
    ['error 0.2', 0.2],
    ['energy 0.99', 0.1],
  ] as const) {
    const model = weightModel({ as: `mpo[4*4, 3*4] + low_rank to ${policy}`, sizes, given: true });
    const { model: decided, values } = initialise(model, [1, 0], () => smooth);
    const error = distance(mergeWeight(decided, values, decided.weights[0]!).data, smooth.data) / norm(smooth.data);
    assert.ok(error <= measure * (1 + 1e-9), `${policy}: ${error}`);
    const bonds = bondClasses(decided).map(([bond]) => bond!.size);
    const full = bondClasses(model).map(([bond]) => bond!.size);
    assert.ok(bonds.every((size, k) => size <= full[k]!) && bonds.some((size, k) => size < full[k]!), `${bonds} of ${full}`);
  }
  const model = weightModel({ as: 'mpo[4*4, 3*4] + low_rank to share 0.6', sizes, given: true });
  const { values } = initialise(model, [1, 0], () => smooth);
  assert.ok(values.reduce((sum, { data }) => sum + data.length, 0) <= 0.6 * count(sizes));
});

test('a zero weight, and a term for which nothing is left, are warned of', () => {
  const parts = partsOf('mpo[4*4, 3*4](b = 3) + low_rank(r = 2)');
  assert.match(decomposeSum({ shape: sizes, data: new Float64Array(count(sizes)) }, parts).warnings.join(), /the weight is zero/);
  const ones = { shape: sizes, data: new Float64Array(count(sizes)).fill(1) };
  const { error } = decomposeSum(ones, parts);
  assert.ok(error < 1e-12);
  const broken = { shape: sizes, data: new Float64Array(count(sizes)).fill(Number.NaN) };
  assert.throws(() => decomposeSum(broken, parts), /not finite/);
});

test('bonds of every term are squeezed, by the error of the sum', () => {
  const model = weightModel({
    as: 'mpo[4*4, 3*4](b = 6) + low_rank(r = 4)',
    sizes,
    more: 'squeeze b of w by 1\n squeeze r of w by 1',
    given: true,
  });
  assert.equal(
    model.schedule.map((event) => event.is === 'squeeze' && event.bonds),
    [[{ weight: 0, legs: [4] }], [{ weight: 0, legs: [7] }]],
  );
  const { values } = initialise(model, [1, 0], () => random(sizes, 4));
  const before = mergeWeight(model, values, model.weights[0]!);
  const targets = sizesForError(model, values, bondClasses(model), 0.8);
  assert.is(targets.length, 2);
  const cuts = cutAll(model, values, targets);
  const after = mapValues(
    values,
    cuts.flatMap(({ maps }) => maps),
  );
  const shapes = model.weights.map((weight) => mergeWeight(model, after, weight));
  assert.ok(distance(shapes[0]!.data, before.data) <= 0.8 * norm(before.data));
});

test.run();
