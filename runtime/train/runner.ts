/** One compiled step bound to memory of an engine: inputs by name in, results by name out, each part run as often as its values change. */
import type { Allocation, Executable, Runnable } from '../../compiler/values/executable.ts';
import { sizesOf } from '../../compiler/values/executable.ts';
import type { SpaceName } from '../../compiler/values/kernel.ts';
import type { ByRate } from '../../compiler/values/program.ts';
import { inOrder } from '../../compiler/values/program.ts';
import type { Batch } from '../data/feed.ts';
import type { Bound, CallArguments, Engine, Loaded, Space, Values } from '../engine/engine.ts';

export interface Runner<R extends Runnable = Executable> {
  readonly step: ByRate<R>;
  /** True if a part reads this input. */
  reads(name: string): boolean;
  set(name: string, values: ArrayLike<number>): void;
  /** What goes before the micro-batches of an optimiser step. */
  begin(call: CallArguments): void;
  /** One (micro)batch. */
  run(call: CallArguments): void;
  /** What goes after the micro-batches. */
  end(call: CallArguments): void;
  /** What counts as frozen was changed: it is folded again before anything else runs. In evaluation that is every parameter. */
  stale(): void;
  read(result: string): Promise<Values>;
  /** A result of rank 0. */
  readNumber(result: string): Promise<number>;
  release(): void;
}

/** An engine for what it can run. */
export type Loader<R extends Runnable> = Omit<Engine, 'load'> & { load(part: R): Promise<Loaded> };

/** Allocates what the parts need and binds them to it and to the persistent space. Throws MemoryLimit. */
export async function makeRunner<R extends Runnable>(engine: Loader<R>, step: ByRate<R>, persistent: Space): Promise<Runner<R>> {
  const parts = inOrder(step);
  const loaded: Loaded[] = [];
  for (const part of parts) loaded.push(await engine.load(part));
  const own: Partial<Record<SpaceName, Space>> = {};
  const sizes = sizesOf(step, engine.target);
  for (const name of ['inputs', 'results', 'saved', 'folded'] as const) if (sizes[name] > 0) own[name] = engine.allocate(sizes[name]);
  const bound = new Map(loaded.map((part, k): [R, Bound] => [parts[k], part.bind({ persistent, ...own })]));
  const places = new Map(parts.flatMap((part): [string, Allocation][] => [...part.places]));
  let isStale = true;
  const run = (part: R | undefined, call: CallArguments) => {
    if (isStale && step.frozen !== undefined) bound.get(step.frozen)!.run(call);
    isStale = false;
    if (part !== undefined) bound.get(part)!.run(call);
  };
  const result = (name: string) => {
    const place = places.get(`result ${name}`);
    if (place === undefined) throw new Error(`${step.batch.name} has no result ${name}; it has ${[...places.keys()].join(', ')}`);
    return engine.read(own.results!, place.address.offset, place.address.length, place.type.dtype);
  };
  return {
    step,
    reads: (name) => places.has(`input ${name}`),
    set(name, values) {
      const place = places.get(`input ${name}`);
      if (place === undefined) return;
      if (values.length !== place.address.length) {
        throw new RangeError(`input ${name} of ${step.batch.name} has ${place.address.length} values, ${values.length} are given`);
      }
      engine.write(own.inputs!, place.address.offset, values, place.type.dtype);
    },
    begin: (call) => run(step.begin, call),
    run: (call) => run(step.batch, call),
    end: (call) => run(step.end, call),
    stale: () => {
      isStale = true;
    },
    read: result,
    readNumber: async (name) => (await result(name))[0],
    release() {
      for (const part of loaded) part.release();
      for (const space of Object.values(own)) engine.release(space);
    },
  };
}

/** Sets inputs by name; those that no part reads are passed over. */
export function setAll(runner: Runner, values: Batch | Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) runner.set(name, typeof value === 'number' ? [value] : value);
}

/** Results of rank 0. */
export function numbersOf(part: Runnable | undefined): string[] {
  return resultsOf(part, 0);
}
/** Results of rank 1. */
export function rowsOf(part: Runnable | undefined): string[] {
  return resultsOf(part, 1);
}
function resultsOf(part: Runnable | undefined, rank: number): string[] {
  const places = part === undefined ? [] : [...part.places];
  return places.flatMap(([key, { name, type }]) => (key.startsWith('result ') && type.axes.length === rank ? [name] : []));
}
