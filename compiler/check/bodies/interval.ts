/** Interval arithmetic of whole numbers, so that an index can be proved to lie in its axis. */
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId } from '../../values/model.ts';

/** A whole number, or the size of an open axis plus one. */
export interface Bound {
  readonly axis?: AxisId;
  readonly plus: number;
}
export interface Interval {
  readonly low: Bound;
  readonly high: Bound;
}
export const unbounded: Interval = { low: { plus: Number.NEGATIVE_INFINITY }, high: { plus: Number.POSITIVE_INFINITY } };
export const exactly = (value: number): Interval => ({ low: { plus: value }, high: { plus: value } });

/** All values of either. */
export function hull(a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  const [low, high] = [least(a, b)?.low, greatest(a, b)?.high];
  return low && high && { low, high };
}

const unknownLow: Bound = { plus: Number.NEGATIVE_INFINITY };
const unknownHigh: Bound = { plus: Number.POSITIVE_INFINITY };

/** The range of a result; undefined where nothing is known, as of a number that may leave 32 bits and come back on the other side. */
export function binaryRange(operator: tree.BinaryOperator, a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  const range = a === undefined || b === undefined ? undefined : combined(operator, a, b);
  return range === undefined || range.low.plus < -(2 ** 31) || range.high.plus >= 2 ** 31 ? undefined : range;
}

function combined(operator: tree.BinaryOperator, a: Interval, b: Interval): Interval | undefined {
  switch (operator) {
    case '+':
      return addIntervals(a, b);
    case '-':
      return addIntervals(a, negateInterval(b));
    case '*':
      return multiply(a, b);
    case 'mod':
      return modulo(b);
    case 'div':
      return divide(a, b);
    default:
      return undefined;
  }
}

const isNumeric = (a: Interval) => a.low.axis === undefined && a.high.axis === undefined;
const exact = (a: Interval) => (isNumeric(a) && a.low.plus === a.high.plus ? a.low.plus : undefined);

function multiply(a: Interval, b: Interval): Interval {
  if (isNumeric(a) && isNumeric(b)) {
    const products = [a.low, a.high].flatMap((x) => [b.low, b.high].map((y) => (x.plus === 0 || y.plus === 0 ? 0 : x.plus * y.plus)));
    return { low: { plus: Math.min(...products) }, high: { plus: Math.max(...products) } };
  }
  const [x, y] = [atLeastOf(a), atLeastOf(b)];
  return x >= 0 && y >= 0 ? { low: { plus: x * y }, high: unknownHigh } : { low: unknownLow, high: unknownHigh };
}

/** An open axis has at least one position. */
const atLeastOf = (a: Interval) => a.low.plus + (a.low.axis === undefined ? 0 : 1);

function modulo(b: Interval): Interval {
  const by = exact(b);
  return by !== undefined && by > 0 ? { low: { plus: 0 }, high: { plus: by - 1 } } : { low: unknownLow, high: unknownHigh };
}

function divide(a: Interval, b: Interval): Interval {
  const by = exact(b);
  if (by === undefined || by <= 0) return { low: unknownLow, high: unknownHigh };
  const low = a.low.axis === undefined ? { plus: Math.floor(a.low.plus / by) } : { plus: Math.floor((1 + a.low.plus) / by) };
  const high = a.high.axis === undefined ? { plus: Math.floor(a.high.plus / by) } : a.high.plus <= 0 ? a.high : unknownHigh;
  return { low, high };
}

export function least(a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { low: lower(a.low, b.low), high: knownHigh(a.high, b.high) };
}

export function greatest(a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { low: knownLow(a.low, b.low), high: higher(a.high, b.high) };
}

const sameAxis = (a: Bound, b: Bound) => a.axis === b.axis;
/** min(a, b) is at least the lower of both bounds; bounds of different axes are compared by what an axis has at least. */
function lower(a: Bound, b: Bound): Bound {
  if (sameAxis(a, b)) return a.plus <= b.plus ? a : b;
  const least = (x: Bound) => x.plus + (x.axis === undefined ? 0 : 1);
  return { plus: Math.min(least(a), least(b)) };
}
function higher(a: Bound, b: Bound): Bound {
  if (sameAxis(a, b)) return a.plus >= b.plus ? a : b;
  const [open, known] = a.axis === undefined ? [b, a] : [a, b];
  if (known.axis === undefined && known.plus <= open.plus + 1) return open;
  return { plus: Number.POSITIVE_INFINITY };
}
/** min(a, b) is at most either: a number is preferred to an axis. */
function knownHigh(a: Bound, b: Bound): Bound {
  if (sameAxis(a, b)) return a.plus <= b.plus ? a : b;
  return Number.isFinite(b.plus) ? b : a;
}
function knownLow(a: Bound, b: Bound): Bound {
  if (sameAxis(a, b)) return a.plus >= b.plus ? a : b;
  return Number.isFinite(b.plus) ? b : a;
}

function addBounds(a: Bound, b: Bound, infinite: number): Bound {
  if (a.axis !== undefined && b.axis !== undefined) return { plus: infinite };
  const axis = a.axis ?? b.axis;
  return { ...(axis === undefined ? {} : { axis }), plus: a.plus + b.plus };
}

/** The negative of a bound is known for numbers only. */
function negateBound(a: Bound, infinite: number): Bound {
  return a.axis === undefined ? { plus: -a.plus } : { plus: infinite };
}

export function addIntervals(a: Interval, b: Interval): Interval {
  return { low: addBounds(a.low, b.low, Number.NEGATIVE_INFINITY), high: addBounds(a.high, b.high, Number.POSITIVE_INFINITY) };
}

export function negateInterval(a: Interval): Interval {
  // -(size + p) <= -(1 + p): an open axis has at least one position.
  const low = a.high.axis === undefined ? negateBound(a.high, 0) : { plus: Number.NEGATIVE_INFINITY };
  const high = a.low.axis === undefined ? negateBound(a.low, 0) : { plus: -(1 + a.low.plus) };
  return { low, high };
}

/** Least and greatest numbers of an interval, an open axis taken from 1 to `most`. */
export function numericBounds(a: Interval, most: (axis: AxisId) => number): { readonly low: number; readonly high: number } {
  return {
    low: a.low.plus + (a.low.axis === undefined ? 0 : 1),
    high: a.high.plus + (a.high.axis === undefined ? 0 : most(a.high.axis)),
  };
}

export function showBound(bound: Bound, name: (axis: AxisId) => string): string {
  if (bound.axis === undefined) return Number.isFinite(bound.plus) ? String(bound.plus) : 'anything';
  return `${name(bound.axis)}${bound.plus === 0 ? '' : bound.plus > 0 ? ` + ${bound.plus}` : ` - ${-bound.plus}`}`;
}
