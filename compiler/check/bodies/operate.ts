/**
 * Operators and pointwise functions without an index list: operands must nest, one's axes within the other's (positions and numbers,
 * whose axes are explicit, are exempt). Static operands fold; what is neutral leaves no statement.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Pointwise } from '../../values/model.ts';
import { boolean, describe, foldBinary, foldUnary, number, settle, showNumber } from '../fold.ts';
import { refuse } from '../refuse.ts';
import { combineAffine } from './affine.ts';
import type { Elaboration } from './context.ts';
import { binaryRange, exactly } from './interval.ts';
import type { Proof } from './positions.ts';
import { sourceOf } from './source.ts';
import type { StaticPart, Tensor, Value } from './value.ts';

const functions: Readonly<Record<Exclude<tree.BinaryOperator, '^' | '/'>, Pointwise>> = {
  or: 'or',
  and: 'and',
  '<=': 'le',
  '>=': 'ge',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '>': 'gt',
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  div: 'idiv',
  mod: 'mod',
};
const comparisons = ['<=', '>=', '==', '!=', '<', '>'];

export function asStatic(value: StaticPart['value']): StaticPart {
  return { is: 'static', value };
}

/** The operands of an operator must be numbers or tensors. */
export function operand(value: Value, place: Place): Tensor | StaticPart {
  if (value.is === 'tensor') return value;
  if (value.is === 'static') {
    if (value.value.is === 'number' || value.value.is === 'boolean') return value;
    return refuse({ code: 'B106', message: `a value is expected, not ${describe(value.value)}`, at: place, label: 'not a value' });
  }
  const what = { layer: 'a layer', family: 'a family of layers', function: 'a function', several: 'several values', error: 'nothing' }[
    value.is
  ];
  const hint = value.is === 'layer' || value.is === 'function' ? 'apply it: `name(x)`' : undefined;
  return refuse({ code: 'B106', message: `a value is expected, not ${what}`, at: place, label: `this is ${what}`, hint });
}

/** Where an operator stands, and what is said where its operands do not nest. */
export interface Operands {
  readonly operator: tree.BinaryOperator | ',';
  readonly place: Place;
  readonly left: Place;
  readonly right: Place;
  /** `kept` are the axes that a result would have. */
  hint(kept: string): string;
}
type Operation = Operands & { readonly operator: tree.BinaryOperator };

export function operandsOf(expression: tree.Binary): Operation {
  const hint = (kept: string) => `an index list says what is kept and what is summed: \`o[${kept}] = ${sourceOf(expression)}\` first`;
  const { operator, place, left, right } = expression;
  return { operator, place, left: left.place, right: right.place, hint };
}

export function binary(to: Elaboration, expression: Operation, left: Tensor | StaticPart, right: Tensor | StaticPart): Value {
  const { operator, place } = expression;
  if (left.is === 'static' && right.is === 'static') return asStatic(settle(foldBinary(operator, left.value, right.value), place));
  const simple = foldNeutral(operator, left, right);
  if (simple !== undefined) return simple;
  if (operator === 'and' || operator === 'or') return logic(to, expression, left, right);
  const [a, b] = [numeric(left, expression.left, operator), numeric(right, expression.right, operator)];
  nest(to, expression, a, b);
  if (comparisons.includes(operator)) return compare(to, expression, a, b);
  return arithmetic(to, expression, a, b);
}

