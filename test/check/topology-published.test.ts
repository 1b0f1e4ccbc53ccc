/** Published sizes of networks, and the factors that are chosen where none are written. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { balancedFactors, endsOf } from '../../compiler/check/topology/factors.ts';
import { bonds, count, network, shapes } from './topologies.ts';

/** rho = stored / dense; from the published tables (768x3072 and so on, factors as printed there). */
const published: readonly {
  readonly use: string;
  readonly sizes: readonly number[];
  readonly bonds: readonly number[];
  readonly total: number;
  readonly central: number;
  readonly auxiliary: number;
}[] = [
  {
    use: 'mpo[3*4*4*4*4, 4*4*8*6*4]',
    sizes: [768, 3072],
    bonds: [12, 192, 384, 16],
    total: 2_544_016,
    central: 2_359_296,
    auxiliary: 184_720,
  },
  { use: 'mpo[3*4^4, 4^4*3]', sizes: [768, 768], bonds: [12, 192, 192, 12], total: 663_840, central: 589_824, auxiliary: 74_016 },
  { use: 'mpo[4^4*3, 4^4*3]', sizes: [768, 768], bonds: [16, 256, 144, 9], total: 676_433, central: 589_824, auxiliary: 86_609 },
  {
    use: 'mpo[5*10*10*10*6, 2*2*4*4*2]',
    sizes: [30000, 128],
    bonds: [10, 200, 480, 12],
    total: 4_110_644,
    central: 3_840_000,
    auxiliary: 270_644,
  },
  { use: 'mpo[4^5, 4^5]', sizes: [1024, 1024], bonds: [16, 256, 256, 16], total: 1_180_160, central: 1_048_576, auxiliary: 131_584 },
  { use: 'mpo[4*4*8*8*4, 4^5]', sizes: [4096, 1024], bonds: [16, 256, 512, 16], total: 4_522_496, central: 4_194_304, auxiliary: 328_192 },
  {
    use: 'mpo[4*4*8*6*4, 4*4*4*4*3]',
    sizes: [3072, 768],
    bonds: [16, 256, 288, 12],
    total: 2_508_176,
    central: 2_359_296,
    auxiliary: 148_880,
  },
];
for (const row of published) {
  test(`published: ${row.use} on ${row.sizes.join(' x ')}`, () => {
    const { network: net } = network(row.use, row.sizes);
    assert.equal(bonds(net), row.bonds);
    assert.equal([count(net), count(net, 'central'), count(net, 'auxiliary')], [row.total, row.central, row.auxiliary]);
    assert.ok(net.exact);
    assert.is(net.fit, 'sweep');
  });
}

test('published: sizes of the five cores of 768x3072', () => {
  const { network: net } = network('mpo[3*4*4*4*4, 4*4*8*6*4]', [768, 3072]);
  assert.equal(shapes(net), ['3x4x12', '12x4x4x192', '192x4x8x384', '384x4x6x16', '16x4x4']);
  const sizes = net.cores.map(({ legs }) => legs.reduce((product, { size }) => product * size, 1));
  assert.equal(sizes, [144, 36_864, 2_359_296, 147_456, 256]);
});

for (const [cap, total] of [
  [308, 2_047_888],
  [274, 1_825_936],
  [200, 1_342_864],
  [150, 806_800],
  [100, 378_000],
  [64, 168_336],
  [128, 598_416],
  [32, 51_600],
  [16, 17_808],
  [8, 4_832],
] as const) {
  test(`published: 768x3072 capped at ${cap}`, () => {
    const { network: net } = network(`mpo[3*4*4*4*4, 4*4*8*6*4](b = ${cap})`, [768, 3072]);
    assert.is(count(net), total);
    assert.not.ok(net.exact);
  });
}
for (const [cap, total, central, auxiliary] of [
  [240, 2_075_444, 1_920_000, 155_444],
  [200, 1_736_244, undefined, undefined],
  [75, 276_244, undefined, undefined],
] as const) {
  test(`published: 30000x128 capped at ${cap}`, () => {
    const { network: net } = network(`mpo[5*10*10*10*6, 2*2*4*4*2](b = ${cap})`, [30000, 128]);
    assert.is(count(net), total);
    if (central !== undefined) assert.equal([count(net, 'central'), count(net, 'auxiliary')], [central, auxiliary]);
  });
}
for (const [sizes, totals] of [
  [
    [3072, 768],
    [3_686_400, 7_667_712, 11_649_024, 15_630_336],
  ],
  [
    [768, 768],
    [921_600, 1_916_928, 2_912_256, 3_907_584],
  ],
] as const) {
  test(`published: over-complete factorisations of ${sizes.join(' x ')}`, () => {
    const found = [2, 5, 8, 11].map((n) => count(network(`mpo[ends, ends](n = ${n})`, sizes).network));
    assert.equal(found, totals);
  });
}

test('without lists the factors are those of the published systems', () => {
  assert.equal(balancedFactors(768, 5), [3, 4, 4, 4, 4]);
  assert.equal(balancedFactors(3072, 5), [4, 4, 8, 6, 4]);
  assert.equal(balancedFactors(4096, 5), [4, 4, 8, 8, 4]);
  assert.equal(balancedFactors(30000, 5), [5, 10, 10, 10, 6]);
  assert.equal(endsOf(3072, 5), [64, 1, 1, 1, 48]);
  assert.is(count(network('mpo(n = 5)', [768, 3072]).network), 2_544_016);
});

test('balanced factors: product, count, and no list has a smaller greatest factor', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 4 }), (size, n) => {
      const factors = balancedFactors(size, n);
      assert.is(factors.length, n);
      assert.is(
        factors.reduce((a, b) => a * b, 1),
        size,
      );
      const least = (rest: number, k: number): number => {
        if (k === 1) return rest;
        let best = rest;
        for (let d = 1; d <= rest; d++) if (rest % d === 0) best = Math.min(best, Math.max(d, least(rest / d, k - 1)));
        return best;
      };
      assert.is(Math.max(...factors), least(size, n));
    }),
    { numRuns: 60, seed: 1 },
  );
});

test.run();
