/** Where names are defined and used, over files, and what a new name does. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applied, type Document, definitionAt, references, rename } from '../../compiler/service/index.ts';
import { nodesIn } from '../../compiler/service/nodes.ts';
import { Project } from '../../compiler/service/project.ts';
import { std } from '../../compiler/std/index.ts';
import { corpusText } from '../check/program.ts';
import { documentOf, small } from './document.ts';

const at = (document: Document, text: string, skip = 0): number => document.text.indexOf(text) + skip;
const line = ({ text }: Document, offset: number): string =>
  text.slice(text.lastIndexOf('\n', offset) + 1, text.indexOf('\n', offset)).trim();

/** From the use of a name to the line that defines it. */
const defined: readonly (readonly [use: string, skip: number, line: string])[] = [
  ['linear[width', 7, 'model Deep(depth = 4, width = 64, heads = 4) {'],
  ['e] = b.query', 0, 'axis batch, time, width = heads * e'],
  ["time'](s)", 0, 'axis batch, time, width = heads * e'],
  ['b.query(z)', 2, 'query, key: linear[width -> width](biased = false)'],
  ['z) * mean', 0, 'z = b.norm(y)'],
  ['block[*].ffn.up', 9, 'ffn: mlp[width, inner = 4 * width]'],
  ['block[*].{query, key}', 10, 'query, key: linear[width -> width](biased = false)'],
  ['over l', 5, 'share central of block[l].ffn.up over l from first'],
  ['bond)\n  share', 0, 'variant Mpo(bond = 8) of Deep {'],
  ['bond = 4', 0, 'variant Mpo(bond = 8) of Deep {'],
  ['rank = 2', 0, 'variant Lora(rank = 4) to target {'],
  ['target with', 0, 'variant Lora(rank = 4) to target {'],
  ['forward(x) -', 0, 'forward(x[batch, time, width]) -> y[batch, time, width] {'],
];
for (const [use, skip, expected] of defined) {
  test(`the definition of ${use.slice(skip).split(/\W/)[0]} in "${use}"`, () => {
    const document = documentOf(small);
    const found = definitionAt(document, at(document, use, skip));
    assert.is(found && line(document, found.place.from), expected);
  });
}

test('cores, bonds, roles and members of the library are found in its files', () => {
  const document = documentOf(small);
  for (const [use, skip, file] of [
    ['ffn.up as', 4, 'std/nn.bond'],
    ['central of', 0, 'std/topologies.bond'],
    ['T[2] of', 0, 'std/topologies.bond'],
    ['@b[1]', 1, 'std/topologies.bond'],
    ['mpo(n', 0, 'std/topologies.bond'],
    ['b = bond)', 0, 'std/topologies.bond'],
  ] as const)
    assert.is(definitionAt(document, at(document, use, skip))?.place.file, file, use);
});

test('every name of the library and the corpus that is not of the language has a definition', () => {
  const words = new Set(
    'training stop logsumexp inf deviation select clamp join on load size earlier dropped top sum mean min max argmax floor abs exp log sqrt sin cos tanh sigmoid softsign erf relu gelu gelu_tanh silu normal uniform xavier orthogonal zeros ones bernoulli int bool ends'.split(
      ' ',
    ),
  );
  const criteria = new Set('first mean taylor ablation fisher random given error largest loss reference share'.split(' '));
  const texts: [string, string][] = [...std].map(([name, text]) => [`std/${name}.bond`, text]);
  const corpus: [string, string][] = ['std.bond', 'models.bond'].map((file) => [file, corpusText(file)]);
  for (const [file, text] of [...texts, ...corpus]) {
    const { main } = new Project(file, text, () => undefined);
    const known = new Set(main.uses.map(({ place }) => place.from));
    const unknown = [...nodesIn(main.tree)].filter(({ kind, place }) => kind === 'identifier' && !known.has(place.from));
    const names = new Set(
      unknown.map(({ place }) => text.slice(place.from, place.to)).filter((name) => !words.has(name) && !criteria.has(name)),
    );
    assert.equal([...names], [], file);
  }
});

test('a new name changes every use and nothing else; the program means the same', () => {
  const document = documentOf(small);
  for (const [use, skip, name] of [
    ['width = 64', 0, 'features'],
    ['ffn: mlp', 0, 'feed'],
    ['e\n', 0, 'part'],
    ['time,', 0, 'steps_of'],
    ['Mpo(bond', 0, 'Network'],
    ['bond = 8', 0, 'rank'],
    ['z =', 0, 'normed'],
    ['query, key', 0, 'q1'],
  ] as const) {
    const { edits } = rename(document, at(document, use, skip), name);
    const text = applied(document, edits);
    const after = documentOf(text);
    assert.equal(after.diagnostics, document.diagnostics, `${use}: ${after.diagnostics.map((each) => each.message).join()}`);
    const back = applied(after, rename(after, text.indexOf(name), document.text.slice(at(document, use, skip)).match(/^\w+/)![0]).edits);
    assert.is(back, document.text);
  }
});

test('members are names in checkpoints: a rename says so', () => {
  const document = documentOf(small);
  assert.match(rename(document, at(document, 'ffn: mlp'), 'feed').warning ?? '', '`ffn`');
  assert.is(rename(document, at(document, 'z ='), 'feed').warning, undefined);
});

test('a name that is taken, reserved, none, or of the library is refused', () => {
  const document = documentOf(small);
  const refuses = (use: string, name: string, message: string) =>
    assert.throws(
      () => rename(document, at(document, use), name),
      (error: Error) => error.message.includes(message),
    );
  refuses('ffn: mlp', 'norm', 'taken');
  refuses('z =', 'head', 'taken');
  refuses('ffn: mlp', 'layer', 'word of the language');
  refuses('ffn: mlp', '2nd', 'no name');
  refuses('mlp[', 'other', 'no name of yours');
  refuses('forward(x[', 'other', 'no name of yours');
});

test('over files: definitions, references, and a rename that leaves aliases', () => {
  const library = 'edition 1\nlayer twice[n] {\n  inner: linear[n -> n]\n  forward(x[.., n]) -> y[.., n] { y = inner(inner(x)) }\n}\n';
  const text =
    'edition 1\nuse "./lib.bond" { twice as Double }\nmodel M(width = 8) {\n  axis batch\n  input x[batch, width]\n  d: Double[width]\n  loss l = mean(d(x))\n}\nvariant V of M { freeze d.inner }\n';
  const files = { 'lib.bond': library };
  const document = documentOf(text, files);
  const other = documentOf(library, {}, 'lib.bond');
  assert.is(definitionAt(document, at(document, 'Double[width]'))?.place.file, 'lib.bond');
  assert.is(references(other, at(other, 'inner:'), [document]).length, 4);
  const { edits } = rename(other, at(other, 'twice'), 'two_times', [document]);
  assert.match(applied(document, edits), 'use "./lib.bond" { two_times as Double }');
  assert.match(applied(document, edits), 'd: Double[width]');
  assert.match(applied(other, edits), 'layer two_times[n]');
});

test.run();
