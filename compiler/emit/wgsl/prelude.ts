/** Functions that WGSL lacks or leaves too free; a kernel gets those that it calls. */
import { cosine, erfNear, errorFar, errorNear, hyperbolic, quarterTurn, sine, tanhNear } from '../coefficients.ts';

/** c[0] + c[1] x + ... by Horner's rule. */
function polynomial(x: string, coefficients: readonly number[]): string {
  return coefficients.map(String).reduceRight((sum, c) => `(${c} + ${x} * ${sum})`);
}

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
  // Of sin and cos WGSL promises 2^-11, and that only for |x| <= pi. `turn`: 0 for sine, 1 for cosine.
  circle_of: `fn circle_of(x: f32, turn: i32) -> f32 {
  let n = round(x * ${2 / Math.PI});
  let r = ((x - n * ${quarterTurn[0]}) - n * ${quarterTurn[1]}) - n * ${quarterTurn[2]};
  let square = r * r;
  let sine = r + r * square * ${polynomial('square', sine)};
  let cosine = 1.0 - 0.5 * square + square * square * ${polynomial('square', cosine)};
  let quarter = i32(n) + turn;
  let value = select(sine, cosine, (quarter & 1i) != 0i);
  return select(value, -value, (quarter & 2i) != 0i);
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

/** The functions that `text` calls. */
export function preludeOf(text: string): string[] {
  return Object.keys(functions)
    .filter((name) => text.includes(`${name}(`))
    .map((name) => functions[name]);
}
