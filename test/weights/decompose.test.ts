/** Decomposition of given weights: exact at full rank, honest when truncated, calm with zeros. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { contract } from '../../runtime/weights/contract.ts';
import { bondErrors, decompose } from '../../runtime/weights/decompose.ts';
import { canonicalCores } from '../../runtime/weights/gauge.ts';
import { leftSingular, multiply, orthonormalRows, transpose } from '../../runtime/weights/linear-algebra.ts';
import { factorWeight, mergeNetwork, parameterCount } from '../../runtime/weights/network.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { count, distance, norm, permute, reshape, resize } from '../../runtime/weights/tensor.ts';
import { isTree, rootTree } from '../../runtime/weights/tree.ts';
import { distinctCuts, entropy, truncationBound } from '../../runtime/weights/truncate.ts';
import type { Example } from './networks.ts';
import { blockTensorTrain, chain, cp, fullBonds, gaussian, kronecker, lowRank, ring, tree, tucker } from './networks.ts';

const trees: Record<string, Example> = {
  'mpo of 1': chain([6], [4]),
  'mpo of 2': chain([3, 4], [5, 2]),
  'mpo of 5': chain([2, 4, 4, 4, 2], [2, 4, 8, 8, 2]),
  'mpo with factors of 1': chain([4, 1, 1, 3], [2, 1, 1, 5]),
  'tree of 2': tree([4, 3], [2, 5]),
  'tree of 3': tree([4, 3, 2], [2, 2, 5]),
  'tree of 5': tree([2, 4, 3, 2, 2], [2, 2, 2, 3, 2]),
  tucker: tucker(12, 20, 12, 12),
  'low rank': lowRank(20, 14, 14),
};

function matrix(example: Example, seed = 1): HostTensor {
  return gaussian(
    example.axes.map((axis) => axis.size),
    seed,
  );
}

/** Singular values of the unfolding: rows are the outer legs on one side of the bond. */
function unfoldingSpectrum(weight: HostTensor, rows: readonly number[], columns: readonly number[], left: readonly number[]): Float64Array {
  const factored = reshape(weight, [...rows, ...columns]);
  const all = Array.from({ length: rows.length + columns.length }, (_, k) => k);
  const unfolded = permute(factored, [...left, ...all.filter((axis) => !left.includes(axis))]);
  const m = count(left.map((axis) => factored.shape[axis]));
  const n = unfolded.data.length / m;
  return m <= n ? leftSingular(unfolded.data, m, n).s : leftSingular(transpose(unfolded.data, m, n), n, m).s;
}

for (const [name, example] of Object.entries(trees)) {
  test(`${name}: exact at full bonds, relative error below 1e-12`, () => {
    assert.ok(isTree(example.network));
    const weight = matrix(example);
    const found = decompose(weight, example.axes, example.network);
    assert.ok(found.error < 1e-12, `error ${found.error}`);
    found.cores.forEach((core, k) => {
      const legs = example.network.nodes[k].legs;
      assert.equal(
        core.shape,
        legs.map((leg) => example.network.legs[leg].size),
      );
    });
    const again = mergeNetwork(example.network, example.axes, found.cores);
    assert.ok(distance(again.data, weight.data) <= 1e-12 * norm(weight.data));
  });

  test(`${name}: zero and rank-deficient matrices stay finite and exact`, () => {
    const [m, n] = example.axes.map((axis) => axis.size);
    const zero: HostTensor = { shape: [m, n], data: new Float64Array(m * n) };
    const blocks: HostTensor = {
      shape: [m, n],
      data: Float64Array.from({ length: m * n }, (_, k) => (Math.floor(k / n) % 2 === k % 2 ? 1 : 0)),
    };
    const rankTwo: HostTensor = { shape: [m, n], data: multiply(gaussian([m, 2], 2).data, gaussian([2, n], 3).data, m, 2, n) };
    for (const weight of [zero, blocks, rankTwo]) {
      const found = decompose(weight, example.axes, example.network);
      for (const core of found.cores) assert.ok(core.data.every(Number.isFinite));
      assert.ok(found.error < 1e-12, `error ${found.error}`);
      // Decomposing what came out is the step that made NaN of exact zeros in other systems.
      const merged = mergeNetwork(example.network, example.axes, found.cores);
      assert.ok(decompose(merged, example.axes, example.network).error < 1e-12);
    }
  });
}

