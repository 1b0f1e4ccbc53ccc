/**
 * Every topology of the library, from its declaration alone: shapes, full bonds, counts, the dense weight against the plainest sum, in
 * the host and in a compiled program, the variance of fresh values, the merge back of a given weight, exact or not.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { initialise } from '../../runtime/weights/initialise.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { libraryNames } from '../check/topologies.ts';
import { evaluation } from '../program/build.ts';
import { run, verifiedStep } from '../program/run.ts';
import { gaussian } from './networks.ts';
import { coresIn, mergedWeight, naiveWeight, networkIn, secondMoment, weightModel } from './programs.ts';

interface Row {
  readonly as: string;
  readonly sizes: readonly number[];
  /** Of the cores, in order of declaration. */
  readonly shapes: string;
  readonly count: number;
  /** Bonds that have a full size. */
  readonly full?: Readonly<Record<string, number>>;
  readonly exact: boolean;
  readonly method: 'svd' | 'gauss-newton';
  /** The topology says its own initial values, so W does not follow the law asked for. */
  readonly literal?: boolean;
}

// biome-ignore format: a table
const rows: Readonly<Record<string, readonly Row[]>> = {
  mpo: [
    { as: 'mpo[2*3*2, 3*2*2]', sizes: [12, 12], shapes: '2x3x6 6x3x2x4 4x2x2',
      count: 196, full: { 'b[1]': 6, 'b[2]': 4 }, exact: true, method: 'svd' },
    { as: 'mpo[2*3*2, 3*2*2](b = (6, 3))', sizes: [12, 12], shapes: '2x3x6 6x3x2x3 3x2x2',
      count: 156, full: { 'b[1]': 6, 'b[2]': 4 }, exact: false, method: 'svd' },
    { as: 'mpo(n = 1)', sizes: [5, 7], shapes: '5x7', count: 35, exact: true, method: 'svd' },
  ],
  ring: [
    { as: 'ring[2*3*2, 3*2*2](b = 2)', sizes: [12, 12], shapes: '2x2x3x2 2x3x2x2 2x2x2x2',
      count: 64, exact: false, method: 'gauss-newton' },
    { as: 'ring(n = 1, b = 3)', sizes: [4, 3], shapes: '3x4x3x3', count: 108, exact: false, method: 'gauss-newton' },
  ],
  tree: [
    { as: 'tree[2*3*2, 2*2*2]', sizes: [12, 8], shapes: '4x4 4x6x4 4x2x2 6x3x2 4x2x2',
      count: 180, full: { 'e[2]': 4, 'e[3]': 4, 'e[4]': 6, 'e[5]': 4 }, exact: true, method: 'svd' },
    { as: 'tree[2*2, 3*2](e = 3)', sizes: [4, 6], shapes: '3x3 3x2x3 3x2x2',
      count: 39, full: { 'e[2]': 4, 'e[3]': 4 }, exact: false, method: 'svd' },
  ],
  tucker: [
    { as: 'tucker', sizes: [5, 7], shapes: '5x5 5x5 7x5', count: 85, full: { r: 5, s: 5 }, exact: true, method: 'svd' },
    { as: 'tucker(r = 2, s = 3)', sizes: [5, 7], shapes: '2x3 5x2 7x3', count: 37, full: { r: 5, s: 5 }, exact: false, method: 'svd' },
  ],
  cp: [
    { as: 'cp[2*3*2, 2*2*2](r = 3)', sizes: [12, 8], shapes: '2x2x3 3x2x3 2x2x3',
      count: 42, exact: false, method: 'gauss-newton' },
  ],
  block_term: [
    { as: 'block_term[4*3, 3*4](terms = 2, r = 2)', sizes: [12, 12], shapes: '2x2x2 2x4x3x2 2x3x4x2',
      count: 104, exact: false, method: 'gauss-newton' },
  ],
  low_rank: [
    { as: 'low_rank(r = 2)', sizes: [6, 5], shapes: '6x2 2x5',
      count: 22, full: { r: 5 }, exact: false, method: 'svd', literal: true },
  ],
  kronecker: [{ as: 'kronecker[3*4, 2*5]', sizes: [12, 10], shapes: '3x2 4x5', count: 26, exact: false, method: 'gauss-newton' }],
  lokr: [
    { as: 'lokr[3*4, 2*5](r = 2)', sizes: [12, 10], shapes: '3x2 4x2 2x5',
      count: 24, full: { r: 4 }, exact: false, method: 'gauss-newton', literal: true },
  ],
  btt: [{ as: 'btt[3*4, 4*3](r = 1)', sizes: [12, 12], shapes: '3x4x4x1 4x3x4x1', count: 96, exact: false, method: 'gauss-newton' }],
  peps: [
    { as: 'peps[2^4, 2*2*2*1](p = 2, q = 2, h = 2, v = 2)', sizes: [16, 8], shapes: '2x2x2x2 2x2x2x2 2x2x2x2 2x2x2x1',
      count: 56, exact: false, method: 'gauss-newton' },
    { as: 'peps(p = 1, q = 2)', sizes: [4, 4], shapes: '4x2x2 4x2x2', count: 32, full: { 'h[1,1]': 4 }, exact: true, method: 'svd' },
  ],
  ladder: [
    { as: 'ladder(n = 2, a = 2, c = 3, x = 2, y = 2)', sizes: [6, 4], shapes: '3x2x2 2x2x2 2x3x2 3x2x2 2x2',
      count: 48, exact: false, method: 'gauss-newton' },
  ],
  mera: [
    { as: 'mera[6, 2*3*2*2](u = 2, m = 2, top = 2)', sizes: [6, 24], shapes: '3x2x2x2 2x2x2 2x6',
      count: 44, full: { top: 6 }, exact: false, method: 'gauss-newton' },
  ],
  gram: [{ as: 'gram(r = 3)', sizes: [8, 8], shapes: '8x3', count: 24, full: { r: 8 }, exact: false, method: 'gauss-newton' }],
  metatt: [
    { as: 'metatt[3, 2, 2*2, 3*2]', sizes: [3, 2, 4, 6], shapes: '3x3 3x2x6 6x3x8 8x2x4 4x2x2 2x2',
      count: 273, full: { 'r[1]': 3, 'r[2]': 6, 'r[3]': 8, 'r[4]': 4, 'r[5]': 2 }, exact: true, method: 'svd' },
    { as: 'metatt[3, 2, 2*2, 3*2](r = 2)', sizes: [3, 2, 4, 6], shapes: '3x2 2x2x2 2x3x2 2x2x2 2x2x2 2x2',
      count: 46, full: { 'r[1]': 3, 'r[2]': 6, 'r[3]': 8, 'r[4]': 4, 'r[5]': 2 }, exact: false, method: 'svd' },
  ],
  conv_cp: [
    { as: 'conv_cp(r = 3)', sizes: [5, 4, 3, 3], shapes: '5x3 4x3 3x3 3x3',
      count: 45, exact: false, method: 'gauss-newton' },
  ],
  conv_tucker: [
    { as: 'conv_tucker', sizes: [4, 3, 2, 2], shapes: '4x4 4x3x2x2 3x3', count: 73, full: { p: 4, q: 3 }, exact: true, method: 'svd' },
    { as: 'conv_tucker(p = 2, q = 2)', sizes: [4, 3, 2, 2], shapes: '4x2 2x2x2x2 3x2',
      count: 30, full: { p: 4, q: 3 }, exact: false, method: 'svd' },
  ],
};

