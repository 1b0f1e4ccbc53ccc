/**
 * Trees measured where they are used. A prediction knows one product at a time; a step has operands that other layers pushed out of the
 * caches, neighbours that are fused, and gradients. So the few best trees of each layer, the one that rebuilds the weight always among
 * them, are compiled into the whole step and run in turns, layer after layer, and what won goes into the profile.
 */
import { compileStep, plansOf } from '../../compiler/index.ts';
import type { Profile, Request } from '../../compiler/network/index.ts';
import { candidateTrees, planCanonical, secondsOf, treeKey } from '../../compiler/network/index.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Plan } from '../../compiler/values/plan.ts';
import type { Engine } from '../engine/engine.ts';
import { inTurns, median, openRuns } from './runs.ts';

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
    const runs = await openRuns(engine, steps);
    const seconds = inTurns(runs.each, turns, clock).map(median);
    runs.release();
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
