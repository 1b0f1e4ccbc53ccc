/**
 * The small interface behind which engines live. All calls are synchronous and ordered except `load` and `read`; data lie in spaces that
 * the engine owns, addressed in elements.
 */

import type { Executable, Runnable, StepOptions } from '../../compiler/values/executable.ts';
import type { SpaceName } from '../../compiler/values/kernel.ts';
import type { Dtype } from '../../compiler/values/program.ts';
import type { Target } from '../../compiler/values/target.ts';
import { BondsmithError } from '../../grammar/error.ts';

export interface Engine {
  readonly name: 'reference' | 'wasm' | 'webgpu';
  /** Arithmetic class: exact = f64; fused and split = f32 with and without multiply-add. */
  readonly host: 'exact' | 'fused' | 'split';
  /** What its kernels are made for; absent: it runs programs, not kernels. */
  readonly target?: Target;
  /** How contractions are planned for it; absent: by multiply-adds, each time anew. */
  readonly planning?: Planning;
  /** Zero-filled. Throws MemoryLimit, which says how much was asked for and how much there is. */
  allocate(elements: number): Space;
  release(space: Space): void;
  /** `offset` and lengths in elements; bits and ints are written as i32 by f32 engines. */
  write(space: Space, offset: number, data: ArrayLike<number>, dtype: Dtype): void;
  /** Copies elements from one space to another of this engine, in order with all other calls. */
  copy(from: Space, fromOffset: number, to: Space, toOffset: number, length: number): void;
  /** What it takes of memory now, and took at most. */
  usage(): Usage;
  /** What it will take. */
  readonly needs: Needs;
  /** A copy. */
  read(space: Space, offset: number, length: number, dtype: Dtype): Promise<Values>;
  /** Ends what works for it beside this thread; it is of no use afterwards. Spaces need not be released before. */
  close(): void;
  /** Compiles the kernels of its target (cached by key) and fills the tables. */
  load(executable: Executable): Promise<Loaded>;
}
/** The profile whose predicted times decide, and who remembers plans. */
export type Planning = Pick<StepOptions, 'profile' | 'planner'>;
export type Values = Float64Array | Float32Array | Int32Array;
/** Bytes. */
export interface Usage {
  /** Of spaces, tables and launches that are not released, as they were rounded up. */
  readonly held: number;
  /** The most that it had from its host at any time, with what is its own and what lies between spaces. */
  readonly peak: number;
}
/** Bytes of memory that things take, known before they are there. */
export interface Needs {
  /** Its own: what threads work in. */
  readonly own: number;
  space(elements: number): number;
  /** A part that is loaded and bound once, beside the spaces that a caller gives it. */
  bound(part: Runnable): number;
}
/** Memory owned by an engine. */
export interface Space {
  readonly elements: number;
}
export interface Loaded {
  /** Fixes the addresses of one run; may be run any number of times, and is released with the executable if not before. Spaces of size 0 may be absent; scratch and tables are the engine's own. */
  bind(spaces: Partial<Record<SpaceName, Space>>): Bound;
  release(): void;
}
export interface Bound {
  run(call: CallArguments): void;
  /** Gives back what binding took, before the executable is released. */
  release(): void;
}
export interface CallArguments {
  readonly seed: readonly [number, number];
  /** Micro-batches since the run began. */
  readonly tick: number;
  /** Host bits by name; absent: 1. */
  readonly gates?: Readonly<Record<string, boolean>>;
}
/** `67108864` is `64 MiB`: binary units, at most three digits and one decimal. */
export function inBytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  return `${Number((count / 2 ** (10 * power)).toFixed(1))} ${units[power]}`;
}
export class MemoryLimit extends BondsmithError {
  readonly needed: number;
  readonly available: number;
  /** `advice`: what to do, where more is known. */
  constructor(needed: number, available: number, advice = 'use a smaller batch, context or model') {
    super('memory', `this needs ${inBytes(needed)} of engine memory, ${inBytes(available)} are available; ${advice}`);
    this.name = 'MemoryLimit';
    this.needed = needed;
    this.available = available;
  }
}
