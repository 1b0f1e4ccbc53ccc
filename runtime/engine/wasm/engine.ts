/**
 * The WASM engine, one thread. All spaces lie in one memory. `bind` writes the launch table there, with addresses and arguments; a run
 * writes random keys and gates into it and makes one call, which walks the table. No typed array is made and no memory grows in a run.
 */
import { assemble, exportName, printModule, scratchBytes, walkModule } from '../../../compiler/emit/wasm/index.ts';
import type { Executable } from '../../../compiler/values/executable.ts';
import type { Kernel, Launch, Schedule, SpaceName } from '../../../compiler/values/kernel.ts';
import type { Dtype } from '../../../compiler/values/program.ts';
import { streamNumber, threefry } from '../../../compiler/values/random.ts';
import { wasm } from '../../../compiler/values/target.ts';
import type { Bound, CallArguments, Engine, Loaded, Planning, Space, Values } from '../engine.ts';
import { Memory } from './memory.ts';
import { type Accelerate, chooseMicro, type Micro } from './micro.ts';
import { hasFusedMultiplyAdd } from './probe.ts';

export interface WasmOptions {
  /** Bytes that the engine may take (default 4 GiB less one page, what WASM can address). */
  readonly limit?: number;
  /** Arithmetic of multiply-add; found by a probe where it is not given. */
  readonly fused?: boolean;
  /** What this host can do to make products faster, if anything; results are the same without. */
  readonly accelerate?: Accelerate;
  readonly planning?: Planning;
}

class WasmSpace implements Space {
  readonly elements: number;
  readonly address: number;
  released = false;
  constructor(elements: number, address: number) {
    this.elements = elements;
    this.address = address;
  }
}

type Walk = (from: number, to: number) => void;
/** Bytes before the scratch area: address 0 is nobody's. */
const scratchStart = 1024;

/** Throws where WebAssembly has no SIMD. */
export async function wasmEngine(options: WasmOptions = {}): Promise<Engine> {
  const fused = options.fused ?? (await hasFusedMultiplyAdd());
  const memory = new Memory(scratchStart + scratchBytes, options.limit ?? 2 ** 32);
  const kernels = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
  const { instance } = await WebAssembly.instantiate(await assemble(walkModule), { host: { memory: memory.memory, kernels } });
  const micro = await chooseMicro(memory.memory, scratchStart, fused, options.accelerate);
  return new Wasm(memory, kernels, instance.exports.walk as Walk, micro, options.planning);
}

class Wasm implements Engine {
  readonly name = 'wasm';
  readonly target = wasm;
  readonly host: 'fused' | 'split';
  readonly planning: Planning | undefined;
  readonly memory: Memory;
  readonly walk: Walk;
  readonly #kernels: WebAssembly.Table;
  readonly #micro: Micro;
  readonly #slots = new Map<string, number>();

  constructor(memory: Memory, kernels: WebAssembly.Table, walk: Walk, micro: Micro, planning: Planning | undefined) {
    this.planning = planning;
    this.memory = memory;
    this.walk = walk;
    this.host = micro.target.fused ? 'fused' : 'split';
    this.#kernels = kernels;
    this.#micro = micro;
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
    const bytes = await assemble(printModule(fresh, this.#micro.target));
    const scratch = new WebAssembly.Global({ value: 'i32', mutable: false }, scratchStart);
    const { instance } = await WebAssembly.instantiate(bytes, {
      host: { memory: this.memory.memory, scratch },
      micro: this.#micro.exports,
    });
    const first = this.#kernels.grow(fresh.length);
    for (const [k, { key }] of fresh.entries()) {
      this.#kernels.set(first + k, instance.exports[exportName(k)]);
      this.#slots.set(key, first + k);
    }
  }
}

/** Gates first (word 0 is always 1), then records of four words, then argument blocks. */
class LaunchTable implements Pick<Bound, 'run'> {
  readonly space: WasmSpace;
  readonly #engine: Wasm;
  readonly #from: number;
  readonly #to: number;
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
    this.space = engine.allocate(head + launches.reduce((sum, launch) => sum + 4 + argumentCount(launch), 0));
    this.#engine = engine;
    const start = this.space.address / 4;
    this.#from = this.space.address + 4 * head;
    this.#to = this.#from + 16 * launches.length;
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
      words.set([slots[k], 4 * next, launch.blocks, 4 * gate], this.#from / 4 + 4 * k);
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
    this.#engine.walk(this.#from, this.#to);
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
