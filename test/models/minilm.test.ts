/**
 * The published weights of MiniLM (fetch-minilm.sh) from texts to sentence embeddings, against transformers (minilm.py). Skipped where
 * nobody fetched them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { load } from '../../runtime/index.ts';
import { readTokenizerFiles } from '../../runtime/tokens/files.ts';
import { checkFits, Tokenizer } from '../../runtime/tokens/tokenizer.ts';
import { testWith } from '../needs.ts';
import '../verified.ts';

const folder = join(process.env.BONDSMITH_CACHE ?? join(homedir(), '.cache', 'bondsmith'), 'minilm');
const withWeights = testWith('minilm', existsSync(join(folder, 'config.json')), 'test/models/fetch-minilm.sh fetches its weights');
const files = nodeFiles();
const expected = openTensors(files, fileURLToPath(new URL('minilm.safetensors', import.meta.url)));
const sentences = JSON.parse(expected.metadata.sentences) as string[];

function tokens() {
  const tokenizer = new Tokenizer(readTokenizerFiles(files, folder)!, folder);
  checkFits(tokenizer, 30522, folder);
  return tokenizer.rows(sentences.map((sentence) => tokenizer.encode(sentence)));
}

withWeights('its tokens of twenty sentences are those of transformers, from tokenizer.json and from vocab.txt', () => {
  const { ids, real } = tokens();
  assert.equal([...ids], [...expected.read('ids')]);
  assert.equal([...real], [...expected.read('real')]);
  const { tokenizer, config } = readTokenizerFiles(
    { ...files, size: (path) => (path.endsWith('tokenizer.json') ? undefined : files.size(path)) },
    folder,
  )!;
  const built = new Tokenizer({ tokenizer, config }, folder);
  assert.equal([...built.rows(sentences.map((sentence) => built.encode(sentence))).ids], [...ids]);
});

withWeights('last hidden states to 1e-4 and sentence embeddings to a cosine of 0.99999', async () => {
  const { ids, part, real, length } = tokens();
  const shape = [sentences.length, length];
  const inputs = Object.fromEntries(Object.entries({ ids, part, real }).map(([name, data]) => [name, { shape, data }]));
  const model = await load(folder);
  const { h } = await model.call('encode', inputs);
  const wanted = expected.read('hidden');
  const width = 384;
  const rows = [...real.keys()].filter((k) => real[k] === 1);
  assert.is(rows.length * width, wanted.length);
  const far = Math.max(
    ...rows.map((row, k) =>
      Math.max(...Array.from({ length: width }, (_, e) => Math.abs(h.data[row * width + e] - wanted[k * width + e]))),
    ),
  );
  assert.ok(far < 1e-4, `hidden states are ${far} apart`);
  const { e } = await model.call('embedding', inputs);
  const embedding = expected.read('embedding');
  for (const [k, sentence] of sentences.entries()) {
    let cosine = 0;
    for (let at = k * width; at < (k + 1) * width; at++) cosine += e.data[at] * embedding[at];
    assert.ok(cosine > 0.99999, `${sentence}: ${cosine}`);
  }
});

test('the fixture has twenty sentences', () => {
  assert.is(sentences.length, 20);
  assert.ok(readFileSync(fileURLToPath(new URL('minilm.py', import.meta.url)), 'utf8').includes(sentences[0]));
});

test.run();
