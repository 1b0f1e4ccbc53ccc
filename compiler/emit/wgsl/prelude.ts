/** Functions that WGSL lacks or leaves too free; a kernel gets those that it calls. */

const functions: Readonly<Record<string, string>> = {
  // Drivers overflow in tanh for large arguments; beyond 9 the f32 result is 1.
  tanh_of: 'fn tanh_of(x: f32) -> f32 { return tanh(clamp(x, -15.0, 15.0)); }',
  // Abramowitz and Stegun 7.1.26, absolute error at most 1.5e-7.
  erf_of: `fn erf_of(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(x) * (1.0 - p * exp(-x * x));
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
