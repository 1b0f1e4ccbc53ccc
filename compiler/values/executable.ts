/** What the driver hands to engines: one program for one set of sizes, ready to run. */
import type { Address, Schedule } from './kernel.ts';
import type { Profile } from './plan.ts';
import type { Program, Type } from './program.ts';

/** Where named values lie. Sources and outputs of one name and kind are found here; a state output overwrites its source's place. */
export interface Placed {
  readonly name: string;
  readonly type: Type;
  readonly address: Address;
}
/** The persistent space of a model with an optimiser: segments by (group, gate, trainable), members in path order, moments after. */
export interface Layout {
  readonly members: readonly Placed[];
  readonly size: number;
}
export interface Executable {
  /** Hash of all that entered compilation. */
  readonly key: string;
  readonly name: string;
  /** After all program passes: what `reference` evaluates. */
  readonly program: Program;
  /** What the f32 engines run. */
  readonly schedule: Schedule;
  readonly layout: Layout;
  /** By `kind name`, for example `input ids`, `parameter up.T[1]`, `state up.T[1].m`, `result loss`, `gradient up.T[1]`. */
  readonly places: ReadonlyMap<string, Placed>;
  /** Names of host bits that gate launches or state outputs. */
  readonly gates: readonly string[];
}

/** What to compile a model into. */
export interface StepOptions {
  /** Losses (or metrics, functions) with their weights; the sum is differentiated when training. */
  readonly entries: readonly { readonly name: string; readonly weight: number }[];
  /** Sizes of the open axes by name. */
  readonly sizes: Readonly<Record<string, number>>;
  /** eval: forward only, everything constant. */
  readonly mode: 'train' | 'eval';
  /**
   * whole: one program for forward, backward, clip, update. micro: gradients are added to the states `NAME.gradient`; update: reads
   * and zeroes them (gradient accumulation). gradients: gradients leave as outputs (the tape, tests). importance: nothing changes and
   * only the losses and the results of `importance` leave. Default whole.
   */
  readonly phase?: 'whole' | 'micro' | 'update' | 'gradients' | 'importance';
  /** Further results of a program with gradients, of rank 0. */
  readonly importance?: readonly Importance[];
  readonly optimiser?: OptimiserSpec;
  /** Bytes; above it the largest saved values are recomputed, and an error names the smallest feasible limit. */
  readonly memory?: number;
  /** Default: the layout that `layoutOf(model, optimiser)` gives. */
  readonly layout?: Layout;
  readonly target?: 'wasm' | 'wgsl';
  /** Contractions are planned by the time that it predicts; absent: by multiply-adds. Part of the key, as all options. */
  readonly profile?: Profile;
}
/** taylor: the sum of weight times gradient; fisher: the mean of the squared gradient. `parameter`: its id. */
export interface Importance {
  readonly measure: 'taylor' | 'fisher';
  readonly parameter: number;
}
/**
 * Host scalars are rank-0 real inputs, set before each step: `rate/GROUP`, `decay/GROUP` (already multiplied by nothing: AdamW decays by
 * rate * decay), `correction1`, `correction2` (1 - beta^t of Adam), `clip` (the largest allowed gradient norm; absent without clipping),
 * `share` (1 / micro-batches in phase update). Host bits: `gate/ID` of the model's gates.
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
