/** Text as data: strict UTF-8, a vocabulary of code points, batches that depend on seed and tick alone. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DataError } from '../../runtime/data/feed.ts';
import { decodeText, textFeed, vocabularyOf } from '../../runtime/data/text.ts';
import { imageModel, textModel } from './models.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

test('invalid UTF-8 is refused with its place', () => {
  assert.is(decodeText(new TextEncoder().encode('aé😀\n'), 'a.txt'), 'aé😀\n');
  for (const [input, reason] of [
    [bytes(0x61, 0x0a, 0xff), /a.txt: not UTF-8 in line 2, at byte 2: byte 0xff/],
    [bytes(0x61, 0xc3), /line 1, at byte 2: the end of the file/],
    [bytes(0xc0, 0x80), /at byte 0: byte 0xc0/],
    [bytes(0xed, 0xa0, 0x80), /at byte 1: byte 0xa0/],
    [bytes(0xf4, 0x90, 0x80, 0x80), /at byte 1: byte 0x90/],
  ] as const) {
    assert.throws(() => decodeText(input, 'a.txt'), reason);
  }
});

test('any bytes decode or are refused with a place inside', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (input) => {
      try {
        decodeText(input, 'x');
      } catch (error) {
        assert.instance(error, DataError);
        const at = Number(/at byte (\d+)/.exec((error as Error).message)![1]);
        assert.ok(at <= input.length);
        decodeText(input.subarray(0, 0), 'x');
      }
    }),
    { numRuns: 500 },
  );
});

test('the vocabulary is the code points of the text in order, and is its own inverse', () => {
  const { characters, encode, decode } = vocabularyOf('b😀a\uffffa\n');
  assert.equal(characters, ['\n', 'a', 'b', '\uffff', '😀']);
  assert.is(decode(encode('a😀b')), 'a😀b');
  assert.throws(() => encode('z'), /"z" is not in the vocabulary of 5 characters/);
  assert.equal(vocabularyOf(characters.join('')).characters, characters);
});

const text = Array.from({ length: 1000 }, (_, k) => String.fromCharCode(97 + ((k * k) % 23))).join('');
const request = { model: textModel(30, 8), text, name: 't.txt', batch: 4, seed: [1, 0] as const };

test('batches: next is ids one ahead, all from the first nine tenths, equal for equal seeds', () => {
  const feed = textFeed(request);
  assert.equal(feed.sizes, { batch: 4, time: 8 });
  assert.is(feed.unitsPerBatch, 32);
  const codes = feed.vocabulary.encode(text);
  const training = codes.subarray(0, 900).join();
  for (const tick of [0, 1, 99]) {
    const { ids, next } = feed.train(tick) as Record<string, Int32Array>;
    for (let row = 0; row < 4; row++) {
      const window = [...ids.subarray(row * 8, row * 8 + 8), next[row * 8 + 7]];
      assert.equal([...next.subarray(row * 8, row * 8 + 8)], window.slice(1));
      assert.ok(training.includes(window.join()));
    }
    assert.equal(textFeed(request).train(tick), { ids, next });
  }
  assert.not.equal(feed.train(0), feed.train(1));
  assert.not.equal(textFeed({ ...request, seed: [2, 0] }).train(0), feed.train(0));
});

test('validation goes through the last tenth once', () => {
  const { validation, vocabulary } = textFeed(request);
  const held = vocabulary.encode(text).subarray(900);
  assert.equal([validation.rows, validation.perBatch], [12, 4]);
  const seen = [0, 4, 8].flatMap((from) => [...(validation.batch(from, 4).ids as Int32Array)]);
  assert.equal(seen, [...held.subarray(0, 96)]);
});

test('refusals: empty, too short, too many characters, another kind of model', () => {
  assert.throws(() => textFeed({ ...request, text: '' }), /t.txt is empty/);
  assert.throws(() => textFeed({ ...request, text: 'short' }), /5 characters; with a context of 8 it needs at least 90/);
  assert.throws(() => textFeed({ ...request, sizes: { time: 9 } }), /time is to be 9, the model allows at most 8/);
  assert.throws(
    () => textFeed({ ...request, batch: 2 ** 40 }),
    /a batch of ids\[batch, time\] in vocab would have 8796093022208 elements, the most is 2\^31/,
  );
  assert.throws(() => textFeed({ ...request, sizes: { width: 9 } }), /given for width; the size to choose here is that of time/);
  assert.throws(() => textFeed({ ...request, model: textModel(3, 8) }), /23 different|different characters, the model's vocab is 3/);
  assert.throws(() => textFeed({ ...request, model: imageModel }), /Hand has image\[batch, rows\], label\[batch\] in classes; use --data/);
});

test.run();
