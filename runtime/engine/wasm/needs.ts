/** What the WASM engine takes of its memory, known before anything is there. */
import { recordBytes } from '../../../compiler/emit/wasm/walk.ts';
import type { Keyed, Launches, Runnable } from '../../../compiler/values/executable.ts';
import { wasm } from '../../../compiler/values/target.ts';
import type { Needs } from '../engine.ts';
import { aligned } from './memory.ts';

/** Bytes before the scratch areas, one for each thread: what threads agree by. */
export const scratchStart = 1024;
/** Where the scratch area of a thread begins, or behind the last one the spaces. */
export const scratchOf = (thread: number): number => scratchStart + thread * wasm.localMemory;

export function needsOf(threads: number): Needs {
  const space = (elements: number) => aligned(4 * elements);
  return {
    own: scratchOf(threads),
    space,
    bound(part) {
      const schedule = part.schedule(wasm);
      return space(schedule.sizes.scratch) + space(schedule.sizes.tables) + space(tableWords(schedule, gatesOf(part, schedule).length));
    },
  };
}

/** Host bits that gate launches, or that programs read. */
export function gatesOf(part: Runnable, { launches }: Pick<Launches<Keyed>, 'launches'>): string[] {
  return [...new Set([...part.gates, ...launches.flatMap(({ gate }) => gate ?? [])])];
}

/** Words of a launch table: one for each gate and one before them, then records and arguments. */
export function tableWords({ launches }: Pick<Launches<Keyed>, 'launches'>, gates: number): number {
  return 1 + gates + launches.reduce((sum, { buffers, args }) => sum + recordBytes / 4 + buffers.length + args.length, 0);
}
