/** Pairs by a number, the lowest first, in flat arrays that grow by doubling. Equal numbers: in an order that depends on the calls alone. */
export class PairHeap {
  length = 0;
  private keys = new Float64Array(256);
  private first = new Int32Array(256);
  private second = new Int32Array(256);
  /** Of the pair that `pop` took out, or `look` saw. */
  a = 0;
  b = 0;
  key = 0;

  clear(): void {
    this.length = 0;
  }

  push(key: number, a: number, b: number): void {
    if (this.length === this.keys.length) this.grow();
    let at = this.length++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.keys[above] <= key) break;
      this.copy(above, at);
      at = above;
    }
    this.keys[at] = key;
    this.first[at] = a;
    this.second[at] = b;
  }

  /** The lowest pair stays. False: there is none. */
  look(): boolean {
    if (this.length === 0) return false;
    this.a = this.first[0];
    this.b = this.second[0];
    this.key = this.keys[0];
    return true;
  }

  /** False: there is nothing left. */
  pop(): boolean {
    if (!this.look()) return false;
    const last = --this.length;
    const key = this.keys[last];
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= last) break;
      if (below + 1 < last && this.keys[below + 1] < this.keys[below]) below++;
      if (this.keys[below] >= key) break;
      this.copy(below, at);
      at = below;
    }
    this.copy(last, at);
    return true;
  }

  private copy(from: number, to: number): void {
    this.keys[to] = this.keys[from];
    this.first[to] = this.first[from];
    this.second[to] = this.second[from];
  }
  private grow(): void {
    const [keys, first, second] = [this.keys, this.first, this.second];
    this.keys = new Float64Array(2 * keys.length);
    this.first = new Int32Array(2 * keys.length);
    this.second = new Int32Array(2 * keys.length);
    this.keys.set(keys);
    this.first.set(first);
    this.second.set(second);
  }
}
