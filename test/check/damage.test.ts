/**
 * Hostile programs: what recurses without end, is absurdly large or says absurd things gets an error with its place, within a second
 * (programs damaged at random: `mutated.test.ts`). Names that mean something to JavaScript are names like any other.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withinSecond } from '../grammar/corpus.ts';
import { checkText } from './program.ts';

for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']) {
  test(`\`${name}\` is a name`, () => {
    const good = `edition 1\nmodel M(${name} = 4) { axis batch input x[batch, ${name}] w: [${name}] ~ ones loss l = mean(x * w) }`;
    assert.equal(checkText(good).diagnostics, []);
    const bad = `edition 1\nmodel M(n = 4) { axis batch input x[batch, n] loss l = mean(${name}(x) + ${name}[n](x) + x.${name} + x * ${name}) }`;
    assert.ok(checkText(bad).diagnostics.length > 0);
    const member = `edition 1\nmodel M(n = 4) { axis batch input x[batch, n] ${name}: linear[n -> n] loss ${name}s = mean(${name}(x)) }`;
    assert.equal(checkText(member).diagnostics, []);
  });
}

test('texts that are nothing', () => {
  for (const text of ['', 'edition 1', 'model', '((((', 'model M() {', '\u0000', 'model M() { loss l = }']) checkText(text);
});

test('deep expressions and long sums', () => {
  const sum = Array.from({ length: 900 }, () => 'x').join(' + ');
  const result = checkText(`edition 1 model M(n = 4) { axis batch input x[batch, n] loss l = mean(${sum}) }`);
  assert.equal(result.diagnostics, []);
  const deep = `${'('.repeat(100)}x${')'.repeat(100)}`;
  assert.equal(checkText(`edition 1 model M(n = 4) { axis batch input x[batch, n] loss l = mean(${deep}) }`).diagnostics, []);
});

const model = (more: string, loss = 'mean(x)') => `edition 1
model M(n = 4) { axis batch  input x[batch, n]  ${more}  loss l = ${loss} }
`;
const within = (variant: string, more = 'w: linear[n -> n]', loss = 'mean(w(x))') => `${model(more, loss)}variant V of M { ${variant} }`;
const doubling = Array.from({ length: 30 }, (_, k) => `fn f${k + 1}(x[..]) -> [..] = f${k}(x) + f${k}(x * ${k + 2})`).join('\n');
const nested = (depth: number) => `${'('.repeat(depth)}n${')'.repeat(depth)}`;
const layers = (names: string) =>
  [...names]
    .map((name, k) => `layer ${name}[w] { b[k in 1..60]: ${names[k + 1] ?? 'linear'}[${names[k + 1] ? 'w' : 'w -> w'}] }`)
    .join('\n');

/** Program, the code of its first error, and the text under the primary label. */
const hostile: Record<string, readonly [text: string, code: string, at?: string]> = {
  'a function that calls itself': [`${model('', 'mean(f(x))')}fn f(x[..]) -> [..] = f(x)`, 'B105', 'f(x)'],
  'functions that call each other': [`${model('', 'mean(f(x))')}fn f(x[..]) -> [..] = g(x)\nfn g(x[..]) -> [..] = f(x)`, 'B105'],
  'a layer within itself': [
    `${model('d: deep[n]', 'mean(d(x))')}layer deep[w] { inner: deep[w]  forward(x[.., w]) -> y[.., w] = inner(x) }`,
    'B105',
    'deep[w]',
  ],
  'a layer handed to itself': [`${model('d: wrapped(body = wrapped)')}layer wrapped(body: layer) { inner: body(body = body) }`, 'B105'],
  'a variant of itself': ['edition 1 variant V of V { freeze all }', 'B105'],
  'a recipe that applies itself': [`${within('apply R to w')}variant R() to t { apply R to t }`, 'B105', 'R'],
  'a constant of itself': [`${model('', 'mean(x * a)')}let a = b + 1\nlet b = a + 1`, 'B105'],
  'a file that uses itself': ['edition 1 use "./main.bond" { A } model A() {}', 'B104', '"./main.bond"'],
  'calls that double thirty times': [`${model('', 'mean(f30(x))')}fn f0(x[..]) -> [..] = x * 2\n${doubling}`, 'B218'],
  'a loop of 10^12': [
    model('', 'mean(f(x))').replace('loss', 'fn f(x[..]) -> y[..] { y = x for k in 1..10^12 { y = y + 1 } } loss'),
    'B218',
  ],
  '10,000 brackets': [model(`axis m = ${nested(10_000)}`), 'B007', '('],
  'a file of 10 MB': [model(`// ${'a'.repeat(10_000_000)}\n`), 'B006'],
  'a family of 10^9': [model('b[k in 1..10^9]: linear[n -> n]'), 'B212'],
  'layers of layers of layers': [`${model('all: a[n]')}${layers('abcde')}`, 'B212'],
  'groups of groups': [model('a[i in 1..40000] { b[j in 1..40000] { } }'), 'B212'],
  '2^40 as a size': [model('axis m = 2^40  w: [m] ~ ones'), 'B209', '2^40'],
  '2^40 in digits': [model('axis m = 1_099_511_627_776  w: [m] ~ ones'), 'B209', '1_099_511_627_776'],
  'a tensor of 2^40': [model('axis a = 2^20, b = 2^20  w: [a, b] ~ ones'), 'B217'],
  'a number without end': [model('axis m = 9 ^ 9 ^ 9 ^ 9'), 'B207'],
  'division by zero': [model('axis m = n div (n - 4)'), 'B207', 'n div (n - 4)'],
  'the rest of a division by zero': [model('axis m = n mod 0'), 'B207', 'n mod 0'],
  'one over zero': [model('axis m = n / 0'), 'B207', 'n / 0'],
  'a negative size': [model('axis m = n - 9'), 'B204', 'n - 9'],
  'a size of zero': [model('axis m = n - 4'), 'B204', 'n - 4'],
  'half a size': [model('axis m = n / 8'), 'B204', 'n / 8'],
  'a core of 2^40': [within('decompose w as ring[2*2, 2*2](b = 2^40)'), 'B424'],
  'a million factors': [within('decompose w as mpo(n = 1000000)'), 'B421'],
  'a million cores': [
    `${within('decompose w as grid(r = 2)')}topology grid[out, in](r) { core U[i, j] (out, in, r) for i in 1..1000, j in 1..1000 }`,
    'B422',
  ],
  'a bond family of 10^9': [
    `${within('decompose w as t(r = 2)')}topology t[out, in](r[1..10^9]) { core U (out, r[1])  core V (in, r[1]) }`,
    'B422',
    '[1..10^9]',
  ],
  'a leg that is 10^9 bonds': [
    `${within('decompose w as t(r = 2)')}topology t[out, in](r[1..2]) { core U (out, r[1..10^9])  core V (in, r[1]) }`,
    'B422',
  ],
  'a reserved word as a name': ['edition 1 model over() {}', 'B001', 'over'],
  'a reserved word as a member': [model('rest: linear[n -> n]'), 'B001', 'rest'],
  'a reserved word as an axis': [model('axis where'), 'B001', 'where'],
};
for (const [name, [text, code, at]] of Object.entries(hostile)) {
  test(`${name}: ${code}, in its place, within a second`, () => {
    const files = { 'main.bond': text };
    const { diagnostics } = withinSecond(() => checkText(text, {}, files), name);
    const [first] = diagnostics.filter(({ severity }) => severity === 'error');
    assert.ok(first, 'it is refused');
    assert.is(first.code, code, first.message);
    const { from, to } = first.primary.place;
    if (at !== undefined) assert.is(text.slice(from, to), at);
    assert.ok(diagnostics.length <= 5, diagnostics.map(({ message }) => message).join('\n'));
  });
}

test.run();