test('f32 cores at full rank reproduce the weight to 2e-6', () => {
  const example = trees['mpo of 5'];
  const weight = matrix(example);
  const { cores } = decompose(weight, example.axes, example.network);
  const rounded = cores.map((core) => ({ shape: core.shape, data: Float64Array.from(Float32Array.from(core.data)) }));
  const merged = mergeNetwork(example.network, example.axes, rounded);
  assert.ok(distance(merged.data, weight.data) < 2e-6 * norm(weight.data));
});

test('bond spectra are the singular values of the unfoldings of the weight', () => {
  const rows = [2, 4, 4, 2];
  const columns = [3, 2, 4, 2];
  const example = chain(rows, columns);
  const weight = matrix(example);
  decompose(weight, example.axes, example.network).bonds.forEach((bond, k) => {
    const left = Array.from({ length: k + 1 }, (_, j) => [j, 4 + j]).flat();
    const expected = unfoldingSpectrum(weight, rows, columns, left);
    assert.is(bond.spectrum!.length, expected.length);
    assert.ok(distance(bond.spectrum!, expected) < 1e-12 * norm(expected));
  });
  const heap = tree([2, 3, 4], [3, 2, 2]);
  const other = matrix(heap, 5);
  for (const [name, left] of Object.entries({ 'e[2]': [1, 4, 2, 5], 'e[4]': [1, 4], 'e[5]': [2, 5], 'e[3]': [0, 3] })) {
    const bond = decompose(other, heap.axes, heap.network).bonds.find((candidate) => candidate.name === name)!;
    assert.ok(distance(bond.spectrum!, unfoldingSpectrum(other, [2, 3, 4], [3, 2, 2], left)) < 1e-12 * norm(bond.spectrum!), name);
  }
});

test('both neighbours of a bond carry the square root of its Schmidt values', () => {
  const example = chain([4, 4], [4, 4]);
  const { cores, bonds } = decompose(matrix(example), example.axes, example.network);
  const squares = contract(
    [
      { letters: [0, 1, 2], tensor: cores[0] },
      { letters: [0, 1, 2], tensor: cores[0] },
    ],
    [2],
  );
  const right = contract(
    [
      { letters: [2, 0, 1], tensor: cores[1] },
      { letters: [2, 0, 1], tensor: cores[1] },
    ],
    [2],
  );
  assert.ok(distance(squares.data, bonds[0].spectrum!) < 1e-11);
  assert.ok(distance(right.data, bonds[0].spectrum!) < 1e-11);
});

test('cores between two ends are identities: a deep linear factorisation', () => {
  const example = chain([4, 1, 1, 1, 3], [3, 1, 1, 1, 4]);
  const { network, axes } = example;
  const weight = gaussian([12, 12], 8);
  const { cores, error, bonds } = decompose(weight, axes, network);
  assert.ok(error < 1e-13);
  for (const core of cores.slice(1, -1)) {
    const size = core.shape[0];
    for (const [entry, value] of core.data.entries()) assert.is(value, entry % (size + 1) === 0 ? 1 : 0);
  }
  const two = chain([4, 3], [3, 4]);
  const singular = decompose(weight, two.axes, two.network).bonds[0].spectrum!;
  for (const { spectrum } of bonds) assert.equal([...spectrum!], [...singular]);
});

test('the truncation error is below the bound, and equals it when one bond is cut', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }), fc.boolean(), (cap, seed, heap) => {
      const example = heap ? tree([2, 4, 4], [4, 2, 4], cap) : chain([2, 4, 4], [4, 2, 4], cap);
      const found = decompose(matrix(example, seed), example.axes, example.network);
      assert.ok(found.error <= found.bound! * (1 + 1e-12) + 1e-14, `${found.error} above ${found.bound}`);
    }),
    { numRuns: 60 },
  );
  const one = lowRank(24, 18, 7);
  const cut = decompose(matrix(one), one.axes, one.network);
  assert.ok(Math.abs(cut.error - cut.bound!) < 1e-13);
  assert.ok(Math.abs(bondErrors(cut)[0] - cut.bound!) < 1e-13);
});

