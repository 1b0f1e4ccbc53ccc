/** What an editor shows of a text: hints between the letters, hovers, the outline, folds and colours, each a snapshot to read. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { folds, hover, inlayHints, nameTokens, outline, type Part } from '../../compiler/service/index.ts';
import { corpusText } from '../check/program.ts';
import { matchSnapshot } from '../snapshot.ts';
import { documentOf, small } from './document.ts';

const snapshots = new URL('./snapshots/', import.meta.url);

const withHints = (text: string): string => {
  const hints = inlayHints(documentOf(text)).reverse();
  return hints.reduce((all, { offset, text }) => `${all.slice(0, offset)}⟦${text}⟧${all.slice(offset)}`, text);
};

test('hints between the letters', () => matchSnapshot(snapshots, 'hints', withHints(small)));
test('hints of a model of the corpus', () => matchSnapshot(snapshots, 'hints-models', withHints(corpusText('models.bond'))));

test('hovers over every kind of name', () => {
  const document = documentOf(small);
  const places = [
    'Deep(',
    'depth',
    'heads',
    'e\n',
    'block',
    'query',
    'mlp',
    'z =',
    'q[',
    'b.norm',
    'mean',
    'time',
    'ffn.up as',
    'mpo',
    'bond)',
    'central',
  ];
  const more = ['T[2]', '@b', 'target {', 'low_rank', 'Lora(rank = 2)', 'rank = 2', 'of Mpo', 'softmax'];
  const told = [...places, ...more].map((text) => {
    const offset = small.indexOf(text) + Number(text.startsWith('@'));
    const found = small.includes(text) ? hover(document, offset) : undefined;
    return `${text.trim()}\n${found === undefined ? '  nothing' : [found.code, ...found.notes].map((line) => `  ${line.replaceAll('\n', '\n  ')}`).join('\n')}`;
  });
  matchSnapshot(snapshots, 'hovers', `${told.join('\n\n')}\n`);
});

test('the outline, and what can be folded', () => {
  const document = documentOf(small);
  const lines = (parts: readonly Part[], indent: string): string[] =>
    parts.flatMap(({ name, kind, detail, parts: inner }) => [
      `${indent}${kind} ${name}${detail && ` (${detail})`}`,
      ...lines(inner, `${indent}  `),
    ]);
  const folded = folds(document).map(({ from, to, comment }) => `${from}-${to}${comment ? ' comment' : ''}`);
  matchSnapshot(snapshots, 'outline', `${lines(outline(document), '').join('\n')}\n\nfolds ${folded.join(', ')}\n`);
});

test('every name has a colour, and none is coloured twice', () => {
  const tokens = nameTokens(documentOf(small));
  for (const [k, { place }] of tokens.entries()) assert.ok(k === 0 || tokens[k - 1]!.place.to <= place.from);
  const kinds = new Set(tokens.map(({ kind }) => kind));
  assert.equal([...kinds].sort(), [
    'argument',
    'axis',
    'bond',
    'core',
    'function',
    'index',
    'input',
    'layer',
    'local',
    'loss',
    'member',
    'model',
    'option',
    'role',
    'topology',
    'variant',
  ]);
});

test('a broken text is hovered over all the same', () => {
  const broken = small.replace('y = head(y)\n', 'y = head(\n');
  const document = documentOf(broken);
  assert.ok(document.diagnostics.some(({ severity }) => severity === 'error'));
  assert.match(hover(document, broken.indexOf('mlp'))?.code ?? '', 'layer mlp');
  assert.match(hover(document, broken.indexOf('low_rank'))?.code ?? '', 'topology low_rank');
});

test.run();
