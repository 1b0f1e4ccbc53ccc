/**
 * The resolved model: all that passes from `check` to `program`. No selector, group, default or role rule is left to apply.
 * Pure data without cycles, ordered, printable (`--dump check`). Bodies are flat single-assignment lists: layer calls are inlined,
 * every fit is an explicit split, merge or rename, every summed set of axes is the difference of two written lists.
 */
import type { Diagnostic, Place } from '../../grammar/diagnostic.ts';
import type { ElementType, Entry } from './body.ts';
import type { DecompositionSpec, Order, Places } from './decomposition.ts';
import type { Budget, Policy } from './truncation.ts';

export type * from './body.ts';
export type * from './decomposition.ts';
export type * from './truncation.ts';

/** Position in `Model.axes`. */
export type AxisId = number;
/** Position in `Model.parameters`. */
export type ParameterId = number;
/** Position in `Model.weights`. */
export type WeightId = number;
export type GateId = number;
export type EventId = number;
export type DecompositionId = number;
/** Written one way everywhere: `block[3].ffn.up.weight.T[2]`. */
export type Path = string;

export interface Model {
  readonly name: string;
  readonly edition: number;
  /** Of the text after resolution; equal models have equal digests. */
  readonly digest: string;
  readonly axes: readonly ModelAxis[];
  readonly inputs: readonly ModelInput[];
  readonly parameters: readonly Parameter[];
  readonly gates: readonly Gate[];
  readonly weights: readonly Weight[];
  /** By `DecompositionId`: what provenances speak of. Not part of the digest, since a run goes on from values that it has. */
  readonly decompositions: readonly DecompositionSpec[];
  readonly layers: readonly LayerInstance[];
  readonly entries: readonly Entry[];
  readonly schedule: readonly Event[];
  /** What is summed where no `sum` is written, for people: not part of the digest. */
  readonly sums: readonly SilentSum[];
  readonly notes: readonly Diagnostic[];
}

/** A product under an index list that lacks axes of its factors. */
export interface SilentSum {
  readonly place: Place;
  readonly over: readonly string[];
}

// axes ---------------------------------------------------------------------------------------------------------------------
/** `open` sizes are given at build time; an axis that shares the size of another names it. */
export type Size = number | { readonly open: AxisId; readonly max?: number };
export interface ModelAxis {
  readonly id: AxisId;
  readonly name: string;
  readonly size: Size;
  /** Declared factorisations, most significant first; several are allowed. */
  readonly products: readonly (readonly AxisId[])[];
  readonly primeOf?: AxisId;
}
/** `index`: the axis whose positions the values are (`ids[batch, time] in vocab`). */
export interface ModelInput {
  readonly name: string;
  readonly axes: readonly AxisId[];
  readonly type: ElementType;
  readonly index?: AxisId;
}

// parameters ---------------------------------------------------------------------------------------------------------------
/** Stored once: one gradient, one optimiser state, one checkpoint entry, however many names it has. */
export interface Parameter {
  readonly id: ParameterId;
  /** The first is canonical; the others come from share, tie and reuse. */
  readonly names: readonly Path[];
  readonly legs: readonly { readonly name: string; readonly size: number }[];
  /** It holds positions on an axis of this size, chosen from given weights: integers, always frozen, stored as such. Absent: reals. */
  readonly positions?: number;
  /** 'central', 'auxiliary', 'adapter', 'dense', 'scores' (of a learned mask), or the author's. */
  readonly role?: string;
  readonly origin: Provenance;
  readonly init: Start;
  readonly update: Update;
  /** A value mask; it implies the update mask. */
  readonly keep?: Mask;
  /** The leg whose positions are orthonormal columns, of rows by all other legs, at the start and after each step. Not with a mask. */
  readonly orthogonal?: number;
  readonly learned?: Learned;
}
/** Not with `keep` or `orthogonal`: that share of the entries counts, by scores, a parameter of the same legs in no weight. The others are 0. */
export type Learned = { readonly scores: ParameterId; readonly share: number };
export type Update =
  | { readonly frozen: true }
  | {
      readonly frozen: false;
      readonly where?: Mask;
      readonly gate?: GateId;
      readonly turn?: { readonly clock: EventId; readonly value: number };
    };
