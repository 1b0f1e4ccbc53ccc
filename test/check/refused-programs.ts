/** The programs of `refused/*.bond`: each after a line `--- name`, the files that it imports after lines `+++ file`. */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('./refused/', import.meta.url);

export interface RefusedProgram {
  readonly name: string;
  readonly text: string;
  readonly files: Record<string, string>;
}

function programsOf(file: string): RefusedProgram[] {
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

export const refusedPrograms: readonly RefusedProgram[] = readdirSync(folder).sort().flatMap(programsOf);
