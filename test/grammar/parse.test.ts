/** The parser: the corpus, what its tree says, files cut off anywhere, names that are words, and what is refused before parsing. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Diagnostic, Place } from '../../grammar/diagnostic.ts';
import { decode, parse } from '../../grammar/parse.ts';
import { print } from '../../grammar/printer.ts';
import { contextual, reserved } from '../../grammar/tokens.ts';
import type * as tree from '../../grammar/tree.ts';
import { times } from '../long.ts';
import { names, sourceOf, tokensOf, withinSecond } from './corpus.ts';
import { withoutPlaces } from './generate.ts';

const file = 'program.bond';
const messages = (text: string): string[] => parse(text, file).diagnostics.map(({ code, message }) => `${code} ${message}`);
const codes = (diagnostics: readonly Diagnostic[]): string[] => diagnostics.map(({ code }) => code);

/** The value of `let a = ...`, without places. */
function treeOf(text: string): unknown {
  const parsed = parse(`let a = ${text}`, file);
  assert.equal(parsed.diagnostics, []);
  return withoutPlaces((parsed.file.items[0] as tree.Let).value);
}

for (const [name, items, uses, comments] of [
  ['std', 29, 0, 1],
  ['models', 3, 0, 0],
  ['variants', 41, 5, 8],
] as const) {
  test(`${name}.bond parses`, () => {
    const parsed = parse(sourceOf(name), name);
    assert.equal(parsed.diagnostics, []);
    assert.equal([parsed.file.items.length, parsed.file.uses.length, parsed.file.comments.length], [items, uses, comments]);
    assert.is(parsed.file.edition?.value, 1);
  });
}

test('the place of a node is its text', () => {
  const text = sourceOf('models');
  const at = ({ from, to }: Place) => text.slice(from, to);
  const model = parse(text, file).file.items.find((item) => item.name.name === 'CharGpt') as tree.Layer;
  assert.ok(at(model.place).startsWith('model CharGpt(vocab') && at(model.place).endsWith('next))\n}'));
  const forward = model.items.find((item) => item.kind === 'forward');
  assert.ok(forward?.kind === 'forward' && forward.body.kind === 'block');
  const loop = forward.body.statements[1];
  assert.ok(loop.kind === 'for');
  assert.is(at(loop.loop.place), 'b in block');
  const scores = loop.body.statements[4];
  assert.ok(scores.kind === 'assign');
  assert.is(at(scores.place), "s[batch, heads, time, time'] = q * k / sqrt(e)");
  assert.is(at(scores.value.place), 'q * k / sqrt(e)');
});

test('precedence: what binds tighter, and to which side', () => {
  for (const [loose, explicit] of [
    ['a or b and not c < d', 'a or (b and (not (c < d)))'],
    ['a - b - c', '(a - b) - c'],
    ['a / b * c mod d', '((a / b) * c) mod d'],
    ['a + b * c ^ d', 'a + (b * (c ^ d))'],
    ['-a ^ b', '-(a ^ b)'],
    ['a ^ -b ^ c', 'a ^ (-(b ^ c))'],
    ['-a * b', '(-a) * b'],
    ['a.b[c](d).e', '((a.b)[c])(d).e'],
    ['if a then b else if c then d else e + f', 'if a then b else (if c then d else (e + f))'],
  ]) {
    assert.equal(treeOf(loose), treeOf(explicit), loose);
  }
  assert.not.equal(treeOf('a - (b - c)'), treeOf('a - b - c'));
});

test('numbers: `1..n` is a range, digits may be grouped, powers of ten are reals', () => {
  const range = treeOf('f[1..n]') as { brackets: { items: unknown[] } };
  const from = { kind: 'number', value: 1, text: '1', integer: true };
  const to = { kind: 'identifier', name: 'n' };
  assert.equal(range.brackets.items[0], { kind: 'index', padded: false, range: { from, to } });
  assert.equal(treeOf('1_000_000'), { kind: 'number', value: 1e6, text: '1_000_000', integer: true });
  assert.equal(treeOf('1.5e-3'), { kind: 'number', value: 0.0015, text: '1.5e-3', integer: false });
});

test('every contextual word is a name wherever a name may stand', () => {
  const template = [
    'fn W[W](W[W] in W = W) -> W[W] in W { W[W] = W.W(W = @W) }',
    'layer W[W -> W](W = 1) {\n  axis W\n  input W[W]\n  W: W[W]\n  W, b: [W]\n}',
    'topology W[W](W[1..2]) { core W[W] (W[W]) for W in 1..2 }',
    'variant W of W(W = 1) {\n  freeze W of W[W].{W, W}\n  share W over W\n  untie W over W\n}',
  ].join('\n');
  for (const word of contextual) {
    const program = template.replaceAll('W', word);
    assert.equal(messages(program), [], word);
  }
  for (const word of reserved) assert.ok(messages(`layer ${word} {}`).length > 0, word);
});

test('newlines mean nothing', () => {
  for (const name of names) {
    const text = sourceOf(name).replace(/\/\/.*/g, '');
    const joined = parse(text.replaceAll(/\s+/g, ' '), file);
    assert.equal(joined.diagnostics, []);
    assert.equal(withoutPlaces(joined.file), withoutPlaces(parse(text, file).file));
  }
});

