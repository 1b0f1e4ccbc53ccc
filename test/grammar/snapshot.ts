/** Snapshots that a person reviews: a file for each case with the source, then what is printed for it. `UPDATE=1` rewrites them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';

const rule = '='.repeat(80);

/** Compares with `folder/name.txt`; `folder` is a URL that ends with a slash. A snapshot that is missing is a failure. */
export function matchSnapshot(folder: URL, name: string, source: string, output: string): void {
  const path = fileURLToPath(new URL(`${name}.txt`, folder));
  const text = `${source.trimEnd()}\n${rule}\n${output.trimEnd()}\n`;
  if (process.env.UPDATE === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.ok(existsSync(path), `no snapshot ${name}.txt: run with UPDATE=1 and review it`);
  assert.fixture(text, readFileSync(path, 'utf8'), `${name}.txt`);
}
