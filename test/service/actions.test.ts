/**
 * What can be done about a place. Every fix of every refused program takes its diagnostic away; one of each kind is a snapshot. Refactorings
 * leave what the program means.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Action, actions, applied, type Document, Editor, fixesOf } from '../../compiler/service/index.ts';
import { modelOf } from '../check/program.ts';
import { refusedPrograms } from '../check/refused-programs.ts';
import { figure, times } from '../long.ts';
import { matchSnapshot } from '../snapshot.ts';
import { documentOf, small } from './document.ts';

const snapshots = new URL('./snapshots/', import.meta.url);
const single = refusedPrograms.filter(({ name }) => !name.startsWith('many'));
const key = ({ code, message }: { code: string; message: string }) => `${code} ${message}`;
const fixesIn = (document: Document): Action[] => document.diagnostics.flatMap((each) => fixesOf(document, each));

const opened = single.map((program) => {
  const open = (text: string) => new Editor('main.bond', (path) => program.files[path.replace(/^\.\//, '')]).open(text);
  const document = open(program.text);
  return { ...program, open, document, fixes: fixesIn(document) };
});

test('each fix of a refused program takes away what it fixes', () => {
  const tried = opened.filter(({ fixes }) => fixes.length > 0).filter((_, k) => k % times(4, 1) === 0);
  let [fixed, clean] = [0, 0];
  for (const { name, document, fixes, open } of tried) {
    for (const action of fixes) {
      const after = open(applied(document, action.edits)).diagnostics.filter(({ severity }) => severity === 'error');
      assert.not.ok(after.map(key).includes(key(action.fixes!)), `${name}: ${action.title}`);
      fixed++;
      if (after.length === 0) clean++;
    }
  }
  figure(`fixes proposed for ${single.length} refused programs`, `${fixed}, after ${clean} no error is left`);
  assert.ok(fixed >= times(12, 80) && clean / fixed >= 0.8, `${fixed} fixes, ${clean} leave no error`);
});

const [chosen, kinds] = [new Map<string, string>(), new Set<string>()];
for (const { name, text, document, fixes } of opened) {
  const [first] = fixes;
  if (first === undefined) continue;
  const kind = first.title.replace(/`[^`]*`|\d+/g, '').replace(/\[.*/, '');
  if (kinds.has(kind)) continue;
  kinds.add(kind);
  chosen.set(name, `${first.fixes!.code} ${first.fixes!.message}\n${first.title}\n\n${changedLines(text, applied(document, first.edits))}`);
}

test('one fix of each kind', () => {
  assert.ok(chosen.size >= 14, `${chosen.size} kinds`);
  matchSnapshot(snapshots, 'fixes', [...chosen].map(([name, told]) => `--- ${name}\n${told}\n`).join('\n'));
});

/** The lines that differ, before and after. */
function changedLines(before: string, after: string): string {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const gone = a.filter((line) => !b.includes(line)).map((line) => `- ${line}`);
  const fresh = b.filter((line) => !a.includes(line)).map((line) => `+ ${line}`);
  return [...gone, ...fresh].join('\n');
}

function refactored(text: string, title: RegExp): Action & { readonly after: string } {
  const document = documentOf(small);
  const from = small.indexOf(text);
  const found = actions(document, { file: 'main.bond', from, to: from + text.length });
  const action = found.find((each) => title.test(each.title));
  assert.ok(action !== undefined, `no ${title} among ${found.map((each) => each.title).join(', ')}`);
  return { ...action, after: applied(document, action.edits) };
}

test('refactorings, as they read and as they mean', () => {
  const told = [
    ['q * k', /^Name what is summed/],
    ['decompose block[*].{query, key} as mpo(n = 3, b = bond)', /^Write the factors/],
    ['apply Lora', /^Write out/],
    ['init head', /^Extract/],
  ] as const;
  const texts = told.map(([place, title]) => {
    const { after, title: shown } = refactored(place, title);
    const variant = 'Adapted';
    assert.is(modelOf(after, variant).digest, modelOf(small, variant).digest, shown);
    return `--- ${shown}\n${changedLines(small, after)}\n`;
  });
  matchSnapshot(snapshots, 'refactorings', texts.join('\n'));
});

test.run();
