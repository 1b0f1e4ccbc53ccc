/** What statements of a variant make of tensors of positions: none sees them, copies and ties bring them along. The verifier looks after each. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import '../verified.ts';
import { gaussian } from '../weights/networks.ts';
import { checkText, modelOf } from './program.ts';

const text = `edition 1
topology sorted[out[n], in[n]](b) {
  whole: mpo[out, in](b = b)
  permute out by norm
  permute in by likeness
}
model M(width = 16, depth = 2) {
  axis batch
  input x[batch, width]
  one: linear[width -> width](biased = false)
  block[l in 1..depth] { ffn: mlp[width, inner = width] }
  forward(x[batch, width]) -> y[batch, width] {
    y = one(one(x))
    for g in block { y = y + g.ffn(y) }
  }
  loss size = mean(forward(x) ^ 2)
}
variant Cut of M {
  decompose one, block[*].ffn.up as sorted[4*4, 4*4](b = 2) + sparse(share = 0.1)
}
`;
const source = new Set(['one.weight', 'block[1].ffn.up.weight', 'block[2].ffn.up.weight']);
const given = (path: string) => (source.has(path) ? gaussian([16, 16], path.length + path.charCodeAt(6)) : undefined);
const variant = (statements: string): Model => modelOf(`${text}variant V of Cut {\n${statements}\n}`, 'V', { source });
const positionsOf = (model: Model) => model.parameters.filter(({ positions }) => positions !== undefined);

for (const statement of [
  'train only one.weight.sparse',
  'learn mask of V of one.weight.sparse keep 0.5',
  'learn mask of one keep 0.5',
  'freeze all except one',
  'train only V of one.weight.sparse',
  'train one with probability 0.5',
  'init one scaled by 0.5',
  'init V of one.weight.sparse ~ zeros',
  'init one ~ normal(0.1)',
  'keep V of one.weight.sparse where @place < 5',
  'squeeze b of one by 1',
  'grow b of one by 1 every 5 steps until b == 4',
  'adapt one with low_rank(r = 2)\n  train only adapter of all',
  'share V of block[l].ffn.up.weight.sparse over l from first',
  'share core of block[l].ffn.up over l from mean',
  'tie one.weight[i, j] = block[1].ffn.up.weight[j, i]',
  'wrap block[*].ffn in mixture[width, expert = 3, pick = 1]',
  'apply Low to one',
]) {
  test(statement.replaceAll(/\s+/g, ' '), () => {
    const { diagnostics, model } = checkText(
      `${text}variant Low to target { adapt target with low_rank(r = 1) }\nvariant V of Cut {\n  ${statement}\n}`,
      {
        name: 'V',
        source,
      },
    );
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (model === undefined) {
      // Refused in its place, with a code: what is said of one core, of a tie of networks.
      assert.ok(errors.length > 0 && errors.every(({ code, primary }) => /^B[567]/.test(code) && primary.place.to > primary.place.from));
      return;
    }
    for (const { names, update, keep, origin } of positionsOf(model)) {
      assert.ok(update.frozen && keep === undefined, names[0]);
      assert.ok(origin.is !== 'combined', names[0]);
    }
    const { values } = initialise(model, [1, 0], given);
    for (const weight of model.weights) assert.ok(mergeWeight(model, values, weight).data.every(Number.isFinite), weight.path);
  });
}

test('a tied weight is the transpose, places and orders with it', () => {
  const model = modelOf(
    `${text}variant T of M {
  tie block[1].ffn.up.weight[i, j] = one.weight[j, i]
  decompose one as sorted[4*4, 4*4](b = 2) + sparse(share = 0.1)
}`,
    'T',
    { source },
  );
  const { values } = initialise(model, [1, 0], given);
  const [a, b] = ['one.weight', 'block[1].ffn.up.weight'].map((path) =>
    mergeWeight(model, values, model.weights.find((weight) => weight.path === path)!),
  );
  const turned = a!.data.map((_, k) => a!.data[16 * (k % 16) + Math.floor(k / 16)]!);
  assert.ok(distance(turned, b!.data) < 1e-12 * norm(turned));
  assert.is(positionsOf(model).length, 4);
});

test('experts that are copied have the places of what they were made of', () => {
  const model = variant('  wrap block[*].ffn in mixture[width, expert = 3, pick = 1]');
  const { values } = initialise(model, [1, 0], given);
  const merged = [1, 2, 3].map(
    (k) => mergeWeight(model, values, model.weights.find(({ path }) => path === `block[1].ffn.each[${k}].up.weight`)!).data,
  );
  assert.equal(merged[1], merged[0]);
  assert.equal(merged[2], merged[0]);
});

test.run();
