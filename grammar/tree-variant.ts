/** Topologies, variants and selections of the syntax tree (see tree.ts). */
import type { Place } from './diagnostic.ts';
import type { Arguments, Axes, Brackets, Every, Expression, Identifier, Let, Loop, Option, Range, Reference, Require } from './tree.ts';

// topologies ---------------------------------------------------------------------------------------------------------------
export interface Topology {
  readonly kind: 'topology';
  readonly place: Place;
  readonly name: Identifier;
  readonly axes: Axes;
  readonly options: readonly Option[];
  readonly items: readonly (Core | Role | Require)[];
}
export interface Core {
  readonly kind: 'core';
  readonly place: Place;
  /** `reuse` places an earlier core again. */
  readonly reuse: boolean;
  readonly name: Identifier;
  readonly brackets?: Brackets;
  readonly legs: readonly Leg[];
  readonly law?: Expression;
  readonly reused: boolean;
  readonly loops: readonly Loop[];
}
export interface Leg {
  readonly place: Place;
  readonly name: Identifier;
  readonly indices?: readonly Range[];
}
export interface Role {
  readonly kind: 'role';
  readonly place: Place;
  readonly name: Identifier;
  readonly members: readonly ({ readonly rest: true; readonly place: Place } | Leg)[];
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
export type Change = Untie | Wrap | Apply | Decompose | Adapt | Share | Tie | Init | Freeze | Keep | Train | Squeeze | Let | Require;
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
  readonly as: Reference;
  readonly to?: { readonly measure: 'error' | 'energy' | 'share'; readonly value: Expression; readonly place: Place };
  readonly choosing?: {
    readonly place: Place;
    readonly count: number;
    readonly over: Identifier;
    readonly criterion: Identifier;
    readonly every?: Every;
    readonly until?: number;
  };
}
export interface Adapt {
  readonly kind: 'adapt';
  readonly place: Place;
  readonly selection: Selection;
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
  readonly law?: Expression;
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
  readonly at:
    | { readonly is: 'any' }
    | { readonly is: 'deep' }
    | { readonly is: 'name'; readonly name: Identifier }
    | { readonly is: 'either'; readonly paths: readonly Path[] };
  readonly picks?: readonly Pick[];
}
/** `*`, `3`, `l`, `25..`, `..24`, `2..5`. */
export interface Pick {
  readonly place: Place;
  readonly is: 'all' | 'one' | 'range';
  readonly from?: Expression;
  readonly to?: Expression;
}
