/** The formatter keeps the tree and the comments, and is idempotent: over the corpus, and over generated programs. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../grammar/parse.ts';
import { print } from '../../grammar/printer.ts';
import { tokenize } from '../../grammar/tokens.ts';
import type * as tree from '../../grammar/tree.ts';
import { times } from '../long.ts';
import { names, sourceOf } from './corpus.ts';
import { file, withoutPlaces } from './generate.ts';

function accepted(text: string): tree.File {
  const parsed = parse(text, 'program.bond');
  assert.equal(
    parsed.diagnostics.map(({ message, primary }) => `${message}: ${text.slice(primary.place.from - 40, primary.place.to)}`),
    [],
  );
  return parsed.file;
}
const commentsOf = (parsed: tree.File) => parsed.comments.map(({ text }) => text);

for (const name of names) {
  test(`${name}.bond: same tree, same comments, at most 140 columns, idempotent`, () => {
    const original = accepted(sourceOf(name));
    const text = print(original);
    const again = accepted(text);
    assert.equal(withoutPlaces(again), withoutPlaces(original));
    assert.equal(commentsOf(again), commentsOf(original));
    assert.equal(print(again), text);
    assert.ok(text.split('\n').every((line) => line.length <= 140));
  });
}

test('generated programs: the text of a tree parses to that tree, and prints the same again', () => {
  fc.assert(
    fc.property(file, (original) => {
      const text = print(original);
      const again = accepted(text);
      assert.equal(withoutPlaces(again), withoutPlaces(original));
      assert.equal(print(again), text);
    }),
    { numRuns: times(300, 3000), seed: 7 },
  );
});

/** Tokens and comments in their order, without parentheses, which the printer may drop; an `axis` in a list is a comma. */
function sequenceOf(text: string): string[] {
  const { tokens, comments } = tokenize(text);
  const all = [...tokens, ...comments].sort((a, b) => a.startOffset - b.startOffset);
  const said = all.map(({ image }) => (image === 'axis' ? ',' : image.trimEnd())).filter((image) => image !== '(' && image !== ')');
  return said.filter((image, k) => image !== ',' || said[k + 1] !== ',');
}

const comments = [' // after\n', '\n// alone\n', '\n\n\n// after a gap\n', ' // two\n// of them\n', '\r// behind a lone return\r'];

/** A comment with a number of its own in gaps between tokens; `pick` says which kind in which gap, if any. */
function withComments(text: string, pick: (gap: number) => string | undefined): string {
  let result = '';
  let done = 0;
  for (const [gap, { startOffset }] of tokenize(text).tokens.entries()) {
    const comment = pick(gap);
    result += text.slice(done, startOffset) + (comment === undefined ? '' : comment.replace(/(?=[\r\n]+$)/, ` ${gap}`));
    done = startOffset;
  }
  return result + text.slice(done);
}

function assertKept(text: string): void {
  const original = accepted(text);
  const printed = print(original);
  const again = accepted(printed);
  assert.equal(withoutPlaces(again), withoutPlaces(original));
  assert.equal(sequenceOf(printed), sequenceOf(text));
  assert.is(print(again), printed);
}

for (const name of names) {
  test(`${name}.bond: a comment in every gap between tokens stays in its gap`, () => {
    const text = sourceOf(name).replaceAll(/\/\/.*/g, '');
    for (const [kind, comment] of comments.slice(0, times(2, comments.length)).entries())
      for (const step of [1, 3]) assertKept(withComments(text, (gap) => ((gap + kind) % step === 0 ? comment : undefined)));
  });
}

test('generated programs: comments in any gaps stay in them, and printing is idempotent', () => {
  const picks = fc.array(fc.constantFrom(undefined, undefined, ...comments), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(file, picks, (original, kinds) => assertKept(withComments(print(original), (gap) => kinds[gap % kinds.length]))),
    { numRuns: times(200, 2000), seed: 7 },
  );
});

test('comments in lists and heads', () => {
  const text = [
    'model M( // a head',
    '  width = 128, // as in the paper',
    '  // alone',
    '  depth = 2',
    ') {',
    '  axis batch, // rows',
    '    time <= 8 // positions',
    '  up: linear[width -> // in',
    '    width]',
    '  part { norm: layer_norm[width] } // inside',
    '    if depth > 1',
    '}',
  ];
  const expected = [
    'model M(  // a head',
    '    width = 128,  // as in the paper',
    '    // alone',
    '    depth = 2) {',
    '  axis batch,  // rows',
    '      time <= 8  // positions',
    '  up: linear[width ->  // in',
    '      width]',
    '  part {',
    '    norm: layer_norm[width]',
    '  }  // inside',
    '      if depth > 1',
    '}\n',
  ];
  assert.is(print(accepted(text.join('\n'))), expected.join('\n'));
});

test('style: precedence keeps its parentheses, brackets are tight, one short statement stands on the line of its block', () => {
  const text = [
    'fn f[a](x[..,a] where on)->y[..,a]{y=-(x+1)*(2^-x)^2-(x-(x-1)) }',
    'fn g(x[..]) -> y[..] { if a { y = 1 } else { y = (if a then 1 else 2) + 3 } }',
    'let s = f[(n+1) div 2, k - 1, 4 * 4, t = @t - 1 else 0](not (a and b) or c)',
  ];
  const expected = [
    'fn f[a](x[.., a] where on) -> y[.., a] { y = -(x + 1) * (2 ^ -x) ^ 2 - (x - (x - 1)) }',
    'fn g(x[..]) -> y[..] {\n  if a { y = 1 } else { y = (if a then 1 else 2) + 3 }\n}',
    'let s = f[(n + 1) div 2, k-1, 4*4, t = @t - 1 else 0](not (a and b) or c)\n',
  ];
  assert.is(print(accepted(text.join('\n'))), expected.join('\n'));
});

test.run();
