/** Networks whose axes are in another order than the weight's: the merged weights as oracle, gradients by finite differences, wherever a weight may stand. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stepProgram } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { modelOf } from '../check/program.ts';
import { gaussian } from '../weights/networks.ts';
import { randomArray, run, type Values, verifiedStep } from './run.ts';

const text = `edition 1
topology sorted[out[n], in[n]](b[1..n-1]) {
  core T[k] (b[k-1], out[k], in[k], b[k]) for k in 1..n
  permute out by norm
  permute in by likeness
}
topology half[out, in](r) {
  core U (out, r)
  core V (r, in)
  permute in by norm
}
model M(width = 12, rows = 3, columns = 4, wide = 8, vocab = 10, near = 6) {
  axis batch, width = rows * columns
  input x[batch, width], id[batch] in vocab
  table: [vocab, width] ~ normal(0.5)
  first: linear[width -> wide](biased = false)
  second: linear[wide -> width](biased = false)
  back: [width, wide] ~ normal(0.5)
  stride: [near, width] ~ normal(0.5)
  forward(x[batch, width], id[batch] in vocab) -> y[batch, width] {
    h = tanh(first(x + table[id]))
    twin[wide, width] = first.weight
    g[batch, width] = h * back * twin
    split[rows, columns, wide] = back
    part[batch, rows, columns] = h * split
    merged[batch, width] = part
    y = second(h) + tanh(g) + merged + stride[near = 2] + table[vocab = 3]
  }
  loss size = mean(forward(x, id) ^ 2)
}
variant Both of M {
  decompose first as sorted[2*4, 3*4](b = 2)
  decompose second as sorted[padded 2*7, 2*4](b = 2) + half(r = 1) + sparse(share = 0.1)
  decompose table, stride as half(r = 2)
  decompose back as sorted[3*4, 4*2](b = 2)
}
variant Tied of M {
  tie back[i, j] = first.weight[j, i]
  decompose first as sorted[2*4, 3*4](b = 2)
  freeze T[1] of first
}
`;
const inputs: Values = { x: randomArray(60, 3), id: Float64Array.from([0, 9, 4, 4, 7]) };
const sizes = { batch: 5 };
const given = new Map([
  ['table', gaussian([10, 12], 1)],
  ['first.weight', gaussian([8, 12], 2)],
  ['second.weight', gaussian([12, 8], 3)],
  ['back', gaussian([12, 8], 4)],
  ['stride', gaussian([6, 12], 5)],
]);
const source = new Set(given.keys());

function lossOf(model: Model, values: Values): number {
  const found = run(verifiedStep(model, { entries: [{ name: 'size', weight: 1 }], sizes, mode: 'eval' }), { ...inputs, ...values });
  return Object.entries(found).find(([key]) => key.startsWith('result '))![1][0]!;
}

for (const name of ['Both', 'Tied']) {
  const model = modelOf(text, name, { source });
  const { values } = initialise(model, [4, 1], (path) => given.get(path));
  const own = Object.fromEntries(model.parameters.map(({ names }, id) => [names[0]!, values[id]!.data]));

  test(`${name}: the merged weights have the same loss, and orders are permutations that are not the identity`, () => {
    const dense = modelOf(text, 'M');
    const merged = Object.fromEntries(model.weights.map((weight) => [weight.path, mergeWeight(model, values, weight).data]));
    const [a, b] = [lossOf(model, own), lossOf(dense, merged)];
    assert.ok(a > 1e-3 && Math.abs(a - b) < 1e-12 * a, `${a}, merged ${b}`);
    const orders = model.parameters.filter(({ names }) => names[0]!.includes('order['));
    assert.is(orders.length, name === 'Both' ? 9 : 2);
    for (const { id } of orders) {
      const [found, all] = [[...values[id]!.data], [...values[id]!.data.keys()]];
      assert.equal(
        found.toSorted((x, y) => x - y),
        all,
      );
      assert.not.equal(found, all);
    }
  });

  test(`${name}: gradients of cores are finite differences, orders have none`, () => {
    const program = stepProgram(model, { entries: [{ name: 'size', weight: 1 }], sizes, mode: 'train', phase: 'gradients' });
    const gradients = run(program, { ...inputs, ...own });
    for (const { names, update } of model.parameters) {
      const [path] = names;
      const found = gradients[`gradient ${path}`];
      assert.is(found === undefined, update.frozen, path);
      if (found === undefined) continue;
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

test('without given weights positions stay as they are, and it is said', () => {
  const model = modelOf(text, 'Tied');
  assert.not.ok(model.parameters.some(({ positions }) => positions !== undefined));
  assert.equal(
    model.notes.flatMap(({ code, primary }) => (code === 'W9' ? [text.slice(primary.place.from, primary.place.to)] : [])),
    ['permute out by norm', 'permute in by likeness'],
  );
});

test.run();
