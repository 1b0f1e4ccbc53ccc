/** Where a command writes: never over what it reads. */
import { resolve } from 'node:path';
import { BondsmithError } from '../../grammar/error.ts';
import type { Context } from './context.ts';
import { Problem, UsageError } from './context.ts';

/** --out FILE. Throws UsageError where it is missing or among `given`. */
export function outPath(out: string | undefined, name: string, given: readonly string[]): string {
  if (out === undefined) throw new UsageError(`${name} wants --out FILE`);
  if (given.some((path) => resolve(path) === resolve(out))) throw new UsageError(`--out ${out}: ${name} reads this file; name another`);
  return out;
}

/** A file that is there may be written over where `read` takes it for one of these, an older one. Throws Problem, before anything is measured. */
export function onlyOver(file: string, { files }: Context, what: string, read: () => unknown): void {
  if (files.size(file) === undefined) return;
  try {
    read();
  } catch (error) {
    if (!(error instanceof BondsmithError)) throw error;
    throw new Problem(`${file} is there already and is no ${what}; nothing was measured; give a name of a new file`);
  }
}
