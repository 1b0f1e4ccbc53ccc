/** Random words: the published vectors of Threefry-2x32-20, positions, streams, distributions. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cosineOfTurn,
  logarithm,
  normals,
  streamKey,
  streamNumber,
  threefry,
  threshold,
  uniformOf,
  wordAt,
} from '../../compiler/values/random.ts';

test('the three known-answer vectors', () => {
  const ones = [0xffffffff, 0xffffffff] as const;
  assert.equal(threefry([0, 0], [0, 0]), [0x6b200159, 0x99ba4efe]);
  assert.equal(threefry(ones, ones), [0x1cb996fc, 0xbb002be7]);
  assert.equal(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3]), [0xc4923a9c, 0x483df7a0]);
});

test('FNV-1a of published strings', () => {
  assert.equal(['', 'a', 'foobar'].map(streamNumber), [0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});

test('column 8 g + r is word r >> 2 of counter (4 g + (r & 3), row)', () => {
  const key = [1, 2] as const;
  for (const [row, column] of [
    [0, 0],
    [5, 3],
    [5, 4],
    [9, 15],
    [2 ** 32 - 1, 77],
  ]) {
    const [g, r] = [Math.floor(column / 8), column % 8];
    assert.is(wordAt(key, row, column), threefry(key, [4 * g + (r & 3), row])[r >> 2]);
  }
  const words = Array.from({ length: 64 }, (_, k) => wordAt(key, k >> 4, k & 15));
  assert.is(new Set(words).size, 64);
});

test('keys differ by seed, stream and tick', () => {
  const keys = [streamKey([1, 0], 'a', 0), streamKey([2, 0], 'a', 0), streamKey([1, 0], 'b', 0), streamKey([1, 0], 'a', 1)];
  assert.is(new Set(keys.map(String)).size, 4);
});

test('uniform numbers are exact in f32, bounds are integers', () => {
  assert.is(uniformOf(0xffffffff), 1 - 2 ** -24);
  assert.is(Math.fround(uniformOf(0xdeadbeef)), uniformOf(0xdeadbeef));
  assert.equal([-1, 0, 0.5, 1, 2].map(threshold), [0, 0, 2 ** 31, 2 ** 32, 2 ** 32]);
  assert.is(threshold(0.1), threshold(Math.fround(0.1)));
});

test('logarithm and cosine of our own agree with the language to the last bits', () => {
  for (let k = 0; k < 2000; k++) {
    const x = (k + 0.5) / 2000;
    assert.ok(Math.abs(logarithm(x) - Math.log(x)) <= 4e-16 * Math.max(1, Math.abs(Math.log(x))));
    assert.ok(Math.abs(cosineOfTurn(2 * x) - Math.cos(4 * Math.PI * x)) < 2e-15);
  }
});

test('normal numbers have the moments of the normal distribution, and fixed bits', () => {
  const rows = 100;
  const columns = 401;
  const z = normals(streamKey([3, 4], 'init', 0), rows, columns);
  const n = z.length;
  const moment = (power: number) => z.reduce((sum, x) => sum + x ** power, 0) / n;
  assert.ok(Math.abs(moment(1)) < 4 / Math.sqrt(n));
  assert.ok(Math.abs(moment(2) - 1) < 4 * Math.sqrt(2 / n));
  assert.ok(Math.abs(moment(3)) < 4 * Math.sqrt(15 / n));
  assert.ok(Math.abs(moment(4) - 3) < 4 * Math.sqrt(96 / n));
  let neighbours = 0;
  for (let k = 0; k + 1 < n; k += 2) neighbours += z[k] * z[k + 1];
  assert.ok(Math.abs(neighbours / (n / 2)) < 4 / Math.sqrt(n / 2));
  const bits = new BigUint64Array(normals([1, 2], 1, 2).buffer);
  assert.equal(
    [...bits].map((word) => word.toString(16)),
    ['bffed8d213ded1f5', 'bfd6a00eb2e36eed'],
  );
});

test.run();
