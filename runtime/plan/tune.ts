/**
 * Trees measured where they are used. A prediction knows one product at a time; a step has operands that other layers pushed out of the
 * caches, neighbours that are fused, and gradients. So the few best trees of each layer, the one that rebuilds the weight always among
 * them, are compiled into the whole step and run in turns, layer after layer, and what won goes into the profile.
 */
import { compileStep, plansOf } from '../../compiler/index.ts';
import type { Profile, Request } from '../../compiler/network/index.ts';
import { candidateTrees, planCanonical, secondsOf, treeKey } from '../../compiler/network/index.ts';
import type { CompiledStep, StepOptions } from '../../compiler/values/executable.ts';
import { sizesOf } from '../../compiler/values/executable.ts';
import type { SpaceName } from '../../compiler/values/kernel.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Plan } from '../../compiler/values/plan.ts';
import { normals, streamKey } from '../../compiler/values/random.ts';
import type { Bound, Engine, Space } from '../engine/engine.ts';

export interface Candidate {
  readonly steps: Plan['steps'];
  /** Of the layer alone. */
  readonly predicted_seconds: number;
  /** Of the whole step, the median. */
  readonly step_seconds: number;
}
export interface TunedLayer {
  /** Of the first; `count` of all that are planned alike. */
  readonly path: string;
  readonly count: number;
  readonly key: string;
  /** The one that is predicted to be the fastest first. */
  readonly candidates: readonly Candidate[];
  readonly chosen: number;
}
export interface Tuning {
  readonly profile: Profile;
  readonly layers: readonly TunedLayer[];
}
export interface TuneOptions {
  /** Candidates of a layer. */
  readonly many: number;
  /** Runs of each candidate. */
  readonly turns: number;
  /** Milliseconds, best those of the processor. */
  clock(): number;
  progress(path: string, done: number, all: number): void;
}

/** Below this share a difference is noise, and what was predicted stays. */
const GAIN = 0.02;

/** Tunes the layers of a step for its sizes. `options.profile` is where it starts; trees that it has already are measured anew. */
export async function tune(
  model: Model,
  options: StepOptions & { readonly profile: Profile },
  engine: Engine,
  { many, turns, clock, progress }: TuneOptions,
): Promise<Tuning> {
  const { trees: _, ...profile } = options.profile;
  const asked = new Map<object, Request>();
  const planner = (request: Request) => {
    asked.set(request.network, request);
    return planCanonical(request);
  };
  const planned = plansOf(model, { ...options, profile, planner });
  const groups = Map.groupBy(planned, ({ request }) => treeKey(asked.get(request.network) ?? request));
  const trees: Record<string, Plan['steps']> = {};
  const layers: TunedLayer[] = [];
  for (const [key, group] of groups) {
    const [{ path, request: own, changes }] = group;
    const request = asked.get(own.network) ?? own;
    progress(path, layers.length, groups.size);
    const candidates = candidateTrees(request, changes, many);
    const steps = candidates.map((tree) => compileStep(model, { ...options, profile: { ...profile, trees: { ...trees, [key]: tree } } }));
    const seconds = await inTurns(engine, steps, turns, clock);
    const best = seconds.indexOf(Math.min(...seconds));
    const chosen = seconds[best] < seconds[0] * (1 - GAIN) ? best : 0;
    trees[key] = candidates[chosen];
    const measured = candidates.map((tree, k) => ({
      steps: tree,
      predicted_seconds: secondsOf(tree, request),
      step_seconds: seconds[k],
    }));
    layers.push({ path, count: group.length, key, candidates: measured, chosen });
  }
  return { profile: { ...profile, name: `${profile.name}, tuned`, trees }, layers };
}

/** Seconds of each step: medians over turns, all on the same memory. */
async function inTurns(engine: Engine, steps: readonly CompiledStep[], turns: number, clock: () => number): Promise<number[]> {
  const spaces = spacesFor(engine, steps);
  const loaded: { release(): void }[] = [];
  const load = async (part: CompiledStep['batch'] | undefined): Promise<Bound | undefined> => {
    if (part === undefined) return undefined;
    const own = await engine.load(part);
    loaded.push(own);
    return own.bind(spaces);
  };
  const runs: ((tick: number) => number)[] = [];
  for (const step of steps) {
    const [frozen, begin, batch, end] = [await load(step.frozen), await load(step.begin), await load(step.batch), await load(step.end)];
    runs.push((tick) => {
      const call = { seed: [1, 2] as const, tick };
      frozen?.run(call);
      const from = clock();
      for (const part of [begin, batch, end]) part?.run(call);
      return (clock() - from) / 1000;
    });
  }
  fill(engine, steps[0], spaces);
  const samples: number[][] = runs.map(() => []);
  // Engines optimise what is hot once more: the first runs do not count.
  for (const run of runs) for (let k = 0, spent = 0; k < 2 || (k < 200 && spent < WARM); k++) spent += run(k);
  for (let turn = 0; turn < turns; turn++) runs.forEach((run, k) => void samples[k].push(run(turn)));
  for (const own of loaded) own.release();
  for (const space of Object.values(spaces)) engine.release(space);
  return samples.map((list) => list.sort((a, b) => a - b)[list.length >> 1]);
}
/** Seconds. */
const WARM = 0.03;

function spacesFor(engine: Engine, steps: readonly CompiledStep[]): Partial<Record<SpaceName, Space>> {
  const most = new Map<SpaceName, number>([['persistent', Math.max(...steps.map(({ batch }) => batch.layout.size))]]);
  for (const step of steps) {
    const sizes = sizesOf(step, engine.target);
    for (const name of ['inputs', 'results', 'saved', 'folded'] as const) most.set(name, Math.max(most.get(name) ?? 0, sizes[name]));
  }
  return Object.fromEntries([...most].flatMap(([name, size]) => (size > 0 ? [[name, engine.allocate(size)]] : [])));
}

/** Numbers of a common size in all parameters and inputs: time does not depend on them. Whole numbers are 0, which every vocabulary has. */
function fill(engine: Engine, step: CompiledStep, spaces: Partial<Record<SpaceName, Space>>): void {
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
