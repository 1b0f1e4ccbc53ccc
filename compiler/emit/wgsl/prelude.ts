/** Functions that WGSL lacks or leaves too free; a kernel gets those that it calls. */
import { cosine, erfNear, errorFar, errorNear, hyperbolic, quarterTurn, sine, tanhNear, turns } from '../coefficients.ts';

/** c[0] + c[1] x + ... by Horner's rule. */
function polynomial(x: string, coefficients: readonly number[]): string {
  return coefficients.map(String).reduceRight((sum, c) => `(${c} + ${x} * ${sum})`);
}

/** 1 / (2 pi) from the unit on: a word of zeros, then 256 bits. */
const turnWords = Array.from({ length: 9 }, (_, k) => `0x${((turns >> BigInt(256 - 32 * k)) & 0xffffffffn).toString(16)}u`);

const functions: Readonly<Record<string, string>> = {
  // The built-in gives 0 for small arguments on some drivers. NaN takes the branch of the series, which keeps it.
  tanh_of: `fn tanh_of(x: f32) -> f32 {
  let square = x * x;
  let near = x + x * square * ${polynomial('square', hyperbolic)};
  let far = 1.0 - 2.0 / (exp(2.0 * min(abs(x), 15.0)) + 1.0);
  return select(near, select(far, -far, x < 0.0), abs(x) >= ${tanhNear});
}`,
  erf_of: `fn erf_of(x: f32) -> f32 {
  let size = min(abs(x), 4.0);
  let square = size * size;
  let near = x + x * ${polynomial('square', errorNear)};
  let far = 1.0 - exp(${polynomial('size', errorFar)});
  return select(near, select(far, -far, x < 0.0), abs(x) >= ${erfNear});
}`,
  sigmoid_of: `fn sigmoid_of(x: f32) -> f32 {
  let power = exp(-abs(x));
  return select(1.0, power, x < 0.0) / (1.0 + power);
}`,
  // A maximum that keeps a NaN of either side, as the other engines do; WGSL's own may give the number.
  max_of: `fn max_of(x: f32, y: f32) -> f32 { return select(select(y, x, x > y), x + y, is_nan(x) || is_nan(y)); }`,
  min_of: `fn min_of(x: f32, y: f32) -> f32 { return select(select(y, x, x < y), x + y, is_nan(x) || is_nan(y)); }`,
  // An i32 that orders as the value does: NaN is the greatest, -0 is 0.
  rank_of: `fn rank_of(x: f32) -> i32 {
  if (is_nan(x)) { return 0x7fffffffi; }
  let bits = bitcast<i32>(select(x, 0.0, x == 0.0));
  return bits ^ i32(u32(bits >> 31u) >> 1u);
}`,
  // Sum and what it rounds off (Knuth). A compiler that reorders sums makes the rest 0, and the sum what it was without.
  two_sum: `fn two_sum(x: f32, y: f32) -> vec2<f32> {
  let sum = x + y;
  let moved = sum - x;
  return vec2<f32>(sum, (x - (sum - moved)) + (y - moved));
}`,
  // By its bits: a compiler that assumes numbers may drop x != x.
  is_nan: `fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  // Of sin and cos WGSL promises 2^-11, and that only for |x| <= pi. `turn`: 0 for sine, 1 for cosine.
  circle_of: `fn circle_of(x: f32, turn: i32) -> f32 {
  let n = round(x * ${2 / Math.PI});
  var r = ((x - n * ${quarterTurn[0]}) - n * ${quarterTurn[1]}) - n * ${quarterTurn[2]};
  var quarter = i32(n);
  if (abs(x) > 8192.0) {
    let angle = far_angle(x);
    r = angle.rest;
    quarter = angle.quarter;
  }
  let square = r * r;
  let sine = r + r * square * ${polynomial('square', sine)};
  let cosine = 1.0 - 0.5 * square + square * square * ${polynomial('square', cosine)};
  quarter += turn;
  let value = select(sine, cosine, (quarter & 1i) != 0i);
  return select(value, -value, (quarter & 2i) != 0i);
}`,
  // 32 bits of the angle times the 96 bits of 1 / (2 pi) that are left after whole turns: 64 bits of the turn (Payne and Hanek, 1983).
  far_angle: `struct Angle { rest: f32, quarter: i32 }
fn high_product(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}
fn far_angle(x: f32) -> Angle {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7f800000u) == 0x7f800000u) { return Angle(x - x, 0i); }
  var words = array<u32, ${turnWords.length}>(${turnWords.join(', ')});
  // From the bit of 2^(126 - exponent) on, 32 zeros before the point counted.
  let start = ((bits >> 23u) & 255u) - 126u;
  let first = start >> 5u;
  let shift = start & 31u;
  var window: array<u32, 3>;
  for (var k = 0u; k < 3u; k++) {
    let next = select(words[first + k + 1u] >> (32u - shift), 0u, shift == 0u);
    window[k] = (words[first + k] << shift) | next;
  }
  let m = (bits << 8u) | 0x80000000u;
  var low = m * window[1];
  let carried = high_product(m, window[2]);
  low += carried;
  var high = m * window[0] + high_product(m, window[1]) + select(0u, 1u, low < carried);
  if (x < 0.0) {
    low = ~low + 1u;
    high = ~high + select(0u, 1u, low == 0u);
  }
  let quarter = i32((high + 0x20000000u) >> 30u);
  var rest_high = (high << 2u) | (low >> 30u);
  var rest_low = low << 2u;
  let is_below = (rest_high & 0x80000000u) != 0u;
  if (is_below) {
    rest_low = ~rest_low + 1u;
    rest_high = ~rest_high + select(0u, 1u, rest_low == 0u);
  }
  let rest = (f32(rest_high) + f32(rest_low) * ${2 ** -32}) * ${Math.PI / 2 / 2 ** 32};
  return Angle(select(rest, -rest, is_below), quarter);
}`,
  floor_div: `fn floor_div(x: i32, y: i32) -> i32 {
  if (y == 0i) { return 0i; }
  let q = x / y;
  return q - select(0i, 1i, (x % y != 0i) && ((x < 0i) != (y < 0i)));
}`,
  floor_mod_i32: `fn floor_mod_i32(x: i32, y: i32) -> i32 {
  if (y == 0i) { return 0i; }
  let r = x % y;
  return r + select(0i, y, r != 0i && ((r < 0i) != (y < 0i)));
}`,
  floor_mod_f32: `fn floor_mod_f32(x: f32, y: f32) -> f32 {
  if (y == 0.0) { return 0.0; }
  return x - y * floor(x / y);
}`,
  below_of: `fn below_of(word: u32, p: f32) -> i32 {
  if (p >= 1.0) { return 1i; }
  return select(0i, 1i, word < u32(floor(max(p, 0.0) * 4294967296.0 + 0.5)));
}`,
  // Threefry-2x32, 20 rounds (Salmon et al. 2011, table 4 and section 3.3); counter and word as in values/random.ts.
  word_at: `fn word_at(k0: u32, k1: u32, row: u32, column: u32) -> u32 {
  var key = array<u32, 3>(k0, k1, k0 ^ k1 ^ 0x1BD11BDAu);
  var turns = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
  var x = (column >> 3u) * 4u + (column & 3u) + k0;
  var y = row + k1;
  for (var round = 0u; round < 20u; round++) {
    x += y;
    let turn = turns[round & 7u];
    y = ((y << turn) | (y >> (32u - turn))) ^ x;
    if ((round & 3u) == 3u) {
      let block = (round >> 2u) + 1u;
      x += key[block % 3u];
      y += key[(block + 1u) % 3u] + block;
    }
  }
  return select(x, y, (column & 4u) != 0u);
}`,
};

/** The functions that `text` calls, and those that they call. */
export function preludeOf(text: string): string[] {
  const found = new Set<string>();
  const visit = (part: string): void => {
    for (const name of Object.keys(functions)) {
      if (found.has(name) || !part.includes(`${name}(`)) continue;
      found.add(name);
      visit(functions[name]);
    }
  };
  visit(text);
  return [...found].map((name) => functions[name]);
}