/** One draw per gate and step; its random stream is `gate/` + id. */
export interface Gate {
  readonly id: GateId;
  readonly probability: number | Ramp;
  readonly place: Place;
}
/**
 * `scale` multiplies what is drawn or given. `free`: a core whose law nobody stated, so that its draw is rescaled until the weights that
 * it stands in are as large as their laws say.
 */
export interface Start {
  readonly law: Law;
  readonly scale: number;
  readonly free?: true;
}
/** The literal law of the stored tensor. A core of a decomposed weight has the standard deviation that gives W the law asked for. */
export type Law =
  | { readonly is: 'normal'; readonly deviation: number }
  | { readonly is: 'uniform'; readonly low: number; readonly high: number }
  | { readonly is: 'orthogonal' }
  | { readonly is: 'zeros' }
  | { readonly is: 'ones' }
  /** Of scores: the sizes of the first values of their core. */
  | { readonly is: 'sizes' }
  | { readonly is: 'source' };
/** Compared symbolically by `share`: equal provenance means equal values at step 0. */
export type Provenance =
  | { readonly is: 'fresh'; readonly path: Path }
  /** Values that follow from the seed and this stream, which was named where the tensor was declared: frozen, and stored nowhere. */
  | { readonly is: 'seeded'; readonly stream: Path }
  | { readonly is: 'checkpoint'; readonly path: Path; readonly axes: readonly number[] }
  | { readonly is: 'copy'; readonly of: Provenance }
  | { readonly is: 'combined'; readonly how: 'first' | 'mean'; readonly of: readonly Provenance[] }
  /** The members of a family, row-major over axes of `sizes` before their own: axis k of each is leg `axes[k]` of what it is made of. */
  | { readonly is: 'stack'; readonly sizes: readonly number[]; readonly of: readonly StackedPart[] }
  /** What lies at positions of a tensor of these sizes; the legs are gone. */
  | { readonly is: 'slice'; readonly of: Provenance; readonly sizes: readonly number[]; readonly at: readonly LegPosition[] }
  | { readonly is: 'factor'; readonly of: Provenance; readonly decomposition: DecompositionId; readonly node: number };

export interface StackedPart {
  readonly origin: Provenance;
  readonly axes: readonly number[];
}
export interface LegPosition {
  readonly leg: number;
  readonly position: number;
}

// predicates and clocks ------------------------------------------------------------------------------------------------------
/** A static predicate over the positions of a tensor's own legs; `leg` is a position in `Parameter.legs`. */
export type Mask =
  | { readonly is: 'compare'; readonly f: 'lt' | 'le' | 'eq' | 'ne' | 'gt' | 'ge'; readonly left: MaskIndex; readonly right: MaskIndex }
  | { readonly is: 'and' | 'or'; readonly of: readonly Mask[] }
  | { readonly is: 'not'; readonly of: Mask };
export type MaskIndex =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'leg'; readonly leg: number }
  | { readonly is: 'ramp'; readonly ramp: Ramp }
  | { readonly is: 'apply'; readonly f: 'add' | 'sub' | 'mul' | 'div' | 'mod'; readonly of: readonly [MaskIndex, MaskIndex] };
/** A number that moves from `from` by `by` at every tick of the clock until it is `to`. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  readonly by: number;
  readonly every: Clock;
}
/** `every` 0: once, before the first step. */
export interface Clock {
  readonly every: number;
  readonly unit: 'steps' | 'epochs';
}
/** `loss < reference + 0.03`; `reference` is the mean loss of the 10 steps before the event begins. */
export interface Cond {
  readonly quantity: 'loss' | 'error' | 'share';
  readonly f: 'lt' | 'le' | 'gt' | 'ge';
  readonly bound: { readonly reference: boolean; readonly plus: number };
}

