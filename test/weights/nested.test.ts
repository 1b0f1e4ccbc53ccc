/** Topologies within topologies: one network with names that go through, its first values, and given weights. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { normals } from '../../compiler/values/random.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { count, distance, norm } from '../../runtime/weights/tensor.ts';
import { times } from '../long.ts';
import { coresIn, mergedWeight, naiveWeight, networkIn, secondMoment, weightModel } from './programs.ts';

const own = `topology tucker_of[out[n], in[n]](r[1..n], s[1..n], b, body: topology = mpo) {
  core U[k] (out[k], r[k]) for k in 1..n
  core V[k] (in[k], s[k]) for k in 1..n
  middle: body[r, s](b = b)
  role central: middle.T[1]
}
topology pieces[out[n], in[n]](g[1..n-1]) {
  part[k in 1..n]: join[g[k-1]*out[k], in[k]*g[k]](t = 3) 
}
topology join[a[n], b[m]](t) {
  core A (a[1..n], t)
  core B (t, b[1..m])
  role left: A
}
topology congruent[out, in](r) {
  core L (out, r)
  square: gram_of[r, in](s = 3)
}
topology gram_of[a, b](s) {
  core U (a, s) ~ normal(sqrt(deviation) / s ^ (1 / 4))
  core W (s, b) ~ normal(sqrt(deviation) / s ^ (1 / 4))
}`;
const sizes = [8, 27];
const random = (shape: readonly number[], seed = 1): HostTensor => ({ shape, data: normals([seed, 7], 1, count(shape)) });
const modelOf = (as: string, more = {}) => weightModel({ as, sizes, own, ...more });

test('cores and bonds are named by what they stand in, and roles of the outer topology come first', () => {
  const model = modelOf('tucker_of[2*2*2, 3*3*3](r = 2, s = 3, b = 4)');
  const names = ['U[1]', 'U[2]', 'U[3]', 'V[1]', 'V[2]', 'V[3]', 'middle.T[1]', 'middle.T[2]', 'middle.T[3]'];
  assert.equal(
    model.parameters.map((parameter) => parameter.names[0]),
    names.map((name) => `w.${name}`),
  );
  assert.equal(
    model.parameters.slice(6).map(({ role }) => role),
    ['central', 'central', 'auxiliary'],
  );
  const { legs, fit, exact } = networkIn(model);
  assert.equal(
    legs.flatMap(({ bond, size }) => (bond?.startsWith('middle') ? [[bond, size]] : [])),
    [
      ['middle.b[1]', 4],
      ['middle.b[2]', 4],
    ],
  );
  assert.is(fit, 'sweep');
  assert.not.ok(exact);
});

test('bonds without a number are full, within too, and then any weight is met', () => {
  const model = modelOf('tucker_of[2*2*2, 3*3*3](r = 2, s = 3)', { given: true });
  assert.ok(networkIn(model).exact);
  const weight = random(sizes);
  const { values, decompositions } = initialise(model, [1, 0], () => weight);
  assert.ok(decompositions[0]!.report.error < 1e-12);
  assert.ok(distance(mergedWeight(model, values).data, weight.data) < 1e-12 * norm(weight.data));
});

test('a loop within is a loop of the whole, and the error that is told is that of the merged weight', () => {
  const model = modelOf('tucker_of[2*2*2, 3*3*3](r = 2, s = 2, b = 2, body = ring)', { given: true });
  assert.is(networkIn(model).fit, 'als');
  const weight = random(sizes);
  const { values, decompositions } = initialise(model, [1, 0], () => weight);
  const { error } = decompositions[0]!.report;
  assert.ok(error < 1 && Math.abs(distance(mergedWeight(model, values).data, weight.data) / norm(weight.data) - error) < 1e-9);
});

test('a family of parts along a chain: the merged weight is the sum over all positions', () => {
  const model = modelOf('pieces[2*2*2, 3*3*3](g = 2)', { more: 'freeze part[2].left of w' });
  const { values } = initialise(model, [3, 1]);
  const network = networkIn(model);
  const plain = naiveWeight(network, model.weights[0]!.axes, coresIn(model, values));
  assert.ok(distance(mergedWeight(model, values).data, plain.data) < 1e-12 * norm(plain.data));
  assert.equal(
    model.parameters.filter(({ update }) => update.frozen).map((parameter) => parameter.names[0]),
    ['w.part[2].A'],
  );
});

test('a fresh weight has the law of the model, also where a part states laws of its own', () => {
  for (const as of ['tucker_of[2*2*2, 3*3*3](r = 2, s = 2, b = 3)', 'congruent(r = 4)']) {
    const { mean, error } = secondMoment(modelOf(as), times(100, 400));
    assert.ok(Math.abs(mean - 0.09) < 5 * error + 1e-9, `${as}: ${mean} for 0.09, within ${error}`);
  }
});

test('bonds of a nested topology are selected by their path', () => {
  const of = (text: string) => {
    const [event] = modelOf('tucker_of[2*2*2, 3*3*3](r = 2, s = 3, b = 4)', { more: `squeeze ${text} of w by 1` }).schedule;
    return event!.is === 'squeeze' ? event.bonds[0]!.legs.length : 0;
  };
  assert.equal(['middle.b', 'b[1]', 'middle.b[2]', 'r'].map(of), [2, 1, 1, 3]);
});

test.run();
