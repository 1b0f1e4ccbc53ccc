/** Fresh networks: the weight that drawn cores make has the variance that the program asks for, whatever the topology. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeNetwork } from '../../runtime/weights/network.ts';
import { norm } from '../../runtime/weights/tensor.ts';
import { modelOf } from '../check/program.ts';
import { mergedWeight, networkIn, secondMoment, weightModel } from './programs.ts';

const DRAWS = 400;

const own = `
topology twice[out, in](r) {
  core U (out, r) ~ normal(sqrt(deviation) / r ^ (1 / 4))
  core M (r, r)   ~ orthogonal
  reuse U (in, r)
}`;
const cases: readonly (readonly [sizes: readonly [number, number], as: string])[] = [
  [[6, 4], 'mpo[6, 4]'],
  [[12, 10], 'mpo[4*3, 2*5](b = 5)'],
  [[16, 16], 'mpo[4*2*2, 2*2*4](b = 4)'],
  [[16, 16], 'mpo[2^4, 2^4](b = 3)'],
  [[32, 32], 'mpo[2^5, 2^5](b = 2)'],
  [[11, 8], 'mpo[padded 3*4, 2*4](b = 4)'],
  [[12, 12], 'ring[4*3, 3*4](b = 3)'],
  [[27, 8], 'ring[3^3, 2^3](b = 2)'],
  [[16, 16], 'tree[2^4, 2^4](e = 3)'],
  [[12, 12], 'cp[4*3, 3*4](r = 6)'],
  [[12, 12], 'tucker(r = 5, s = 4)'],
  [[12, 12], 'kronecker[4*3, 3*4]'],
  [[16, 16], 'btt[4*4, 4*4](r = 3)'],
  [[16, 16], 'block_term[4*4, 4*4](terms = 3, r = 2)'],
  // Cores at several places: the topology states laws.
  [[5, 5], 'gram(r = 1)'],
  [[12, 12], 'gram(r = 20)'],
  [[6, 7], 'ladder(n = 1, x = 2, y = 5)'],
  [[8, 8], 'ladder[2^3, 2^3](a = (2, 3), c = (3, 1), x = 2, y = 4)'],
  [[16, 81], 'mera[16, 3^4](u = 3, m = 3, top = 3)'],
];

for (const [sizes, as] of cases.slice(-5)) {
  test(`${as}: mean of W squared over ${DRAWS} draws lies within 4 standard errors of the square asked for`, () => {
    const { mean, error } = secondMoment(weightModel({ as, sizes }), DRAWS);
    assert.ok(Math.abs(mean - 0.09) < 4 * error, `${mean} for 0.09, standard error ${error}`);
  });
}

test('`init` of a whole weight asks the topology for its laws again', () => {
  for (const [sizes, as] of cases.slice(-5)) {
    const { mean, error } = secondMoment(weightModel({ as, sizes, law: 'normal(1)', more: 'init w ~ normal(0.3)' }), DRAWS);
    assert.ok(Math.abs(mean - 0.09) < 4 * error, `${as}: ${mean} for 0.09, standard error ${error}`);
  }
});

test('zeros: the tensor is zero, and where a core is placed once the others are not', () => {
  for (const [sizes, as] of cases) {
    const model = weightModel({ as, sizes, law: 'zeros' });
    assert.is(secondMoment(model, 1).mean, 0, as);
    const zero = initialise(model, [1, 0]).values.filter(({ data }) => data.every((value) => value === 0));
    assert.is(zero.length, 1, as);
  }
});

test('laws of a topology: a bond is its size, by its index in a family', () => {
  const sized = `topology pair[out[n], in[n]](b[1..n-1]) {
    core T[k] (b[k-1], out[k], in[k], b[k]) ~ uniform(b[k-1] - 100 * b[k], out[k] * in) for k in 1..n
  }`;
  const { parameters } = weightModel({ as: 'pair[2*3, 4*5](b = 7)', sizes: [6, 20], own: sized });
  assert.equal(
    parameters.map(({ init }) => init.law),
    [
      { is: 'uniform', low: 1 - 700, high: 40 },
      { is: 'uniform', low: 7 - 100, high: 60 },
    ],
  );
  for (const [law, message] of [
    ['normal(c[k])', /not known before the program runs/],
    ['normal(b)', /`b` is not defined/],
    ['normal(out[k + 1])', /not known before/],
  ] as const) {
    const wrong = sized.replace(/uniform\(.*\) for/, `${law} for`);
    assert.throws(() => weightModel({ as: 'pair[2*3, 4*5](b = 7)', sizes: [6, 20], own: wrong }), message);
  }
});

test('every draw of a network without laws of its own has the norm asked for, up to 24 cores, padded, repeated or not', () => {
  const silent = own.replace(/ ~ normal\(.*\)/, '').replace(/ ~ orthogonal/, '');
  const more: typeof cases = [
    [[256, 256], 'tree[2^8*1^8, 1^8*2^8](e = 8)'],
    [[256, 256], 'mpo[2^8*1^8, 1^8*2^8](b = 8)'],
    [[256, 256], 'tree[2^8, 2^8](e = 8)'],
    [[64, 64], 'mpo[2^6*1^18, 1^18*2^6](b = 8)'],
    [[64, 64], 'peps(p = 2, q = 3, h = 3, v = 2)'],
    [[13, 11], 'ring[padded 2*4*2, padded 3*2*2](b = 3)'],
    [[6, 6], 'twice(r = 3)'],
  ];
  for (const [sizes, as] of [...cases.slice(0, -5), ...more]) {
    for (const seed of [1, 2, 3, 4]) {
      const model = weightModel({ as, sizes, own: silent });
      const { values, warnings } = initialise(model, [seed, 0]);
      assert.equal(warnings, []);
      const { data } = mergedWeight(model, values);
      const deviation = norm(data) / Math.sqrt(data.length);
      assert.ok(Math.abs(deviation / 0.3 - 1) < 1e-9, `${as}, seed ${seed}: ${deviation}`);
    }
  }
});

test('`init` of a whole weight is its new norm, `scaled by` multiplies it, and a law of one core is kept to the letter', () => {
  const deviationOf = (more: string) => {
    const model = weightModel({ as: 'mpo[4*4*4, 4*4*4](b = 4)', sizes: [64, 64], more });
    const { values } = initialise(model, [1, 0]);
    return { values, deviation: norm(mergedWeight(model, values).data) / 64 };
  };
  assert.ok(Math.abs(deviationOf('init w ~ normal(0.02)').deviation - 0.02) < 1e-12);
  assert.ok(Math.abs(deviationOf('init T[1] of w scaled by 0.5').deviation - 0.15) < 1e-12);
  assert.ok(deviationOf('init T[1] of w ~ ones').values[0].data.every((value) => value === 1));
});

const two = (statements: string) =>
  modelOf(
    `edition 1
model M(inputs = 1024, width = 64) {
  axis batch
  input x[batch, inputs]
  a: linear[inputs -> width]
  b: linear[width -> width]
  loss size = mean(b(relu(a(x))) ^ 2)
}
variant V of M { ${statements} }`,
    'V',
  );

test('cores tied between weights of different laws: each weight keeps its own law, and whose draw wins is told', () => {
  const model = two(`
    decompose a as mpo[8*8, 8*128](b = 8)
    decompose b as mpo[8*8, 8*8](b = 8)
    tie T[1] of b = T[1] of a`);
  assert.match(model.notes.map(({ code, message }) => `${code} ${message}`).join(), /N401 .*both start with the draw of a\.weight\.T\[1\]/);
  for (const seed of [1, 2, 3]) {
    const { values, warnings } = initialise(model, [seed, 0]);
    assert.equal(warnings, []);
    for (const { path, axes, terms, law } of model.weights) {
      if (terms[0].is !== 'network') continue;
      const cores = terms[0].nodes.map(({ parameter }) => values[parameter]);
      const { data } = mergeNetwork(terms[0], axes, cores);
      const wanted = (law as { deviation: number }).deviation;
      assert.ok(Math.abs(norm(data) / Math.sqrt(data.length) / wanted - 1) < 1e-9, path);
    }
  }
});

test('where all cores follow another law the first weight has its own, and the other is warned of', () => {
  const same = modelOf(
    `edition 1
model M(width = 16, out = 16) {
  axis batch
  input x[batch, width]
  p: [width, out] ~ normal(0.1)
  q: [width, out] ~ normal(0.4)
  fn both(x[batch, width]) -> y[batch, out] { y[batch, out] = x * p * q }
  loss size = mean(both(x) ^ 2)
}
variant V of M { decompose {p, q} as mpo[4*4, 4*4](b = 4)  tie T[1] of q = T[1] of p  tie T[2] of q = T[2] of p }`,
    'V',
  );
  const { values, warnings } = initialise(same, [1, 0]);
  assert.match(warnings.join(), /q starts with a root mean square of 0\.1\d* where its law says 0\.4/);
  assert.ok(Math.abs(norm(mergeNetwork(networkIn(same), same.weights[0].axes, values.slice(0, 2)).data) / 16 - 0.1) < 1e-12);
});

test.run();
