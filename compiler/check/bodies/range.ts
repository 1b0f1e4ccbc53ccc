/** Interval arithmetic of whole numbers, so that an index can be proved to lie in its axis (rule H15). */
import type * as tree from '../../../grammar/tree.ts';
import { addIntervals, type Bound, type Interval, negateInterval } from './value.ts';

const unknownLow: Bound = { plus: Number.NEGATIVE_INFINITY };
const unknownHigh: Bound = { plus: Number.POSITIVE_INFINITY };

export function binaryRange(operator: tree.BinaryOperator, a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  if (a === undefined || b === undefined) return undefined;
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