test('to error, energy and share choose bonds that keep the promise and are smaller than the caps', () => {
  const example = chain([4, 4, 4], [4, 4, 4]);
  const weight = matrix(example);
  const spectrumOf = decompose(weight, example.axes, example.network);
  for (const value of [0.05, 0.2, 0.5]) {
    const found = decompose(weight, example.axes, example.network, { policy: { measure: 'error', value } });
    assert.ok(found.error <= value);
    assert.ok(value < 0.2 || found.parameters < spectrumOf.parameters);
    const energy = decompose(weight, example.axes, example.network, { policy: { measure: 'energy', value: 1 - value ** 2 } });
    assert.equal(
      energy.bonds.map((bond) => bond.size),
      found.bonds.map((bond) => bond.size),
    );
    const share = decompose(weight, example.axes, example.network, { policy: { measure: 'share', value } });
    assert.ok(share.parameters <= value * 4096);
  }
  assert.throws(
    () => decompose(weight, example.axes, example.network, { policy: { measure: 'share', value: 0.001 } }),
    /at least 0\.011719/,
  );
});

/** W = U diag(spectrum) V with seeded orthogonal U and V. */
function withSpectrum(spectrum: readonly number[], seed: number): HostTensor {
  const n = spectrum.length;
  const [u, v] = [gaussian([n, n], seed).data, gaussian([n, n], seed + 1).data];
  orthonormalRows(u, n, n);
  orthonormalRows(v, n, n);
  const left = transpose(u, n, n).map((value, at) => value * spectrum[at % n]);
  return { shape: [n, n], data: multiply(left, v, n, n, n) };
}

test('bonds that cut the weight alike are charged once', () => {
  const three = tucker(3, 3, 3, 3);
  const diagonal = { shape: [3, 3], data: Float64Array.of(2, 0, 0, 0, 2.5, 0, 0, 0, 1.5) };
  const small = decompose(diagonal, three.axes, three.network, { policy: { measure: 'error', value: 0.43 } });
  assert.equal(
    small.bonds.map(({ size }) => size),
    [2, 2],
  );
  assert.ok(Math.abs(small.error - 1.5 / Math.sqrt(12.5)) < 1e-12 && Math.abs(small.bound! - small.error) < 1e-12);
  const wide = tucker(64, 64, 64, 64);
  const weight = withSpectrum(
    Array.from({ length: 64 }, (_, k) => Math.exp(-k / 10)),
    1,
  );
  const found = decompose(weight, wide.axes, wide.network, { policy: { measure: 'error', value: 0.1 } });
  assert.equal(
    found.bonds.map(({ size }) => size),
    [24, 24],
  );
  assert.is(found.parameters, 3648);
  assert.ok(found.error < 0.091);
});

test('bonds are cut one after another and swept: better than all from one set of spectra', () => {
  const laplacian = (k: number) => ({ 0: 2, 1: -1 })[Math.abs((k >> 6) - (k & 63))] ?? 0;
  const weight = { shape: [64, 64], data: Float64Array.from({ length: 4096 }, (_, k) => laplacian(k)) };
  const two = chain([2, 2, 2, 2, 2, 2], [2, 2, 2, 2, 2, 2], 2);
  const { error, bound } = decompose(weight, two.axes, two.network);
  assert.ok(error < 0.2753 && error < bound!, `${error}`);
});

test('what the cuts lose less than was promised is spent, and never more', () => {
  const example = tree([2, 4, 4, 2], [4, 2, 4, 2]);
  for (const seed of [1, 2]) {
    for (const value of [0.3, 0.6, 0.9]) {
      const weight = gaussian([64, 64], seed);
      const found = decompose(weight, example.axes, example.network, { policy: { measure: 'error', value } });
      assert.ok(found.error <= value && found.error <= found.bound! * (1 + 1e-12), `${value}: ${found.error}`);
      assert.ok(found.error > 0.8 * value, `${value}: ${found.error} leaves too much`);
    }
  }
});

