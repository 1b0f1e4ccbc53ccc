/**
 * What the WASM engine is, wherever its code comes from: printed here (engine.ts), or ready in a package (runtime/package/). All spaces lie
 * in one memory. `bind` writes the launch table there, with addresses and arguments; a run writes random keys and gates into it and makes
 * one call, which walks the table, with the other threads where there are any. No typed array is made and no memory grows in a run.
 */
import { nextBlock, recordBytes } from '../../../compiler/emit/wasm/walk.ts';
import type { Keyed, Runnable } from '../../../compiler/values/executable.ts';
import type { Dtype } from '../../../compiler/values/program.ts';
import { wasm } from '../../../compiler/values/target.ts';
import type { Engine, Loaded, Needs, Planning, Space, Usage, Values } from '../engine.ts';
import type { Watch } from '../timings.ts';
import { LaunchTable } from './launch-table.ts';
import { Memory } from './memory.ts';
import { needsOf, scratchOf, scratchStart } from './needs.ts';
import { Pool, type PoolWorker, type Walk } from './pool.ts';
import { cannotShare } from './share.ts';
import { ownSpace, placeOf, WasmSpace } from './space.ts';

export interface CoreOptions {
  /** Bytes that the engine may take (default 4 GiB less one page, what WASM can address). */
  readonly limit?: number;
  /** Threads that share the work, this one among them; default 1. Results are the same with any number. */
  readonly threads?: number;
  /** How this host starts a worker that serves (worker.ts). */
  readonly workers?: () => PoolWorker;
  /** Seconds after which a thread that does not answer is taken for dead; default 20. */
  readonly patience?: number;
  /** Told how long each launch took: a run is then walked launch by launch. */
  readonly watch?: Watch;
  /** Told, once, why there are fewer threads than were asked for. */
  readonly tell?: (text: string) => void;
}

/** The modules of an engine, all of them for one arithmetic of multiply-add (`fused`: it rounds once) and one kind of memory. */
export interface Code<K extends Keyed> {
  readonly fused: boolean;
  readonly walk: WebAssembly.Module;
  /** For instances of other threads: code that was optimised for one is there for all. */
  readonly micro: { readonly module: WebAssembly.Module; readonly exports: WebAssembly.Exports };
  /** A module with these kernels, and the names under which it exports them. */
  kernels(fresh: readonly K[]): Promise<{ readonly module: WebAssembly.Module; readonly exports: readonly string[] }>;
}
/** What code is made for. `free`: the address of at least a MiB that nobody uses yet. */
export interface CodeRequest {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly free: number;
}

/** More are of no use to steps of this size, and each takes scratch memory of its own. */
export const MOST_THREADS = 64;

/** Throws where WebAssembly has no SIMD, RangeError for a number of threads that is none. */
export async function openCore<K extends Keyed>(
  options: CoreOptions,
  codeFor: (request: CodeRequest) => Promise<Code<K>>,
  planning?: Planning,
): Promise<WasmCore<K>> {
  const threads = threadsOf(options);
  const shared = threads > 1;
  const needs = needsOf(threads);
  const memory = new Memory(needs.own, options.limit ?? 2 ** 32, shared);
  const code = await codeFor({ memory: memory.memory, shared, free: scratchStart });
  const kernels = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
  const { exports } = await WebAssembly.instantiate(code.walk, { host: { memory: memory.memory, kernels } });
  const start = (thread: number) => {
    return { memory: memory.memory, walk: code.walk, micro: code.micro.module, thread, threads, scratch: scratchOf(thread) };
  };
  const pool = shared ? await Pool.open(options.workers!, threads, options.patience ?? 20, start) : undefined;
  return new WasmCore(memory, kernels, exports.walk as Walk, code, pool, needs, planning, options.watch);
}

/** How many threads there will be; `tell` hears why they are fewer. Throws RangeError for a number that is none. */
export function threadsOf({ threads = 1, workers, tell = () => undefined }: CoreOptions): number {
  if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`${threads} threads: expected a whole number from 1 on`);
  if (threads === 1) return 1;
  const why = workers === undefined ? 'this host starts no workers' : cannotShare();
  if (why !== undefined) {
    tell(`one thread instead of ${threads}: ${why}`);
    return 1;
  }
  if (threads > MOST_THREADS) tell(`${MOST_THREADS} threads instead of ${threads}: there can be no more`);
  return Math.min(threads, MOST_THREADS);
}

