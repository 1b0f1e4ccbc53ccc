/**
 * Operators and pointwise functions without an index list: operands must nest, one's axes within the other's (positions and numbers,
 * whose axes are explicit, are exempt). Static operands fold; what is neutral leaves no statement.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Pointwise } from '../../values/model.ts';
import { boolean, describe, foldBinary, foldUnary, number, settle } from '../fold.ts';
import { refuse } from '../refuse.ts';
import type { Elaboration } from './context.ts';
import { binaryRange } from './range.ts';
import { sourceOf } from './source.ts';
import type { Affine, StaticPart, Tensor, Value } from './value.ts';

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

export function binary(to: Elaboration, expression: tree.Binary, left: Tensor | StaticPart, right: Tensor | StaticPart): Value {
  const { operator, place } = expression;
  if (left.is === 'static' && right.is === 'static') return asStatic(settle(foldBinary(operator, left.value, right.value), place));
  const simple = simplify(operator, left, right);
  if (simple !== undefined) return simple;
  if (operator === 'and' || operator === 'or') return logic(to, expression, left, right);
  const [a, b] = [numeric(left, expression.left.place, operator), numeric(right, expression.right.place, operator)];
  nest(to, expression, a, b);
  if (comparisons.includes(operator)) return compare(to, expression, a, b);
  return arithmetic(to, expression, a, b);
}

/** What needs no statement: neutral numbers, conditions known, and `inf`, which is folded here and never reaches a kernel. */
function simplify(operator: tree.BinaryOperator, left: Tensor | StaticPart, right: Tensor | StaticPart): Value | undefined {
  if (left.is === 'static' && left.value.is === 'boolean') {
    if (operator === 'and') return left.value.value ? right : left;
    if (operator === 'or') return left.value.value ? left : right;
  }
  if (right.is === 'static' && right.value.is === 'boolean' && left.is === 'tensor') return simplify(operator, right, left);
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

function logic(to: Elaboration, expression: tree.Binary, left: Tensor | StaticPart, right: Tensor | StaticPart): Value {
  const a = condition(left, expression.left.place);
  const b = condition(right, expression.right.place);
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
function numeric(value: Tensor | StaticPart, place: Place, operator: tree.BinaryOperator): Tensor | StaticPart {
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

/** Neither operand may be broadcast along an axis that only the other has, in both directions (rule H10). */
export function nest(to: Elaboration, expression: tree.Binary, a: Tensor | StaticPart, b: Tensor | StaticPart): void {
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
      { place: expression.left.place, text: `has ${to.table.list(mine)}, the other has not` },
      { place: expression.right.place, text: `has ${to.table.list(yours)}, the other has not` },
    ],
    hint: `an index list says what is kept and what is summed: \`o[${kept}] = ${sourceOf(expression)}\` first`,
  });
}

function compare(to: Elaboration, expression: tree.Binary, a: Tensor | StaticPart, b: Tensor | StaticPart): Value {
  const { operator } = expression;
  if (a.is === 'tensor' && a.type === 'bool') {
    const same = b.is === 'static' ? b : undefined;
    if (same?.value.is === 'boolean') return same.value.value === (operator === '==') ? a : to.apply('not', [a], 'bool');
  }
  const [x, y] = unify(to, a, b);
  return to.apply(functions[operator as '<'], [x, y], 'bool');
}

/** Both as tensors of one element type. */
export function unify(to: Elaboration, a: Tensor | StaticPart, b: Tensor | StaticPart): [Tensor, Tensor] {
  const int = isInt(a) && isInt(b);
  return int ? [asInt(to, a), asInt(to, b)] : a.is === 'tensor' && a.type === 'bool' ? [a, b as Tensor] : [asReal(to, a), asReal(to, b)];
}

export function isInt(value: Tensor | StaticPart): boolean {
  return value.is === 'tensor' ? value.type === 'int' : value.value.is === 'number' && Number.isInteger(value.value.value);
}

