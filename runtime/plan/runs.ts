/** Steps bound to memory of their own and filled with numbers of a common size, to be timed: time does not depend on the numbers. */
import type { CompiledStep } from '../../compiler/values/executable.ts';
import { sizesOf } from '../../compiler/values/executable.ts';
import type { SpaceName } from '../../compiler/values/kernel.ts';
import { inOrder } from '../../compiler/values/program.ts';
import { normals, streamKey } from '../../compiler/values/random.ts';
import type { Bound, Engine, Space, Values } from '../engine/engine.ts';

type Spaces = Partial<Record<SpaceName, Space>>;

/** One step. What is frozen is folded by `fold` once before it runs. */
export interface Run {
  fold(): void;
  run(tick: number): void;
}
export interface Runs {
  readonly each: readonly Run[];
  /** By the name of its place in the first step, as `result loss` or `input x`. Real numbers. */
  read(key: string): Promise<Values>;
  release(): void;
}

/** All steps on the same memory, with the values of the first. Throws MemoryLimit. */
export async function openRuns(engine: Engine, steps: readonly CompiledStep[]): Promise<Runs> {
  const spaces = spacesFor(engine, steps);
  const loaded: { release(): void }[] = [];
  const load = async (part: CompiledStep['batch'] | undefined): Promise<Bound | undefined> => {
    if (part === undefined) return undefined;
    const own = await engine.load(part);
    loaded.push(own);
    return own.bind(spaces);
  };
  const each: Run[] = [];
  for (const { frozen, begin, batch, end } of steps) {
    const folded = await load(frozen);
    const parts = [await load(begin), await load(batch), await load(end)];
    each.push({
      fold: () => folded?.run(call(0)),
      run: (tick) => {
        for (const part of parts) part?.run(call(tick));
      },
    });
  }
  const [first] = steps;
  fill(engine, first!, spaces);
  const places = new Map(inOrder(first!).flatMap((part) => [...part.places]));
  return {
    each,
    read(key) {
      const { address } = places.get(key)!;
      return engine.read(spaces[address.space]!, address.offset, address.length, 'real');
    },
    release() {
      for (const own of loaded) own.release();
      for (const space of Object.values(spaces)) engine.release(space);
    },
  };
}

const call = (tick: number) => ({ seed: [1, 2] as const, tick });

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
  for (const part of inOrder(step)) {
    for (const [key, { type, address }] of part.places) {
      const space = spaces[address.space];
      if (space === undefined || !/^(parameter|input) /.test(key) || type.dtype !== 'real') continue;
      const size = type.axes.reduce((product, axis) => product * axis.size, 1);
      const drawn = type.axes.length === 0 ? [1e-6] : normals(streamKey([1, 2], key, 0), 1, size).map((value) => 0.05 * value);
      engine.write(space, address.offset, drawn, type.dtype);
    }
  }
}

/** Milliseconds and runs of a window at least, windows at least and at most, and the gain below which a window counts as no faster. */
const WINDOW = { milliseconds: 20, runs: 1, least: 3, most: 60, gain: 0.02 };

/**
 * Runs until that gets no faster: an engine optimises what is hot once more, beside the thread that runs it. Two windows in a row have to be
 * no faster than what was before.
 */
function settle(timed: (tick: number) => number): void {
  let best = Number.POSITIVE_INFINITY;
  for (let window = 0, calm = 0, tick = 0; window < WINDOW.most && (calm < 2 || window < WINDOW.least); window++) {
    let own = Number.POSITIVE_INFINITY;
    for (let spent = 0, runs = 0; runs < WINDOW.runs || (spent < WINDOW.milliseconds && runs < 1000); runs++) {
      const seconds = timed(tick++);
      own = Math.min(own, seconds);
      spent += 1000 * seconds;
    }
    calm = own < best * (1 - WINDOW.gain) ? 0 : calm + 1;
    best = Math.min(best, own);
  }
}

/** Seconds of each run, in turns, all of them alternating; `clock` in milliseconds. They are warm, and fully optimised, before. */
export function inTurns(each: readonly Run[], turns: number, clock: () => number): number[][] {
  const timed = (one: Run, tick: number) => {
    const from = clock();
    one.run(tick);
    return (clock() - from) / 1000;
  };
  for (const one of each) {
    one.fold();
    settle((tick) => timed(one, tick));
  }
  const samples: number[][] = each.map(() => []);
  for (let turn = 0; turn < turns; turn++) samples.forEach((list, k) => void list.push(timed(each[k]!, turn)));
  return samples;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** In the unit of the samples: the median, and between which a half of them lie. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}
export function spreadOf(samples: readonly number[]): Spread {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(samples, share));
  return { median: middle!, low: low!, high: high!, runs: samples.length };
}
function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
