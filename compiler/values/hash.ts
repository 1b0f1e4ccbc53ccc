/**
 * Hash of texts, for keys that say "the same": kernels, executables, caches. Two 32-bit FNV-1a sums over UTF-16 units, the second mixed
 * once more (a different prime), give 64 bits. Not for secrets.
 */

/** Sixteen hexadecimal digits, equal on every host. */
export function hash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    high ^= high >>> 13;
  }
  return hex(low ^ (high >>> 16)) + hex(high ^ Math.imul(low, 0xc2b2ae35));
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