/** An engine for all that has kernels of its target. */
export class WasmCore<K extends Keyed> implements Omit<Engine, 'load'> {
  readonly name = 'wasm' as const;
  readonly target = wasm;
  readonly host: 'fused' | 'split';
  readonly planning: Planning | undefined;
  readonly memory: Memory;
  readonly needs: Needs;
  readonly watch: Watch | undefined;
  readonly #walk: Walk;
  readonly #kernels: WebAssembly.Table;
  readonly #code: Code<K>;
  readonly #pool: Pool | undefined;
  readonly #slots = new Map<string, number>();

  constructor(
    memory: Memory,
    kernels: WebAssembly.Table,
    walk: Walk,
    code: Code<K>,
    pool: Pool | undefined,
    needs: Needs,
    planning: Planning | undefined,
    watch: Watch | undefined,
  ) {
    this.needs = needs;
    this.planning = planning;
    this.watch = watch;
    this.memory = memory;
    this.host = code.fused ? 'fused' : 'split';
    this.#walk = walk;
    this.#kernels = kernels;
    this.#code = code;
    this.#pool = pool;
  }

  close(): void {
    this.#pool?.close();
  }

  /** All launches whose records stand there. `labelOf`: what a record is called in errors. */
  run(from: number, to: number, labelOf: (record: number) => string): void {
    if (this.#pool === undefined) this.#walk(from, to, 0, 1, 0);
    else {
      const { words } = this.memory;
      for (let record = from; record < to; record += recordBytes) words[(record + nextBlock) / 4] = 0;
      this.#pool.run(this.#walk, from, to, labelOf);
    }
  }

  allocate(elements: number): WasmSpace {
    return new WasmSpace(elements, this.memory.take(4 * elements));
  }

  release(space: Space): void {
    const own = ownSpace(space);
    this.memory.give(own.address, 4 * own.elements);
    own.released = true;
  }

  usage(): Usage {
    return this.memory.usage;
  }

  write(space: Space, offset: number, data: ArrayLike<number>, dtype: Dtype): void {
    this.memory.view(dtype).set(data, placeOf(space, offset, data.length));
  }

  copy(from: Space, fromOffset: number, to: Space, toOffset: number, length: number): void {
    const start = placeOf(from, fromOffset, length);
    this.memory.words.copyWithin(placeOf(to, toOffset, length), start, start + length);
  }

  async read(space: Space, offset: number, length: number, dtype: Dtype): Promise<Values> {
    const start = placeOf(space, offset, length);
    return this.memory.view(dtype).slice(start, start + length);
  }

  async load(executable: Runnable<K>): Promise<Loaded> {
    const schedule = executable.schedule(this.target);
    await this.#compile(schedule.kernels);
    const own = { scratch: this.allocate(schedule.sizes.scratch), tables: this.allocate(schedule.sizes.tables) };
    for (const { offset, dtype, values } of schedule.tables) this.write(own.tables, offset, values, dtype === 'f32' ? 'real' : 'int');
    const slots = schedule.launches.map(({ kernel }) => this.#slots.get(schedule.kernels[kernel].key)!);
    const tables = new Set<LaunchTable>();
    return {
      bind: (given) => {
        const table = new LaunchTable(this, executable, schedule, slots, { ...given, ...own });
        tables.add(table);
        const release = () => {
          if (tables.delete(table)) this.release(table.space);
        };
        return { run: (call) => table.run(call), release };
      },
      release: () => {
        for (const { space } of tables) this.release(space);
        tables.clear();
        for (const space of [own.scratch, own.tables]) if (!space.released) this.release(space);
      },
    };
  }

  /** One module for all kernels that are new to this engine. */
  async #compile(kernels: readonly K[]): Promise<void> {
    const fresh = kernels.filter(({ key }) => !this.#slots.has(key));
    if (fresh.length === 0) return;
    const scratch = new WebAssembly.Global({ value: 'i32', mutable: false }, scratchStart);
    const { module, exports: names } = await this.#code.kernels(fresh);
    const instance = await WebAssembly.instantiate(module, {
      host: { memory: this.memory.memory, scratch },
      micro: this.#code.micro.exports,
    });
    const first = this.#kernels.grow(fresh.length);
    await this.#pool?.kernels({ module, first, exports: names });
    for (const [k, { key }] of fresh.entries()) {
      this.#kernels.set(first + k, instance.exports[names[k]]);
      this.#slots.set(key, first + k);
    }
  }
}
