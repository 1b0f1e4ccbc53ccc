/**
 * The resolved model: all that passes from `check` to `program`. No selector, group, default or role rule is left to apply.
 * Pure data without cycles, ordered, printable (`--dump check`). Bodies are flat single-assignment lists: layer calls are inlined,
 * every fit is an explicit split, merge or rename, every summed set of axes is the difference of two written lists.
 */
import type { Diagnostic, Place } from '../../grammar/diagnostic.ts';

/** Position in `Model.axes`. */
export type AxisId = number;
/** Position in `Model.parameters`. */
export type ParameterId = number;
/** Position in `Model.weights`. */
export type WeightId = number;
/** Position in `Body.statements`. */
export type ValueId = number;
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
  readonly layers: readonly LayerInstance[];
  readonly entries: readonly Entry[];
  readonly schedule: readonly Event[];
  readonly notes: readonly Diagnostic[];
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
export type ElementType = 'real' | 'int' | 'bool';

// parameters ---------------------------------------------------------------------------------------------------------------
/** Stored once: one gradient, one optimiser state, one checkpoint entry, however many names it has. */
export interface Parameter {
  readonly id: ParameterId;
  /** The first is canonical; the others come from share, tie and reuse. */
  readonly names: readonly Path[];
  readonly legs: readonly { readonly name: string; readonly size: number }[];
  /** 'central', 'auxiliary', 'adapter', 'dense', or the author's. */
  readonly role?: string;
  readonly origin: Provenance;
  readonly init: { readonly law: Law; readonly scale: number };
  readonly update: Update;
  /** A value mask; it implies the update mask. */
  readonly keep?: Mask;
}
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
/** The literal law of the stored tensor. A core of a decomposed weight has the standard deviation that gives W the law asked for. */
export type Law =
  | { readonly is: 'normal'; readonly deviation: number }
  | { readonly is: 'uniform'; readonly low: number; readonly high: number }
  | { readonly is: 'orthogonal' }
  | { readonly is: 'zeros' }
  | { readonly is: 'ones' }
  | { readonly is: 'source' };
