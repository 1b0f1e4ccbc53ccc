/** A fingerprint of data: equal data have equal ones, and one value more or less gives another. Not against forgers. */

export class Fingerprint {
  #low = 0x811c9dc5;
  #high = 0x9e3779b9;
  #length = 0;

  add(bytes: Uint8Array): this {
    let low = this.#low;
    let high = this.#high;
    const mix = (word: number) => {
      low = Math.imul(low ^ word, 0x01000193);
      low ^= low >>> 15;
      high = Math.imul(high ^ word, 0x85ebca6b);
      high ^= high >>> 13;
    };
    const whole = bytes.length - (bytes.length % 4);
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    for (const word of new Int32Array(aligned.buffer, aligned.byteOffset, whole / 4)) mix(word);
    for (let k = whole; k < bytes.length; k++) mix(bytes[k]);
    this.#low = low;
    this.#high = high;
    this.#length += bytes.length;
    return this;
  }

  /** `16 hexadecimal digits-bytes`. */
  text(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
    return `${hex(this.#low)}${hex(this.#high)}-${this.#length}`;
  }
}

/** Of columns by name, whatever their order. */
export function fingerprintOf(columns: Readonly<Record<string, { readonly data: ArrayLike<number> }>>): string {
  const found = new Fingerprint();
  for (const name of Object.keys(columns).sort()) {
    found.add(new TextEncoder().encode(name));
    const values = Float64Array.from(columns[name].data);
    found.add(new Uint8Array(values.buffer));
  }
  return found.text();
}
