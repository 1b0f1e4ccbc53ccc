/** Weights that are sums, and weights that layers declare as networks: gradients by finite differences, and the merged weights as oracle. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stepProgram } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { modelOf } from '../check/program.ts';
import { randomArray, run, type Values } from './run.ts';

const text = `edition 1
layer tensor_linear[n -> m](outs: factors, ins: factors, bond = 3, beside: topology = low_rank(r = 2)) {
  weight: [m, n] as mpo[outs, ins](b = bond) + beside named correction ~ normal(0.4)
  forward(x[.., n]) -> y[.., m] { y[.., m] = x * weight }
}
model M(width = 12, wide = 8, vocab = 10) {
  axis batch
  input x[batch, width], id[batch] in vocab
  table: [vocab, width] ~ normal(0.5)
  first: tensor_linear[width -> wide](outs = 2*4, ins = 3*4)
  second: linear[wide -> width](biased = false)
  forward(x[batch, width], id[batch] in vocab) -> y[batch, width] { y = second(tanh(first(x + table[id]))) }
  loss size = mean(forward(x, id) ^ 2)
}
variant V of M {
  decompose second as mpo[3*4, 2*4](b = 2) + cp[2*6, 4*2](r = 2) + low_rank(r = 1)
  decompose table as mpo[padded 3*4, 3*4](b = 2) + tucker(r = 2, s = 3)
  init U of first.weight.correction ~ normal(0.3)
  init U of second.weight.low_rank ~ normal(0.3)
  adapt second with low_rank(r = 1) scaled by 0.5
  keep T[2] of second.weight.mpo where @b < 1
}
variant Otherwise of M { decompose first as ring[2*2*2, 3*2*2](b = 2) + kronecker[4*2, 3*4] }
`;
const inputs: Values = { x: randomArray(60, 3), id: Float64Array.from([0, 9, 4, 4, 7]) };
const sizes = { batch: 5 };

function lossOf(model: Model, values: Values): number {
  const found = run(stepProgram(model, { entries: [{ name: 'size', weight: 1 }], sizes, mode: 'eval' }), { ...inputs, ...values });
  return Object.entries(found).find(([key]) => key.startsWith('result '))![1][0]!;
}

for (const name of ['V', 'Otherwise']) {
  const model = modelOf(text, name);
  const { values } = initialise(model, [4, 1]);
  const own = Object.fromEntries(model.parameters.map(({ names }, id) => [names[0]!, values[id]!.data]));

  test(`${name}: the merged weights have the same loss`, () => {
    const dense = modelOf(text, name, { dense: true });
    assert.equal(
      dense.parameters.map(({ names }) => names[0]),
      ['table', 'first.weight', 'second.weight'],
    );
    const merged = Object.fromEntries(model.weights.map((weight) => [weight.path, mergeWeight(model, values, weight).data]));
    const [a, b] = [lossOf(model, own), lossOf(dense, merged)];
    assert.ok(a > 1e-3 && Math.abs(a - b) < 1e-12 * a, `${a}, merged ${b}`);
  });

  test(`${name}: gradients are finite differences`, () => {
    const program = stepProgram(model, { entries: [{ name: 'size', weight: 1 }], sizes, mode: 'train', phase: 'gradients' });
    const gradients = run(program, { ...inputs, ...own });
    for (const { names } of model.parameters) {
      const [path] = names;
      const found = gradients[`gradient ${path}`]!;
      const entries = own[path!]!;
      for (const at of [0, Math.floor(entries.length / 2), entries.length - 1]) {
        const step = 1e-5;
        const [more, less] = [step, -step].map((by) => {
          const moved = entries.map((value, k) => (k === at ? value + by : value));
          return lossOf(model, { ...own, [path!]: moved });
        });
        const expected = (more! - less!) / (2 * step);
        assert.ok(Math.abs(found[at]! - expected) < 1e-8 + 1e-6 * Math.abs(expected), `${path} at ${at}: ${found[at]}, ${expected}`);
      }
    }
  });
}

test('a network that a layer declares starts as one that a variant says', () => {
  const said = modelOf(
    `${text}
layer plain[n -> m] {
  weight: [m, n] ~ normal(0.4)
  forward(x[.., n]) -> y[.., m] { y[.., m] = x * weight }
}
model P(width = 12, wide = 8) {
  axis batch
  input x[batch, width]
  first: plain[width -> wide]
  loss size = mean(first(x) ^ 2)
}
variant W of P { decompose first as mpo[2*4, 3*4](b = 3) + low_rank(r = 2) named correction }`,
    'W',
  );
  const declared = modelOf(text, 'M');
  const of = (model: Model) => model.parameters.filter(({ names }) => names[0]!.startsWith('first.'));
  assert.equal(
    of(declared).map(({ names, legs, init, role, origin }) => ({ names, legs, init, role, origin })),
    of(said).map(({ names, legs, init, role, origin }) => ({ names, legs, init, role, origin })),
  );
});

test('what a variant says of cores, roles and bonds of a declared network holds', () => {
  const model = modelOf(
    `${text}variant T of M {
  freeze central of first
  squeeze b of first by 1
}`,
    'T',
  );
  const frozen = model.parameters.filter(({ update }) => update.frozen).map(({ names }) => names[0]);
  assert.equal(frozen, ['first.weight.mpo.T[1]']);
  assert.is(model.schedule.length, 1);
});

test.run();
