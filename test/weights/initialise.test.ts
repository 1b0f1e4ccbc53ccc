/** First values of parameters: drawn by law, copied, averaged, or taken from given weights by decomposition. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withBonds } from '../../compiler/index.ts';
import type { Law, Model, Parameter, Policy, Provenance, Weight } from '../../compiler/values/model.ts';
import { bondsOf, sizesFrom } from '../../runtime/weights/bonds.ts';
import { draw } from '../../runtime/weights/draw.ts';
import { initialise, SourceError } from '../../runtime/weights/initialise.ts';
import { multiply, transpose } from '../../runtime/weights/linear-algebra.ts';
import { mergeNetwork } from '../../runtime/weights/network.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { distance, norm, permute } from '../../runtime/weights/tensor.ts';
import type { Example } from './networks.ts';
import { chain, gaussian, tree } from './networks.ts';

function parameter(id: number, name: string, shape: readonly number[], origin: Provenance, law: Law, scale = 1): Parameter {
  const legs = shape.map((size, k) => ({ name: `a${k}`, size }));
  return { id, names: [name], legs, origin, init: { law, scale }, update: { frozen: false } };
}

function model(parameters: readonly Parameter[], weights: readonly Weight[] = []): Model {
  return {
    name: 'test',
    edition: 1,
    digest: 'test',
    axes: [],
    inputs: [],
    parameters,
    gates: [],
    weights,
    decompositions: [],
    layers: [],
    entries: [],
    schedule: [],
    sums: [],
    notes: [],
  };
}

/** One decomposed weight `w`, cores from the tensor `w` of given weights. */
function decomposed(example: Example, truncate?: Policy): Model {
  const { network, axes } = example;
  const parameters = network.nodes.map((node, k) =>
    parameter(
      k,
      `w.${node.name}`,
      node.legs.map((leg) => network.legs[leg].size),
      { is: 'factor', of: { is: 'checkpoint', path: 'w', axes: [0, 1] }, decomposition: 0, node: k },
      { is: 'source' },
    ),
  );
  const weight: Weight = {
    id: 0,
    path: 'w',
    axes: axes.map((axis, k) => ({ ...axis, axis: k })),
    terms: [{ is: 'network', ...network, exact: true, fit: 'sweep', truncate, scale: 1 }],
    law: { is: 'normal', deviation: 1 },
  };
  return { ...model(parameters, [weight]), decompositions: [{ ...network, axes, truncate }] };
}

const given = (tensors: Record<string, HostTensor>) => (path: string) => tensors[path];

test('laws: moments of a draw, isometries, scale', () => {
  const normal = draw({ is: 'normal', deviation: 0.5 }, [100, 100], [1, 2], 'a').data;
  const mean = normal.reduce((sum, value) => sum + value, 0) / 1e4;
  const square = normal.reduce((sum, value) => sum + value * value, 0) / 1e4;
  assert.ok(Math.abs(mean) < 4 * 0.005 && Math.abs(square - 0.25) < (4 * 0.25 * Math.SQRT2) / 100);
  const uniform = draw({ is: 'uniform', low: -1, high: 3 }, [64, 5], [1, 2], 'a').data;
  assert.ok(uniform.every((value) => value >= -1 && value < 3));
  for (const [rows, columns] of [
    [12, 5],
    [5, 12],
  ]) {
    const { data } = draw({ is: 'orthogonal' }, [rows, columns], [1, 2], 'q');
    const narrow = rows <= columns ? data : transpose(data, rows, columns);
    const small = Math.min(rows, columns);
    const gram = multiply(narrow, transpose(narrow, small, Math.max(rows, columns)), small, Math.max(rows, columns), small);
    assert.ok(gram.every((value, k) => Math.abs(value - (k % (small + 1) === 0 ? 1 : 0)) < 1e-13));
  }
  const ones = initialise(model([parameter(0, 'gain', [3], { is: 'fresh', path: 'gain' }, { is: 'ones' }, 0.5)]), [0, 0]).values[0];
  assert.equal([...ones.data], [0.5, 0.5, 0.5]);
});

test('a draw depends on seed and origin alone; copies start equal', () => {
  const law: Law = { is: 'normal', deviation: 1 };
  const fresh = (path: string): Provenance => ({ is: 'fresh', path });
  const both = model([
    parameter(0, 'a', [4, 4], fresh('a'), law),
    parameter(1, 'b', [4, 4], fresh('b'), law),
    parameter(2, 'c', [4, 4], { is: 'copy', of: fresh('a') }, law),
  ]);
  const { values } = initialise(both, [7, 0]);
  assert.equal(values[0], values[2]);
  assert.not.equal(values[0], values[1]);
  assert.equal(initialise(model([parameter(0, 'b', [4, 4], fresh('b'), law)]), [7, 0]).values[0], values[1]);
  assert.not.equal(initialise(both, [8, 0]).values[0], values[0]);
});

test('checkpoint, permuted axes, first and mean', () => {
  const a = gaussian([3, 4], 1);
  const b = gaussian([3, 4], 2);
  const of = (path: string, axes = [0, 1]): Provenance => ({ is: 'checkpoint', path, axes });
  const source: Law = { is: 'source' };
  const built = model([
    parameter(0, 'turned', [4, 3], of('a', [1, 0]), source),
    parameter(1, 'mean', [3, 4], { is: 'combined', how: 'mean', of: [of('a'), of('b')] }, source),
    parameter(2, 'first', [3, 4], { is: 'combined', how: 'first', of: [of('b'), of('a')] }, source, 2),
  ]);
  const { values } = initialise(built, [0, 0], given({ a, b }));
  assert.equal(values[0], permute(a, [1, 0]));
  assert.ok(
    distance(
      values[1].data,
      a.data.map((value, k) => (value + b.data[k]) / 2),
    ) < 1e-15,
  );
  assert.equal(
    values[2].data,
    b.data.map((value) => 2 * value),
  );
  assert.throws(
    () => initialise(built, [0, 0], given({ a })),
    (error: Error) => error instanceof SourceError && /no tensor b/.test(error.message),
  );
  const wrong = given({ a: gaussian([3, 5]), b });
  assert.throws(
    () => initialise(built, [0, 0], wrong),
    (error: Error) => error instanceof SourceError && /\[4, 3\].*\[5, 3\]/.test(error.message),
  );
});

test('cores of a given weight reproduce it', () => {
  const example = tree([4, 3, 2], [2, 2, 5]);
  const w = gaussian([24, 20]);
  const { values, decompositions } = initialise(decomposed(example), [0, 0], given({ w }));
  assert.is(decompositions.length, 1);
  assert.ok(distance(mergeNetwork(example.network, example.axes, values).data, w.data) < 1e-12 * norm(w.data));
});

test('a policy decides the bonds once; the record of a checkpoint restores them', () => {
  const example = chain([4, 4, 4], [4, 4, 4], 14);
  const w = gaussian([64, 64]);
  const start = decomposed(example, { measure: 'error', value: 0.5 });
  const { model: resolved, values } = initialise(start, [0, 0], given({ w }));
  const bonds = bondsOf(resolved);
  assert.ok(Object.values(bonds.w).every((size) => size <= 14));
  resolved.parameters.forEach((core, k) => {
    assert.equal(
      values[k].shape,
      core.legs.map((leg) => leg.size),
    );
  });
  assert.equal(withBonds(start, sizesFrom(start, bonds)), resolved);
  assert.throws(() => initialise(decomposed(example, { measure: 'share', value: 1e-4 }), [0, 0], given({ w })), /w: share/);
});

test.run();
