/** Values that a fixture need not store: the scripts that make fixtures compute the same ones from an integer hash. */

/** The finaliser of MurmurHash3 over stream * 0x9E3779B9 + index. */
export function words(stream: number, count: number): Uint32Array {
  const start = Math.imul(stream, 0x9e3779b9);
  return Uint32Array.from({ length: count }, (_, i) => {
    let x = (i + start) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return x ^ (x >>> 16);
  });
}

/** Numbers in [-1, 1), multiples of 2^-23. */
export function hashed(stream: number, count: number): Float64Array {
  return Float64Array.from(words(stream, count), (word) => (word >>> 8) * 2 ** -24 * 2 - 1);
}