for (const name of names) {
  test(`${name}.bond cut off at tokens and at every seventh character`, () => {
    const text = sourceOf(name);
    const cuts = new Set(tokensOf(text).map(({ to }) => to));
    for (let at = 0; at < text.length; at += 7) cuts.add(at);
    const whole = parse(text, file).file;
    for (const [index, at] of [...cuts].filter((_, number) => number % times(11, 1) === 0).entries()) {
      const parsed = parse(text.slice(0, at), file);
      // Whatever was complete before the cut is in the tree, and what is left of the rest is whole enough to print.
      const complete = whole.items.filter(({ place }) => place.to <= at);
      assert.ok(parsed.file.items.length >= complete.length);
      if (index % 23 > 0) continue;
      assert.equal(withoutPlaces(parsed.file.items.slice(0, complete.length)), withoutPlaces(complete));
      assert.equal(messages(print(parsed.file)), []);
    }
  });
}

test('errors before a cut are told, in the order of the text, and the missing brace last', () => {
  const text = 'variant A of B {\n  freeze [\n  squeeze b by 1 every 10\n  decompose a as\n';
  assert.equal(codes(parse(text, file).diagnostics), ['B001', 'B002', 'B005']);
});

test('a broken item takes no neighbour with it', () => {
  const text = 'layer a {\n  axis t,,u\n  up: linear[t -> u]\n}\nlayer b {\n  down: linear[\n  norm: n[t]\n  last: n[t]\n}\nlayer c {}\n';
  const parsed = parse(text, file);
  assert.is(parsed.diagnostics.length, 2);
  assert.equal(
    parsed.file.items.map((item) => [item.name.name, (item as tree.Layer).items.length]),
    [
      ['a', 3],
      ['b', 1],
      ['c', 0],
    ],
  );
});

test('a broken head leaves its body to be read: the errors in it are told', () => {
  const text = 'model A(x = = 1) {\n  axis t\n  up linear[t -> t]\n}\nmodel B {}\n';
  const parsed = parse(text, file);
  assert.is(parsed.diagnostics.length, 2);
  assert.equal(
    parsed.file.items.map((item) => item.name.name),
    ['B'],
  );
});

test('hostile texts are refused within a second', () => {
  const many = 400_000;
  for (const [text, code] of [
    ['['.repeat(10_000), 'B007'],
    [`let a = ${'('.repeat(10_000)}1${')'.repeat(10_000)}`, 'B007'],
    ['{'.repeat(10_000), 'B007'],
    [`let a = ${'1^'.repeat(many)}1`, 'B007'],
    [`let a = ${'1+'.repeat(many)}1`, 'B007'],
    [`let a = ${'if a then '.repeat(90_000)}1`, 'B007'],
    [`let a = f${'(x)'.repeat(300_000)}`, 'B007'],
    ['x'.repeat(10_000_000), 'B006'],
    [';'.repeat(many), 'B009'],
    ['}'.repeat(many), 'B005'],
    ['of '.repeat(300_000), 'B001'],
    ['"\n'.repeat(many), 'B009'],
  ] as const) {
    const { diagnostics } = withinSecond(() => parse(text, file), text.slice(0, 40));
    assert.ok(codes(diagnostics).includes(code), `${text.slice(0, 40)}: ${codes(diagnostics)}`);
    assert.ok(diagnostics.length <= 50);
  }
});

test('limits are where they are said to be', () => {
  const nested = (depth: number) => messages(`let a = ${'('.repeat(depth)}1${')'.repeat(depth)}`);
  assert.equal([nested(200).length, nested(201)], [0, ['B007 nested deeper than 200']]);
  const chain = (length: number) => messages(`let a = ${'1 + '.repeat(length)}1`);
  assert.equal([chain(1000).length, chain(1001)], [0, ['B007 more than 1000 operators in one expression']]);
  assert.equal(messages(`${'let a = 1 + 2\n'.repeat(5000)}`), []);
});

test('where the stack ends first, B007 says so, and the next text is read as ever', async () => {
  const nested = (depth: number) => `edition 1\nlet a = ${'('.repeat(depth)}1${')'.repeat(depth)}`;
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.parser).then(({ parse }) => parentPort.postMessage(workerData.texts.map((text) => parse(text, 'a.bond').diagnostics)));`;
  const parser = new URL('../../grammar/parse.ts', import.meta.url).href;
  const workerData = { parser, texts: [nested(190), nested(5)] };
  const worker = new Worker(code, { eval: true, workerData, resourceLimits: { stackSizeMb: 0.5 } });
  const [[deep, plain]] = await once(worker, 'message');
  assert.equal([deep.length, deep[0].code, deep[0].primary.text, plain], [1, 'B007', 'level 190', []]);
});

test('decode: UTF-8, or the place of the first byte that is not', () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  assert.equal(decode(encode('// \u00fc\n'), file), { text: '// \u00fc\n', diagnostics: [] });
  for (const bad of [[0xff], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80]]) {
    const before = '// \u00fc \u{1f600}\nmodel ';
    const { diagnostics } = decode(Uint8Array.from([...encode(before), ...bad, ...encode(' A {}')]), file);
    assert.equal(codes(diagnostics), ['B008']);
    assert.is(diagnostics[0].primary.place.from, before.length);
  }
  assert.equal(codes(decode(Uint8Array.from([0xe2, 0x82]), file).diagnostics), ['B008']);
  assert.equal(codes(decode(new Uint8Array(2_000_000), file).diagnostics), ['B006']);
});

test('empty files are programs', () => {
  for (const text of ['', '\n\n', '// only a comment', 'edition 1']) assert.equal(messages(text), []);
});

test.run();
