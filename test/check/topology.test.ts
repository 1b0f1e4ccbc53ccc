/** Topologies from their text alone: shapes, full bonds, counts, roles, exactness, and the initial values that give W its law. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { balancedFactors, endsOf } from '../../compiler/check/topology/factors.ts';
import { coreLaws } from '../../compiler/check/variant/network.ts';
import { coreConstant, coreDeviation } from '../../compiler/network/initial-variance.ts';
import { bonds, contractConstants, count, libraryNames, network, shapes } from './topologies.ts';

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

/** Every topology of the library on sizes that its pattern takes; bonds where it has no full ones. */
const everywhere: Readonly<Record<string, readonly (readonly [use: string, sizes: readonly number[]])[]>> = {
  mpo: [
    ['mpo[2*3, 4*5]', [6, 20]],
    ['mpo(n = 1)', [7, 5]],
    ['mpo[2*2*2, 3*1*3](b = 2)', [8, 9]],
    ['mpo[2^6, 2^6]', [64, 64]],
  ],
  ring: [
    ['ring[2*3, 4*5](b = 3)', [6, 20]],
    ['ring(n = 1, b = 2)', [3, 4]],
    ['ring[4^3, 4^3](b = (2, 3, 4))', [64, 64]],
  ],
  cp: [
    ['cp[2*3, 4*5](r = 3)', [6, 20]],
    ['cp[2^3, 3^3](r = 5)', [8, 27]],
    ['cp[2*3, 4*5]', [6, 20]],
  ],
  tucker: [
    ['tucker', [6, 20]],
    ['tucker(r = 2, s = 3)', [6, 20]],
  ],
  low_rank: [
    ['low_rank', [6, 20]],
    ['low_rank(r = 2)', [6, 20]],
  ],
  tree: [
    ['tree[4^5, 4^5](e = 16)', [1024, 1024]],
    ['tree(n = 1)', [6, 4]],
    ['tree(n = 2)', [6, 4]],
    ['tree[2^7, 2^7]', [128, 128]],
  ],
  block_term: [
    ['block_term[32*32, 32*32](terms = 4, r = 8)', [1024, 1024]],
    ['block_term(n = 1, terms = 2, r = 3)', [4, 4]],
  ],
  kronecker: [
    ['kronecker[32*16, 16*8]', [512, 128]],
    ['kronecker(n = 1)', [4, 4]],
  ],
  lokr: [['lokr[32*24, 24*32](r = 4)', [768, 768]]],
  btt: [['btt[32*32, 32*32](r = 2)', [1024, 1024]]],
  peps: [
    ['peps[2*8*8*8, 4*4*8*8](p = 2, q = 2, h = 3, v = 3)', [1024, 1024]],
    ['peps(p = 1, q = 3)', [27, 27]],
    ['peps[2^6, 2^6](p = 2, q = 3, h = 2, v = 2)', [64, 64]],
  ],
  ladder: [
    ['ladder[4^5, 4^5](a = 4, c = 4, x = 8, y = 8)', [1024, 1024]],
    ['ladder(n = 2, a = 2, c = 3, x = 2, y = 3)', [6, 6]],
  ],
  mera: [['mera[256, 4^4](u = 4, m = 4, top = 4)', [256, 256]]],
  gram: [['gram(r = 64)', [1024, 1024]]],
  conv_cp: [['conv_cp(r = 8)', [16, 3, 3, 3]]],
  conv_tucker: [
    ['conv_tucker(p = 16, q = 8)', [64, 16, 3, 3]],
    ['conv_tucker', [64, 16, 3, 3]],
  ],
};

test('the list covers the library', () => {
  assert.equal(Object.keys(everywhere).sort(), [...libraryNames].sort());
});
for (const [name, uses] of Object.entries(everywhere)) {
  test(`${name}: legs, places and shapes agree`, () => {
    for (const [use, sizes] of uses) {
      const { network: net } = network(use, sizes);
      assert.ok(net.nodes.length >= net.cores.length);
      for (const { core, legs } of net.nodes) {
        const shape = net.cores[core]!.legs.map(({ size }) => size);
        assert.equal(
          legs.map((leg) => net.legs[leg]!.size),
          shape,
          use,
        );
      }
      const ends = net.legs.map((_, id) => net.nodes.flatMap(({ legs }) => legs).filter((leg) => leg === id).length);
      assert.ok(
        net.legs.every(({ outer }, k) => ends[k]! >= (outer === undefined ? 2 : 1)),
        use,
      );
      sizes.forEach((size, axis) => {
        const factors = net.legs.flatMap((leg) => (leg.outer?.[0] === axis ? [leg.size] : []));
        assert.equal(factors, net.axes[axis]!.factors);
        assert.is(
          factors.reduce((a, b) => a * b, 1),
          net.axes[axis]!.padded ?? size,
        );
      });
    }
  });
}

