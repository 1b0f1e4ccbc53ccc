/** Single entries and orders of axes taken from given weights: each rule against its definition, and what it is good for. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decomposeSum } from '../../runtime/weights/decompose-sum.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { inOrder, orderOf, putBack } from '../../runtime/weights/order.ts';
import { addEntries, largestEntries } from '../../runtime/weights/sparse.ts';
import { partsOf } from '../../runtime/weights/sum-part.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { count, distance, norm } from '../../runtime/weights/tensor.ts';
import { gaussian } from './networks.ts';
import { weightModel } from './programs.ts';

const small = fc.record({
  shape: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
  values: fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 125, maxLength: 125 }),
});
const tensorOf = ({ shape, values }: { shape: number[]; values: number[] }): HostTensor => ({
  shape,
  data: Float64Array.from(values.slice(0, count(shape))),
});

test('the largest entries: none that is left is larger, values stand where they stood, ties by position', () => {
  fc.assert(
    fc.property(small, fc.double({ min: 0, max: 1, noNaN: true }), (drawn, share) => {
      const tensor = tensorOf(drawn);
      const wanted = Math.max(1, Math.round(share * tensor.data.length));
      const [values, ...places] = largestEntries(tensor, wanted);
      const rest = tensor.data.slice();
      addEntries(
        rest,
        tensor.shape,
        values.data,
        places.map(({ data }) => data),
        -1,
      );
      const sorted = [...tensor.data.keys()].sort((a, b) => Math.abs(tensor.data[b]!) - Math.abs(tensor.data[a]!));
      const chosen = new Set(sorted.slice(0, wanted));
      assert.is(values.data.length, wanted);
      assert.equal(
        [...rest],
        [...tensor.data].map((value, k) => (chosen.has(k) ? 0 : value)),
      );
    }),
    { numRuns: 200 },
  );
});

test('orders are permutations, put back what they took, and do not depend on the order of other axes', () => {
  fc.assert(
    fc.property(small, fc.constantFrom('norm' as const, 'likeness' as const), fc.nat(), (drawn, rule, pick) => {
      const tensor = tensorOf(drawn);
      const axis = pick % tensor.shape.length;
      const order = orderOf(tensor, axis, rule);
      assert.equal(
        [...order].sort((a, b) => a - b),
        [...order.keys()],
      );
      assert.equal(putBack(inOrder(tensor, axis, order), axis, order).data, tensor.data);
      const other = (axis + 1) % tensor.shape.length;
      if (other !== axis)
        assert.equal(
          orderOf(
            inOrder(tensor, other, Float64Array.from(Array.from({ length: tensor.shape[other]! }, (_, k) => k).reverse())),
            axis,
            rule,
          ),
          order,
        );
    }),
    { numRuns: 200 },
  );
});

test('`norm` lets norms fall; `likeness` goes to the nearest that is left', () => {
  const tensor = gaussian([9, 4, 3], 3);
  const slices = Array.from({ length: 9 }, (_, k) => tensor.data.slice(12 * k, 12 * k + 12));
  const norms = [...orderOf(tensor, 0, 'norm')].map((k) => norm(slices[k]!));
  assert.ok(norms.every((value, k) => k === 0 || value <= norms[k - 1]!));
  const chain = [...orderOf(tensor, 0, 'likeness')];
  for (const [k, at] of chain.entries()) {
    if (k === 0) continue;
    const away = (other: number) => distance(slices[chain[k - 1]!]!, slices[other]!);
    for (const later of chain.slice(k)) assert.ok(away(at) <= away(later));
  }
});

const sizes = [32, 32];
/** A smooth kernel of two axes whose positions were shuffled. */
const shuffled = (): HostTensor => {
  const at = (seed: number) => [...orderOf(gaussian([32, 1], seed), 0, 'norm')];
  const [rows, columns] = [at(1), at(2)];
  const data = Float64Array.from({ length: 1024 }, (_, k) => Math.exp(-(((rows[k >> 5]! - columns[k & 31]!) / 8) ** 2)));
  return { shape: sizes, data };
};
const own = (lines: string) => `topology sorted[out[n], in[n]](b[1..n-1]) {
  core T[k] (b[k-1], out[k], in[k], b[k]) for k in 1..n
  ${lines}
}`;
const errorOf = (as: string, lines: string, weight: HostTensor): number => {
  const model = weightModel({ as, sizes, own: own(lines), given: true });
  const { values, decompositions } = initialise(model, [1, 0], () => weight);
  const [{ report }] = decompositions as [(typeof decompositions)[0]];
  const merged = mergeWeight(model, values, model.weights[0]!);
  assert.ok(
    Math.abs(distance(merged.data, weight.data) / norm(weight.data) - report.error) < 1e-10,
    'the error that is told is that of the weight',
  );
  return report.error;
};

test('a shuffled kernel is smooth again by likeness: much less is lost at the same bonds', () => {
  const weight = shuffled();
  const as = 'sorted[2*4*4, 2*4*4](b = 4)';
  const plain = errorOf(as, '', weight);
  const likeness = errorOf(as, 'permute out by likeness  permute in by likeness', weight);
  assert.ok(likeness < plain / 4, `${likeness} of ${plain}`);
});

test('by norm, large rows stand together: less is lost where their sizes differ by much', () => {
  const weight = gaussian(sizes, 5);
  for (let k = 0; k < 1024; k++) weight.data[k]! *= ((k >> 5) * 7) % 32 < 8 ? 10 : 1;
  const as = 'sorted[4*8, 4*8](b = 4)';
  const plain = errorOf(as, '', weight);
  const byNorm = errorOf(as, 'permute out by norm', weight);
  assert.ok(byNorm < 0.9 * plain, `${byNorm} of ${plain}`);
});

test('entries beside a network lose less than either, in each turn, and outliers are found', () => {
  const weight = gaussian(sizes, 7);
  const far = [5, 77, 300, 801, 1000];
  for (const k of far) weight.data[k]! += 40;
  const parts = partsOf(weightModel({ as: 'mpo[4*8, 4*8](b = 2) + sparse(share = 0.005)', sizes, given: true }).decompositions[0]!);
  const found = decomposeSum(weight, parts);
  const alone = decomposeSum(weight, [parts[0]]);
  assert.ok(found.error < 0.6 * alone.error, `${found.error} of ${alone.error}`);
  const [, , , rows, columns] = found.cores as [HostTensor, HostTensor, HostTensor, HostTensor, HostTensor];
  assert.equal(
    [...rows.data].map((row, k) => 32 * row + columns.data[k]!),
    far,
  );
  assert.equal(decomposeSum(weight, parts).cores, found.cores, 'the same bits again');
});

test('an order within a sum is of what the terms before leave, and the sum is the weight as told', () => {
  const weight = shuffled();
  for (let k = 0; k < 1024; k += 61) weight.data[k]! += 2;
  const lines = 'permute out by likeness  permute in by likeness';
  const error = errorOf('low_rank(r = 2) + sorted[4*8, 4*8](b = 4) + sparse(share = 0.02)', lines, weight);
  const without = errorOf('low_rank(r = 2) + sorted[4*8, 4*8](b = 4)', lines, weight);
  assert.ok(error < without, `${error}, without entries ${without}`);
});

test.run();
