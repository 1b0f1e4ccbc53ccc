/** What the driver hands to engines: one program for one set of sizes, ready to run. */
import type { Address, Kernel, Schedule, SpaceName } from './kernel.ts';
import type { Named } from './named.ts';
import type { Plan, Profile, Request } from './plan.ts';
import type { ByRate, Program, Type } from './program.ts';
import { inOrder } from './program.ts';
import type { Target } from './target.ts';

/** Where named values lie. Sources and outputs of one name and kind are found here; a state output overwrites its source's place. */
export interface Allocation {
  readonly name: string;
  readonly type: Type;
  readonly address: Address;
}
/** The persistent space of a model with an optimiser: segments by (group, gate, trainable), members in path order, moments after. */
export interface Layout {
  readonly members: readonly Allocation[];
  readonly size: number;
}
/** What tells kernels apart; their text is of use to who prints code for them alone. */
export type Keyed = Pick<Kernel, 'key'>;
export type Launches<K extends Keyed> = Pick<Schedule, 'launches' | 'sizes' | 'tables'> & { readonly kernels: readonly K[] };
/** All that an engine with kernels needs to know. */
export interface Runnable<K extends Keyed = Keyed> {
  readonly name: string;
  /** Elements of the spaces that a caller gives; none of `scratch` and `tables`, which belong to a schedule. */
  readonly sizes: Readonly<Record<SpaceName, number>>;
  /** What an engine with kernels of this target runs: made when it is first asked for, the same one afterwards. */
  schedule(target: Target): Launches<K>;
  /** By `kind name`, for example `input ids`, `parameter up.T[1]`, `state up.T[1].m`, `result loss`, `gradient up.T[1]`. */
  readonly places: ReadonlyMap<string, Allocation>;
  /** Names of host bits that gate launches or state outputs. */
  readonly gates: readonly string[];
}
export interface Executable extends Runnable<Kernel> {
  /** Hash of all that entered compilation. */
  readonly key: string;
  /** After all program passes: what `reference` evaluates. */
  readonly program: Program;
  readonly layout: Layout;
  schedule(target: Target): Schedule;
}
/** All parts are bound to the same persistent, folded, input and result spaces; names of inputs and results mean the same in each. */
export type CompiledStep = ByRate<Executable>;
/**
 * Elements of each space that a step needs: what its parts share is there once, scratch and tables are each part's own. An engine without
 * a target has neither.
 */
export function sizesOf(step: ByRate<Runnable>, target: Target | undefined): Record<SpaceName, number> {
  const sizes: Record<SpaceName, number> = { persistent: 0, inputs: 0, results: 0, saved: 0, folded: 0, scratch: 0, tables: 0 };
  for (const part of inOrder(step)) {
    const needed = target === undefined ? part.sizes : part.schedule(target).sizes;
    for (const space of Object.keys(sizes) as SpaceName[]) {
      const own = space === 'scratch' || space === 'tables';
      sizes[space] = own ? sizes[space] + needed[space] : Math.max(sizes[space], needed[space]);
    }
  }
  return sizes;
}

/** What to compile a model into. */
export interface StepOptions {
  /** Losses (or metrics, functions) with their weights; the sum is differentiated when training. */
  readonly entries: readonly { readonly name: string; readonly weight: number }[];
  /** Sizes of the open axes by name. */
  readonly sizes: Named<number>;
  /** eval: forward only, everything constant. */
  readonly mode: 'train' | 'eval';
  /**
   * whole: forward, backward, clip, update. gradients: gradients leave as outputs (the tape, tests). update: reads and zeroes the states
   * `NAME.gradient`, where a tape added them up. importance: nothing changes and only the losses and the results of `importance` leave.
   * Default whole.
   */
  readonly phase?: 'whole' | 'update' | 'gradients' | 'importance';
  /** Micro-batches of an optimiser step, whose gradients are averaged; default 1. */
  readonly accumulate?: number;
  /** Further results of a program with gradients, of rank 0. */
  readonly importance?: readonly Importance[];
  readonly optimiser?: OptimiserSpec;
  /**
   * Above so many bytes in an engine of the target the largest saved values are recomputed, and an error names the smallest feasible
   * limit.
   */
  readonly memory?: { readonly bytes: number; readonly target: Target };
  /** Default: the layout that `layoutOf(model, optimiser)` gives, with gradients in phase update. */
  readonly layout?: Layout;
  /** Contractions are planned by the time that it predicts; absent: by multiply-adds. Part of the key, as all options but the next. */
  readonly profile?: Profile;
  /** Remembers plans: it must answer as the planner would, so it is no part of the key. */
  readonly planner?: (request: Request) => Plan;
}
/** taylor: the sum of weight times gradient; fisher: the mean of the squared gradient. `parameter`: its id. */
export interface Importance {
  readonly measure: 'taylor' | 'fisher';
  readonly parameter: number;
}
/**
 * Host scalars are rank-0 real inputs, set before each step: `rate/GROUP`, `decay/GROUP` (already multiplied by nothing: AdamW decays by
 * rate * decay), `correction1`, `correction2` (1 - beta^t of Adam), `clip` (the largest allowed gradient norm; absent without clipping),
 * `share` (1 / micro-batches, with `accumulate` or in phase update). Host bits: `gate/ID` of the model's gates.
 */
export interface OptimiserSpec {
  readonly kind: 'adamw' | 'sgd';
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly clip: boolean;
  /** Every trainable parameter is in exactly one group. */
  readonly groups: readonly { readonly name: string; readonly parameters: readonly number[] }[];
}