test('exact, sweep, least squares, descent', () => {
  const fit = (use: string, sizes: readonly number[]) => {
    const { network: net } = network(use, sizes);
    return `${net.exact} ${net.fit}`;
  };
  assert.is(fit('mpo[4^5, 4^5]', [1024, 1024]), 'true sweep');
  assert.is(fit('mpo[4^5, 4^5](b = 255)', [1024, 1024]), 'false sweep');
  assert.is(fit('tree(n = 4)', [64, 64]), 'true sweep');
  assert.is(fit('tucker', [64, 64]), 'true sweep');
  assert.is(fit('conv_tucker', [64, 16, 3, 3]), 'true sweep');
  assert.is(fit('ring[4^3, 4^3](b = 4)', [64, 64]), 'false als');
  assert.is(fit('kronecker(n = 2)', [64, 64]), 'false als');
  assert.is(fit('lokr', [64, 64]), 'false als');
  assert.is(fit('btt(r = 2)', [64, 64]), 'false als');
  assert.is(fit('gram', [64, 64]), 'false descent');
  assert.is(fit('mera[64, 4^4](u = 4, m = 4, top = 4)', [64, 256]), 'false descent');
});

test('full bonds exist where a cut separates: both sides by the entries of their outer legs', () => {
  const full = (use: string, sizes: readonly number[]) =>
    Object.fromEntries(
      network(use, sizes).network.legs.flatMap(({ bond, full: most }) => (bond === undefined ? [] : [[bond, most ?? null]])),
    );
  assert.equal(full('mpo[2*3, 4*5](b = 2)', [6, 20]), { 'b[1]': 8 });
  assert.equal(full('lokr[2*3, 4*5](r = 9)', [6, 20]), { r: 3 });
  assert.equal(full('tree[2*3, 4*5](e = 99)', [6, 20]), { 'e[2]': 8, 'e[3]': 8 });
  assert.equal(full('ring[2*3, 4*5](b = 2)', [6, 20]), { 'b[1]': null, 'b[2]': null });
  assert.equal(full('mera[64, 4^4](u = 4, m = 4, top = 4)', [64, 256]).top, 64);
});

test('a number is a cap, a tuple is exact and above full a warning', () => {
  assert.equal(bonds(network('mpo[4^3, 4^3](b = 99)', [64, 64]).network), [16, 16]);
  const above = network('mpo[4^3, 4^3](b = (20, 3))', [64, 64]);
  assert.equal(bonds(above.network), [20, 3]);
  assert.equal(
    above.diagnostics.map(({ code }) => code),
    ['W1'],
  );
});

test('padding, and the warning where it wastes', () => {
  const { network: net, diagnostics } = network('mpo[padded 3*5*5, 4*8*4](b = 12)', [65, 128]);
  assert.equal(net.axes, [{ factors: [3, 5, 5], padded: 75 }, { factors: [4, 8, 4] }]);
  assert.equal(
    diagnostics.map(({ code }) => code),
    ['W2'],
  );
  assert.equal(network('mpo[padded ends, ends](n = 2)', [67, 64]).network.axes[0], { factors: [9, 8], padded: 72 });
});

const own = `
topology comb[out[n], in[n]](s[1..n-1], t[1..n]) {
  core S[k] (s[k-1], t[k], s[k]) for k in 1..n
  core L[k] (t[k], out[k], in[k]) for k in 1..n
  role spine: S
  role teeth: rest
}
topology hub[out[n], in[n]](h[1..n], wide = 2) {
  require n >= 2 "a hub joins two spokes or more"
  core H (h[1..n])
  core S[k] (h[k], out[k], in[k]) for k in 1..n
  role hub: H
}`;
test('topologies of a user, in a few lines', () => {
  const comb = network('comb[4^4, 4^4](s = 8, t = 8)', [256, 256], own).network;
  assert.equal(shapes(comb), ['8x8', '8x8x8', '8x8x8', '8x8', '8x4x4', '8x4x4', '8x4x4', '8x4x4']);
  assert.equal(count(comb, 'spine') + count(comb, 'teeth'), count(comb));
  const hub = network('hub[4^3, 4^3](h = 5)', [64, 64], own).network;
  assert.equal(shapes(hub), ['5x5x5', '5x4x4', '5x4x4', '5x4x4']);
  assert.is(hub.fit, 'sweep');
});

