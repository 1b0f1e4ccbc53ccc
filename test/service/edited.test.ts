/**
 * A text that is edited at random, version after version: whatever an editor asks of it is answered, and what was kept from the versions
 * before says what a check of the whole text says. 5,000 edits in a long run.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from '../../compiler/check/index.ts';
import {
  actions,
  complete,
  type Document,
  definitionAt,
  Editor,
  folds,
  hover,
  inlayHints,
  nameTokens,
  outline,
  references,
  signatureAt,
} from '../../compiler/service/index.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { corpusText } from '../check/program.ts';
import { figure, times } from '../long.ts';
import { small } from './document.ts';
import { edited, random } from './edits.ts';

const corpus = corpusText('models.bond');
const none = () => undefined;

/** Everything that an editor asks about a place. */
function askAll(document: Document, offset: number): void {
  hover(document, offset);
  definitionAt(document, offset);
  references(document, offset);
  complete(document, offset);
  signatureAt(document, offset);
  actions(document, { file: document.file, from: offset, to: offset });
  inlayHints(document);
  nameTokens(document);
  outline(document);
  folds(document);
}

const shown = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ code, message, primary, secondary, hint }) =>
    [
      code,
      message,
      primary.place.from,
      primary.place.to,
      primary.text,
      hint,
      ...secondary.map(({ place, text }) => `${place.file} ${place.from} ${text}`),
    ].join(' | '),
  );

test('edits, one after the other: nothing crashes, and what is kept agrees with a fresh check', () => {
  const total = times(160, 5000);
  let broken = 0;
  for (let seed = 0; seed < total / 20; seed++) {
    const next = random(seed);
    const editor = new Editor('main.bond', none);
    const original = seed % 4 === 0 ? corpus : small;
    let text = original;
    for (let k = 0; k < 20; k++) {
      const edit = edited(text, next);
      // Most edits are taken back, and every fifth begins anew, so that texts are near a program.
      if (next() < 0.2) text = edit.text;
      if (k % 5 === 4) text = original;
      const document = editor.open(edit.text);
      askAll(document, Math.min(edit.at, edit.text.length));
      const fresh = check({ file: 'main.bond', text: edit.text, load: none });
      assert.equal(shown(document.diagnostics), shown(fresh.diagnostics), `seed ${seed}, edit ${k}`);
      if (fresh.diagnostics.some(({ severity }) => severity === 'error')) broken++;
    }
  }
  figure('random edits of a text in an editor', `${total}, after ${broken} it had errors`);
  assert.ok(broken < 0.9 * total, 'some texts are programs');
});

test('an edit above moves what is known below it', () => {
  const editor = new Editor('main.bond', none);
  const before = editor.open(small.replace('width = 64', 'widht = 64'));
  const after = editor.open(`// one more line\n${small.replace('width = 64', 'widht = 64')}`);
  const by = '// one more line\n'.length;
  assert.equal(
    after.diagnostics.filter(({ code }) => code !== 'W7').map(({ primary }) => primary.place.from),
    before.diagnostics.filter(({ code }) => code !== 'W7').map(({ primary }) => primary.place.from + by),
  );
});

test('only what an edit reaches is checked again: counted in items', () => {
  const editor = new Editor('main.bond', none);
  const text = `${small}\nmodel Other(width = 8) {\n  axis batch\n  input x[batch, width]\n  up: linear[width -> width]\n  loss l = mean(up(x))\n}\n`;
  editor.open(text);
  const count = (next: string) => {
    const before = editor.checked;
    editor.open(next);
    return editor.checked - before;
  };
  assert.is(count(`${text}\n// end`), 0, 'a comment');
  assert.is(count(text.replace('up(x)', 'relu(up(x))')), 1, 'the last model alone');
  assert.is(count(text.replace('rank = 2', 'rank = 3')), 1, 'one variant');
  assert.is(count(text.replace('bond = 8', 'bond = 6')), 2, 'a variant and the one on it');
  assert.is(count(text.replace('y = head(y)', 'y = head(y) + y')), 3, 'a model and its variants');
});

test.run();