test('larger bonds are never worse on trees, and none is worse than zeros', () => {
  for (const make of [chain, tree]) {
    const errors = [1, 2, 3, 4, 6, 8].map((cap) => {
      const example = make([2, 4, 4], [4, 2, 4], cap);
      return decompose(gaussian([32, 32], 3), example.axes, example.network).error;
    });
    for (const [k, error] of errors.entries()) assert.ok(error <= (errors[k - 1] ?? 1), errors.join());
  }
});

test('weights of any scale: the same relative error, and cores that are finite', () => {
  const example = tree([2, 4, 4], [4, 2, 4], 4);
  const loop = ring([4, 4], [4, 4], 2);
  for (const { axes, network } of [example, loop]) {
    const weight = gaussian(
      axes.map(({ size }) => size),
      3,
    );
    const { error } = decompose(weight, axes, network);
    for (const scale of [1e77, 1e-160, 1e300, 1e-300]) {
      const found = decompose({ shape: weight.shape, data: weight.data.map((value) => value * scale) }, axes, network);
      assert.ok(Math.abs(found.error - error) < 1e-6 * error, `${network.topology} times ${scale}: ${found.error} for ${error}`);
      assert.ok(found.cores.every(({ data }) => data.every(Number.isFinite)));
    }
  }
});

test('the error that is told is that of the cores as they are kept', () => {
  const example = chain([4, 4, 4], [4, 4, 4]);
  const weight = gaussian([64, 64]);
  const { cores, error, warnings } = decompose(weight, example.axes, example.network, {
    round: Math.fround,
    policy: { measure: 'error', value: 1e-9 },
  });
  assert.ok(cores.every(({ data }) => data.every((value) => value === Math.fround(value))));
  const merged = mergeNetwork(example.network, example.axes, cores);
  assert.is(error, distance(merged.data, weight.data) / norm(weight.data));
  assert.ok(error > 1e-8 && error < 1e-6);
  assert.match(warnings.join(), /`to error 1e-9` is missed with .*what rounding to the type of the cores costs/);
});

test('entropies lie between 0 and ln d', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 }), (values) => {
      const nats = entropy(values);
      assert.ok(nats >= 0 && nats <= Math.log(values.length));
    }),
  );
  assert.is(entropy([0, 0]), 0);
  assert.ok(Math.abs(entropy([1e6, 1e6, 1.571727784702627e-156]) - Math.LN2) < 1e-15);
  assert.ok(Math.abs(entropy([3, 3, 3]) - Math.log(3)) < 1e-15);
});

test('padded rows come back out, and bonds above full are rows of zeros', () => {
  const { network } = chain([3, 5, 5], [4, 8, 4], 12);
  const axes = [
    { name: 'out', size: 65, factors: [3, 5, 5], padded: 75 },
    { name: 'in', size: 128, factors: [4, 8, 4] },
  ];
  const found = decompose(gaussian([65, 128]), axes, network);
  assert.is(found.entries, 65 * 128);
  assert.ok(found.error <= found.bound!);
  const wide = lowRank(6, 4, 9);
  const above = decompose(matrix(wide), wide.axes, wide.network);
  assert.equal(above.cores[0].shape, [6, 9]);
  assert.ok(above.error < 1e-12);
});

test('loops and hyperedges are fitted, seeded', () => {
  for (const example of [
    ring([3, 3, 3], [2, 2, 2], 2),
    cp([4, 3], [2, 3], 3),
    kronecker([3, 4], [2, 5]),
    blockTensorTrain([3, 4], [4, 2], 2),
  ]) {
    const random = example.network.nodes.map((node, k) =>
      gaussian(
        node.legs.map((leg) => example.network.legs[leg].size),
        10 + k,
      ),
    );
    const weight = mergeNetwork(example.network, example.axes, random);
    const seeds = [1, 2, 3, 4].map((seed) => decompose(weight, example.axes, example.network, { seed: [seed, 0] }));
    const best = Math.min(...seeds.map((fit) => fit.error));
    assert.ok(best < 1e-12, `${example.network.topology}: error ${best}`);
    const again = decompose(weight, example.axes, example.network, { seed: [1, 0] });
    assert.equal(again.cores, seeds[0].cores);
  }
});

