/** Run when bondsmith is packed: the runner that packages carry is bundled once, so that building one needs no bundler. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { carriedRunner } from './carry.ts';

const folder = fileURLToPath(new URL('../../../dist/runtime/package/carried/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [file, bytes] of await carriedRunner()) writeFileSync(`${folder}${file}`, bytes);
