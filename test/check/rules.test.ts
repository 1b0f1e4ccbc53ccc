/** Rules of the language, each in the smallest program that shows it: what must be accepted, and what it becomes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Body, Expression } from '../../compiler/values/model.ts';
import { complaintsAboutModel } from '../../compiler/values/verify-model.ts';
import { modelOf } from './program.ts';

/** The training body of the first entry, with the names of axes for ids. */
function bodyOf(text: string, entry = 0) {
  const model = modelOf(`edition 1\n${text}`);
  assert.equal(complaintsAboutModel(model), []);
  const body = model.entries[entry].train;
  const names = (axes: readonly number[]) => axes.map((axis) => model.axes[axis].name).join(' ');
  return { model, body, names };
}
const kinds = (body: Body) => body.statements.map(({ expression }) => (expression.is === 'apply' ? expression.f : expression.is));
const ofKind = <Is extends Expression['is']>(body: Body, is: Is) =>
  body.statements.flatMap(({ expression }) => (expression.is === is ? [expression as Extract<Expression, { is: Is }>] : []));

test('H2: a square layer has two axes of its own', () => {
  const { model } = bodyOf('model M(n = 4) { axis batch input x[batch, n] f: linear[n -> n] loss l = mean(f(f(x))) }');
  const [weight] = model.weights;
  assert.equal(
    weight.axes.map((axis) => axis.name),
    ['out', 'in'],
  );
  assert.is.not(weight.axes[0].axis, weight.axes[1].axis);
});

test('H3: what rides along is the union of what the arguments have left', () => {
  const { names, body } = bodyOf(`fn mixed[a](x[.., a], y[.., a]) -> z[..] { z[..] = x * y }
    model M(n = 4) { axis batch, time input x[batch, n], y[time, n] forward(x[batch, n], y[time, n]) -> z[batch, time] { z = mixed[n](x, y) } }`);
  assert.is(names(body.statements[body.results[0].value].axes), 'batch time');
});

test('H4, H5: primes and products are refitted, nothing is summed', () => {
  const { body } = bodyOf(`model M(n = 6, a = 2) { axis batch, time, n = a * b input x[batch, time, n]
    forward(x[batch, time, n]) -> y[batch, time', a, b] { y[batch, time', a, b] = x } }`);
  assert.equal(kinds(body), ['input', 'refit']);
  assert.equal(
    ofKind(body, 'refit')[0].moves.map((move) => move.is),
    ['split', 'rename'],
  );
});

test('H5: products of products split and merge', () => {
  const { body } = bodyOf(`model M(n = 24, a = 2, b = 3) { axis batch, n = a * part, part = b * c input x[batch, a, b, c]
    forward(x[batch, a, b, c]) -> y[batch, n] { y[batch, n] = x } fn back(y[batch, n]) -> z[batch, c, b, a] = y }`);
  assert.equal(kinds(body), ['input', 'refit']);
});

test('H7: terms are summed each on its own', () => {
  const { body } = bodyOf(`model M(n = 4, m = 3) { axis batch input x[batch, n] w: [m, n] ~ ones u: [m] ~ ones
    forward(x[batch, n]) -> y[batch, m] { y[batch, m] = w * x / 2 - u } }`);
  assert.equal(kinds(body), ['input', 'weight', 'weight', 'product', 'number', 'mul', 'sub']);
});

test('H9: a stated sum is a product that is checked', () => {
  const { body } = bodyOf(`model M(n = 4, m = 3) { axis batch input x[batch, n] w: [m, n] ~ ones
    forward(x[batch, n]) -> y[batch, m] { y[batch, m] = sum[n](w * x) } }`);
  assert.equal(kinds(body), ['input', 'weight', 'product']);
});

test('H10: positions need not nest', () => {
  const { body } = bodyOf('model M(n = 4) { axis batch, time input x[batch, time] loss l = mean(select(@time <= @batch, x, 0)) }');
  assert.ok(kinds(body).includes('le'));
});