const close = (found: HostTensor, expected: HostTensor, tolerance: number) =>
  assert.ok(distance(found.data, expected.data) <= tolerance * norm(expected.data), `apart by ${distance(found.data, expected.data)}`);

test('the table covers the library', () => {
  assert.equal(Object.keys(rows).sort(), [...libraryNames].sort());
});

for (const row of Object.values(rows).flat()) {
  const model = weightModel({ as: row.as, sizes: row.sizes });
  const network = networkIn(model);
  const [{ axes }] = model.weights;

  test(`${row.as}: shapes, counts, full bonds, exact or not`, () => {
    assert.is(model.parameters.map(({ legs }) => legs.map(({ size }) => size).join('x')).join(' '), row.shapes);
    const entries = model.parameters.map(({ legs }) => legs.reduce((product, { size }) => product * size, 1));
    assert.is(
      entries.reduce((sum, own) => sum + own, 0),
      row.count,
    );
    const full = network.legs.flatMap((leg) => (leg.outer === undefined && leg.full !== undefined ? [[leg.bond, leg.full] as const] : []));
    assert.equal(Object.fromEntries(full), row.full ?? {});
    assert.is(network.exact, row.exact);
    const again = new Set(network.nodes.map(({ parameter }) => parameter)).size < network.nodes.length;
    assert.is(network.fit, row.method === 'svd' ? 'sweep' : again ? 'descent' : 'als');
  });

  test(`${row.as}: the dense weight is the plainest sum, on the host and compiled`, () => {
    const values = model.parameters.map(({ legs }, k) =>
      gaussian(
        legs.map(({ size }) => size),
        k + 1,
      ),
    );
    const naive = naiveWeight(network, axes, coresIn(model, values));
    close(mergedWeight(model, values), naive, 1e-13);
    const inputs = Object.fromEntries(model.parameters.map(({ names }, k) => [names[0], values[k].data]));
    const program = verifiedStep(model, evaluation('whole', { batch: 1 }));
    close({ shape: row.sizes, data: run(program, { ...inputs, x: Float64Array.of(1) })['result whole'] }, naive, 1e-12);
  });

  test(`${row.as}: fresh values have the deviation asked for, or those of the topology`, () => {
    const { mean, error } = secondMoment(model, 400);
    if (row.literal) assert.is(mean, 0);
    else assert.ok(Math.abs(mean - 0.09) < 4 * error + 1e-12, `${mean} for 0.09, standard error ${error}`);
  });

  test(`${row.as}: a given weight is decomposed and merged back with the error told`, () => {
    const given = weightModel({ as: row.as, sizes: row.sizes, given: true });
    const parts = given.parameters.map(({ legs }, k) =>
      gaussian(
        legs.map(({ size }) => size),
        k + 11,
      ),
    );
    const inside = row.exact ? gaussian(row.sizes) : mergedWeight(given, parts);
    for (const seed of [1, 2]) {
      const { model: found, values, decompositions } = initialise(given, [seed, 0], () => inside);
      const [{ path, report }] = decompositions;
      assert.is(path, 'w');
      assert.is(report.method, row.method);
      assert.is(report.parameters, row.count);
      const error = distance(mergedWeight(found, values).data, inside.data) / norm(inside.data);
      assert.ok(Math.abs(error - report.error) < 1e-12);
      const cut = report.bonds.flatMap(({ name, spectrum }) => (spectrum === undefined ? [] : [name])).sort();
      assert.equal(cut, row.as.startsWith('lokr') ? [] : Object.keys(row.full ?? {}).sort());
      assert.ok(error < 1e-12, `seed ${seed}: ${error}`);
    }
  });
}

test.run();
