/** Topologies from their text alone: legs, places, full bonds, roles, exactness, padding. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bonds, count, libraryNames, network, shapes } from './topologies.ts';

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
  metatt: [
    ['metatt[12, 2, 32*24, 24*32](r = 8)', [12, 2, 768, 768]],
    ['metatt(n = 1, r = 4)', [3, 2, 6, 6]],
  ],
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

test.run();
