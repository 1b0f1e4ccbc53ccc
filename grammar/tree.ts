/**
 * The syntax tree: what the parser yields and the checker reads. Plain data, one type for each rule of the grammar
 * (docs/language.md), every node with the place it came from. Parentheses leave no node: the printer puts back those that are needed.
 */
import type { Place } from './diagnostic.ts';

export interface Identifier {
  readonly kind: 'identifier';
  readonly name: string;
  readonly place: Place;
}

// file -------------------------------------------------------------------------------------------------------------------
export interface File {
  readonly kind: 'file';
  readonly place: Place;
  readonly edition?: { readonly value: number; readonly place: Place };
  readonly uses: readonly Use[];
  readonly items: readonly FileItem[];
  /** In source order, `//` included; only the formatter reads them. */
  readonly comments: readonly Comment[];
}
export interface Comment {
  readonly text: string;
  readonly place: Place;
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
/** An option of a layer, topology, model or variant; `b[1..n-1]` and `router: layer = switch` included. */
export interface Option {
  readonly place: Place;
  readonly name: Identifier;
  readonly brackets?: Brackets;
  readonly type?: 'layer' | 'topology';
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
  readonly law?: Expression;
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
export type Statement = For | If | Penalty | Assign;
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

// expressions --------------------------------------------------------------------------------------------------------------
export type Expression =
  | NumberLiteral
  | TextLiteral
  | BooleanLiteral
  | Position
  | Identifier
  | Tuple
  | Ramp
  | Conditional
  | Binary
  | Unary
  | MemberOf
  | Bracketed
  | Call;
export interface NumberLiteral {
  readonly kind: 'number';
  readonly place: Place;
  readonly value: number;
  /** As written, so that the formatter keeps `1_000` and `1e-5`. */
  readonly text: string;
  readonly integer: boolean;
}
export interface TextLiteral {
  readonly kind: 'text';
  readonly place: Place;
  readonly value: string;
}
export interface BooleanLiteral {
  readonly kind: 'boolean';
  readonly place: Place;
  readonly value: boolean;
}
/** `@time`: the index along an axis. */
export interface Position {
  readonly kind: 'position';
  readonly place: Place;
  readonly name: Identifier;
}
export interface Tuple {
  readonly kind: 'tuple';
  readonly place: Place;
  readonly items: readonly Expression[];
}
/** `(8 to 64 by 8 every 500 steps)`. */
export interface Ramp {
  readonly kind: 'ramp';
  readonly place: Place;
  readonly from: Expression;
  readonly to: Expression;
  readonly by: Expression;
  readonly every: Every;
}
export interface Every {
  readonly place: Place;
  readonly count: number;
  readonly unit: 'steps' | 'epochs';
}
export interface Conditional {
  readonly kind: 'conditional';
  readonly place: Place;
  readonly condition: Expression;
  readonly then: Expression;
  readonly else: Expression;
}
export type BinaryOperator = 'or' | 'and' | '<=' | '>=' | '==' | '!=' | '<' | '>' | '+' | '-' | '*' | '/' | 'div' | 'mod' | '^';
export interface Binary {
  readonly kind: 'binary';
  readonly place: Place;
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
export interface Unary {
  readonly kind: 'unary';
  readonly place: Place;
  readonly operator: 'not' | '-';
  readonly operand: Expression;
}
export interface MemberOf {
  readonly kind: 'member-of';
  readonly place: Place;
  readonly of: Expression;
  readonly name: Identifier;
}
/** `f[time]`, `x[row = @row + 1 else 0]`, `each[choice]`. */
export interface Bracketed {
  readonly kind: 'bracketed';
  readonly place: Place;
  readonly of: Expression;
  readonly brackets: Brackets;
}
export interface Call {
  readonly kind: 'call';
  readonly place: Place;
  readonly of: Expression;
  readonly args: Arguments;
}
/** `arrow` is the number of items before `->`. */
export interface Brackets {
  readonly kind: 'brackets';
  readonly place: Place;
  readonly items: readonly Index[];
  readonly arrow?: number;
}
export type Index = { readonly kind: 'rest'; readonly place: Place } | IndexItem;
export interface IndexItem {
  readonly kind: 'index';
  readonly place: Place;
  readonly name?: Identifier;
  readonly padded: boolean;
  readonly range: Range;
  readonly else?: Expression;
}
export interface Arguments {
  readonly kind: 'arguments';
  readonly place: Place;
  readonly items: readonly Argument[];
  readonly where?: Expression;
}
export interface Argument {
  readonly place: Place;
  readonly name?: Identifier;
  readonly value: Expression;
}

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
/** `tie a.weight[i, j] = b.weight[j, i]`. */
export interface Tie {
  readonly kind: 'tie';
  readonly place: Place;
  readonly left: Path;
  readonly right: Path;
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
