/** `replace L with M`: what stands there afterwards, what becomes of given weights, and that it composes with other statements. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import { complaintsAboutModel } from '../../compiler/values/verify-model.ts';
import { checkText, rendered } from './program.ts';

const base = `edition 1
layer narrow[in -> out](r = 2) {
  down: linear[in -> r](biased = false)
  up: linear[r -> out]
  forward(h[.., in]) -> z[.., out] { z = up(tanh(down(h))) }
}
layer other[n] {
  up: linear[n -> n]
  forward(x[.., n]) -> y[.., n] { y = up(x) }
}
model M(n = 4, depth = 3, classes = 3) {
  axis batch
  input x[batch, n], label[batch] in classes
  block[l in 1..depth] { ffn: mlp[n, inner = n]  look: linear[n -> n] }
  head: linear[n -> classes]
  forward(x[batch, n]) -> s[batch, classes] {
    h = x
    for b in block { h = h + b.ffn(b.look(h)) }
    s = head(h)
  }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
`;
function modelOf(variants: string, name = 'V', source?: readonly string[]): Model {
  const result = checkText(base + variants, { name, ...(source ? { source: new Set(source) } : {}) });
  if (result.model === undefined) throw new Error(rendered(result));
  assert.equal(complaintsAboutModel(result.model), []);
  return result.model;
}
const paths = ({ weights }: Model) => weights.map(({ path }) => path);
const shape = ({ weights }: Model, path: string) => weights.find((weight) => weight.path === path)?.axes.map(({ size }) => size);

test('members of a family, with the variable of the selection; others stay', () => {
  const model = modelOf('variant V of M { replace block[l].look except block[2].look with narrow[n -> n](r = l) }');
  assert.equal(shape(model, 'block[3].look.down.weight'), [3, 4]);
  assert.equal(shape(model, 'block[1].look.up.weight'), [4, 1]);
  assert.ok(paths(model).includes('block[2].look.weight'));
  assert.not(paths(model).includes('block[1].look.weight'));
  assert.equal(
    model.weights.map(({ id }) => id),
    model.weights.map((_, k) => k),
  );
});

test('what is replaced can be decomposed, wrapped, trained, and replaced by an outer variant', () => {
  const text = `variant V(r = 2) of M {
  replace block[*].ffn with narrow[n -> n](r = 2 * r)
  decompose block[*].ffn.up as low_rank(r = r)
  wrap block[1].look in mixture[n, expert = 2, pick = 1]
  train only block[*].ffn
}
variant W of M { replace block[*].ffn with narrow[n -> n] }
variant X of W { replace block[2].ffn with linear[n -> n] }
variant R(r = 1) to part { replace part with narrow[n -> n](r = r) }
variant Y of M { apply R(r = 3) to block[*].look }
`;
  const model = modelOf(text);
  assert.equal(shape(model, 'block[2].ffn.down.weight'), [4, 4]);
  assert.is(model.weights.find(({ path }) => path === 'block[3].ffn.up.weight')?.terms[0]?.is, 'network');
  assert.ok(model.parameters.filter(({ update }) => !update.frozen).every(({ names }) => /^block\[\d\]\.ffn\./.test(names[0]!)));
  assert.ok(paths(modelOf(text, 'X')).includes('block[2].ffn.weight'));
  assert.equal(shape(modelOf(text, 'Y'), 'block[1].look.down.weight'), [3, 4]);
});

test('given weights of the layer that goes are not taken, but for those of the same name and shape', () => {
  const names = ['up', 'down'].flatMap((member) => ['weight', 'offset'].map((own) => `block[1].ffn.${member}.${own}`));
  const narrowed = modelOf('variant V of M { replace block[1].ffn with narrow[n -> n] }', 'V', names);
  const origin = (model: Model, path: string) => model.parameters.find((one) => one.names[0] === path)!.origin;
  assert.is(origin(narrowed, 'block[1].ffn.up.weight').is, 'fresh');
  assert.is(origin(narrowed, 'block[1].ffn.down.weight').is, 'fresh');
  assert.equal(origin(narrowed, 'block[1].ffn.up.offset'), { is: 'checkpoint', path: 'block[1].ffn.up.offset', axes: [0] });
  const { diagnostics } = checkText(`${base}variant V of M { replace block[1].ffn with other[n] }`, { name: 'V', source: new Set(names) });
  const note = diagnostics.find(({ code }) => code === 'N603');
  assert.is(
    note?.message,
    'the new layer has block[1].ffn.up.weight, block[1].ffn.up.offset in the same shape: values that are given under that name go there',
  );
});

test('parameters and results count by their axes, not by their names', () => {
  const same = 'layer renamed[a] { forward(value[.., a]) -> result[.., a] { result = 2 * value } }\n';
  assert.not(paths(modelOf(`${same}variant V of M { replace block[*].look with renamed[n] }`)).includes('block[1].look.weight'));
  const { diagnostics } = checkText(`${base}variant V of M { replace head with linear[n -> n] }`, { name: 'V' });
  assert.equal(
    diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code),
    ['B641'],
  );
});

test.run();
