/** Snapshots that a person reviews: a file for each case. `UPDATE=1` rewrites them; the difference is then to be read. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';

/** Compares with `folder/name.txt`; `folder` is a URL that ends with a slash. A snapshot that is missing is a failure. */
export function matchSnapshot(folder: URL, name: string, text: string): void {
  const path = fileURLToPath(new URL(`${name}.txt`, folder));
  if (process.env.UPDATE === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.ok(existsSync(path), `no snapshot ${name}.txt: run with UPDATE=1 and review it`);
  assert.fixture(text, readFileSync(path, 'utf8'), `${name}.txt`);
}

/** A program, a line, and all that is printed for it. */
export function sourceAndOutput(source: string, output: string): string {
  return `${source.trimEnd()}\n${'='.repeat(80)}\n${output.trimEnd()}\n`;
}
