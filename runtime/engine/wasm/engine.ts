/**
 * The WASM engine. All spaces lie in one memory. `bind` writes the launch table there, with addresses and arguments; a run writes random
 * keys and gates into it and makes one call, which walks the table, with the other threads where there are any. No typed array is made and
 * no memory grows in a run.
 */
import { assemble, exportName, printModule, scratchBytes } from '../../../compiler/emit/wasm/index.ts';
import { nextBlock, recordBytes, walkModule, waveEnd } from '../../../compiler/emit/wasm/walk.ts';
import type { Executable } from '../../../compiler/values/executable.ts';
import type { Kernel, Launch, Schedule, SpaceName } from '../../../compiler/values/kernel.ts';
import type { Dtype } from '../../../compiler/values/program.ts';
import { streamNumber, threefry } from '../../../compiler/values/random.ts';
import { wasm } from '../../../compiler/values/target.ts';
import type { Bound, CallArguments, Engine, Loaded, Planning, Space, Values } from '../engine.ts';
import { Memory } from './memory.ts';
import { type Accelerate, chooseMicro, type Micro } from './micro.ts';
import { Pool, type PoolWorker, type Walk } from './pool.ts';
import { cannotShare, hasFusedMultiplyAdd } from './probe.ts';

export interface WasmOptions {
  /** Bytes that the engine may take (default 4 GiB less one page, what WASM can address). */
  readonly limit?: number;
  /** Arithmetic of multiply-add; found by a probe where it is not given. */
  readonly fused?: boolean;
  /** What this host can do to make products faster, if anything; results are the same without. */
  readonly accelerate?: Accelerate;
  readonly planning?: Planning;
  /** Threads that share the work, this one among them; default 1. Results are the same with any number. */
  readonly threads?: number;
  /** How this host starts a worker that serves (worker.ts). */
  readonly workers?: () => PoolWorker;
  /** Seconds after which a thread that does not answer is taken for dead; default 20. */
  readonly patience?: number;
  /** Told, once, why there are fewer threads than were asked for. */
  readonly tell?: (text: string) => void;
}

/** More are of no use to steps of this size, and each takes scratch memory of its own. */
export const MOST_THREADS = 64;

class WasmSpace implements Space {
  readonly elements: number;
  readonly address: number;
  released = false;
  constructor(elements: number, address: number) {
    this.elements = elements;
    this.address = address;
  }
}

/** Bytes before the scratch areas, one for each thread: what threads agree by. */
const scratchStart = 1024;

/** Throws where WebAssembly has no SIMD, RangeError for a number of threads that is none. */
export async function wasmEngine(options: WasmOptions = {}): Promise<Engine> {
  const fused = options.fused ?? (await hasFusedMultiplyAdd());
  const threads = threadsOf(options);
  const shared = threads > 1;
  const memory = new Memory(scratchStart + threads * scratchBytes, options.limit ?? 2 ** 32, shared);
  const kernels = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
  const walk = await WebAssembly.compile(assemble(walkModule(shared)));
  const { exports } = await WebAssembly.instantiate(walk, { host: { memory: memory.memory, kernels } });
  const micro = await chooseMicro(memory.memory, scratchStart, { fused, shared }, options.accelerate);
  const scratch = (thread: number) => scratchStart + thread * scratchBytes;
  const pool = shared
    ? await Pool.open(options.workers!, threads, options.patience ?? 20, (thread) => {
        return { memory: memory.memory, walk, micro: micro.module, thread, threads, scratch: scratch(thread) };
      })
    : undefined;
  return new Wasm(memory, kernels, exports.walk as Walk, micro, pool, options.planning);
}

