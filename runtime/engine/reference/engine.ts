/**
 * The reference engine: evaluates the program of an executable in f64, node after node, and knows no kernels. It is slow and obviously
 * right; the other engines are compared with it.
 */

import { type Evaluated, evaluate } from '../../../compiler/values/evaluate.ts';
import type { Allocation, Executable } from '../../../compiler/values/executable.ts';
import type { SpaceName } from '../../../compiler/values/kernel.ts';
import type { Table } from '../../../compiler/values/operation.ts';
import type { Dtype, Source } from '../../../compiler/values/program.ts';
import { elements } from '../../../compiler/values/shape.ts';
import type { Bound, CallArguments, Engine, Loaded, Needs, Space, Usage, Values } from '../engine.ts';
import { MemoryLimit } from '../engine.ts';

/** `limit`: bytes that all spaces together may take (default 4 GiB). */
export function referenceEngine(table: Table, { limit = 2 ** 32 }: { limit?: number } = {}): Engine {
  return new Reference(table, limit);
}

class ReferenceSpace implements Space {
  readonly elements: number;
  /** Absent after release. */
  data: Float64Array | undefined;
  constructor(count: number) {
    this.elements = count;
    this.data = new Float64Array(count);
  }
  /** The elements themselves, no copy. */
  part(offset: number, length: number): Float64Array {
    if (this.data === undefined) throw new Error('this space was released');
    if (!(offset >= 0 && length >= 0 && offset + length <= this.elements)) {
      throw new RangeError(`elements ${offset} to ${offset + length} of a space of ${this.elements}`);
    }
    return this.data.subarray(offset, offset + length);
  }
}

class Reference implements Engine {
  readonly name = 'reference';
  readonly host = 'exact';
  readonly #table: Table;
  readonly #limit: number;
  #used = 0;
  #most = 0;

  constructor(table: Table, limit: number) {
    this.#table = table;
    this.#limit = limit;
  }

  allocate(count: number): Space {
    const bytes = 8 * count;
    if (!(this.#used + bytes <= this.#limit)) throw new MemoryLimit(bytes, this.#limit - this.#used);
    this.#used += bytes;
    this.#most = Math.max(this.#most, this.#used);
    return new ReferenceSpace(count);
  }
  /** Values between the nodes of a program are not counted. */
  usage(): Usage {
    return { held: this.#used, peak: this.#most };
  }
  readonly needs: Needs = { own: 0, space: (elements) => 8 * elements, bound: () => 0 };
  close(): void {}

  release(space: Space): void {
    const own = ownSpace(space);
    if (own.data === undefined) return;
    this.#used -= 8 * own.elements;
    own.data = undefined;
  }
  write(space: Space, offset: number, data: ArrayLike<number>, _dtype: Dtype): void {
    ownSpace(space).part(offset, data.length).set(data);
  }
  copy(from: Space, fromOffset: number, to: Space, toOffset: number, length: number): void {
    ownSpace(to).part(toOffset, length).set(ownSpace(from).part(fromOffset, length));
  }
  /** The values at the time of the call, whatever runs before the promise is awaited. */
  read(space: Space, offset: number, length: number, dtype: Dtype): Promise<Values> {
    try {
      const data = ownSpace(space).part(offset, length);
      return Promise.resolve(dtype === 'real' ? data.slice() : Int32Array.from(data));
    } catch (error) {
      return Promise.reject(error);
    }
  }
  load(executable: Executable): Promise<Loaded> {
    return Promise.resolve({ bind: (spaces) => bind(executable, spaces, this.#table), release: () => undefined });
  }
}

function ownSpace(space: Space): ReferenceSpace {
  if (!(space instanceof ReferenceSpace)) throw new Error('this space belongs to another engine');
  return space;
}

function bind(executable: Executable, spaces: Partial<Record<SpaceName, Space>>, table: Table): Bound {
  const places = new Map([...executable.places].map(([key, place]) => [key, located(executable.name, key, place, spaces)]));
  const at = (key: string): Float64Array => {
    const place = places.get(key);
    if (place === undefined) throw new Error(`${executable.name} has no place for ${key}`);
    return place();
  };
  const gates = new Set(executable.gates);
  const run = ({ seed, tick, gates: given }: CallArguments): void => {
    const read = ({ kind, name }: Source): Float64Array =>
      kind === 'input' && gates.has(name) ? Float64Array.of(Number(given?.[name] ?? true)) : at(`${kind} ${name}`);
    const results = evaluate(executable.program, table, read, { seed, tick });
    const written = results.filter(({ taken }) => taken).map((result) => ({ to: at(keyOf(result)), data: result.value.data }));
    // A result may be a view of a source that another output overwrites.
    const detached = written.map(({ to, data }) => ({
      to,
      data: written.some((other) => other.to.buffer === data.buffer) ? data.slice() : data,
    }));
    for (const { to, data } of detached) to.set(data);
  };
  return { run, release: () => undefined };
}

function keyOf({ output }: Evaluated): string {
  return `${output.kind} ${output.name}`;
}

/** Checks once that the place exists in the space given; the returned function gives its elements. */
function located(name: string, key: string, { address, type }: Allocation, spaces: Partial<Record<SpaceName, Space>>): () => Float64Array {
  const space = spaces[address.space];
  const length = elements(type.axes);
  if (space === undefined) {
    return () => {
      throw new Error(`${name} was bound without the space ${address.space}, where ${key} lies`);
    };
  }
  const own = ownSpace(space);
  if (address.offset + length > own.elements) {
    throw new RangeError(`${name}: ${key} ends at element ${address.offset + length} of ${address.space}, which has ${own.elements}`);
  }
  return () => own.part(address.offset, length);
}
