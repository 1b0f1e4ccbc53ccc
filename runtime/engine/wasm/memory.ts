/**
 * One WebAssembly memory of declared maximum. It grows when a space is allocated, never in a run. Blocks are taken first-fit, so the same
 * calls give the same addresses, which alignment-dependent speed and reproducibility ask for.
 */
import type { Dtype } from '../../../compiler/values/program.ts';
import { MemoryLimit, type Usage } from '../engine.ts';

const page = 65536;
/** Two cache lines: no two spaces share one, and vectors of 64 bytes stay in one. */
const alignment = 128;

/** Bytes that a space of so many takes. */
export function aligned(bytes: number): number {
  return Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
}

interface Block {
  readonly from: number;
  readonly to: number;
}

export class Memory {
  readonly memory: WebAssembly.Memory;
  readonly #limit: number;
  /** In order of address; neighbours are joined. */
  #free: Block[];
  #end: number;
  #held = 0;
  #floats: Float32Array;
  #words: Int32Array;

  /** `reserved`: bytes at the start that are nobody's space. `limit`: bytes at most. `shared`: several threads work on it. */
  constructor(reserved: number, limit: number, shared = false) {
    const pages = Math.ceil(reserved / page);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared });
    this.#limit = Math.min(limit, 65536 * page - page);
    this.#end = pages * page;
    this.#free = [{ from: Math.ceil(reserved / alignment) * alignment, to: this.#end }];
    this.#floats = new Float32Array(this.memory.buffer);
    this.#words = new Int32Array(this.memory.buffer);
  }

  /** A memory never shrinks: what it is now is the most that it was. */
  get usage(): Usage {
    return { held: this.#held, peak: this.#end };
  }

  /** Views of the whole memory, made anew only when it grows. */
  get words(): Int32Array {
    return this.#words;
  }
  view(dtype: Dtype): Float32Array | Int32Array {
    return dtype === 'real' ? this.#floats : this.#words;
  }

  /** Byte address of zero-filled memory. Throws MemoryLimit. */
  take(bytes: number): number {
    const size = aligned(bytes);
    const found = this.#free.findIndex(({ from, to }) => to - from >= size);
    if (found === -1) {
      this.#grow(size);
      return this.take(bytes);
    }
    const { from, to } = this.#free[found];
    this.#free.splice(found, 1, ...(to - from > size ? [{ from: from + size, to }] : []));
    this.#words.fill(0, from / 4, (from + size) / 4);
    this.#held += size;
    return from;
  }

  give(from: number, bytes: number): void {
    const size = aligned(bytes);
    this.#held -= size;
    this.#insert({ from, to: from + size });
  }

  #grow(size: number): void {
    const last = this.#free.at(-1);
    const missing = size - (last?.to === this.#end ? last.to - last.from : 0);
    const pages = Math.ceil(missing / page);
    if (this.#end + pages * page > this.#limit) throw new MemoryLimit(size, Math.max(0, this.#limit - this.#end));
    try {
      this.memory.grow(pages);
    } catch {
      throw new MemoryLimit(size, Math.max(0, this.#limit - this.#end));
    }
    this.#insert({ from: this.#end, to: this.#end + pages * page });
    this.#end += pages * page;
    this.#floats = new Float32Array(this.memory.buffer);
    this.#words = new Int32Array(this.memory.buffer);
  }

  #insert(block: Block): void {
    const joined: Block[] = [];
    for (const next of [...this.#free, block].sort((a, b) => a.from - b.from)) {
      const last = joined.at(-1);
      if (last !== undefined && last.to === next.from) joined[joined.length - 1] = { from: last.from, to: next.to };
      else joined.push(next);
    }
    this.#free = joined;
  }
}
