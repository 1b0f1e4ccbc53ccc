/** Cuts of bonds: the function that is kept, the best approximation, shared cores, gradients of the new cores, bonds on loops and hubs. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bondClasses, check, networkOf } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { carryOut } from '../../runtime/weights/carry-out.ts';
import { branchTriangle, endsOf } from '../../runtime/weights/environment.ts';
import { fitNetwork } from '../../runtime/weights/fit.ts';
import { transformAxis } from '../../runtime/weights/gauge.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { leftSingular, multiply, transpose } from '../../runtime/weights/linear-algebra.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { legSize, outerLegs } from '../../runtime/weights/network.ts';
import type { BondCut } from '../../runtime/weights/squeeze.ts';
import { cutBonds, mapValues } from '../../runtime/weights/squeeze.ts';
import { chooseCuts, classesWith, cutAll } from '../../runtime/weights/squeeze-choice.ts';
import { sizesForError } from '../../runtime/weights/squeeze-error.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';

function modelOf(statements: string): Model {
  const text = `edition 1
topology hub[out[n], in[n]](r) { core F[k] (out[k], in[k], r) for k in 1..n }
model M(a = 16, c = 24) {
  axis batch
  input x[batch, a]
  first, second: linear[a -> c](biased = false)
  pair[l in 1..2]: linear[a -> c](biased = false)
  square: linear[a -> a](biased = false)
  loss size = mean(first(x) ^ 2) + mean(second(x) ^ 2) + mean(square(x) ^ 2) + mean(pair[1](x) ^ 2) + mean(pair[2](x) ^ 2)
}
variant V of M { ${statements} }
`;
  const { model, diagnostics } = check({ file: 'm.bond', text, name: 'V', load: () => undefined });
  assert.ok(model !== undefined, diagnostics.map((found) => `${found.message} ${found.primary.text}`).join('\n'));
  return model;
}
const valuesOf = (model: Model) => [...initialise(model, [3, 0]).values];
const classes = (model: Model, ...paths: string[]) =>
  classesWith(
    model,
    paths.map((path) => {
      const weight = model.weights.find((candidate) => candidate.path === `${path}.weight`)!;
      return { weight: weight.id, legs: networkOf(weight)!.legs.flatMap(({ id, outer }) => (outer === undefined ? [id] : [])) };
    }),
  );
const weightOf = (model: Model, values: readonly HostTensor[], id: number) => mergeWeight(model, values, model.weights[id]);
const idOf = (model: Model, path: string) => model.weights.find((weight) => weight.path === `${path}.weight`)!.id;
/** |W - W'| over weights, by contraction. */
function changeOf(model: Model, before: readonly HostTensor[], after: readonly HostTensor[], ...paths: string[]): number {
  return Math.hypot(
    ...paths.map((path) => distance(weightOf(model, before, idOf(model, path)).data, weightOf(model, after, idOf(model, path)).data)),
  );
}
function close(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} within ${tolerance}`);
}
const topologies: readonly (readonly [string, string])[] = [
  ['mpo', 'decompose first as mpo[2*3*4, 4*2*2](b = 4)'],
  ['tucker', 'decompose first as tucker(r = 5, s = 6)'],
  ['tree', 'decompose first as tree[2*3*2*2, 2*2*2*2](e = 3)'],
  ['low rank with a zero core', 'decompose first as low_rank(r = 4)'],
  ['ring', 'decompose first as ring[2*3*4, 4*2*2](b = 3)'],
  ['hub', 'decompose first as hub[2*3*4, 4*2*2](r = 5)'],
];

for (const [name, statement] of topologies) {
  test(`a cut to the present size keeps the weight: ${name}`, () => {
    const model = modelOf(statement);
    const values = valuesOf(model);
    const length = norm(weightOf(model, values, idOf(model, 'first')).data);
    for (const bonds of classes(model, 'first')) {
      const cut = cutBonds(model, values, bonds, bonds[0].size);
      close(changeOf(model, values, mapValues(values, cut.maps), 'first'), 0, 1e-12 * (length + 1));
      close(cut.distance, 0, 1e-12 * (length + 1));
    }
  });

  test(`what a cut says it costs is what it costs: ${name}`, () => {
    const model = modelOf(statement);
    const values = valuesOf(model);
    for (const bonds of classes(model, 'first')) {
      for (let size = 1; size < bonds[0].size; size++) {
        const cut = cutBonds(model, values, bonds, size);
        const found = changeOf(model, values, mapValues(values, cut.maps), 'first');
        close(cut.distance, found, 1e-11 * norm(weightOf(model, values, idOf(model, 'first')).data));
        for (const { parameter, axis } of cut.maps) assert.is(mapValues(values, cut.maps)[parameter].shape[axis], size);
      }
    }
  });
}

test('the cut of a bond that parts the weight is the best of its rank: the spectrum says the error', () => {
  const model = modelOf('decompose first as mpo[2*3*4, 4*2*2](b = 4)');
  const values = valuesOf(model);
  for (const bonds of classes(model, 'first')) {
    const { spectrum } = cutBonds(model, values, bonds, 4);
    for (let size = 1; size <= 4; size++) {
      const cut = cutBonds(model, values, bonds, size);
      close(cut.distance, norm(spectrum!.subarray(size)), 1e-11);
    }
  }
});

test('a weight of lower rank loses nothing when its empty directions go', () => {
  const model = modelOf('decompose first as mpo[6*4, 4*4](b = 4)');
  const values = valuesOf(model);
  const [bonds] = classes(model, 'first');
  const small = cutBonds(model, values, bonds, 2);
  const thin = mapValues(values, small.maps);
  // Two more directions that hold nothing: the bond is 4 again, its weight of rank 2.
  const wide = thin.map((tensor, id) => {
    const map = small.maps.find(({ parameter }) => parameter === id);
    return map === undefined ? tensor : transformAxis(tensor, map.axis, Float64Array.of(1, 0, 0, 1, 0.5, 2, -1, 0.3));
  });
  const back = cutBonds(model, wide, bonds, 2);
  close(back.distance, 0, 1e-12);
  const kept = cutBonds(model, wide, bonds, 4);
  const pairs = multiply(kept.maps[0].gradient, transpose(kept.maps[0].value, 4, 4), 4, 4, 4);
  pairs.forEach((value, k) => void close(value, k % 5 === 0 ? 1 : 0, 1e-9));
});

test('a core of zeros stays trainable: the other core keeps its directions', () => {
  const model = modelOf('decompose first as low_rank(r = 4)');
  const values = valuesOf(model);
  const [bonds] = classes(model, 'first');
  const next = mapValues(values, cutBonds(model, values, bonds, 2).maps);
  const { s } = leftSingular(next[model.parameters.findIndex(({ names }) => names[0].endsWith('.D'))].data, 2, 16);
  assert.ok(s[1] > 0.5, `${s}`);
});

test('shared cores shrink together, at the cost of all their weights', () => {
  const model = modelOf('decompose pair[*] as mpo[2*3*4, 4*2*2](b = 4)  share T[2] of pair[l] over l from first');
  const values = valuesOf(model);
  const all = classes(model, 'pair[1]', 'pair[2]');
  assert.is(all.length, 2);
  assert.ok(all.every((bonds) => bonds.length === 2));
  for (const bonds of all) {
    const cut = cutBonds(model, values, bonds, 3);
    assert.is(new Set(cut.maps.map(({ parameter }) => parameter)).size, 3);
    close(cut.distance, changeOf(model, values, mapValues(values, cut.maps), 'pair[1]', 'pair[2]'), 1e-11);
  }
});

test('one core at both ends of its bond takes one matrix', () => {
  const model = modelOf('decompose square as gram(r = 6)');
  const values = valuesOf(model);
  const [bonds] = classes(model, 'square');
  const same = cutBonds(model, values, bonds, 6);
  close(changeOf(model, values, mapValues(values, same.maps), 'square'), 0, 1e-12);
  const { s } = leftSingular(weightOf(model, values, idOf(model, 'square')).data, 16, 16);
  const cut = cutBonds(model, values, bonds, 4);
  close(changeOf(model, values, mapValues(values, cut.maps), 'square'), norm(s.subarray(4, 6)), 1e-10);
});

test('gradients of new cores are the mapped gradients of old ones, where the cut keeps the weight', () => {
  const model = modelOf('decompose first as mpo[2*3*4, 4*2*2](b = 4)');
  const values = valuesOf(model);
  const network = networkOf(model.weights[idOf(model, 'first')])!;
  for (const bonds of classes(model, 'first')) {
    const cut = cutBonds(model, values, bonds, 4);
    const next = mapValues(values, cut.maps);
    // |W|^2 / 2 has the gradient (core seen from outside) · core, which needs nothing but norms: by central differences.
    for (const { parameter, axis, gradient } of cut.maps) {
      const slope = (tensors: readonly HostTensor[], k: number) => {
        const at = (step: number) =>
          norm(
            weightOf(
              model,
              tensors.map((tensor, id) =>
                id === parameter ? { ...tensor, data: tensor.data.map((x, j) => (j === k ? x + step : x)) } : tensor,
              ),
              idOf(model, 'first'),
            ).data,
          ) ** 2;
        return (at(1e-4) - at(-1e-4)) / 4e-4;
      };
      const old = { shape: values[parameter].shape, data: values[parameter].data.map((_, k) => slope(values, k)) };
      const expected = transformAxis(old, axis, gradient);
      expected.data.forEach((value, k) => void close(value, slope(next, k), 1e-6));
    }
    assert.is(network.nodes.length, 3);
  }
});

test('triangles of branches have the lengths of the branches', () => {
  const model = modelOf('decompose first as tree[2*3*2*2, 2*2*2*2](e = 3)');
  const values = valuesOf(model);
  const network = networkOf(model.weights[idOf(model, 'first')])!;
  const cores = network.nodes.map(({ parameter }) => values[parameter]);
  const length = norm(weightOf(model, values, idOf(model, 'first')).data);
  for (const { id, outer, size } of network.legs) {
    if (outer !== undefined) continue;
    const [a, b] = endsOf(network, id).map((end) => branchTriangle(network, cores, end));
    close(norm(multiply(a, transpose(b, size, size), size, size, size)), length, 1e-11);
  }
});

const sizesOf = (cuts: readonly BondCut[]) => cuts.map(({ bonds, size }) => `${bonds[0].size}->${size}`).join();

test('criteria: least error, the largest under one cap, as given', () => {
  const model = modelOf('decompose first as mpo[2*3*4, 4*2*2](b = 4)  decompose second as mpo[6*4, 4*4](b = 7)');
  const values = valuesOf(model);
  const all = classes(model, 'first', 'second');
  const least = Math.min(...all.map((bonds) => cutBonds(model, values, bonds, bonds[0].size - 1).distance));
  const [byError] = chooseCuts(model, values, all, { by: 1, criterion: 'error' }, 0);
  assert.is(byError.distance, least);
  assert.is(sizesOf(chooseCuts(model, values, all, { by: 1, criterion: 'largest' }, 0)), '7->6');
  assert.is(sizesOf(chooseCuts(model, values, all, { by: 4, criterion: 'largest' }, 0)), '4->3,4->3,7->3');
  assert.is(sizesOf(chooseCuts(model, values, all, { by: 2, criterion: 'given' }, 0)), '4->2');
  assert.is(sizesOf(chooseCuts(model, values, all, { by: 9, criterion: 'given' }, 2)), '7->1');
  assert.is(sizesOf(chooseCuts(model, values, all, { by: 9, criterion: 'given' }, 3)), '4->1');
  const ones = all.map((bonds) => bonds.map((bond) => ({ ...bond, size: 1 })));
  assert.equal(chooseCuts(model, values, ones, { by: 1, criterion: 'error' }, 0), []);
});

test('direct truncation to an error stays below it, and takes what it can', () => {
  const model = modelOf('decompose first as mpo[2*3*4, 4*2*2](b = 4)  decompose second as mpo[6*4, 4*4](b = 7)');
  const values = valuesOf(model);
  const all = classes(model, 'first', 'second');
  const length = Math.hypot(...['first', 'second'].map((path) => norm(weightOf(model, values, idOf(model, path)).data)));
  for (const error of [0.1, 0.3, 0.6]) {
    const targets = sizesForError(model, values, all, error);
    const { values: after, error: said } = carryOut(model, values, cutAll(model, values, targets));
    const found = changeOf(model, values, after, 'first', 'second') / length;
    assert.ok(found <= error, `${found} of ${error}`);
    const cut = [...new Set(targets.flatMap(({ bonds }) => bonds.map(({ weight }) => weight)))];
    const lengthOfCut = Math.hypot(...cut.map((id) => norm(weightOf(model, values, id).data)));
    close(said, lengthOfCut === 0 ? 0 : (found * length) / lengthOfCut, 1e-12);
    if (error > 0.1) assert.ok(targets.length > 0 && found > error / 4, `${found} of ${error}`);
  }
  assert.equal(sizesForError(model, values, all, 0), []);
});

test('what several cuts are told to change is what they change, on trees, loops and hubs', () => {
  for (const as of ['mpo[2*3*4, 4*2*2](b = 4)', 'tree[2*3*2*2, 2*2*2*2](e = 3)', 'ring[2*3*4, 4*2*2](b = 3)', 'hub[2*3*4, 4*2*2](r = 5)']) {
    const model = modelOf(`decompose first as ${as}`);
    const values = valuesOf(model);
    const cuts = cutAll(
      model,
      values,
      classes(model, 'first').map((bonds) => ({ bonds, size: 2 })),
    );
    const { values: after, error } = carryOut(model, values, cuts);
    const length = norm(weightOf(model, values, idOf(model, 'first')).data);
    close(error, changeOf(model, values, after, 'first') / length, 1e-12);
    const unfitted = mapValues(
      values,
      cuts.flatMap(({ maps }) => maps),
    );
    assert.ok(error <= changeOf(model, values, unfitted, 'first') / length + 1e-12 && error < 1, `${as}: ${error}`);
  }
});

/** A model whose one weight is this kernel, fitted from one start. */
function kernelAs(as: string, size: number, entry: (i: number, j: number) => number): { model: Model; values: readonly HostTensor[] } {
  const text = `edition 1
    model K(a = ${size}) { axis batch  input x[batch, a]  one: linear[a -> a](biased = false)  loss size = mean(one(x) ^ 2) }
    variant V of K { decompose one as ${as} }`;
  const { model, diagnostics } = check({ file: 'k.bond', text, name: 'V', load: () => undefined });
  assert.ok(model !== undefined, diagnostics.map((found) => `${found.message} ${found.primary.text}`).join('\n'));
  const network = networkOf(model.weights[0])!;
  const data = Float64Array.from({ length: size * size }, (_, k) => entry(Math.floor(k / size), k % size));
  const shape = outerLegs(network).map((leg) => legSize(network, leg));
  const { cores } = fitNetwork({ shape, data }, network, [1, 0], [], 1);
  return { model, values: model.parameters.map(({ id }) => cores[network.nodes.findIndex(({ parameter }) => parameter === id)]) };
}

test('a smooth kernel as a ring loses what it must when bonds become smaller, no more', () => {
  const { model, values } = kernelAs('ring[4^3, 4^3](b = 4)', 64, (i, j) => Math.exp(-(((i - j) / 8) ** 2)));
  const errors = [3, 2].map((size) => {
    const cuts = cutAll(
      model,
      values,
      bondClasses(model).map((bonds) => ({ bonds, size })),
    );
    return carryOut(model, values, cuts).error;
  });
  assert.ok(errors[0] < 0.0025 && errors[1] < 0.036, errors.join());
});

test('a ring of bond 2 padded to 4 is found to be what it is', () => {
  const model = modelOf('decompose first as ring[2*3*4, 4*2*2](b = 4)');
  const { network } = { network: networkOf(model.weights[idOf(model, 'first')])! };
  // The same values as those of bond 2, with noise that cancels: a second pair of indices that the next core does not see.
  const values = valuesOf(model).map((tensor, id) => {
    const node = network.nodes.find(({ parameter }) => parameter === id);
    if (node === undefined) return tensor;
    const last = node.legs.length - 1;
    return [0, last].reduce((now, axis) => {
      const keep = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, axis === 0 ? 0 : 0.3, 0, 0, 0, 0, 0, 0, 0);
      return transformAxis(now, axis, keep);
    }, tensor);
  });
  const targets = sizesForError(model, values, classes(model, 'first'), 1e-9);
  assert.equal(
    targets.map(({ size }) => size),
    [2, 2, 2],
  );
  assert.ok(carryOut(model, values, cutAll(model, values, targets)).error < 1e-9);
});

test('bonds that cut the weight alike are charged once', () => {
  const { model, values } = kernelAs('tucker(r = 3, s = 3)', 3, (i, j) => (i === j ? [2, 2.5, 1.5][i] : 0));
  assert.equal(
    sizesForError(model, values, bondClasses(model), 0.43).map(({ size }) => size),
    [2, 2],
  );
});

test('bonds along which masks count lose their last indices, others do not care', () => {
  const model = modelOf(
    'decompose first, second as mpo[6*4, 4*4](b = 4)  train first where @b < (1 to 4 by 1 every 5 steps)  train T[1] of second where @out < 3',
  );
  const values = valuesOf(model);
  const [bonds] = bondClasses(model).filter(([bond]) => bond.weight === idOf(model, 'first'));
  const cut = cutBonds(model, values, bonds, 3);
  for (const { value } of cut.maps) assert.equal([...value], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
  const [other] = bondClasses(model).filter(([bond]) => bond.weight === idOf(model, 'second'));
  assert.ok(cutBonds(model, values, other, 3).spectrum !== undefined);
});

test.run();