/** Compared symbolically by `share`: equal provenance means equal values at step 0. */
export type Provenance =
  | { readonly is: 'fresh'; readonly path: Path }
  | { readonly is: 'checkpoint'; readonly path: Path; readonly axes: readonly number[] }
  | { readonly is: 'copy'; readonly of: Provenance }
  | { readonly is: 'combined'; readonly how: 'first' | 'mean'; readonly of: readonly Provenance[] }
  | { readonly is: 'factor'; readonly of: Provenance; readonly plan: DecompositionId; readonly node: number };

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
export interface Clock {
  readonly every: number;
  readonly unit: 'steps' | 'epochs';
}
/** Truncation: relative Frobenius error, kept energy, or share of the dense entries. */
export interface Policy {
  readonly measure: 'error' | 'energy' | 'share';
  readonly value: number;
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
  readonly decomposition?: DecompositionId;
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
export type Term = DenseTerm | NetworkTerm;
/** `perm[k]`: which leg of the parameter is axis k of the weight. */
export interface DenseTerm {
  readonly is: 'dense';
  readonly parameter: ParameterId;
  readonly perm: readonly number[];
  readonly scale: number;
}
export interface NetworkTerm {
  readonly is: 'network';
  readonly topology: string;
  readonly nodes: readonly NetworkNode[];
  readonly legs: readonly NetworkLeg[];
  readonly exact: boolean;
  readonly fit: 'sweep' | 'als' | 'descent';
  readonly truncate?: Policy;
  readonly scale: number;
}
/** `legs[k]` is what leg k of the parameter is called in this network; a shared or reused core is the same parameter twice. */
export interface NetworkNode {
  readonly name: string;
  readonly parameter: ParameterId;
  readonly legs: readonly number[];
}
/** `outer: [axis, factor]` for a leg of the weight, `bond` otherwise; `full` where cutting the bond separates the network. */
export interface NetworkLeg {
  readonly id: number;
  readonly size: number;
  readonly full?: number;
  readonly outer?: readonly [axis: number, factor: number];
  readonly bond?: string;
}
export interface LayerInstance {
  readonly path: Path;
  readonly of: string;
  readonly axes: Readonly<Record<string, AxisId>>;
  readonly weights: Readonly<Record<string, WeightId>>;
  readonly members: Readonly<Record<string, Path | readonly Path[]>>;
}

// bodies -------------------------------------------------------------------------------------------------------------------
export interface Entry {
  readonly name: string;
  readonly kind: 'function' | 'loss' | 'metric';
  /** In declaration order; a loss or metric reads the model's inputs. Statement `value` is the matching `input` statement of both bodies. */
  readonly inputs: readonly ModelInput[];
  readonly train: Body;
  readonly eval: Body;
}
export interface Body {
  /** Statement k defines value k and reads smaller ones only. */
  readonly statements: readonly Statement[];
  readonly results: readonly { readonly name: string; readonly value: ValueId; readonly index?: AxisId }[];
  /** Scalars added to every loss while training. */
  readonly penalties: readonly { readonly path: Path; readonly value: ValueId }[];
}
export interface Statement {
  /** For people: the name in the source, or a short description. */
  readonly name: string;
  readonly axes: readonly AxisId[];
  readonly type: ElementType;
  /** The layer instance that the statement was inlined from, '' for the model itself. */
  readonly path: Path;
  readonly place: Place;
  readonly expression: Expression;
}
/**
 * All broadcasting is by axis identity: an argument lacks an axis or has it. No statement has the same axis twice.
 * Values of a statement lie in the order of its `axes`, row-major.
 */
export type Expression =
  | { readonly is: 'input'; readonly name: string }
  | { readonly is: 'weight'; readonly weight: WeightId }
  | { readonly is: 'number'; readonly value: number }
  /** The size of an open axis, int, rank 0. */
  | { readonly is: 'size'; readonly axis: AxisId }
  /** int; the statement's only axis is `axis`. */
  | { readonly is: 'position'; readonly axis: AxisId }
  /** Axes of the statement = union of the arguments' axes. */
  | { readonly is: 'apply'; readonly f: Pointwise; readonly of: readonly ValueId[] }
  /** Product of the factors, summed over every axis that the statement lacks; an axis that no factor has is broadcast. */
  | { readonly is: 'product'; readonly factors: readonly ValueId[] }
  /** Over nothing (`where` never true): sum = mean = 0, max = logsumexp = -1e30, min = 1e30. `logsumexp` and `mean` have `where` applied to terms and count. */
  | {
      readonly is: 'reduce';
      readonly combine: 'sum' | 'mean' | 'max' | 'min' | 'logsumexp' | 'any' | 'all';
      readonly over: readonly AxisId[];
      readonly of: ValueId;
      readonly where?: ValueId;
    }
  /** Value-preserving change of axes, moves in order; the statement's axes give the final order. */
  | { readonly is: 'refit'; readonly of: ValueId; readonly moves: readonly Move[] }
  /** `of[axis = index]`: axes of the statement = axes of `of` without the indexed ones + axes of the indices. `else`: value where out of range. */
  | {
      readonly is: 'lookup';
      readonly of: ValueId;
      readonly at: readonly { readonly axis: AxisId; readonly index: ValueId; readonly else?: ValueId }[];
    }
  /** Equal-shaped values stacked along `axis` (a layer family indexed by data). */
  | { readonly is: 'stack'; readonly of: readonly ValueId[]; readonly axis: AxisId }
  /** `probability` is a rank-0 value; bernoulli gives 0 or 1 (real). `site` is the random stream: path@loops#number. */
  | { readonly is: 'draw'; readonly law: 'bernoulli' | 'uniform'; readonly probability?: ValueId; readonly site: string }
  /** The `pick` greatest along `over`, ties to the lower index; index is int, value real. Both carry axis `pick` (absent: argmax, one). */
  | { readonly is: 'top'; readonly of: ValueId; readonly over: AxisId; readonly pick?: AxisId; readonly gives: 'index' | 'value' }
  /** How many positions before this one, in row-major order of `over`, hold the same int. */
  | { readonly is: 'earlier'; readonly of: ValueId; readonly over: readonly AxisId[] }
  /** Concatenation: axis `axis` has the size of the sum of the parts' axes `from`. */
  | { readonly is: 'join'; readonly parts: readonly { readonly of: ValueId; readonly from: AxisId }[]; readonly axis: AxisId }
  /** Windowed access for convolutions: `of` with `axis` replaced by [`out`, `tap`], reading position out + tap - before, zero outside. */
  | {
      readonly is: 'window';
      readonly of: ValueId;
      readonly axis: AxisId;
      readonly out: AxisId;
      readonly tap: AxisId;
      readonly before: number;
    };
export type Move =
  | { readonly is: 'split'; readonly axis: AxisId; readonly into: readonly AxisId[] }
  | { readonly is: 'merge'; readonly axes: readonly AxisId[]; readonly into: AxisId }
  | { readonly is: 'rename'; readonly from: AxisId; readonly to: AxisId };
/** `select` has condition, then, else. `stop` is the identity with derivative 0. Comparisons give bool; `real` and `int` convert. `pow` has a constant exponent. */
export type Pointwise =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'neg'
  | 'pow'
  | 'idiv'
  | 'mod'
  | 'min'
  | 'max'
  | 'abs'
  | 'floor'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'tanh'
  | 'erf'
  | 'sin'
  | 'cos'
  | 'sigmoid'
  | 'relu'
  | 'gelu'
  | 'gelu_tanh'
  | 'silu'
  | 'lt'
  | 'le'
  | 'eq'
  | 'ne'
  | 'gt'
  | 'ge'
  | 'and'
  | 'or'
  | 'not'
  | 'select'
  | 'stop'
  | 'real'
  | 'int';

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
      readonly is: 'choose';
      readonly groups: readonly {
        readonly key: string;
        readonly candidates: readonly {
          readonly weight: WeightId;
          readonly becomes: readonly Term[];
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