/** What needs no statement: neutral numbers, conditions known, and `inf`, which is folded here and never reaches a kernel. */
function foldNeutral(operator: tree.BinaryOperator, left: Tensor | StaticPart, right: Tensor | StaticPart): Value | undefined {
  if (left.is === 'static' && left.value.is === 'boolean') {
    if (operator === 'and') return left.value.value ? right : left;
    if (operator === 'or') return left.value.value ? left : right;
  }
  if (right.is === 'static' && right.value.is === 'boolean' && left.is === 'tensor') return foldNeutral(operator, right, left);
  const a = left.is === 'static' && left.value.is === 'number' ? left.value.value : undefined;
  const b = right.is === 'static' && right.value.is === 'number' ? right.value.value : undefined;
  if ((operator === '+' && a === 0) || (operator === '*' && a === 1)) return right;
  if (b === 0 && (operator === '+' || operator === '-')) return left;
  if (b === 1 && (operator === '*' || operator === '/' || operator === '^')) return left;
  if (a === Number.POSITIVE_INFINITY) return infinite(operator, right as Tensor, 'left');
  if (b === Number.POSITIVE_INFINITY) return infinite(operator, left as Tensor, 'right');
  return undefined;
}

function infinite(operator: tree.BinaryOperator, other: Tensor, side: 'left' | 'right'): Value | undefined {
  const positive = other.range !== undefined && other.range.low.plus >= (other.range.low.axis === undefined ? 1 : 0);
  if (positive && (operator === '*' || (operator === '/' && side === 'left'))) return asStatic(number(Number.POSITIVE_INFINITY));
  if (operator === '<' || operator === '<=') return asStatic(boolean(side === 'right'));
  if (operator === '>' || operator === '>=') return asStatic(boolean(side === 'left'));
  return undefined;
}

function logic(to: Elaboration, expression: Operation, left: Tensor | StaticPart, right: Tensor | StaticPart): Value {
  const a = condition(left, expression.left);
  const b = condition(right, expression.right);
  if (a.is === 'static' || b.is === 'static')
    return a.is === 'static' ? asStatic(settle(foldBinary(expression.operator, a.value, boolean(true)), expression.place)) : a;
  nest(to, expression, a, b);
  return to.apply(functions[expression.operator as 'and' | 'or'], [a, b], 'bool');
}

/** A bool tensor, or a static condition. */
export function condition(value: Tensor | StaticPart, place: Place): Tensor | StaticPart {
  if (value.is === 'static' ? value.value.is === 'boolean' : value.type === 'bool') return value;
  const label = value.is === 'static' ? `this is ${describe(value.value)}` : `has ${value.type} values`;
  return refuse({ code: 'B321', message: 'a condition is expected', at: place, label, hint: 'compare it: `x > 0`' });
}

/** A tensor of numbers from either; conditions are refused. */
export function numeric(value: Tensor | StaticPart, place: Place, operator: string): Tensor | StaticPart {
  const bool = value.is === 'static' ? value.value.is === 'boolean' : value.type === 'bool';
  if (!bool || operator === '==' || operator === '!=') return value;
  return refuse({
    code: 'B321',
    message: `\`${operator}\` takes numbers, not conditions`,
    at: place,
    label: 'true or false',
    hint: '`select(condition, 1, 0)` makes a number of it',
  });
}

/** Neither operand may be broadcast along an axis that only the other has, in both directions. */
export function nest(to: Elaboration, expression: Operands, a: Tensor | StaticPart, b: Tensor | StaticPart): void {
  if (a.is === 'static' || b.is === 'static' || a.free || b.free) return;
  const only = (x: Tensor, y: Tensor) => x.axes.filter((axis) => !y.axes.includes(axis));
  const [mine, yours] = [only(a, b), only(b, a)];
  if (mine.length === 0 || yours.length === 0) return;
  const shared = a.axes.filter((axis) => b.axes.includes(axis));
  // Most often the axis meant to be summed is the last of the left operand, as in attention.
  const summed = shared.includes(a.axes[a.axes.length - 1]) ? a.axes[a.axes.length - 1] : shared[0];
  const kept = to.table.list([...a.axes, ...yours].filter((axis) => axis !== summed));
  refuse({
    code: 'B301',
    message: "neither operand's axes contain the other's",
    at: expression.place,
    label: `${to.shape(a.axes)} ${expression.operator} ${to.shape(b.axes)}`,
    also: [
      { place: expression.left, text: `has ${to.table.list(mine)}, the other has not` },
      { place: expression.right, text: `has ${to.table.list(yours)}, the other has not` },
    ],
    hint: expression.hint(kept),
  });
}

