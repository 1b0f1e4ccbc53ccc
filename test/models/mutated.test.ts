/**
 * Damaged published checkpoints: configurations, tensors, indices, tokenizers and adapters with bytes turned, cut off, or parts of another
 * kind. Each is read as a whole or refused with a reason, and nothing is written. `npm test` tries a sample, `npm run test:long` 10,000.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BondsmithError } from '../../grammar/error.ts';
import type { Files } from '../../runtime/checkpoint/files.ts';
import { nodeContext, nodeFiles } from '../../runtime/cli/host.ts';
import { partsOf, readTokenizer } from '../../runtime/cli/load.ts';
import { damagedBytes, damagedJson, numbersFrom } from '../faults/damage.ts';
import { figure, times } from '../long.ts';

const root = fileURLToPath(new URL('./', import.meta.url));
const real = nodeFiles();
const folders = ['written/gpt2', 'written/t5', 'fixtures/bert-classes', 'fixtures/llama', 'adapters/gpt2', 'adapters/bert-classes'].map(
  (name) => root + name,
);
/** A folder holds what transformers reads, and what is only ours to compare with. */
const damageable = (folder: string) => readdirSync(folder).filter((name) => !name.startsWith('expected'));

/** The files of the fixtures with one of them damaged; writing is what must not happen. */
function damaged(path: string, bytes: Uint8Array): Files {
  const refuse = (): never => {
    throw new Error('something was written');
  };
  return {
    ...real,
    size: (at) => (at === path ? bytes.length : real.size(at)),
    read: (at, offset, length) => (at === path ? bytes.slice(offset, offset + length) : real.read(at, offset, length)),
    replace: refuse,
    replaceLater: refuse,
    append: refuse,
    makeFolder: refuse,
    lock: refuse,
  };
}

function bytesOf(next: () => number, path: string, other: string): Uint8Array {
  const [bytes, others] = [path, other].map((at) => real.read(at, 0, real.size(at)!));
  if (!path.endsWith('.json') || next() < 0.3) return damagedBytes(next, bytes, others);
  return new TextEncoder().encode(JSON.stringify(damagedJson(next, JSON.parse(new TextDecoder().decode(bytes)))));
}

const TEXT = 'The whale, été 42!';

test('a damaged checkpoint, configuration, tokenizer or adapter is read whole or refused with a reason, and nothing is written', () => {
  const count = times(60, 10_000);
  let refused = 0;
  for (let seed = 0; seed < count; seed++) {
    const next = numbersFrom(seed);
    const pick = <T>(all: readonly T[]) => all[Math.floor(next() * all.length)];
    const folder = folders[seed % folders.length];
    const names = damageable(folder);
    const name = pick(names);
    const path = `${folder}/${name}`;
    const files = damaged(path, bytesOf(next, path, `${folder}/${pick(names)}`));
    const context = { ...nodeContext(), files, err: () => undefined };
    try {
      const { tokenizer } = partsOf(context, folder);
      tokenizer?.()?.decode(readTokenizer(context, folder)?.encode(TEXT).ids ?? []);
    } catch (error) {
      const what = `seed ${seed}, ${path.slice(root.length)}: ${error instanceof Error ? error.stack : error}`;
      assert.ok(error instanceof BondsmithError, what);
      // What the tokenizer library says of a file is quoted as it is.
      const own = error.message.replace(/(is no tokenizer that is known here: ).*/s, '$1');
      assert.ok(own.length > 0 && !/undefined|\[object/.test(own), what);
      refused++;
    }
  }
  assert.ok(refused > count / 4 && refused < count, `${refused} of ${count} were refused`);
  figure('damaged published checkpoints', `${count}, of which ${refused} were refused`);
});

test.run();
