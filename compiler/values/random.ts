/**
 * Random numbers as a function of (seed, stream, tick, position): Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel
 * Random Numbers: As Easy as 1, 2, 3; SC 2011). It needs only 32-bit add, xor and rotate, so every engine gives the same words, in any
 * order and on any number of threads. Normal numbers are made on the host alone, with a logarithm and a cosine of our own, because
 * those of JavaScript engines differ in their last bits.
 */

/** 64 bits as two uint32 words. */
export type Words = readonly [number, number];

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;

/** Encrypts the counter with the key. All words are uint32. */
export function threefry([key0, key1]: Words, [counter0, counter1]: Words): Words {
  const schedule = [key0 | 0, key1 | 0, parity ^ key0 ^ key1];
  let x = (counter0 + schedule[0]) | 0;
  let y = (counter1 + schedule[1]) | 0;
  for (let round = 0; round < 20; round++) {
    const by = rotations[round & 7];
    x = (x + y) | 0;
    y = ((y << by) | (y >>> (32 - by))) ^ x;
    if ((round & 3) === 3) {
      const injection = (round >> 2) + 1;
      x = (x + schedule[injection % 3]) | 0;
      y = (y + schedule[(injection + 1) % 3] + injection) | 0;
    }
  }
  return [x >>> 0, y >>> 0];
}

/** 32-bit FNV-1a over UTF-8. */
export function streamNumber(stream: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(stream)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Key of one stream at one tick (ticks count micro-batches; gates use the optimiser step). */
export function streamKey(seed: Words, stream: string, tick: number): Words {
  return threefry(seed, [streamNumber(stream), tick >>> 0]);
}

/** The uint32 word of the element at (row, column); column 8 g + r is word r >> 2 of counter (4 g + (r & 3), row): eight columns a vector. */
export function wordAt(key: Words, row: number, column: number): number {
  return threefry(key, [((column >>> 3) * 4 + (column & 3)) >>> 0, row >>> 0])[(column >> 2) & 1];
}

/** In [0, 1), a multiple of 2^-24: exact in f32 and in f64. */
export function uniformOf(word: number): number {
  return (word >>> 8) * 2 ** -24;
}

/**
 * The integer bound of `below(word, p)`, from 0 to 2^32: the word is compared with it as an integer. `p` is rounded to f32 first, so that
 * engines that hold it in f32 come to the same bound.
 */
export function threshold(p: number): number {
  return Math.min(2 ** 32, Math.max(0, Math.round(Math.fround(p) * 2 ** 32)));
}

/**
 * Standard normal numbers, row-major, by Box and Muller (1958): columns 2 k and 2 k + 1 of a row come from its words 2 k and 2 k + 1.
 * Bit-equal on every host.
 */
export function normals(key: Words, rows: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column += 2) {
      const radius = Math.sqrt(-2 * logarithm((wordAt(key, row, column) + 0.5) * 2 ** -32));
      const turn = wordAt(key, row, column + 1) * 2 ** -32;
      result[row * columns + column] = radius * cosineOfTurn(turn);
      if (column + 1 < columns) result[row * columns + column + 1] = radius * cosineOfTurn(turn + 0.75);
    }
  }
  return result;
}

/** Natural logarithm for 2^-33 <= x < 2 from + - * / alone: halved into [1/sqrt 2, sqrt 2), then the series of 2 artanh. */
export function logarithm(x: number): number {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2;
  for (; mantissa >= Math.SQRT2; exponent++) mantissa /= 2;
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let series = 0;
  for (let n = 25; n >= 1; n -= 2) series = series * square + 1 / n;
  return 2 * s * series + exponent * Math.LN2;
}

/** cos(2 pi turn) for 0 <= turn < 2 from + - * alone: the quarter of the turn chooses between the series of sine and cosine. */
export function cosineOfTurn(turn: number): number {
  const quarter = Math.floor(turn * 4 + 0.5);
  const angle = (turn * 4 - quarter) * (Math.PI / 2);
  const square = angle * angle;
  const odd = (quarter & 1) === 1;
  let series = 1;
  for (let n = odd ? 19 : 18; n >= 2; n -= 2) series = 1 - (series * square) / (n * (n - 1));
  const value = odd ? series * angle : series;
  return (quarter & 3) === 1 || (quarter & 3) === 2 ? -value : value;
}
