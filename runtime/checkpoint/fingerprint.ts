/** A fingerprint of bytes: equal bytes have equal ones, and one bit more or less gives another. Not against forgers. */

export class Fingerprint {
  #low = 0x811c9dc5;
  #high = 0x9e3779b9;
  #length = 0;

  add(bytes: Uint8Array): this {
    let low = this.#low;
    let high = this.#high;
    const whole = bytes.length - (bytes.length % 8);
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    const numbers = new Int32Array(aligned.buffer, aligned.byteOffset, whole / 4);
    // Two lanes, which a processor takes at once: a checkpoint of a large model is 300 MB, and steps wait.
    for (let k = 0; k < numbers.length; k += 2) {
      low = Math.imul(low ^ numbers[k], 0x01000193);
      low ^= low >>> 15;
      high = Math.imul(high ^ numbers[k + 1], 0x85ebca6b);
      high ^= high >>> 13;
    }
    for (let k = whole; k < bytes.length; k++) {
      low = Math.imul(low ^ bytes[k], 0x01000193);
      low ^= low >>> 15;
      high = Math.imul(high ^ bytes[k], 0x85ebca6b);
      high ^= high >>> 13;
    }
    this.#low = low;
    this.#high = high;
    this.#length += bytes.length;
    return this;
  }

  /** 64 bits of it. */
  words(): readonly [number, number] {
    return [this.#low, this.#high ^ this.#length];
  }

  /** `16 hexadecimal digits-bytes`. */
  text(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
    return `${hex(this.#low)}${hex(this.#high)}-${this.#length}`;
  }
}
