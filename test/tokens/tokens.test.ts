/** Tokenizers as the hubs ship them, against transformers (make.py), and what is refused. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { readTokenizerFiles, writeTokenizerFiles } from '../../runtime/tokens/files.ts';
import { checkFits, fairShares, Tokenizer } from '../../runtime/tokens/tokenizer.ts';

const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'bondsmith-tokens-'));
test.after(() => rmSync(scratch, { recursive: true }));
const files = nodeFiles();
const open = (folder: string) => new Tokenizer(readTokenizerFiles(files, folder)!, folder);

interface Row {
  readonly text: readonly [string] | readonly [string, string];
  readonly ids: number[];
  readonly decoded: string;
  readonly part?: number[];
  readonly cut?: Record<string, number[]>;
}

for (const name of readdirSync(fixtures).sort()) {
  const { rows, size } = JSON.parse(readFileSync(join(fixtures, name, 'expected.json'), 'utf8')) as { rows: Row[]; size: number };

  test(`${name}: numbers, token types, cut texts and decoded texts are those of transformers`, () => {
    const tokenizer = open(join(fixtures, name));
    assert.is(tokenizer.size, size);
    for (const { text, ids, part, cut = {}, decoded } of rows) {
      const given = text.length === 1 ? text[0] : text;
      const row = tokenizer.encode(given);
      assert.equal(row.ids, ids, JSON.stringify(text));
      if (part !== undefined) assert.equal(row.part, part, JSON.stringify(text));
      for (const [most, wanted] of Object.entries(cut)) {
        const shorter = tokenizer.encode(given, Number(most));
        assert.equal(shorter.ids, wanted, `${JSON.stringify(text)} in ${most}`);
        assert.is(shorter.cut, ids.length - wanted.length);
      }
      assert.is(tokenizer.decode(ids), decoded);
    }
  });

  test(`${name}: what a run folder keeps is the same tokenizer`, () => {
    const [before, to] = [open(join(fixtures, name)), join(scratch, name)];
    files.makeFolder(to);
    writeTokenizerFiles(files, to, before.files);
    const after = open(to);
    for (const { text } of rows)
      assert.equal(after.encode(text.length === 1 ? text[0] : text), before.encode(text.length === 1 ? text[0] : text));
    assert.equal([after.pad, after.end, after.size], [before.pad, before.end, before.size]);
  });
}

test('rows are filled to one length, and masks say with what', () => {
  const tokenizer = open(join(fixtures, 'framed'));
  const all = [tokenizer.encode(''), tokenizer.encode('sea')];
  const { ids, real, length } = tokenizer.rows(all);
  assert.is(tokenizer.pad, 1);
  assert.is(length, all[1].ids.length);
  assert.equal([...real], [1, 1, ...Array(length - 2).fill(0), ...Array(length).fill(1)]);
  assert.equal([...ids].slice(0, length), [0, 2, ...Array(length - 2).fill(1)]);
});

test('the longer text of a pair is cut first, then both', () => {
  assert.equal(fairShares(3, 4, 7), [3, 4]);
  assert.equal(fairShares(3, 9, 7), [3, 4]);
  assert.equal(fairShares(9, 3, 7), [4, 3]);
  assert.equal(fairShares(9, 8, 7), [4, 3]);
  assert.equal(fairShares(8, 9, 7), [3, 4]);
  for (let a = 0; a < 8; a++)
    for (let b = 0; b < 8; b++)
      for (let room = 0; room < 16; room++) {
        const [left, right] = fairShares(a, b, room);
        assert.is(left + right, Math.min(a + b, room), `${a}, ${b} in ${room}`);
        assert.ok(left >= 0 && left <= a && right >= 0 && right <= b, `${a}, ${b} in ${room}`);
      }
});

test('no room beside the special tokens, and a tokenizer of another model, are refused', () => {
  const tokenizer = open(join(fixtures, 'words'));
  assert.throws(() => tokenizer.encode(['a', 'b'], 2), /2 tokens have no room for a text beside the special tokens/);
  assert.not.throws(() => checkFits(tokenizer, 210, 'x'));
  assert.throws(() => checkFits(tokenizer, 209, 'folder'), /folder: its tokenizer has tokens up to 209, the model's vocab is 209/);
});

test('SentencePiece alone is refused with the command that converts it', () => {
  const at = join(scratch, 'sentences');
  files.makeFolder(at);
  assert.is(readTokenizerFiles(files, at), undefined);
  writeFileSync(join(at, 'spiece.model'), 'x');
  assert.throws(() => readTokenizerFiles(files, at), /SentencePiece model alone.*save_pretrained/);
});

test('what is broken is named: file, what was found, what was expected', () => {
  const copy = (name: string, as: string) => {
    cpSync(join(fixtures, name), join(scratch, as), { recursive: true });
    return join(scratch, as);
  };
  const broken = (name: string, file: string, text: string, message: RegExp) => {
    const at = copy(name, `${name}-broken`);
    writeFileSync(join(at, file), text);
    assert.throws(() => open(at), message);
    rmSync(at, { recursive: true });
  };
  broken('pieces', 'tokenizer.json', '{', /tokenizer.json: it is not JSON/);
  broken('pieces', 'tokenizer.json', '[]', /it is no object in braces/);
  broken('pieces', 'tokenizer.json', '{}', /its tokenizer has no vocabulary/);
  broken('pieces', 'tokenizer.json', '{"model":{"vocab":{"a":-1}}}', /a token has the number -1, expected a whole number/);
  broken('pieces', 'tokenizer.json', '{"model":{"type":"Strange","vocab":{"a":0}}}', /it is no tokenizer that is known here/);
  broken('words', 'vocab.txt', 'a\nb\n', /vocab.txt: it has no \[PAD\]/);
  broken('bytes', 'merges.txt', '#version: 0.2\na b c\n', /merges.txt: "a b c" is no pair/);
  broken('bytes', 'vocab.json', '{"a":"b"}', /vocab.json: "a" is "b", expected a whole number/);
});

test.run();
