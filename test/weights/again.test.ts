/** Given weights through several decompositions: cores decomposed again, bonds chosen weight by weight, tensors of several names. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { networkOf } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { initialise, SourceError } from '../../runtime/weights/initialise.ts';
import { mergeNetwork } from '../../runtime/weights/network.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { distance, norm, permute } from '../../runtime/weights/tensor.ts';
import { modelOf } from '../check/program.ts';
import { gaussian } from './networks.ts';
import { mergedWeight, weightModel } from './programs.ts';

const near = (found: HostTensor, expected: HostTensor, tolerance = 1e-12) =>
  assert.ok(distance(found.data, expected.data) <= tolerance * norm(expected.data), `apart by ${distance(found.data, expected.data)}`);

/** As `weightModel`, given. */
const again = (as: string, more: string, own = '') => weightModel({ as, sizes: [12, 12], more, own, given: true });
const weight = gaussian([12, 12]);

test('a core of a decomposed weight is decomposed: exact at full bonds, reported in order', () => {
  const model = again('mpo[2*3*2, 2*3*2]', 'decompose T[2] of w as tri', tri);
  assert.ok(networkOf(model.weights[0])!.exact);
  const { values, decompositions } = initialise(model, [1, 0], () => weight);
  near(mergedWeight(model, values), weight);
  assert.equal(
    decompositions.map(({ path }) => path),
    ['w', 'w.T[2]'],
  );
});

const tri = `topology tri[a, b, c, d](r, s) {
  core X (a, r)
  core Y (r, b, c, s)
  core Z (s, d)
}`;

test('the core of a core, and several cores of one weight', () => {
  const more = `decompose T[2] of w as tri
  decompose Y of w as quad
  decompose T[1] of w as pair`;
  const own = `${tri}
topology quad[p, q, s, t](g) { core L (p, q, g) core R (g, s, t) }
topology pair[x, y, z](g) { core P (x, y, g) core Q (g, z) }`;
  const model = again('mpo[2*3*2, 2*3*2]', more, own);
  const { values, decompositions } = initialise(model, [1, 0], () => weight);
  near(mergedWeight(model, values), weight);
  assert.equal(decompositions.map(({ path }) => path).sort(), ['w', 'w.T[1]', 'w.T[2]', 'w.T[2].Y']);
  assert.equal(
    model.parameters.map(({ names }) => names[0]),
    ['w.T[3]', 'w.T[2].X', 'w.T[2].Z', 'w.T[2].Y.L', 'w.T[2].Y.R', 'w.T[1].P', 'w.T[1].Q'],
  );
});

test('caps within a core: the error is that of the core, seen through the isometric rest', () => {
  const model = again('tucker', 'decompose G of w as low_rank(r = 5)');
  const { values, decompositions } = initialise(model, [1, 0], () => weight);
  const found = mergedWeight(model, values);
  const error = distance(found.data, weight.data) / norm(weight.data);
  const [outer, inner] = decompositions.map(({ report }) => report);
  assert.ok(outer.error < 1e-12 && inner.error > 0.05);
  assert.ok(error > 0.05 && error < 1);
});

test('a core that is placed twice, decomposed again, is fitted in order too', () => {
  const symmetric: HostTensor = { shape: [12, 12], data: Float64Array.from({ length: 144 }, (_, k) => (k % 13 === 0 ? 1 + k / 100 : 0)) };
  const model = again('gram(r = 12)', 'decompose U of w as mpo(n = 1)');
  const { values } = initialise(model, [1, 0], () => symmetric);
  near(mergedWeight(model, values), symmetric, 1e-6);
});

test('refused where the shape of the core depends on values', () => {
  const message = /the bonds of w are chosen from values, so the shape of w\.T\[2\] is not known yet/;
  assert.throws(() => again('mpo[2*3*2, 2*3*2] to error 0.1', 'decompose T[2] of w as tri', tri), message);
  assert.throws(() => again('kronecker[3*4, 4*3] to share 0.1', ''), /`kronecker` has no bonds here, so nothing can be truncated/);
});