test('refusals name what was expected and found', () => {
  const example = chain([4, 4], [4, 4]);
  assert.throws(() => decompose(gaussian([16, 15]), example.axes, example.network), /\[16, 15\].*\[16, 16\]/);
  const broken = { shape: [16, 16], data: new Float64Array(256).fill(Number.NaN) };
  assert.throws(() => decompose(broken, example.axes, example.network), /not finite/);
});

test('published sizes of single matrices', () => {
  const counts = (rows: number[], columns: number[], cap?: number) => parameterCount(chain(rows, columns, cap).network);
  assert.equal(fullBonds([3, 4, 4, 4, 4], [4, 4, 8, 6, 4]), [12, 192, 384, 16]);
  assert.is(counts([3, 4, 4, 4, 4], [4, 4, 8, 6, 4]), 2_544_016);
  assert.is(counts([3, 4, 4, 4, 4], [4, 4, 4, 4, 3]), 663_840);
  assert.is(counts([4, 4, 4, 4, 3], [4, 4, 4, 4, 3]), 676_433);
  assert.is(counts([5, 10, 10, 10, 6], [2, 2, 4, 4, 2]), 4_110_644);
  const capped: [number, number][] = [[240, 2_075_444], [200, 1_736_244], [75, 276_244]]; // biome-ignore format: a table
  for (const [cap, total] of capped) assert.is(counts([5, 10, 10, 10, 6], [2, 2, 4, 4, 2], cap), total);
  assert.is(counts([4, 4, 4, 4, 4], [4, 4, 4, 4, 4]), 1_180_160);
  assert.is(counts([4, 4, 8, 8, 4], [4, 4, 4, 4, 4]), 4_522_496);
  assert.is(counts([4, 4, 8, 6, 4], [4, 4, 4, 4, 3]), 2_359_296 + 148_880);
  const feedForward: [number, number][] = [[308, 2_047_888], [274, 1_825_936], [200, 1_342_864], [150, 806_800], [100, 378_000], [64, 168_336]]; // biome-ignore format: a table
  for (const [cap, total] of feedForward) assert.is(counts([3, 4, 4, 4, 4], [4, 4, 8, 6, 4], cap), total);
});

test('a 768 x 3072 Gaussian matrix: exact, and the published errors and entropies of its truncations', () => {
  const example = chain([3, 4, 4, 4, 4], [4, 4, 8, 6, 4]);
  const weight = matrix(example);
  const { cores, spectra } = canonicalCores(factorWeight(weight, example.axes), example.network);
  const entropies = [2.485, 5.25, 5.919, 2.773];
  for (const [k, spectrum] of [...spectra.values()].sort((a, b) => a.length - b.length).entries()) {
    assert.ok(Math.abs(entropy(spectrum) - [...entropies].sort()[k]) < 2e-3);
  }
  const truncated = (cap: number) => {
    const kept = new Map([...spectra].map(([leg, { length }]) => [leg, Math.min(cap, length)]));
    const size = (leg: number) => kept.get(leg) ?? example.network.legs[leg].size;
    const sliced = cores.map((core, k) => resize(core, example.network.nodes[k].legs.map(size)));
    const error = distance(mergeNetwork(example.network, example.axes, sliced).data, weight.data) / norm(weight.data);
    const cuts = distinctCuts(example.network, rootTree(example.network), spectra);
    return { error, bound: truncationBound(cuts, (leg) => kept.get(leg)!) / norm(weight.data) };
  };
  assert.ok(truncated(384).error < 1e-13);
  const { error, bound } = truncated(300);
  assert.ok(Math.abs(error - 0.385) < 3e-3 && Math.abs(error - bound) < 1e-12);
  const both = truncated(100);
  assert.ok(Math.abs(both.error - 0.892) < 3e-3 && Math.abs(both.bound - 1.04) < 6e-3);
});

test.run();
