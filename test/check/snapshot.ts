/** Snapshots of text. UPDATE=1 rewrites them; the difference is then for a person to read. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';

const folder = new URL('./snapshots/', import.meta.url);

export function matchSnapshot(name: string, text: string): void {
  const file = new URL(`${name}.txt`, folder);
  if (process.env.UPDATE === '1') {
    mkdirSync(new URL('.', file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  assert.ok(existsSync(file), `no snapshot ${name}: run with UPDATE=1`);
  assert.fixture(text, readFileSync(file, 'utf8'));
}