function compare(to: Elaboration, expression: Operation, a: Tensor | StaticPart, b: Tensor | StaticPart): Value {
  const { operator } = expression;
  for (const [tensor, other] of [[a, b] as const, [b, a] as const]) {
    if (tensor.is !== 'tensor' || tensor.type !== 'bool' || other.is !== 'static' || other.value.is !== 'boolean') continue;
    return other.value.value === (operator === '==') ? tensor : to.apply('not', [tensor], 'bool');
  }
  const [x, y] = unify(to, a, b, expression.right);
  return to.apply(functions[operator as '<'], [x, y], 'bool');
}

/** Both as tensors of one element type. Conditions and numbers are not compared, added or chosen between (B321). */
export function unify(to: Elaboration, a: Tensor | StaticPart, b: Tensor | StaticPart, at: Place): [Tensor, Tensor] {
  if (isCondition(a) !== isCondition(b)) {
    const hint = '`select(condition, 1, 0)` makes a number of a condition';
    refuse({ code: 'B321', message: 'a condition and a number do not mix', at, label: 'the other is of another kind', hint });
  }
  if (isCondition(a)) return [asTruth(to, a), asTruth(to, b)];
  return isInt(a) && isInt(b) ? [asInt(to, a), asInt(to, b)] : [asReal(to, a), asReal(to, b)];
}

export function isCondition(value: Tensor | StaticPart): boolean {
  return value.is === 'tensor' ? value.type === 'bool' : value.value.is === 'boolean';
}

function asTruth(to: Elaboration, value: Tensor | StaticPart): Tensor {
  if (value.is === 'tensor') return value;
  const zero = to.number(0, 'int');
  return to.apply(value.value.is === 'boolean' && value.value.value ? 'eq' : 'ne', [zero, zero], 'bool');
}

export function isInt(value: Tensor | StaticPart): boolean {
  return value.is === 'tensor' ? value.type === 'int' : value.value.is === 'number' && Number.isInteger(value.value.value);
}

function asInt(to: Elaboration, value: Tensor | StaticPart): Tensor {
  return value.is === 'tensor' ? value : to.number(value.value.is === 'number' ? value.value.value : 0, 'int');
}

/** As real numbers; an int is converted. Conditions are no numbers (B321): what counts them says so. */
export function asReal(to: Elaboration, value: Tensor | StaticPart): Tensor {
  if (isCondition(value)) {
    const hint = '`select(condition, 1, 0)` makes a number of it';
    refuse({ code: 'B321', message: 'a number is expected, not a condition', at: to.builder.place, label: 'true or false', hint });
  }
  if (value.is === 'static') return to.number(value.value.is === 'number' ? value.value.value : Number.NaN, 'real');
  return value.type === 'real' ? value : to.apply('real', [value], 'real');
}

function arithmetic(to: Elaboration, expression: Operation, a: Tensor | StaticPart, b: Tensor | StaticPart): Value {
  const { operator } = expression;
  refuseIndex(to, expression, a, b);
  if (operator === '^') return power(to, expression, a, b);
  if (operator === '/') return to.apply('div', [asReal(to, a), asReal(to, b)], 'real');
  const int = isInt(a) && isInt(b);
  if ((operator === 'div' || operator === 'mod') && !int) {
    if (operator === 'div') return to.apply('floor', [to.apply('div', [asReal(to, a), asReal(to, b)], 'real')], 'real');
    const [x, y] = [asReal(to, a), asReal(to, b)];
    return to.apply('sub', [x, to.apply('mul', [y, to.apply('floor', [to.apply('div', [x, y], 'real')], 'real')], 'real')], 'real');
  }
  const [x, y] = unify(to, a, b, expression.right);
  if (!int) return to.apply(functions[operator as '+'], [x, y], 'real');
  const affine = combineAffine(operator, a, b);
  const range = binaryRange(operator, rangeOf(a), rangeOf(b));
  return to.apply(functions[operator as '+'], [x, y], 'int', { ...(range ? { range } : {}), ...(affine && range ? { affine } : {}) });
}

