/** Networks that are no tree: traces, repeated cores, truncation by one cap, spectra where a bond separates, and what is warned of. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Policy } from '../../compiler/values/model.ts';
import { decompose } from '../../runtime/weights/decompose.ts';
import { fitNetwork } from '../../runtime/weights/fit.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { leftSingular, multiply, transpose } from '../../runtime/weights/linear-algebra.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { gaussian } from './networks.ts';
import { mergedWeight, naiveWeight, networkIn, weightModel } from './programs.ts';

function fitted(as: string, weight: HostTensor, options: Parameters<typeof decompose>[3] = {}, own = '') {
  const model = weightModel({ as, sizes: weight.shape, own });
  return decompose(weight, model.weights[0].axes, networkIn(model), options);
}
/** U U^T of rank r: what gram can reach. */
function symmetric(size: number, r: number): HostTensor {
  const u = gaussian([size, r], 3).data;
  return { shape: [size, size], data: multiply(u, transpose(u, size, r), size, r, size) };
}

test('the best symmetric approximation of given rank, from every seed', () => {
  const weight = symmetric(12, 5);
  const { s } = leftSingular(weight.data, 12, 12);
  const best = Math.hypot(s[3], s[4]) / norm(s);
  for (const seed of [1, 2, 3]) {
    const { error, method, iterations } = fitted('gram(r = 3)', weight, { seed: [seed, 0] });
    assert.is(method, 'gauss-newton');
    assert.ok(iterations! > 0 && iterations! < 300);
    assert.ok(error >= best - 1e-9 && error < best * 1.001, `${error} for ${best}`);
  }
  assert.ok(fitted('gram(r = 5)', weight).error < 1e-8);
});

test('fits are seeded, scale with the weight, and equal nodes get equal cores', () => {
  const model = weightModel({ as: 'mera[6, 2^4](u = 2, m = 2, top = 2)', sizes: [6, 16] });
  const network = networkIn(model);
  const weight = { shape: [6, 2, 2, 2, 2], data: gaussian([96]).data };
  const once = fitNetwork(weight, network, [5, 0]);
  assert.equal(fitNetwork(weight, network, [5, 0]), once);
  assert.not.equal(fitNetwork(weight, network, [6, 0]).cores, once.cores);
  const [, first, second, third] = once.cores;
  assert.equal(first, second);
  assert.equal(first, third);
  const large = fitNetwork({ ...weight, data: weight.data.map((value) => value * 2 ** 20) }, network, [5, 0]);
  assert.is(large.iterations, once.iterations);
});

test('a core placed twice, transposed, and a trace at one of its places', () => {
  const own = `topology turned[out, in](r) {
    core U (out, r)
    reuse U (in, r)
    core D (out, in)
  }
  topology traced[out[2], in[2]](b, c) {
    core U (b, out[1], b)
    reuse U (c, in[1], c)
    core V (out[2], in[2])
  }`;
  const weight = symmetric(6, 2);
  assert.ok(fitted('turned(r = 2)', weight, {}, own).error < 1e-6);
  const model = weightModel({ as: 'traced[3*2, 3*2](b = 2, c = 2)', sizes: [6, 6], own });
  const [u, v] = [gaussian([2, 3, 2], 4), gaussian([2, 2], 5)];
  const planted = naiveWeight(networkIn(model), model.weights[0].axes, [u, u, v]);
  const errors = [1, 2, 3].map((seed) => fitted('traced[3*2, 3*2](b = 2, c = 2)', planted, { seed: [seed, 0] }, own).error);
  assert.ok(Math.min(...errors) < 1e-6, errors.join());
});

test('to error, energy and share: bonds of which none can be smaller, and the promise is kept', () => {
  const weight = gaussian([16, 16]);
  const at = (policy: Policy) => fitted('ring[4*4, 4*4](b = 4)', weight, { policy, seed: [1, 0] });
  for (const value of [0.9, 0.5]) {
    const found = at({ measure: 'error', value });
    assert.ok(found.error <= value);
    const [b, c] = found.bonds.map(({ size }) => size);
    for (const [x, y] of [
      [b - 1, c],
      [b, c - 1],
    ]) {
      // biome-ignore format: pairs
      if (x > 0 && y > 0) assert.ok(fitted(`ring[4*4, 4*4](b = (${x}, ${y}))`, weight, { seed: [1, 0] }).error > value);
    }
    assert.equal(
      at({ measure: 'energy', value: 1 - value ** 2 }).bonds.map((bond) => bond.size),
      found.bonds.map((bond) => bond.size),
    );
    const share = at({ measure: 'share', value });
    assert.ok(share.parameters <= value * 256);
  }
  assert.throws(() => at({ measure: 'share', value: 0.1 }), /ask for at least 0\.125/);
  assert.is(fitted('gram(r = 6)', symmetric(8, 3), { policy: { measure: 'error', value: 1e-6 } }).bonds[0].size, 3);
});

test('rings, CP and a grid that can be met exactly are met exactly, and a padded ring is found to be what it is', () => {
  for (const [sizes, as] of [
    [[27, 8], 'ring[3^3, 2^3](b = 2)'],
    [[16, 16], 'ring[2^4, 2^4](b = 2)'],
    [[24, 12], 'cp[4*3*2, 2*3*2](r = 3)'],
    [[16, 16], 'peps(p = 2, q = 2, h = 2, v = 2)'],
    [[8, 8], 'gram(r = 3)'],
  ] as const) {
    const model = weightModel({ as, sizes });
    for (const seed of [1, 2, 3]) {
      const weight = mergedWeight(model, initialise(model, [seed, 0]).values);
      const { error, warnings } = decompose(weight, model.weights[0].axes, networkIn(model));
      assert.ok(error < 1e-12, `${as}, seed ${seed}: ${error}`);
      assert.equal(warnings, []);
    }
  }
  const model = weightModel({ as: 'ring[3^3, 2^3](b = 2)', sizes: [27, 8] });
  const weight = mergedWeight(model, initialise(model, [4, 0]).values);
  const found = fitted('ring[3^3, 2^3](b = 4)', weight, { policy: { measure: 'error', value: 1e-6 } });
  assert.equal(
    found.bonds.map(({ size }) => size),
    [2, 2, 2],
  );
  assert.ok(found.error < 1e-12);
});

