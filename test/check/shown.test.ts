/** The list of rules is whole, and what it points at exists. */
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { shown } from './rules.ts';

const tests = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, tests), 'utf8');
const decisions = read('../docs/decisions.md');

/** A snapshot, a test by its file and the beginning of its title, or a decision. */
function exists(pointer: string): boolean {
  if (/^D\d+$/.test(pointer)) return decisions.includes(`\n## ${pointer}. `);
  const [, file, title] = /^(\w+\/[\w-]+)(?:: (.*))?$/.exec(pointer) ?? [];
  if (file === undefined) return ['check', 'grammar'].some((room) => existsSync(new URL(`${room}/snapshots/${pointer}.txt`, tests)));
  const path = new URL(`${file}.test.ts`, tests);
  return existsSync(path) && (title === undefined || read(`${file}.test.ts`).includes(`test('${title}`));
}

test('every rule, judgement and warning is in the list', () => {
  const numbers = Object.keys(shown).map((rule) => rule.split(' ')[0]);
  const wanted = (letter: string, count: number) => Array.from({ length: count }, (_, k) => `${letter}${k + 1}`);
  // W7 is told where H61 is.
  assert.equal(numbers, [...wanted('H', 62), ...wanted('J', 42), ...wanted('W', 6), 'W8', 'W9']);
});

for (const [rule, pointers] of Object.entries(shown)) {
  test(rule, () => {
    assert.ok(pointers.length > 0);
    assert.equal(
      pointers.filter((pointer) => !exists(pointer)),
      [],
    );
  });
}

test.run();
