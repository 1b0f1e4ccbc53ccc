/** One executable bound to memory of an engine: inputs by name in, results by name out. */
import type { Executable } from '../../compiler/values/executable.ts';
import type { SpaceName } from '../../compiler/values/kernel.ts';
import type { Batch } from '../data/feed.ts';
import type { CallArguments, Engine, Space, Values } from '../engine/engine.ts';
import { MemoryLimit } from '../engine/engine.ts';

export interface Runner {
  readonly executable: Executable;
  /** True if the program reads this input. */
  reads(name: string): boolean;
  set(name: string, values: ArrayLike<number>): void;
  run(call: CallArguments): void;
  read(result: string): Promise<Values>;
  /** A result of rank 0. */
  readNumber(result: string): Promise<number>;
  release(): void;
}

/** What an executable needs beside the persistent space. */
function ownElements(executable: Executable): number {
  const { sizes } = executable.schedule;
  return sizes.inputs + sizes.results + sizes.saved + sizes.folded + sizes.scratch + sizes.tables;
}

function bytesPerElement(engine: Engine): number {
  return engine.host === 'exact' ? 8 : 4;
}

/**
 * Throws MemoryLimit, before kernels are compiled and values are made, if all of it together is more than `limit` bytes (0: none) or than
 * the engine has. The engine is asked by one allocation that is given back at once.
 */
export function checkMemory(engine: Engine, persistent: number, executables: readonly Executable[], limit: number): void {
  const elements = executables.reduce((sum, executable) => sum + ownElements(executable), persistent);
  const needed = elements * bytesPerElement(engine);
  if (limit > 0 && needed > limit) throw new MemoryLimit(needed, limit);
  engine.release(engine.allocate(elements));
}

/** Allocates what the executable needs and binds it to the persistent space. Throws MemoryLimit. */
export async function makeRunner(engine: Engine, executable: Executable, persistent: Space): Promise<Runner> {
  const loaded = await engine.load(executable);
  const own: Partial<Record<SpaceName, Space>> = {};
  for (const name of ['inputs', 'results', 'saved', 'folded'] as const) {
    const elements = executable.schedule.sizes[name];
    if (elements > 0) own[name] = engine.allocate(elements);
  }
  const bound = loaded.bind({ persistent, ...own });
  const placeOf = (key: string) => executable.places.get(key);
  const result = (name: string) => {
    const place = placeOf(`result ${name}`);
    if (place === undefined)
      throw new Error(`${executable.name} has no result ${name}; it has ${[...executable.places.keys()].join(', ')}`);
    return engine.read(own.results!, place.address.offset, place.address.length, place.type.dtype);
  };
  return {
    executable,
    reads: (name) => placeOf(`input ${name}`) !== undefined,
    set(name, values) {
      const place = placeOf(`input ${name}`);
      if (place === undefined) return;
      if (values.length !== place.address.length) {
        throw new RangeError(`input ${name} of ${executable.name} has ${place.address.length} values, ${values.length} are given`);
      }
      engine.write(own.inputs!, place.address.offset, values, place.type.dtype);
    },
    run: (call) => bound.run(call),
    read: result,
    readNumber: async (name) => (await result(name))[0],
    release() {
      loaded.release();
      for (const space of Object.values(own)) engine.release(space);
    },
  };
}

/** Sets inputs by name; those that the program does not read are passed over. */
export function setAll(runner: Runner, values: Batch | Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) runner.set(name, typeof value === 'number' ? [value] : value);
}

/** Results of rank 0. */
export function numbersOf(executable: Executable): string[] {
  return [...executable.places].flatMap(([key, { name, type }]) => (key.startsWith('result ') && type.axes.length === 0 ? [name] : []));
}