const pairText = (statements: string) => `edition 1
model Pair(rows = 12, columns = 8) {
  axis batch
  input x[batch, columns]
  up, other: [rows, columns] ~ normal(0.3)
  down: [columns, rows] ~ normal(0.3)
  forward(x[batch, columns]) -> y[batch, columns] {
    h[batch, rows] = up * x + other * x
    y[batch, columns] = down * h
  }
  loss size = mean(forward(x) ^ 2)
}
variant V of Pair {
  ${statements}
}`;
const pair = (statements: string): Model => modelOf(pairText(statements), 'V', { source: new Set(['up', 'other', 'down']) });
const merged = (model: Model, values: readonly HostTensor[], path: string) => {
  const { terms, axes } = model.weights.find((candidate) => candidate.path === path)!;
  const [term] = terms;
  if (term.is === 'dense') return permute(values[term.parameter], term.perm);
  if (term.is === 'sparse') throw new Error('the first term is a network');
  return mergeNetwork(
    term,
    axes,
    term.nodes.map(({ parameter }) => values[parameter]),
  );
};

test('weights of one shape choose their bonds each for itself', () => {
  const given = {
    up: gaussian([12, 8]),
    other: { shape: [12, 8], data: gaussian([12, 8], 2).data.map((v, k) => (k % 8 < 2 ? v : v / 100)) },
  };
  const start = pair('decompose up, other as mpo[3*4, 2*4] to error 0.3');
  const { model, values, decompositions } = initialise(start, [1, 0], (path) => given[path as keyof typeof given] ?? gaussian([8, 12], 3));
  const bonds = decompositions.map(({ report }) => report.bonds[0].size);
  assert.is.not(bonds[0], bonds[1]);
  for (const { path, report } of decompositions) {
    const dense = given[path as keyof typeof given];
    const error = distance(merged(model, values, path).data, dense.data) / norm(dense.data);
    assert.ok(error <= 0.3 && Math.abs(error - report.error) < 1e-12);
  }
});

test('weights that share a core take the greater of two bonds', () => {
  const text = (share: string) =>
    `edition 1
model Blocks(width = 12, depth = 2) {
  axis batch
  input x[batch, width]
  block[l in 1..depth] { w: [width, width'] ~ normal(0.3) }
  forward(x[batch, width]) -> y[batch, width] {
    y = x
    for b in block {
      z[batch, width'] = b.w * y
      y[batch, width] = z
    }
  }
  loss size = mean(forward(x) ^ 2)
}
variant V of Blocks {
  decompose block[*].w as mpo[3*4, 4*3] to error 0.3
  ${share}
}`;
  const weak = gaussian([12, 12], 2).data.map((value, k) => (k % 12 < 3 ? value : value / 50));
  const given = (path: string) => (path === 'block[1].w' ? { shape: [12, 12], data: weak } : gaussian([12, 12]));
  const bonds = (share: string) => {
    const start = modelOf(text(share), 'V', { source: new Set(['block[1].w', 'block[2].w']) });
    const { model } = initialise(start, [1, 0], given);
    return model.weights.map((own) => networkOf(own)!.legs.find(({ outer }) => outer === undefined)!.size);
  };
  const [small, large] = bonds('');
  assert.ok(small < large);
  assert.equal(bonds('share T[2] of block[l].w over l from first'), [large, large]);
});

test('two weights tied with their axes exchanged are one decomposition of one tensor', () => {
  const up = gaussian([12, 8]);
  for (const name of ['up', 'down'] as const) {
    const as = name === 'up' ? 'mpo[3*4, 2*4]' : 'mpo[2*4, 3*4]';
    const model = pair(`tie down[i, j] = up[j, i]\n  decompose ${name} as ${as}`);
    const { values, decompositions } = initialise(
      model,
      [1, 0],
      (path) => ({ up, other: gaussian([12, 8], 2), down: permute(up, [1, 0]) })[path],
    );
    assert.is(decompositions.length, 1);
    near(merged(model, values, 'up'), up);
    near(merged(model, values, 'down'), permute(up, [1, 0]));
  }
});

test('what is given and cannot be decomposed is named', () => {
  const broken = gaussian([12, 12]);
  broken.data[5] = Number.NaN;
  const model = again('mpo[2*3*2, 2*3*2]', 'decompose T[2] of w as tri', tri);
  const named = (value: HostTensor, message: RegExp) =>
    assert.throws(
      () => initialise(model, [1, 0], () => value),
      (error: Error) => error instanceof SourceError && message.test(error.message),
    );
  named(broken, /^w: 1 of 144 values are not finite, the first is NaN at \[0, 5\]/);
  named(gaussian([12, 11]), /^w: the weight has shape \[12, 11\], the network is for \[12, 12\]/);
});

test.run();
