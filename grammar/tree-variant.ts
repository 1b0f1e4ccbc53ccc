/** Topologies, variants and selections of the syntax tree (see tree.ts). */
import type { Place } from './diagnostic.ts';
import type {
  Arguments,
  Axes,
  Brackets,
  Every,
  Expression,
  Identifier,
  Law,
  Let,
  Loop,
  Option,
  Range,
  Reference,
  Require,
} from './tree.ts';

// topologies ---------------------------------------------------------------------------------------------------------------
export interface Topology {
  readonly kind: 'topology';
  readonly place: Place;
  readonly name: Identifier;
  readonly axes: Axes;
  readonly options: readonly Option[];
  readonly items: readonly TopologyItem[];
}
export type TopologyItem = Core | Nested | Role | Permute | Let | Require | TopologyIf;
export interface Core {
  readonly kind: 'core';
  readonly place: Place;
  /** `reuse` places an earlier core again. */
  readonly reuse: boolean;
  readonly name: Identifier;
  readonly brackets?: Brackets;
  readonly legs: readonly Leg[];
  readonly law?: Law;
  readonly reused: boolean;
  readonly loops: readonly Loop[];
}
export interface Leg {
  readonly place: Place;
  readonly name: Identifier;
  readonly indices?: readonly Range[];
}
/** `left: mpo[out[1..2], r*in](b = b)`: another topology as part of this one. Each of its axes is a product of legs of this one. */
export interface Nested {
  readonly kind: 'nested';
  readonly place: Place;
  readonly name: Identifier;
  readonly family?: readonly Loop[];
  readonly topology: Reference;
}
export interface Role {
  readonly kind: 'role';
  readonly place: Place;
  readonly name: Identifier;
  readonly members: readonly ({ readonly rest: true; readonly place: Place } | RoleMember)[];
}
/** `T[2]`, or of a nested topology `left[k].T[2]` or `left.central`. */
export interface RoleMember extends Leg {
  readonly within?: Leg;
}
/** `permute in by likeness`: the positions of an axis in another order, fixed when values are given. */
export interface Permute {
  readonly kind: 'permute';
  readonly place: Place;
  readonly axis: Identifier;
  readonly rule: Identifier;
}
/** Decided before the cores are placed. */
export interface TopologyIf {
  readonly kind: 'if';
  readonly place: Place;
  readonly condition: Expression;
  readonly then: TopologyBlock;
  readonly else?: TopologyBlock;
}
export interface TopologyBlock {
  readonly place: Place;
  readonly items: readonly TopologyItem[];
}
/** One summand of what a weight is decomposed as: `low_rank(r = 4) named second`. */
export interface Term {
  readonly place: Place;
  readonly topology: Reference;
  readonly named?: Identifier;
}

// variants -----------------------------------------------------------------------------------------------------------------
export interface Variant {
  readonly kind: 'variant';
  readonly place: Place;
  readonly name: Identifier;
  readonly options: readonly Option[];
  /** `of Model(args)`; a recipe has `target` instead. */
  readonly of?: { readonly name: Identifier; readonly args?: Arguments };
  readonly target?: Identifier;
  readonly changes: readonly Change[];
}
export type Change =
  | Untie
  | Wrap
  | Replace
  | Apply
  | Decompose
  | Adapt
  | Share
  | Tie
  | Init
  | Freeze
  | Keep
  | Orthogonal
  | Learn
  | Train
  | Squeeze
  | Grow
  | Let
  | Require;
