/** Moments of squeezed cores against the map of gradients in double precision, and the groups of parameters that an event makes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyEvent, bondClasses } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { changeOf } from '../../runtime/train/events/squeeze.ts';
import { groupsAfter, tensorsOfCuts, transported } from '../../runtime/train/transport.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { cutBonds, mapValues } from '../../runtime/weights/squeeze.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { modelOf } from '../check/program.ts';

const model: Model = modelOf(
  `edition 1
model M(a = 12, c = 8) {
  axis batch
  input x[batch, a]
  up: linear[a -> c](biased = false)
  loss size = mean(up(x) ^ 2)
}
variant V of M { decompose up as mpo[2*2*2, 3*2*2](b = 3) }`,
  'V',
);
const values = initialise(model, [4, 0]).values;
const [weight] = model.weights;
/** Some dL/dW. */
const slope = Float64Array.from({ length: 96 }, (_, k) => Math.sin(3 * k + 1));

/** dL/dT of a core, entry by entry: the weight is linear in it. */
function gradientOf(tensors: readonly HostTensor[], id: number): HostTensor {
  const { shape, data } = tensors[id];
  const entry = (k: number) => {
    const unit = { shape, data: data.map((_, j) => (j === k ? 1 : 0)) };
    const { data: change } = mergeWeight(
      model,
      tensors.map((tensor, other) => (other === id ? unit : tensor)),
      weight,
    );
    return change.reduce((sum, value, j) => sum + value * slope[j], 0);
  };
  return { shape, data: data.map((_, k) => entry(k)) };
}
const close = (a: Float64Array, b: ArrayLike<number>, tolerance: number) =>
  a.forEach((value, k) => void assert.ok(Math.abs(value - b[k]) < tolerance, `${k}: ${value} ${b[k]}`));

for (const size of [3, 2, 1]) {
  test(`first moments are gradients of the new cores, second move by the squares of the same map: bond ${size}`, () => {
    for (const bonds of bondClasses(model)) {
      const cut = cutBonds(model, values, bonds, size);
      const tensors = tensorsOfCuts(model, values, mapValues(values, cut.maps), [cut]);
      assert.is(tensors.size, 2);
      const next = values.map((tensor, id) => tensors.get(model.parameters[id].names[0])?.value ?? tensor);
      for (const { id, names } of model.parameters) {
        const made = tensors.get(names[0]);
        if (made === undefined) continue;
        const old = gradientOf(values, id);
        const moved = made.moment(() => old, false)!;
        assert.equal(moved.shape, made.value.shape);
        close(moved.data, gradientOf(next, id).data, 1e-10);
        const squares = { shape: old.shape, data: old.data.map((value) => value * value + 0.1) };
        const expected = new Float64Array(moved.data.length);
        for (const [k, value] of squares.data.entries()) {
          const unit = { shape: old.shape, data: old.data.map((_, j) => (j === k ? 1 : 0)) };
          for (const [j, entry] of made.moment(() => unit, false)!.data.entries()) expected[j] += entry * entry * value;
        }
        close(made.moment(() => squares, true)!.data, expected, 1e-12);
      }
    }
  });
}

test('policies: by the map, the leading entries, nothing; others keep what they have', () => {
  const [bonds] = bondClasses(model);
  const { decision, tensors } = changeOf(model, values, [cutBonds(model, values, bonds, 2)]);
  const to = applyEvent(model, { step: 0, decision });
  const state = new Map(
    model.parameters.flatMap(({ id, names: [name] }) => {
      const { data } = values[id];
      return [
        [name, data],
        [`${name}.m`, data.map((_, k) => k + 1)],
        [`${name}.v`, data.map((_, k) => k + 1)],
      ] as const;
    }),
  );
  const [first, , last] = model.parameters.map(({ names: [name] }) => name);
  const read = (moments: 'transport' | 'slice' | 'reset') => transported({ from: model, to, state, tensors, moments });
  assert.is(read('slice')(`${last}.m`), state.get(`${last}.m`));
  assert.is(read('reset')(last), state.get(last));
  assert.is(read('reset')(`${first}.m`), undefined);
  assert.equal([...Array.from(read('slice')(`${first}.v`)!)].slice(0, 4), [1, 2, 4, 5]);
  const present = { shape: values[0].shape, data: state.get(`${first}.m`)! };
  assert.equal(read('transport')(`${first}.m`), tensors.get(first)!.moment(() => present, false)!.data);
  assert.equal(read('transport')(`${first}.gradient`)!, undefined);
});

test('groups follow the parameters of the next model', () => {
  const [bonds] = bondClasses(model);
  const { decision } = changeOf(model, values, [cutBonds(model, values, bonds, 2)]);
  const to = applyEvent(model, { step: 0, decision });
  const groups = [
    { name: 'slow', parameters: [1], rate: 0.1, decay: 0 },
    { name: 'all', parameters: [0, 2], rate: 1, decay: 0 },
  ];
  assert.equal(groupsAfter(groups, model, to), groups);
});

test.run();
