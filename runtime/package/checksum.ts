/** CRC-32 (ISO 3309, as in zip and png): finds a file that was cut, changed or exchanged. Not for secrets. */

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit++) word = word & 1 ? 0xedb88320 ^ (word >>> 1) : word >>> 1;
  return word;
});

/** Eight hexadecimal digits. */
export function checksum(bytes: Uint8Array): string {
  let word = 0xffffffff;
  for (const byte of bytes) word = table[(word ^ byte) & 255] ^ (word >>> 8);
  return ((word ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
