/**
 * A step whose open sizes are not known yet, as a package carries it: launches whose numbers are functions of the sizes. It needs no
 * compiler to become one that an engine runs. Made by `compiler/export/package/`, which holds it against the compiler's own for other sizes.
 */
import { aligned } from './aligned.ts';
import type { Allocation, Keyed, Launches, Runnable } from './executable.ts';
import { blocksOf } from './index-value.ts';
import type { Address, Kernel, Launch, SpaceName, TableRun } from './kernel.ts';
import type { ByRate, Dtype } from './program.ts';
import { placeScratch } from './scratch.ts';
import { elements } from './shape.ts';
import { offsetsOf } from './tables.ts';

/** A number, or the sum of terms [factor, power of each open size ...]. */
export type Count = number | readonly (readonly number[])[];
/** Also the quotient rounded down, at least 1; where the k-th table begins; where a named value begins. */
export type Argument = Count | { readonly quotient: readonly [number, Count] } | { readonly table: number } | { readonly start: string };

export type SizedKernel = Keyed & Pick<Kernel, 'args' | 'grid'>;
export interface SizedLaunch extends Pick<Launch, 'kernel' | 'wave' | 'gate' | 'label' | 'keys'> {
  readonly args: readonly Argument[];
  /** A value of scratch by its position, all tables, the head of the inputs, the k-th table alone, or what is named. */
  readonly buffers: readonly (number | 'tables' | 'inputs' | { readonly table: number } | { readonly named: string })[];
}
export type SizedTable =
  | { readonly steps: readonly (readonly [size: Count, stride: Count])[] }
  | { readonly dtype: TableRun['dtype']; readonly values: readonly number[] };
export interface SizedPart {
  readonly name: string;
  readonly gates: readonly string[];
  readonly kernels: readonly SizedKernel[];
  readonly launches: readonly SizedLaunch[];
  readonly tables: readonly SizedTable[];
  readonly lives: readonly { readonly size: Count; readonly from: number; readonly to: number }[];
}
/** `start` where it does not follow from the sizes of those before it in the space. */
export interface SizedAllocation {
  readonly key: string;
  readonly name: string;
  readonly dtype: Dtype;
  readonly axes: readonly (readonly [name: string, size: Count])[];
  readonly space: SpaceName;
  readonly start?: number;
}
export interface SizedStep {
  /** Names of the open axes; powers are in this order. */
  readonly open: readonly string[];
  readonly persistent: number;
  /** By space in order of place. */
  readonly places: readonly SizedAllocation[];
  readonly parts: ByRate<SizedPart>;
}

export function countOf(count: Count, sizes: readonly number[]): number {
  if (typeof count === 'number') return count;
  return count.reduce((sum, [factor, ...powers]) => sum + powers.reduce((value, power, k) => value * sizes[k] ** power, factor), 0);
}

/** The step for these sizes, in the order of `open`. */
export function stepFor(step: SizedStep, sizes: readonly number[]): ByRate<Runnable<SizedKernel>> {
  const { places, ends } = placed(step, sizes);
  const part = (own: SizedPart | undefined) => own && runnable(own, sizes, places, ends);
  const { frozen, begin, batch, end } = step.parts;
  const parts = { frozen: part(frozen), begin: part(begin), end: part(end) };
  const there = Object.fromEntries(Object.entries(parts).filter(([, own]) => own !== undefined));
  return { ...there, batch: part(batch)! };
}

type Ends = Readonly<Record<SpaceName, number>>;

export function placed(step: Pick<SizedStep, 'places' | 'persistent'>, sizes: readonly number[]) {
  const ends = { persistent: step.persistent, inputs: 0, results: 0, saved: 0, folded: 0, scratch: 0, tables: 0 };
  const places = new Map<string, Allocation>();
  for (const { key, name, dtype, axes, space, start } of step.places) {
    const type = { dtype, axes: axes.map(([axis, size]) => ({ name: axis, size: countOf(size, sizes) })) };
    const offset = start ?? ends[space];
    const length = elements(type.axes);
    places.set(key, { name, type, address: { space, offset, length } });
    if (start === undefined) ends[space] = aligned(offset + length);
  }
  return { places, ends };
}

function runnable(part: SizedPart, sizes: readonly number[], places: ReadonlyMap<string, Allocation>, ends: Ends): Runnable<SizedKernel> {
  const launches = launchesOf(part, sizes, places, ends);
  return { name: part.name, gates: part.gates, places, sizes: ends, schedule: () => launches };
}

function launchesOf(
  { kernels, launches, tables, lives }: SizedPart,
  sizes: readonly number[],
  places: ReadonlyMap<string, Allocation>,
  ends: Ends,
): Launches<SizedKernel> {
  const runs = tablesFor(tables, sizes);
  const last = runs.at(-1);
  const all = last === undefined ? 0 : aligned(last.offset + last.values.length);
  const scratch = placeScratch(lives.map(({ size, from, to }, value) => ({ value, size: countOf(size, sizes), from, to })));
  const argument = (own: Argument): number => {
    if (typeof own === 'number' || Array.isArray(own)) return countOf(own as Count, sizes);
    if ('table' in own) return runs[own.table].offset;
    if ('start' in own) return places.get(own.start)!.address.offset;
    const [of, by] = (own as { quotient: readonly [number, Count] }).quotient;
    return Math.max(1, Math.floor(of / countOf(by, sizes)));
  };
  const address = (own: SizedLaunch['buffers'][number]): Address => {
    if (typeof own === 'number') return scratch.addresses.get(own)!;
    if (own === 'tables') return { space: 'tables', offset: 0, length: all };
    if (own === 'inputs') return { space: 'inputs', offset: 0, length: ends.inputs };
    if ('named' in own) return places.get(own.named)!.address;
    return { space: 'tables', offset: runs[own.table].offset, length: runs[own.table].values.length };
  };
  return {
    kernels,
    tables: runs,
    sizes: { ...ends, scratch: scratch.size, tables: all },
    launches: launches.map(({ args, buffers, ...rest }) => {
      const own = args.map(argument);
      return { ...rest, args: own, buffers: buffers.map(address), blocks: blocksOf(kernels[rest.kernel], own) };
    }),
  };
}

function tablesFor(tables: readonly SizedTable[], sizes: readonly number[]): TableRun[] {
  let end = 0;
  return tables.map((table) => {
    const offset = end;
    const steps = 'steps' in table && table.steps.map(([size, stride]) => [countOf(size, sizes), countOf(stride, sizes)] as const);
    const run = steps ? { dtype: 'i32' as const, values: offsetsOf(steps) } : (table as Exclude<SizedTable, { steps: unknown }>);
    end = aligned(offset + run.values.length);
    return { offset, ...run };
  });
}