// weights ------------------------------------------------------------------------------------------------------------------
/** A tensor as the model's text knows it: the sum of its terms. */
export interface Weight {
  readonly id: WeightId;
  readonly path: Path;
  readonly axes: readonly WeightAxis[];
  readonly terms: readonly Term[];
  /** The law of the whole tensor as declared, before any decomposition. */
  readonly law: Law;
}
/** `size` as the model sees it; the product of `factors` equals it, or `padded` when rows of zeros were added. */
export interface WeightAxis {
  readonly name: string;
  readonly axis: AxisId;
  readonly size: number;
  readonly factors: readonly number[];
  readonly padded?: number;
}
export type Term = DenseTerm | NetworkTerm | SparseTerm;
/** `perm[k]`: which leg of the parameter is axis k of the weight. */
export interface DenseTerm {
  readonly is: 'dense';
  readonly parameter: ParameterId;
  readonly perm: readonly number[];
  readonly scale: number;
}
export interface NetworkTerm {
  readonly is: 'network';
  /** Of a term of the sum that the weight was decomposed as: its cores are named `WEIGHT.NAME.CORE`, and it has factors of its own. */
  readonly name?: string;
  readonly topology: string;
  readonly nodes: readonly NetworkNode[];
  readonly legs: readonly NetworkLeg[];
  readonly exact: boolean;
  readonly fit: 'sweep' | 'als' | 'descent';
  readonly truncate?: Policy | Budget;
  readonly scale: number;
  /** Axes that the network has in another order than the weight. */
  readonly orders?: readonly Order[];
  /** Root mean square that a draw of the whole is to have; absent where the topology or a statement gives laws to single cores. */
  readonly drawn?: number | undefined;
}
/** Entry k of `values` stands at position k of each of `places`, one for each axis of the weight; all others are zero. A term of a sum. */
export interface SparseTerm {
  readonly is: 'sparse';
  readonly name: string;
  readonly values: { readonly name: string; readonly parameter: ParameterId };
  readonly places: readonly Places[];
  readonly scale: number;
}
/** `legs[k]` is what leg k of the parameter is called in this network; a shared or reused core is the same parameter twice. */
export interface NetworkNode {
  readonly name: string;
  readonly parameter: ParameterId;
  readonly legs: readonly number[];
}
/**
 * `outer: [axis, factor]` for a leg of the weight, `bond` otherwise; `full` where cutting the bond separates the network. Of a network over
 * a family the weight is one member: the family's axes are numbered below 0, the last -1, and `at` is the member's position on the leg.
 */
export interface NetworkLeg {
  readonly id: number;
  readonly size: number;
  readonly full?: number;
  readonly outer?: readonly [axis: number, factor: number];
  readonly at?: number;
  readonly bond?: string;
}
export interface LayerInstance {
  readonly path: Path;
  readonly of: string;
  readonly axes: ReadonlyMap<string, AxisId>;
  readonly weights: ReadonlyMap<string, WeightId>;
  readonly members: ReadonlyMap<string, Path | readonly Path[]>;
}

// events -------------------------------------------------------------------------------------------------------------------
/** `applyEvent(model, event, decision)` is a pure function to the next Model. */
export type Event = { readonly id: EventId; readonly at: Clock } & (
  | {
      readonly is: 'squeeze';
      readonly bonds: readonly { readonly weight: WeightId; readonly legs: readonly number[] }[];
      readonly by: number;
      readonly criterion: 'error' | 'largest' | 'given';
      readonly while?: Cond;
      readonly until?: Cond;
    }
  | {
      /** All bonds together, each up to `most`, else up to its full size. The new entries of one core at each bond are zeros. */
      readonly is: 'grow';
      readonly bonds: readonly { readonly weight: WeightId; readonly legs: readonly number[] }[];
      readonly by: number;
      readonly most?: number;
      readonly while?: Cond;
      readonly until?: Cond;
    }
  | {
      readonly is: 'choose';
      readonly groups: readonly {
        readonly key: string;
        readonly candidates: readonly {
          readonly weight: WeightId;
          /** Of the weight once it is a network: with their factors. */
          readonly axes: readonly WeightAxis[];
          /** In place of its dense term; adapters stay. */
          readonly becomes: NetworkTerm;
          readonly adds: readonly Parameter[];
        }[];
      }[];
      readonly take: number;
      readonly until: number;
      readonly criterion: string;
    }
  | { readonly is: 'turn'; readonly values: readonly number[]; readonly order: 'forth-and-back' }
  | { readonly is: 'ramp'; readonly target: readonly ParameterId[]; readonly ramp: Ramp }
);