test('H14, H19: select on data, if on options', () => {
  const { body } = bodyOf(
    'model M(n = 4, deep = false) { axis batch input x[batch, n] loss l = mean(if deep then exp(x) else select(x > 0, x, 0)) }',
  );
  assert.not.ok(kinds(body).includes('exp'));
  assert.ok(kinds(body).includes('select'));
});

test('H15: a position is proved to lie in the axis that bounds its own, through a layer too', () => {
  const { body } =
    bodyOf(`layer placed[t, context, w] { place: [context, w] ~ ones forward(x[.., t, w]) -> y[.., t, w] { y = x + place[@t] } }
    model M(n = 4, context = 9) { axis batch, time <= context input x[batch, time, n] p: placed[time, context, n] loss l = mean(p(x)) }`);
  assert.is(ofKind(body, 'lookup').length, 1);
  assert.is(ofKind(body, 'lookup')[0].at[0].else, undefined);
});

test('H15: intervals prove an index', () => {
  const text = (index: string) => `model M(n = 8, m = 4) { axis batch input x[batch, n] loss l = mean(x[n = ${index}]) }`;
  for (const index of ['@m + 4', '7 - @m', '@m * 2 + 1', '@n div 2', '@n mod 3', 'min(@n + 3, 7)', 'clamp[n](@n + 3)', 'max(@m - 1, 0)'])
    bodyOf(text(index));
  for (const index of ['@m + 5', '@n + 1', '3 - @m - 1', '@m * 3', 'abs(@n - 9)']) assert.throws(() => bodyOf(text(index)), /B313/);
});

test('H6: the size of a join, and an axis with a number', () => {
  const { model } = bodyOf(`model M(a = 3, b = 4) { axis batch, c = a + b, d = 5 input x[batch, a], y[batch, b] w: [c, d] ~ ones
    forward(x[batch, a], y[batch, b]) -> z[batch, d] { z[batch, d] = join[c](x, y) * w } }`);
  assert.equal(
    ['c', 'd'].map((name) => model.axes.find((axis) => axis.name === name)?.size),
    [7, 5],
  );
});

test('H12: what no rule can know is accepted: another axis in a softmax, a layer applied to its own result, self-attention', () => {
  bodyOf(`model M(width = 8, heads = 2) { axis batch, time input x[batch, time, width]
    attn: attention[time, time', width, heads] second: linear[width -> width]
    loss l = mean(softmax[time](second(second(attn(x, x))))) }`);
});

test('H16: a whole number is a size, an axis and a number; `/` divides, `div` floors', () => {
  const { model } = bodyOf(
    'model M(n = 7) { axis batch, half = n div 2 input x[batch, n] w: [half] ~ normal(n / 2) loss l = mean(x * n) }',
  );
  assert.is(model.axes.find((axis) => axis.name === 'half')?.size, 3);
  assert.equal(model.parameters[0].init.law, { is: 'normal', deviation: 3.5 });
  assert.throws(() => bodyOf('model M(n = 7) { axis batch, half = n / 2 input x[batch, n] loss l = mean(x) }'), /B204/);
});

test('H20: one member applied in a loop is one layer; families may differ by index', () => {
  const { model, body } =
    bodyOf(`model M(n = 4) { axis batch input x[batch, n] one: linear[n -> n] many[l in 1..3]: linear[n -> n](biased = l == 2)
    forward(x[batch, n]) -> y[batch, n] { y = x for l in 1..3 { y = one(many[l](y)) } } }`);
  assert.is(model.weights.length, 2 + 3 + 1);
  assert.is(ofKind(body, 'product').length, 6);
});

test('H20: a family of weights, chosen by number and by data', () => {
  const { body } = bodyOf(`model M(n = 4, k = 3) { axis batch input x[batch, n], which[batch] in k w[j in 1..k]: [n] ~ ones
    loss l = mean(x * w[2] + x * w[which]) }`);
  assert.is(ofKind(body, 'stack')[0].of.length, 3);
});

test('H26: functions bound twice to one axis keep two axes inside', () => {
  const { body, names } = bodyOf(`fn outer[a, b](x[.., a], y[.., b]) -> z[.., a] { z[.., a] = x * sum[b](y) }
    model M(n = 4) { axis batch input x[batch, n] forward(x[batch, n]) -> y[batch, n] { y = outer[n, n](x, x) } }`);
  assert.is(names(body.statements[body.results[0].value].axes), 'batch n');
});

