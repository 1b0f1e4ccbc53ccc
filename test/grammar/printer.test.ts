/** The formatter keeps the tree and the comments, and is idempotent: over the corpus, and over generated programs. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../grammar/parse.ts';
import { print } from '../../grammar/printer.ts';
import type * as tree from '../../grammar/tree.ts';
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
    { numRuns: 1000, seed: 7 },
  );
});

test('comments and blank lines between any tokens are kept, and printing is idempotent', () => {
  const text = sourceOf('std');
  const spaces = [...text.matchAll(/ /g)]
    .map(({ index }) => index)
    .filter((at) => !text.slice(text.lastIndexOf('\n', at), at).includes('//'));
  const inserted = fc.array(
    fc.tuple(fc.nat(spaces.length - 1), fc.constantFrom(' // one\n', '\n// alone\n', '\n\n', '\n\n\n// after a gap\n')),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(inserted, (insertions) => {
      const byPlace = [...insertions].sort(([a], [b]) => b - a);
      const damaged = byPlace.reduce((sum, [at, comment]) => sum.slice(0, spaces[at]) + comment + sum.slice(spaces[at]), text);
      const original = accepted(damaged);
      const printed = print(original);
      const again = accepted(printed);
      assert.equal(withoutPlaces(again), withoutPlaces(original));
      assert.equal(commentsOf(again), commentsOf(original));
      assert.equal(print(again), printed);
    }),
    { numRuns: 150, seed: 7 },
  );
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
