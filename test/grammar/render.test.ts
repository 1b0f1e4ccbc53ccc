/** Diagnostics as text and as JSON, and the names that are near a misspelt one. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Diagnostic, Place } from '../../grammar/diagnostic.ts';
import { didYouMean, nearest } from '../../grammar/nearest.ts';
import { render, toJson } from '../../grammar/render.ts';

const a = 'model A {\n\taxis width = heads * e\n  norm: layer_norm[widht]\n}\n';
const b = 'use "./a.bond" { A }\nmodel A {}\n';
const sources = new Map([
  ['a.bond', a],
  ['b.bond', b],
]);

function place(file: string, text: string, from = 0): Place {
  const at = (sources.get(file) ?? '').indexOf(text, from);
  return { file, from: at, to: at + text.length };
}

const diagnostic: Diagnostic = {
  code: 'B102',
  severity: 'error',
  message: 'unknown axis `widht`',
  primary: { place: place('a.bond', 'widht'), text: 'not declared' },
  secondary: [
    { place: place('a.bond', 'width'), text: 'declared here' },
    { place: place('a.bond', 'layer_norm'), text: 'of this layer' },
    { place: place('b.bond', 'A', 5), text: 'imported here' },
  ],
  hint: 'did you mean `width`?',
};

test('several labels, several lines, several files', () => {
  const expected = [
    'error[B102]: unknown axis `widht`',
    ' --> a.bond:3:20',
    '  |',
    '2 |     axis width = heads * e',
    '  |          ----- declared here',
    '3 |   norm: layer_norm[widht]',
    '  |         ---------- ^^^^^ not declared',
    '  |         |',
    '  |         of this layer',
    ' ::: b.bond:1:18',
    '  |',
    '1 | use "./a.bond" { A }',
    '  |                  - imported here',
    '  = hint: did you mean `width`?',
  ];
  assert.is(render(diagnostic, sources), expected.join('\n'));
});

test('colours add nothing but colour', () => {
  const control = String.fromCharCode(27);
  const colored = render(diagnostic, sources, { color: true });
  assert.ok(colored.includes(`${control}[1;31merror[B102]${control}[0m`));
  assert.is(
    colored
      .split(control)
      .map((part, index) => (index === 0 ? part : part.replace(/^\[[0-9;]*m/, '')))
      .join(''),
    render(diagnostic, sources),
  );
});

test('JSON: lines and columns from 1, the end exclusive, no hint where there is none', () => {
  const { hint, ...bare } = diagnostic;
  const json = toJson({ ...bare, secondary: [] }, sources);
  const primary = { file: 'a.bond', start: { line: 3, column: 20 }, end: { line: 3, column: 25 }, label: 'not declared' };
  assert.equal(json, { code: 'B102', severity: 'error', message: 'unknown axis `widht`', primary, secondary: [] });
  assert.is(toJson(diagnostic, sources).hint, hint);
});

test('places at the end, over several lines, in files that are not there, in very long lines', () => {
  const at = (file: string, from: number, to: number) =>
    render({ ...diagnostic, secondary: [], primary: { place: { file, from, to }, text: 'x' } }, sources);
  assert.ok(at('a.bond', a.length, a.length).includes('a.bond:5:1'));
  assert.ok(at('a.bond', 0, a.length).includes('| ^^^^^^^^^ x'));
  assert.ok(at('nowhere.bond', 3, 9).includes('nowhere.bond:1:1'));
  const long = new Map([['l.bond', `${'x'.repeat(5000)}y${'z'.repeat(5000)}`]]);
  const text = render({ ...diagnostic, secondary: [], primary: { place: { file: 'l.bond', from: 5000, to: 5001 }, text: 'here' } }, long);
  assert.ok(text.includes('l.bond:1:5001') && text.split('\n').every((line) => line.length < 200));
  const [source, marks] = text.split('\n').slice(3, 5);
  assert.is(source[marks.indexOf('^')], 'y');
});

/** The frame of a mark on `found` in a text: the number of its column, the line as shown, and the row of marks. */
function framed(text: string, found: string): { column: number; line: string; marks: string } {
  const from = text.indexOf(found);
  const primary = { place: { file: 'x.bond', from, to: from + found.length }, text: '' };
  const [, at, , line, marks] = render({ ...diagnostic, secondary: [], primary }, new Map([['x.bond', text]])).split('\n');
  return { column: Number(/:(\d+)$/.exec(at)![1]), line: line.slice(4), marks: marks.slice(4) };
}

test('columns are cells: wide characters take two, combining marks none, tabs go to the next multiple of four', () => {
  for (const [before, cells] of [
    ['plain ', 6],
    ['"\u5f20\u91cf" ', 7], // two Chinese characters
    ['"\uff21\uff76" ', 6], // a full-width letter, Katakana of half width
    ['"e\u0301a\u0308" ', 5], // two letters with marks
    ['"\u{1f600}" ', 5],
    ['"\u{1f468}\u200d\u{1f469}\u200d\u{1f467}" ', 5], // three people joined to one sign
    ['"\u2764\ufe0f" ', 5],
    ['"\ud55c\u1112\u1161\u11ab" ', 7], // a syllable, and one of three letters
    ['\t', 4],
    ['abc\t', 4],
    ['abcd\t', 8],
    ['\u5f20\t', 4],
    ['\u0007\u200b', 1], // a control character is shown as one sign
  ] as const) {
    const { column, line, marks } = framed(`${before}found here`, 'found');
    assert.is(column, cells + 1, before);
    assert.is(marks, `${' '.repeat(cells)}^^^^^`, before);
    assert.not.ok(line.includes('\t'));
  }
  assert.is(framed('x \u5f20\u91cf y', '\u5f20\u91cf').marks, '  ^^^^');
});

test('a line ends with a line feed, a carriage return, or both', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    const text = `let a = 1 // one${end}let b = found${end}let c = 2`;
    assert.is(framed(text, 'found').line, 'let b = found');
    const from = text.indexOf('found');
    const primary = { place: { file: 'x.bond', from, to: from + 5 }, text: '' };
    assert.equal(toJson({ ...diagnostic, secondary: [], primary }, new Map([['x.bond', text]])).primary.start, { line: 2, column: 9 });
  }
});

test('what a terminal would obey is not printed', () => {
  const hostile = new Map([['\u001b[2J.bond', 'a\u001b[31mb\r\n']]);
  const primary = { place: { file: '\u001b[2J.bond', from: 0, to: 1 }, text: '\u001b]0;x\u0007' };
  const text = render({ ...diagnostic, message: '\u001b[5m', secondary: [], primary }, hostile);
  assert.not.match(text, /[\p{Cc}--\n]/v);
});

test('nearest: close names only, closest first', () => {
  assert.equal(nearest('querry', ['query', 'key', 'value', 'mix']), ['query']);
  assert.equal(nearest('tmie', ['time', 'tile', 'width']), ['time']);
  assert.equal(nearest('widht', ['width', 'weight', 'with']), ['width']);
  assert.equal(nearest('Linear', ['linear', 'lineal']), ['linear', 'lineal']);
  assert.equal(nearest('x', ['y', 'z', 'X']), ['X']);
  assert.equal(nearest('central', ['auxiliary', 'rest']), []);
  assert.is(didYouMean('heds', ['heads', 'head']), 'did you mean `heads`?');
  assert.is(didYouMean('nothing', ['like', 'it']), undefined);
});

test.run();