/** Distinct cores without laws of their own; sizes small enough to contract every entry. */
const distinct = fc.oneof(
  fc
    .tuple(fc.constantFrom('mpo', 'ring', 'tree'), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 64 }))
    .map(([name, n, bond]) => {
      const family = name === 'tree' ? 'e' : 'b';
      const size = name === 'tree' ? Math.min(bond, 12) : name === 'ring' ? Math.min(bond, 32) : bond;
      const range = name === 'tree' ? 2 * n - 2 : name === 'ring' ? n : n - 1;
      const bondText = range === 0 ? '' : `(${family} = (${Array.from({ length: range }, (_, k) => 1 + ((size + k) % size)).join(', ')},))`;
      return [
        range === 1 ? `${name}[1^${n}, 2^${n}](${family} = ${size})` : `${name}[1^${n}, 2^${n}]${bondText.replace(',)', ')')}`,
        [1, 2 ** n],
      ] as const;
    }),
  fc.integer({ min: 1, max: 64 }).map((r) => [`cp[2^3, 2^3](r = ${r})`, [8, 8]] as const),
  fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }))
    .map(([terms, r]) => [`block_term[2*2, 2*2](terms = ${terms}, r = ${r})`, [4, 4]] as const),
  fc.integer({ min: 1, max: 64 }).map((r) => [`btt[2*2, 2*2](r = ${r})`, [4, 4]] as const),
  fc.integer({ min: 1, max: 6 }).map((n) => [`kronecker[2^${n}, 1^${n}]`, [2 ** n, 1]] as const),
  fc.integer({ min: 1, max: 8 }).map((h) => [`peps[1^6, 2^6](p = 2, q = 3, h = ${h}, v = ${h})`, [1, 64]] as const),
);
test('initial values: the second moment of W is the square asked for', () => {
  fc.assert(
    fc.property(distinct, fc.double({ min: 1e-4, max: 10, noNaN: true }), ([use, sizes], deviation) => {
      const { network: net } = network(use, sizes);
      const core = coreDeviation(net, deviation);
      const moment = contractConstants(net, () => core ** 2);
      assert.ok(Math.abs(moment / deviation ** 2 - 1) < 1e-12, `${use}: ${moment} for ${deviation ** 2}`);
    }),
    { numRuns: 120, seed: 1 },
  );
});

test('initial values: long chains of wide bonds do not overflow', () => {
  const { network: net } = network('mpo[8^40, 8^40](b = 64)'.replaceAll('8^40', '1^40'), [1, 1]);
  assert.is(bonds(net).length, 39);
  const wide = network(`ring[1^200, 1^200](b = 64)`, [1, 1]).network;
  const core = coreDeviation(wide, 0.02);
  const logarithm = 200 * Math.log(64) + 400 * Math.log(core);
  assert.ok(Math.abs(logarithm - 2 * Math.log(0.02)) < 1e-9);
});

test('initial values: zeros leave one core of zeros, ones are ones', () => {
  const { network: net } = network('mpo[2*3, 4*5](b = 3)', [6, 20]);
  const zeros = coreLaws(net, { is: 'zeros' });
  assert.equal(
    zeros.map(({ law }) => law.is),
    ['normal', 'zeros'],
  );
  const ones = coreConstant(net, 1);
  assert.ok(Math.abs(contractConstants(net, () => ones) - 1) < 1e-12);
  const rank = network('low_rank(r = 3)', [6, 20]).network;
  const laws = coreLaws(rank, { is: 'normal', deviation: 0.02 });
  assert.equal(laws[0]!.law, { is: 'zeros' });
  assert.equal(laws[1]!.law, { is: 'normal', deviation: 1 / Math.sqrt(20) });
});

test.run();