test('off trees a larger bond is never worse, and nothing is worse than zeros', () => {
  const kernel = { shape: [16, 16], data: Float64Array.from({ length: 256 }, (_, k) => Math.exp(-((((k >> 4) - (k & 15)) / 4) ** 2))) };
  for (const weight of [kernel, gaussian([16, 16], 3)]) {
    for (const as of ['ring[4*2*2, 2*2*4]', 'cp[4*2*2, 2*2*4]']) {
      const bond = as.startsWith('cp') ? 'r' : 'b';
      const errors = [1, 2, 3].map((size) => fitted(`${as}(${bond} = ${size})`, weight).error);
      for (const [k, error] of errors.entries()) assert.ok(error <= (errors[k - 1] ?? 1) + 1e-12, `${as}: ${errors}`);
    }
  }
});

test('networks whose bonds cannot change refuse a policy', () => {
  const policy = { measure: 'error', value: 0.1 } as const;
  assert.throws(() => fitted('kronecker[2*3, 3*2]', gaussian([6, 6]), { policy }), /kronecker has no bond whose size is free/);
  const own = 'topology tied[out[2], in](u) {\n core W (out[1], u, in)\n reuse W (out[2], u, in)\n}';
  const fixed = fitted('tied[3*3, 3](u = 2)', gaussian([9, 3]), { policy: { measure: 'share', value: 0.4 } }, own);
  assert.is(fixed.bonds[0].size, 1);
  const bound = 'topology bound[out[2], in](u) {\n core W (out[1], u, in)\n reuse W (u, out[2], in)\n}';
  assert.throws(() => fitted('bound[3*3, 3](u = 3)', gaussian([9, 3]), { policy }, bound), /bound has no bond whose size is free/);
});

test('spectra where cutting a bond separates the network, none on loops and hyperedges', () => {
  const own = `topology tail[out[n], in[n]](b[1..3], t) {
    core T[k] (b[k], out[k], in[k], b[k mod 3 + 1]) for k in 1..2
    core C (b[3], b[1], t)
    core E (t, out[3], in[3])
  }`;
  const weight = gaussian([12, 8]);
  const { bonds } = fitted('tail[2*3*2, 2*2*2](b = 2, t = 2)', weight, {}, own);
  assert.equal(
    bonds.map(({ name, spectrum }) => [name, spectrum?.length]),
    [
      ['b[1]', undefined],
      ['b[2]', undefined],
      ['b[3]', undefined],
      ['t', 4],
    ],
  );
  const columns = Float64Array.from({ length: 96 }, (_, k) => {
    const [last, rest] = [Math.floor(k / 24), k % 24];
    const [row, column] = [Math.floor(rest / 4) * 2 + (last >> 1), (rest % 4) * 2 + (last & 1)];
    return weight.data[row * 8 + column];
  });
  const expected = leftSingular(columns, 4, 24).s;
  assert.ok(distance(bonds[3].spectrum!, expected) < 1e-12);
  assert.ok(bonds[3].entropy! > 0 && bonds[3].scaledEntropy! <= 1);
  assert.is(fitted('cp[2*3*2, 2*2*2](r = 2)', weight).bonds[0].spectrum, undefined);
  assert.is(fitted('lokr[3*4, 2*4](r = 2)', weight).bonds[0].spectrum, undefined);
});

test('warnings: a zero weight, bonds above the rank, a promise that caps cannot keep', () => {
  const zero: HostTensor = { shape: [8, 8], data: new Float64Array(64) };
  for (const as of ['mpo[2*4, 4*2]', 'ring[2*4, 4*2](b = 2)', 'gram(r = 2)']) {
    const { warnings, error, cores } = fitted(as, zero);
    assert.match(warnings.join(), /the weight is zero/);
    assert.is(error, 0);
    assert.ok(cores.every(({ data }) => data.every((value) => value === 0)));
  }
  assert.match(fitted('tucker', symmetric(8, 3)).warnings.join(), /r = 8 of which 3, s = 8 of which 3 carry values/);
  assert.equal(fitted('tucker(r = 3, s = 3)', symmetric(8, 3)).warnings, []);
  const policy = { measure: 'error', value: 0.01 } as const;
  for (const as of ['mpo[2*4, 4*2](b = 3)', 'ring[2*4, 4*2](b = 2)', 'gram(r = 2)']) {
    assert.match(fitted(as, gaussian([8, 8]), { policy }).warnings.join(), /`to error 0.01` is missed with 0\.\d+: .*give larger ones/);
  }
  assert.equal(fitted('mpo[2*4, 4*2]', gaussian([8, 8]), { policy }).warnings, []);
});

test('values that are not finite are counted and placed', () => {
  const weight = gaussian([8, 8]);
  weight.data[19] = Number.NaN;
  weight.data[40] = Number.POSITIVE_INFINITY;
  for (const as of ['mpo[2*4, 4*2]', 'ring[2*4, 4*2](b = 2)', 'gram(r = 2)']) {
    assert.throws(() => fitted(as, weight), /2 of 64 values are not finite, the first is NaN at \[2, 3\]/);
  }
});

test.run();