function asInt(to: Elaboration, value: Tensor | StaticPart): Tensor {
  return value.is === 'tensor' ? value : to.number(value.value.is === 'number' ? value.value.value : 0, 'int');
}

/** As real numbers; an int is converted. */
export function asReal(to: Elaboration, value: Tensor | StaticPart): Tensor {
  if (value.is === 'static')
    return to.number(value.value.is === 'number' ? value.value.value : Number(value.value.is === 'boolean' && value.value.value), 'real');
  return value.type === 'real' ? value : to.apply('real', [value], 'real');
}

function arithmetic(to: Elaboration, expression: tree.Binary, a: Tensor | StaticPart, b: Tensor | StaticPart): Value {
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
  const [x, y] = unify(to, a, b);
  if (!int) return to.apply(functions[operator as '+'], [x, y], 'real');
  const affine = addAffine(operator, a, b);
  const range = binaryRange(operator, rangeOf(a), rangeOf(b));
  const shifted = affine && affine.terms.size === 1 && [...affine.terms.values()][0] === 1 ? [...affine.terms.keys()][0] : undefined;
  return to.apply(functions[operator as '+'], [x, y], 'int', {
    ...(range ? { range } : {}),
    ...(affine ? { affine } : {}),
    ...(shifted === undefined ? {} : { index: shifted }),
  });
}

export function rangeOf(value: Tensor | StaticPart): Tensor['range'] {
  if (value.is === 'tensor') return value.range;
  return value.value.is === 'number' ? { low: { plus: value.value.value }, high: { plus: value.value.value } } : undefined;
}

/** What indexes an axis is compared, indexed with, or subtracted; positions calculate freely. */
function refuseIndex(to: Elaboration, expression: tree.Binary, ...values: (Tensor | StaticPart)[]): void {
  if (expression.operator === '-') return;
  for (const [k, value] of values.entries()) {
    if (value.is === 'static' || value.index === undefined || value.affine !== undefined) continue;
    refuse({
      code: 'B322',
      message: `an index is compared, indexed with or subtracted, not used with \`${expression.operator}\``,
      at: (k === 0 ? expression.left : expression.right).place,
      label: `indexes ${to.table.name(value.index)}`,
    });
  }
}

function addAffine(operator: tree.BinaryOperator, a: Tensor | StaticPart, b: Tensor | StaticPart): Affine | undefined {
  const [x, y] = [affineOf(a), affineOf(b)];
  if (x === undefined || y === undefined || (operator !== '+' && operator !== '-')) return undefined;
  const sign = operator === '+' ? 1 : -1;
  const terms = new Map(x.terms);
  for (const [axis, factor] of y.terms) terms.set(axis, (terms.get(axis) ?? 0) + sign * factor);
  for (const [axis, factor] of terms) if (factor === 0) terms.delete(axis);
  return { terms, constant: x.constant + sign * y.constant };
}

function affineOf(value: Tensor | StaticPart): Affine | undefined {
  if (value.is === 'tensor') return value.affine;
  return value.value.is === 'number' ? { terms: new Map(), constant: value.value.value } : undefined;
}

/** A constant exponent is `pow`; a constant base is an exponential. */
function power(to: Elaboration, expression: tree.Binary, a: Tensor | StaticPart, b: Tensor | StaticPart): Value {
  if (b.is === 'static') return to.apply('pow', [asReal(to, a), asReal(to, b)], 'real');
  const base = a.is === 'static' && a.value.is === 'number' ? a.value.value : 0;
  if (base > 0) return to.apply('exp', [to.apply('mul', [asReal(to, b), to.number(Math.log(base), 'real')], 'real')], 'real');
  const hint = 'write `exp(y * log(x))`, if x is positive';
  return refuse({
    code: 'B323',
    message: 'either the base or the exponent of `^` is a number',
    at: expression.place,
    label: 'both are tensors',
    hint,
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
