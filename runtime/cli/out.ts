/** Where a command writes: never over what it reads. */
import { resolve } from 'node:path';
import { UsageError } from './context.ts';

/** --out FILE. Throws UsageError where it is missing or among `given`. */
export function outPath(out: string | undefined, name: string, given: readonly string[]): string {
  if (out === undefined) throw new UsageError(`${name} wants --out FILE`);
  if (given.some((path) => resolve(path) === resolve(out))) throw new UsageError(`--out ${out}: ${name} reads this file; name another`);
  return out;
}
