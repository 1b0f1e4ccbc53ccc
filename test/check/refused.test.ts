/**
 * Programs that are refused, each with its whole message: `refused/*.bond` hold them, separated by lines `--- name`; further files of a
 * program follow lines `--- file`, indented under it. The snapshots show source, then output.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { matchSnapshot, sourceAndOutput } from '../snapshot.ts';
import { checkText, rendered } from './program.ts';

const folder = new URL('./refused/', import.meta.url);
const snapshots = new URL('./snapshots/', import.meta.url);

interface Refused {
  readonly name: string;
  readonly text: string;
  readonly files: Record<string, string>;
}

/** `--- code-name` begins a program, `+++ other.bond` a file that it imports. */
function programsOf(file: string): Refused[] {
  const source = readFileSync(new URL(file, folder), 'utf8');
  return source
    .split(/^--- /m)
    .slice(1)
    .map((part) => {
      const [head, ...others] = part.split(/^\+\+\+ /m);
      const cut = (text: string) => [text.slice(0, text.indexOf('\n')).trim(), text.slice(text.indexOf('\n') + 1)] as const;
      const [name, text] = cut(head);
      return { name, text, files: Object.fromEntries(others.map(cut)) };
    });
}

for (const file of readdirSync(folder).sort()) {
  for (const { name, text, files } of programsOf(file)) {
    test(name, () => {
      const result = checkText(text, {}, files);
      const code = name.slice(0, 4);
      const errors = result.diagnostics.filter((d) => d.severity === 'error');
      if (code !== 'many')
        assert.ok(
          errors.some((d) => d.code === code),
          `expected ${code}, found ${errors.map((d) => d.code).join() || 'nothing'}`,
        );
      if (code !== 'many')
        assert.is(errors.length, 1, `one mistake, one message; found ${errors.map((d) => `${d.code} ${d.message}`).join('; ')}`);
      matchSnapshot(snapshots, name, sourceAndOutput(text, rendered(result)));
    });
  }
}

test.run();