export function rangeOf(value: Tensor | StaticPart): Tensor['range'] {
  if (value.is === 'tensor') return value.range;
  return value.value.is === 'number' ? exactly(value.value.value) : undefined;
}

/** Why a value could be positions of an axis. */
export function proofOf(value: Tensor | StaticPart): Proof {
  return value.is === 'tensor' && value.index !== undefined ? { by: 'same', of: value.index } : { by: 'range', range: rangeOf(value) };
}

/** What indexes an axis is compared, indexed with, or subtracted; positions calculate freely. */
function refuseIndex(to: Elaboration, expression: Operation, ...values: (Tensor | StaticPart)[]): void {
  if (expression.operator === '-') return;
  for (const [k, value] of values.entries()) {
    if (value.is === 'static' || value.index === undefined || value.affine !== undefined) continue;
    refuse({
      code: 'B322',
      message: `an index is compared, indexed with or subtracted, not used with \`${expression.operator}\``,
      at: k === 0 ? expression.left : expression.right,
      label: `indexes ${to.table.name(value.index.axis)}`,
    });
  }
}

/** A constant exponent is `pow`; a constant base is an exponential. */
function power(to: Elaboration, expression: Operation, a: Tensor | StaticPart, b: Tensor | StaticPart): Value {
  if (b.is === 'static') return to.apply('pow', [asReal(to, a), asReal(to, b)], 'real');
  const base = a.is === 'static' && a.value.is === 'number' ? a.value.value : undefined;
  if (base === undefined) {
    const message = 'either the base or the exponent of `^` is a number';
    return refuse({
      code: 'B323',
      message,
      at: expression.place,
      label: 'both are tensors',
      hint: 'write `exp(y * log(x))`, if x is positive',
    });
  }
  if (base > 0) return to.apply('exp', [to.apply('mul', [asReal(to, b), to.number(Math.log(base), 'real')], 'real')], 'real');
  return refusePower(to, expression, base, b);
}

function refusePower(to: Elaboration, { place }: Operation, base: number, exponent: Tensor): never {
  const [axis] = exponent.affine?.terms.keys() ?? [];
  const parity = axis === undefined ? undefined : `1 - 2 * (@${to.table.name(axis)} mod 2)`;
  const size = base === -1 ? '' : ` * ${showNumber(-base)} ^ @${axis === undefined ? '' : to.table.name(axis)}`;
  return refuse({
    code: 'B323',
    message: `${showNumber(base)} has no real power by a tensor: powers of numbers are exponentials, and their base is positive`,
    at: place,
    label: `the base is ${showNumber(base)}`,
    hint:
      base === 0
        ? '`select(y == 0, 1, 0)` is 0 ^ y for y >= 0'
        : parity === undefined
          ? `for whole y, \`(1 - 2 * (y mod 2))${base === -1 ? '' : ` * ${showNumber(-base)} ^ y`}\``
          : `for positions that is \`${size === '' ? parity : `(${parity})${size}`}\``,
  });
}

export function unary(to: Elaboration, expression: tree.Unary, value: Tensor | StaticPart): Value {
  if (value.is === 'static') return asStatic(settle(foldUnary(expression.operator, value.value), expression.place));
  if (expression.operator === 'not') return to.apply('not', [condition(value, expression.operand.place) as Tensor], 'bool');
  numeric(value, expression.operand.place, '-');
  const affine = value.affine && {
    terms: new Map([...value.affine.terms].map(([axis, k]) => [axis, -k] as const)),
    constant: -value.affine.constant,
  };
  const range = binaryRange('-', rangeOf(asStatic(number(0))), value.range);
  return to.apply('neg', [value], value.type, { ...(affine ? { affine } : {}), ...(range ? { range } : {}) });
}
