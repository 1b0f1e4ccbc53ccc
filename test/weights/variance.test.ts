/** Fresh networks: the weight that drawn cores make has the variance that the program asks for, whatever the topology. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { initialise } from '../../runtime/weights/initialise.ts';
import { secondMoment, weightModel } from './programs.ts';

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

for (const [sizes, as] of cases) {
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

test('a core at several places without a law of its own is told, unless values are given', () => {
  const silent = own.replace(/ ~ normal\(.*\)/, '').replace(/ ~ orthogonal/, '');
  const codes = (text: string, given: boolean) =>
    weightModel({ as: 'twice(r = 3)', sizes: [6, 6], own: text, given }).notes.map(({ code }) => code);
  assert.ok(codes(silent, false).includes('N401'));
  assert.not.ok(codes(silent, true).includes('N401'));
  assert.not.ok(codes(own, false).includes('N401'));
});

test.run();
