/**
 * What published checkpoints write: the likeliest tokens are those that transformers takes, through the tokenizer of the folder, until its
 * end-of-text token; GPT-2 goes on from its prompt, T5 makes another text of it. Fixtures by make_written.py.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { generate, load } from '../../runtime/index.ts';
import { workplace } from '../cli/command.ts';
import '../verified.ts';

const folders = fileURLToPath(new URL('written/', import.meta.url));
interface Written {
  readonly prompt: string;
  readonly text: string;
  readonly tokens: number;
  readonly ended: boolean;
}
const expected = (name: string) => JSON.parse(readFileSync(`${folders}${name}/expected.json`, 'utf8')) as Written[];

for (const name of ['gpt2', 't5']) {
  for (const engine of ['reference', 'wasm'] as const) {
    test(`${name} by ${engine} writes what transformers writes`, async () => {
      const model = await load(folders + name, { engine });
      for (const { prompt, text } of expected(name)) assert.is(await model.generate({ prompt, length: 24, temperature: 0 }), text);
      assert.ok(expected(name).some(({ ended }) => ended) && !expected(name).every(({ ended }) => ended));
    });
  }
}

test('generate tells tokens and their rate, of a published checkpoint as of a run; the prompt stands before what goes on from it', async () => {
  const work = workplace();
  test.after(() => work.remove());
  const greedy = ['--length', '24', '--temperature', '0'];
  const [{ prompt, text, tokens }] = expected('gpt2');
  const told = await work.run('generate', `${folders}gpt2`, '--prompt', prompt, ...greedy);
  assert.is(told.code, 0, told.err);
  assert.is(told.out, `${prompt}${text}\n`);
  assert.match(told.err, new RegExp(`${tokens} tokens, [0-9.e+]+ tokens per second`));
  const other = JSON.parse((await work.run('generate', `${folders}t5`, '--prompt', prompt, ...greedy, '--json')).out);
  assert.is(other.prompt, '');
  assert.is(other.text, expected('t5')[0].text);
  assert.ok(other.perSecond > 0);
  assert.is(await generate(`${folders}gpt2`, { prompt, length: 24, temperature: 0 }), text);
});

test('a text that is longer than the model sees goes on from the later half of it', async () => {
  const model = await load(`${folders}gpt2`);
  const text = await model.generate({ prompt: 'The whale', length: 150, temperature: 0.7, seed: 3 });
  const again = await model.generate({ prompt: 'The whale', length: 100, temperature: 0.7, seed: 3 });
  assert.ok(text.startsWith(again.replace(/\ufffd+$/, '')));
});

test.run();