export interface Untie {
  readonly kind: 'untie';
  readonly place: Place;
  readonly selection: Selection;
  readonly over: Identifier;
}
export interface Wrap {
  readonly kind: 'wrap';
  readonly place: Place;
  readonly selection: Selection;
  readonly wrapper: Reference;
}
/** `replace block[*].ffn with bottleneck[width](r = 8)`: another layer of the same signature in its place. */
export interface Replace {
  readonly kind: 'replace';
  readonly place: Place;
  readonly selection: Selection;
  readonly with: Reference;
}
export interface Apply {
  readonly kind: 'apply';
  readonly place: Place;
  readonly recipe: Identifier;
  readonly args?: Arguments;
  readonly to?: Selection;
}
export interface Decompose {
  readonly kind: 'decompose';
  readonly place: Place;
  readonly selection: Selection;
  /** The variables of a family that is one network: stacked in this order before the weight's own axes. */
  readonly over?: readonly Identifier[];
  /** At least one; several are a sum. */
  readonly as: readonly Term[];
  readonly to?: Truncation;
  /** Given values are approximated by what the layer makes of its inputs: `by inputs`, `by inputs and gradients`. */
  readonly by?: Criterion;
  readonly choosing?: {
    readonly place: Place;
    readonly count: number;
    readonly over: Identifier;
    readonly criterion: Identifier;
    readonly every?: Every;
    readonly until?: number;
  };
}
/** `to error 0.1`; `of`: the bonds of all weights are chosen together, `to share 0.3 of all`. */
export interface Truncation {
  readonly measure: 'error' | 'energy' | 'share' | 'loss';
  readonly value: Expression;
  readonly of?: Identifier;
  readonly place: Place;
}
export interface Criterion {
  readonly first: Identifier;
  readonly second?: Identifier;
  readonly place: Place;
}
export interface Adapt {
  readonly kind: 'adapt';
  readonly place: Place;
  readonly selection: Selection;
  readonly over?: readonly Identifier[];
  readonly with: Reference;
  readonly scale?: Expression;
  readonly named?: Identifier;
}
export interface Share {
  readonly kind: 'share';
  readonly place: Place;
  readonly selection: Selection;
  readonly over: readonly Identifier[];
  readonly groups?: Expression;
  readonly from?: Identifier;
}
/** `tie a.weight[i, j] = b.weight[j, i]`, `tie T[1] of a = T[1] of b`. */
export interface Tie {
  readonly kind: 'tie';
  readonly place: Place;
  readonly left: Choice;
  readonly right: Choice;
}
export interface Init {
  readonly kind: 'init';
  readonly place: Place;
  readonly selection: Selection;
  readonly law?: Law;
  readonly scale?: Expression;
}
export interface Freeze {
  readonly kind: 'freeze';
  readonly place: Place;
  readonly selection: Selection;
}
export interface Keep {
  readonly kind: 'keep';
  readonly place: Place;
  readonly selection: Selection;
  readonly where: Expression;
}
/** `keep T[1] of w orthogonal over b[1]`: the columns are that leg, the rows all others. */
export interface Orthogonal {
  readonly kind: 'orthogonal';
  readonly place: Place;
  readonly selection: Selection;
  readonly over: Leg;
}
/** `learn mask of T[2] of w keep 0.3`: the share of the entries that stays. */
export interface Learn {
  readonly kind: 'learn';
  readonly place: Place;
  readonly selection: Selection;
  readonly keep: Expression;
}
export interface Train {
  readonly kind: 'train';
  readonly place: Place;
  readonly only: boolean;
  readonly selection: Selection;
  readonly where?: Expression;
  readonly probability?: Expression;
  readonly turn?: { readonly over: Identifier; readonly every: Every };
}
export interface Squeeze {
  readonly kind: 'squeeze';
  readonly place: Place;
  readonly selection: Selection;
  readonly by: number;
  readonly criterion?: Identifier;
  readonly every?: Every;
  readonly while?: Expression;
  readonly until?: Expression;
}

/** `grow b of w by 2 every 500 steps until b == 16`. */
export interface Grow {
  readonly kind: 'grow';
  readonly place: Place;
  readonly selection: Selection;
  readonly by: number;
  readonly every?: Every;
  readonly while?: Expression;
  readonly until?: Expression;
}

// selections ---------------------------------------------------------------------------------------------------------------
export interface Selection {
  readonly place: Place;
  readonly choices: readonly Choice[];
  readonly except: readonly Choice[];
}
/** `central of block[l].ffn`: `name` is the path before `of`. */
export interface Choice {
  readonly place: Place;
  readonly name?: Path;
  readonly path: Path;
}
export interface Path {
  readonly place: Place;
  readonly steps: readonly Step[];
}
export interface Step {
  readonly place: Place;
  readonly at: { readonly is: 'any' } | { readonly is: 'deep' } | { readonly is: 'name'; readonly name: Identifier } | Alternatives;
  readonly picks?: readonly Pick[];
}
/** `{query, value}`; in `{k: query, value}` the variable is the number of the alternative, in written order. */
export interface Alternatives {
  readonly is: 'either';
  readonly variable?: Identifier;
  readonly paths: readonly Path[];
}
/** `*`, `3`, `l`, `25..`, `..24`, `2..5`. */
export interface Pick {
  readonly place: Place;
  readonly is: 'all' | 'one' | 'range';
  readonly from?: Expression;
  readonly to?: Expression;
}
