/** Expressions, brackets and arguments of the syntax tree (see tree.ts). */
import type { Place } from './diagnostic.ts';
import type { Range } from './tree.ts';

export interface Identifier {
  readonly kind: 'identifier';
  readonly name: string;
  readonly place: Place;
}

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