test('join, expand, top', () => {
  const { model } = bodyOf(`model M(a = 3, b = 4, k = 2) { axis batch, c = a + b input x[batch, a], y[batch, b]
    forward(x[batch, a], y[batch, b]) -> z[batch, c] = join[c](x, y)
    fn wide(x[batch, a]) -> y[batch, a, b] = expand[b](x)
    fn best(x[batch, a]) -> i[batch, k] in a, v[batch, k] { i, v = top[a, k](x) } }`);
  assert.equal(
    model.entries.map((entry) =>
      entry.train.statements.map(({ expression }) => expression.is).filter((is) => is === 'join' || is === 'product' || is === 'top'),
    ),
    [['join'], ['product'], ['top', 'top']],
  );
  assert.is(model.entries[2].train.results[0].index, model.entries[2].inputs[0].axes[1]);
});

test('experts within experts', () => {
  const { body } = bodyOf(`layer inner[w] { each[k in 1..2]: linear[w -> w] gate: linear[w -> pair](biased = false) axis pair = 2
      forward(x[.., w]) -> y[.., w] { c = argmax[pair](gate(x)) y = each[c](x) } }
    model M(n = 4) { axis batch input x[batch, n] moe: mixture[n, expert = 3, pick = 1](body = inner[n]) loss l = mean(moe(x)) }`);
  assert.ok(ofKind(body, 'stack').some((stack) => stack.of.length === 3));
});

test('equal masks are one statement', () => {
  const { body } = bodyOf(`model M(n = 4) { axis batch, time input x[batch, time, time'] 
    loss l = mean(softmax[time'](x where @time' <= @time)) + mean(softmax[time'](x * 2 where @time' <= @time)) }`);
  assert.is(kinds(body).filter((kind) => kind === 'le').length, 1);
});

test('H60: a definition of the file comes before the library, an import may be renamed', () => {
  const files = { 'other.bond': 'edition 1 fn gelu(x[..]) -> [..] = x * 3' };
  const text = `edition 1 use "./other.bond" { gelu as triple } fn dropout(x[..]) -> [..] = x * 2
    model M(n = 4) { axis batch input x[batch, n] loss l = mean(dropout(triple(x))) }`;
  const model = modelOf(text, 'M', { load: (path) => files[path.replace('./', '') as keyof typeof files] });
  const numbers = ofKind(model.entries[0].train, 'number').map(({ value }) => value);
  assert.equal(numbers.sort(), [2, 3]);
});

const stack = `edition 1 model M(width = 8, depth = 2) { axis batch input x[batch, width] f[l in 1..depth]: linear[width -> width]
  loss l { y = x for g in f { y = g(y) } l = mean(y) } }`;

test('H43, H45: structure in order, each on the tree before it; states see the final tree, in any order', () => {
  const wrap = 'wrap f[*] in mixture[width, expert = 2, pick = 1]';
  const decompose = 'decompose f[*].each[*] as mpo[2*4, 2*4](b = 3)';
  const make = (...statements: string[]) => modelOf(`${stack} variant V of M { ${statements.join(' ')} }`, 'V');
  assert.throws(() => make(decompose, wrap), /B502/);
  const states = ['freeze T[1] of all', 'train T[2] of f[1] with probability 0.5', 'init T[2] of f[2] scaled by 2'];
  const first = make(wrap, decompose, ...states);
  assert.is(make(...states, wrap, decompose).digest, first.digest);
  assert.is(make(wrap, states[2], decompose, states[0], states[1]).digest, first.digest);
});

test('H55: options of the model are set where `of` names it, and from outside', () => {
  const text = `${stack} variant A of M(depth = 3) { freeze f[1] } variant B(n = 2) of A { freeze f[n] }`;
  const count = (name: string, set: Record<string, number>) => modelOf(text, name, { set }).weights.length;
  assert.equal([count('A', {}), count('B', {}), count('B', { depth: 4, n: 3 })], [6, 6, 8]);
});

test.run();
