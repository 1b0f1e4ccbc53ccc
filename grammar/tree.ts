/**
 * The syntax tree: what the parser yields and the checker reads. Plain data, one type for each rule of the grammar
 * (docs/language.md), every node with the place it came from. Parentheses leave no node: the printer puts back those that are needed.
 */
import type { Place } from './diagnostic.ts';
import type { Arguments, Brackets, Expression, Identifier } from './tree-expression.ts';
import type { Term, Topology, Variant } from './tree-variant.ts';

export type * from './tree-expression.ts';
export type * from './tree-variant.ts';

// file -------------------------------------------------------------------------------------------------------------------
export interface File {
  readonly kind: 'file';
  readonly place: Place;
  readonly edition?: { readonly value: number; readonly place: Place };
  readonly uses: readonly Use[];
  readonly items: readonly FileItem[];
  /** In source order, `//` included; only the formatter reads them. */
  readonly comments: readonly Comment[];
  /** Offsets of blank lines, which only the formatter reads, to keep them. */
  readonly blanks?: readonly number[];
  /** The text: the formatter finds by it the gaps in which comments stand. */
  readonly source?: string;
}
export interface Comment {
  readonly text: string;
  readonly place: Place;
  /** It follows code on its line. */
  readonly trailing?: true;
}
export type FileItem = Layer | Topology | Variant | Fn | Let;
export interface Use {
  readonly kind: 'use';
  readonly place: Place;
  /** `use "./models.bond" {...}` has a path, `use std.nn {...}` a module name. */
  readonly from: { readonly path: string; readonly place: Place } | { readonly module: readonly Identifier[]; readonly place: Place };
  readonly names: readonly { readonly name: Identifier; readonly as?: Identifier }[];
}

// layers and models --------------------------------------------------------------------------------------------------------
export interface Layer {
  readonly kind: 'layer';
  readonly place: Place;
  readonly model: boolean;
  readonly name: Identifier;
  readonly axes?: Axes;
  readonly options: readonly Option[];
  readonly items: readonly Item[];
}
/** `[in -> out, row]`: `arrow` is the number of parameters before the arrow. */
export interface Axes {
  readonly place: Place;
  readonly parameters: readonly AxisParameter[];
  readonly arrow?: number;
}
/** `out`, or in a topology `out[n]`, `out[p, q]`, `in[2]`. */
export interface AxisParameter {
  readonly name: Identifier;
  readonly brackets?: Brackets;
}
/** An option of a layer, topology, model or variant; `b[1..n-1]`, `router: layer = switch` and `outs: factors = 4*8` included. */
export interface Option {
  readonly place: Place;
  readonly name: Identifier;
  readonly brackets?: Brackets;
  readonly type?: 'layer' | 'topology' | 'factors';
  readonly value?: Expression;
}
export type Item = AxisItem | Let | Require | Input | Fn | Forward | Objective | Member;
export interface AxisItem {
  readonly kind: 'axis';
  readonly place: Place;
  readonly name: Identifier;
  /** `=` defines or factorises, `<=` bounds an open axis, absent: open. */
  readonly relation?: '=' | '<=';
  readonly value?: Expression;
}
export interface Let {
  readonly kind: 'let';
  readonly place: Place;
  readonly name: Identifier;
  readonly value: Expression;
}
export interface Require {
  readonly kind: 'require';
  readonly place: Place;
  readonly condition: Expression;
  readonly text?: string;
}
export interface Input {
  readonly kind: 'input';
  readonly place: Place;
  readonly parameters: readonly Parameter[];
}
/** `query, key: linear[width -> width]`, `block[l in 1..depth] {...}`, `weight: [out, in] ~ normal(1)`. */
export interface Member {
  readonly kind: 'member';
  readonly place: Place;
  readonly names: readonly { readonly name: Identifier; readonly family?: readonly Loop[] }[];
  readonly body: Group | Tensor | Reference;
  readonly condition?: Expression;
}
export interface Group {
  readonly kind: 'group';
  readonly place: Place;
  readonly items: readonly Item[];
}
export interface Tensor {
  readonly kind: 'tensor';
  readonly place: Place;
  readonly axes: Brackets;
  /** `as mpo[...] + low_rank(r = 4)`: the network that the layer declares it with. */
  readonly as?: readonly Term[];
  readonly law?: Law;
}
/** What stands after `~`: the law of initial values. */
export type Law = Expression | Seeded;
/** `~ seeded normal(s)`: values that follow from the seed, are never trained and never stored. */
export interface Seeded {
  readonly kind: 'seeded';
  readonly place: Place;
  readonly law: Expression;
}
/** A layer, topology, variant or router, applied: `linear[in -> out](biased = false)`. */
export interface Reference {
  readonly kind: 'reference';
  readonly place: Place;
  readonly name: Identifier;
  readonly brackets?: Brackets;
  readonly args?: Arguments;
}
export interface Loop {
  readonly place: Place;
  readonly name: Identifier;
  readonly range: Range;
}
/** `a..b`, or in `for b in block` a single expression. */
export interface Range {
  readonly place: Place;
  readonly from: Expression;
  readonly to?: Expression;
}

// functions ----------------------------------------------------------------------------------------------------------------
export interface Fn {
  readonly kind: 'fn';
  readonly place: Place;
  readonly name: Identifier;
  readonly axes?: Axes;
  readonly signature: Signature;
  readonly body: Body;
}
export interface Forward {
  readonly kind: 'forward';
  readonly place: Place;
  readonly signature: Signature;
  readonly body: Body;
}
/** `loss name body`, `metric name body`. */
export interface Objective {
  readonly kind: 'loss' | 'metric';
  readonly place: Place;
  readonly name: Identifier;
  readonly body: Body;
}
export interface Signature {
  readonly place: Place;
  readonly parameters: readonly Parameter[];
  readonly where?: Identifier;
  readonly results: readonly Result[];
}
/** `x[.., in]`, `target[..] in c`, `bias[h, t, s] = 0`, `p`. */
export interface Parameter {
  readonly place: Place;
  readonly name: Identifier;
  readonly brackets?: Brackets;
  /** The element type: `int`, `bool`, or the axis that the values index. */
  readonly element?: Identifier;
  readonly value?: Expression;
}
export interface Result {
  readonly place: Place;
  readonly name?: Identifier;
  readonly brackets: Brackets;
  readonly element?: Identifier;
}
/** `= expression` is a block of one nameless value. */
export type Body = { readonly kind: 'value'; readonly value: Expression; readonly place: Place } | Block;
export interface Block {
  readonly kind: 'block';
  readonly place: Place;
  readonly statements: readonly Statement[];
}
export type Statement = For | If | Penalty | Report | Assign;
export interface For {
  readonly kind: 'for';
  readonly place: Place;
  readonly loop: Loop;
  readonly body: Block;
}
export interface If {
  readonly kind: 'if';
  readonly place: Place;
  readonly condition: Expression;
  readonly then: Block;
  readonly else?: Block;
}
export interface Penalty {
  readonly kind: 'penalty';
  readonly place: Place;
  readonly name: Identifier;
  readonly value: Expression;
}
/** What an evaluation tells by its path. */
export interface Report {
  readonly kind: 'report';
  readonly place: Place;
  readonly name: Identifier;
  readonly value: Expression;
}
/** `a[i, j], b = expression`, or with `~` a draw. */
export interface Assign {
  readonly kind: 'assign';
  readonly place: Place;
  readonly targets: readonly Target[];
  readonly relation: '=' | '~';
  readonly value: Expression;
}
export interface Target {
  readonly place: Place;
  readonly name: Identifier;
  readonly brackets?: Brackets;
}