function threadsOf({ threads = 1, workers, tell = () => undefined }: WasmOptions): number {
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

class Wasm implements Engine {
  readonly name = 'wasm';
  readonly target = wasm;
  readonly host: 'fused' | 'split';
  readonly planning: Planning | undefined;
  readonly memory: Memory;
  readonly #walk: Walk;
  readonly #kernels: WebAssembly.Table;
  readonly #micro: Micro;
  readonly #pool: Pool | undefined;
  readonly #slots = new Map<string, number>();

  constructor(
    memory: Memory,
    kernels: WebAssembly.Table,
    walk: Walk,
    micro: Micro,
    pool: Pool | undefined,
    planning: Planning | undefined,
  ) {
    this.planning = planning;
    this.memory = memory;
    this.host = micro.target.fused ? 'fused' : 'split';
    this.#walk = walk;
    this.#kernels = kernels;
    this.#micro = micro;
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

  async load(executable: Executable): Promise<Loaded> {
    const schedule = executable.schedule(this.target);
    await this.#compile(schedule.kernels);
    const own = { scratch: this.allocate(schedule.sizes.scratch), tables: this.allocate(schedule.sizes.tables) };
    for (const { offset, dtype, values } of schedule.tables) this.write(own.tables, offset, values, dtype === 'f32' ? 'real' : 'int');
    const slots = schedule.launches.map(({ kernel }) => this.#slots.get(schedule.kernels[kernel].key)!);
    const tables = new Set<LaunchTable>();
    return {
      executable,
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
  async #compile(kernels: readonly Kernel[]): Promise<void> {
    const fresh = kernels.filter(({ key }) => !this.#slots.has(key));
    if (fresh.length === 0) return;
    const bytes = assemble(printModule(fresh, this.#micro.target));
    const scratch = new WebAssembly.Global({ value: 'i32', mutable: false }, scratchStart);
    const module = await WebAssembly.compile(bytes);
    const instance = await WebAssembly.instantiate(module, {
      host: { memory: this.memory.memory, scratch },
      micro: this.#micro.exports,
    });
    const first = this.#kernels.grow(fresh.length);
    const names = fresh.map((_, k) => exportName(k));
    await this.#pool?.kernels({ module, first, exports: names });
    for (const [k, { key }] of fresh.entries()) {
      this.#kernels.set(first + k, instance.exports[names[k]]);
      this.#slots.set(key, first + k);
    }
  }
}

/** Gates first (word 0 is always 1), then records of eight words, then argument blocks. */
class LaunchTable implements Pick<Bound, 'run'> {
  readonly space: WasmSpace;
  readonly #engine: Wasm;
  readonly #from: number;
  readonly #to: number;
  readonly #labels: readonly string[];
  readonly #keys: { readonly stream: number; readonly word: number }[] = [];
  readonly #gates: { readonly name: string; readonly words: readonly number[] }[];

  constructor(
    engine: Wasm,
    executable: Executable,
    { launches, kernels }: Schedule,
    slots: readonly number[],
    spaces: Partial<Record<SpaceName, Space>>,
  ) {
    const gateNames = [...new Set([...executable.gates, ...launches.flatMap(({ gate }) => gate ?? [])])];
    const argumentCount = (launch: Launch) => kernels[launch.kernel].buffers.length + launch.args.length;
    const head = 1 + gateNames.length;
    this.space = engine.allocate(head + launches.reduce((sum, launch) => sum + recordBytes / 4 + argumentCount(launch), 0));
    this.#engine = engine;
    const start = this.space.address / 4;
    this.#from = this.space.address + 4 * head;
    this.#to = this.#from + recordBytes * launches.length;
    this.#labels = launches.map(({ label }) => label);
    const { words } = engine.memory;
    words[start] = 1;
    this.#gates = gateNames.map((name, k) => {
      const input = executable.places.get(`input ${name}`)?.address;
      const place = input === undefined ? [] : [placeOf(bound(spaces, input.space, executable.name), input.offset, 1)];
      return { name, words: [start + 1 + k, ...place] };
    });
    let next = this.#to / 4;
    for (const [k, launch] of launches.entries()) {
      const gate = launch.gate === undefined ? start : start + 1 + gateNames.indexOf(launch.gate);
      const record = (this.#from + recordBytes * k) / 4;
      words.set([slots[k], 4 * next, launch.blocks, 4 * gate], record);
      words[record + waveEnd / 4] = launches[k + 1]?.wave === launch.wave ? 0 : 1;
      const buffers = launch.buffers.map(({ space, offset, length }) => 4 * placeOf(bound(spaces, space, executable.name), offset, length));
      words.set([...buffers, ...launch.args], next);
      for (const { stream, arg } of launch.keys) this.#keys.push({ stream: streamNumber(stream), word: next + buffers.length + arg });
      next += buffers.length + launch.args.length;
    }
  }

  run({ seed, tick, gates }: CallArguments): void {
    const { words } = this.#engine.memory;
    for (const { stream, word } of this.#keys) {
      const key = threefry(seed, [stream, tick >>> 0]);
      words[word] = key[0];
      words[word + 1] = key[1];
    }
    for (const { name, words: places } of this.#gates) for (const place of places) words[place] = (gates?.[name] ?? true) ? 1 : 0;
    this.#engine.run(this.#from, this.#to, (record) => this.#labels[(record - this.#from) / recordBytes] ?? 'no launch');
  }
}

function ownSpace(space: Space): WasmSpace {
  if (!(space instanceof WasmSpace)) throw new Error('this space belongs to another engine');
  if (space.released) throw new Error('this space was released');
  return space;
}

function bound(spaces: Partial<Record<SpaceName, Space>>, name: SpaceName, executable: string): Space {
  const space = spaces[name];
  if (space === undefined) throw new RangeError(`${executable} was bound without the space ${name}`);
  return space;
}

/** Word index of an element. */
function placeOf(space: Space, offset: number, length: number): number {
  const own = ownSpace(space);
  if (!(offset >= 0 && length >= 0 && offset + length <= own.elements)) {
    throw new RangeError(`elements ${offset} to ${offset + length} of a space of ${own.elements}`);
  }
  return own.address / 4 + offset;
}
