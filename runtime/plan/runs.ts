/** Steps bound to memory of their own and filled with numbers of a common size, to be timed: time does not depend on the numbers. */
import type { CompiledStep } from '../../compiler/values/executable.ts';
import { sizesOf } from '../../compiler/values/executable.ts';
import type { SpaceName } from '../../compiler/values/kernel.ts';
import { normals, streamKey } from '../../compiler/values/random.ts';
import type { Bound, Engine, Space } from '../engine/engine.ts';

type Spaces = Partial<Record<SpaceName, Space>>;

export interface Runs {
  /** One run of step k: what is frozen is folded by `fold` once before. */
  fold(k: number): void;
  run(k: number, tick: number): void;
  release(): void;
}

/** All steps on the same memory. Throws MemoryLimit. */
export async function openRuns(engine: Engine, steps: readonly CompiledStep[]): Promise<Runs> {
  const spaces = spacesFor(engine, steps);
  const loaded: { release(): void }[] = [];
  const load = async (part: CompiledStep['batch'] | undefined): Promise<Bound | undefined> => {
    if (part === undefined) return undefined;
    const own = await engine.load(part);
    loaded.push(own);
    return own.bind(spaces);
  };
  const bound: { readonly frozen: Bound | undefined; readonly parts: readonly (Bound | undefined)[] }[] = [];
  for (const { frozen, begin, batch, end } of steps)
    bound.push({ frozen: await load(frozen), parts: [await load(begin), await load(batch), await load(end)] });
  fill(engine, steps[0]!, spaces);
  const call = (tick: number) => ({ seed: [1, 2] as const, tick });
  return {
    fold: (k) => bound[k]!.frozen?.run(call(0)),
    run: (k, tick) => {
      for (const part of bound[k]!.parts) part?.run(call(tick));
    },
    release() {
      for (const own of loaded) own.release();
      for (const space of Object.values(spaces)) engine.release(space);
    },
  };
}

function spacesFor(engine: Engine, steps: readonly CompiledStep[]): Spaces {
  const most = new Map<SpaceName, number>([['persistent', Math.max(...steps.map(({ batch }) => batch.layout.size))]]);
  for (const step of steps) {
    const sizes = sizesOf(step, engine.target);
    for (const name of ['inputs', 'results', 'saved', 'folded'] as const) most.set(name, Math.max(most.get(name) ?? 0, sizes[name]));
  }
  return Object.fromEntries([...most].flatMap(([name, size]) => (size > 0 ? [[name, engine.allocate(size)]] : [])));
}

/** All parameters and inputs of a step. Whole numbers are 0, which every vocabulary has. */
function fill(engine: Engine, step: CompiledStep, spaces: Spaces): void {
  for (const part of [step.frozen, step.begin, step.batch, step.end]) {
    for (const [key, { type, address }] of part?.places ?? []) {
      const space = spaces[address.space];
      if (space === undefined || !/^(parameter|input) /.test(key) || type.dtype !== 'real') continue;
      const size = type.axes.reduce((product, axis) => product * axis.size, 1);
      const drawn = type.axes.length === 0 ? [1e-6] : normals(streamKey([1, 2], key, 0), 1, size).map((value) => 0.05 * value);
      engine.write(space, address.offset, drawn, type.dtype);
    }
  }
}

/** Seconds. Engines optimise what is hot once more: the first runs do not count. */
const WARM = 0.03;

/** Seconds of each run of step k in turns, all steps alternating; `clock` in milliseconds. */
export function inTurns(runs: Runs, count: number, turns: number, clock: () => number): number[][] {
  const timed = (k: number, tick: number) => {
    const from = clock();
    runs.run(k, tick);
    return (clock() - from) / 1000;
  };
  const samples: number[][] = Array.from({ length: count }, () => []);
  for (let k = 0; k < count; k++) {
    runs.fold(k);
    for (let tick = 0, spent = 0; tick < 2 || (tick < 200 && spent < WARM); tick++) spent += timed(k, tick);
  }
  for (let turn = 0; turn < turns; turn++) samples.forEach((list, k) => void list.push(timed(k, turn)));
  return samples;
}

export function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[samples.length >> 1]!;
}
