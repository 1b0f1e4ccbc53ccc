/** The data of the examples: a whole book, and ten thousand digits split once and for all. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobyDick } from '../../examples/char-gpt/moby-dick.ts';
import { digits } from '../../examples/digits/mnist.ts';
import { compile } from '../../runtime/index.ts';

test('Moby-Dick: 135 chapters of text', () => {
  const text = mobyDick();
  assert.ok(text.startsWith('CHAPTER 1.\n\n') && text.includes('Call me Ishmael.'));
  assert.is(text.match(/^CHAPTER \d+\.$/gm)!.length, 135);
  assert.ok(text.length > 1_100_000);
});

test('digits: 8000 to learn from, 2000 for the test, every class in both, none in both', () => {
  const { training, test: held } = digits();
  for (const [set, count] of [
    [training, 8000],
    [held, 2000],
  ] as const) {
    const [image, label] = set;
    assert.equal([image.shape, label.shape], [[count, 28, 28], [count]]);
    assert.ok(image.data.every((value) => value >= 0 && value <= 1));
    for (let digit = 0; digit < 10; digit++) assert.ok(label.data.filter((value) => value === digit).length > 0.07 * count);
  }
  const rows = (set: typeof training) =>
    Array.from({ length: set[1].shape[0] }, (_, k) => set[0].data.subarray(k * 784, (k + 1) * 784).join());
  const seen = new Set(rows(training));
  assert.ok(rows(held).filter((row) => seen.has(row)).length <= 2, 'the package itself repeats at most a few pictures');
});

test('the programs of the examples, and their size against dense', () => {
  const counts = ['Bond4', 'Bond8', 'Bond16', 'Bond32', 'CharGpt'].map((name) => {
    const model = compile({ file: 'examples/char-gpt/char-gpt.bond', variant: name, set: { vocab: 65 } });
    return model.parameters.reduce((sum, { legs }) => sum + legs.reduce((product, leg) => product * leg.size, 1), 0);
  });
  assert.equal(
    counts,
    [...counts].sort((a, b) => a - b),
  );
  // embed 65 x 128, four blocks of 4 x 128^2 + 2 x 128 x 512 + offsets 128 + 512 + 128 + norms 4 x 128, norm 2 x 128, head 65 x 128
  assert.is(counts[4], 65 * 128 * 2 + 4 * (4 * 128 ** 2 + 2 * 128 * 512 + 768 + 512) + 256);
});

test.run();
