/**
 * Whole numbers that are positions of an axis. Nothing indexes without a proof that it lies inside: `positions` is the only way to make one,
 * and says what the proof is. What merely speaks of an axis (`@time - 1`) is a whole number with a range.
 */
import type { AxisId } from '../../values/model.ts';
import type { AxisTable } from '../axes.ts';
import { type Interval, numericBounds } from './interval.ts';

declare const proven: unique symbol;
export interface Positions {
  readonly axis: AxisId;
  readonly [proven]: true;
}

/**
 * - `made`: by an operation whose results are positions (`@a`, argmax, top, clamp).
 * - `declared`: of an input; data are compared with the declaration before a run.
 * - `range`: all values lie in this interval.
 * - `same`: the very values that were positions, of the axis under another name (a formal axis, a prime).
 * - `each`: every value is one of several values that are proved each.
 */
export type Proof =
  | { readonly by: 'made' | 'declared' }
  | { readonly by: 'range'; readonly range: Interval | undefined }
  | { readonly by: 'same'; readonly of: Positions }
  | { readonly by: 'each'; readonly of: readonly Proof[] };

/** Undefined where the proof does not hold for this axis. */
export function positions(table: AxisTable, axis: AxisId, proof: Proof): Positions | undefined {
  return holds(table, axis, proof) ? ({ axis } as Positions) : undefined;
}

function holds(table: AxisTable, axis: AxisId, proof: Proof): boolean {
  switch (proof.by) {
    case 'made':
    case 'declared':
      return true;
    case 'same':
      return alike(table, proof.of.axis, axis);
    case 'range':
      return proof.range !== undefined && liesWithin(table, axis, proof.range);
    case 'each':
      return proof.of.length > 0 && proof.of.every((one) => holds(table, axis, one));
  }
}

/** One axis under several names: itself, a prime of it, what a formal axis stands for. */
export function alike(table: AxisTable, a: AxisId, b: AxisId): boolean {
  return a === b || table.sameFamily(a, b) || table.root(a) === table.root(b);
}

/** All positions of an axis. */
export function spanOf(table: AxisTable, axis: AxisId): Interval {
  const size = table.size(axis);
  return { low: { plus: 0 }, high: typeof size === 'number' ? { plus: size - 1 } : { axis: size.open, plus: -1 } };
}

function liesWithin(table: AxisTable, axis: AxisId, range: Interval): boolean {
  const within = spanOf(table, axis);
  const { low, high } = boundsIn(table, range);
  if (!(low >= 0)) return false;
  const sameOpen = range.high.axis !== undefined && range.high.axis === within.high.axis && range.high.plus <= within.high.plus;
  // An open axis has at least one position, so only 0 is sure to lie in it.
  return sameOpen || (within.high.axis === undefined ? high <= within.high.plus : high <= 0);
}

/** Least and greatest numbers of a range, an open axis as large as its bound allows. */
export function boundsIn(table: AxisTable, range: Interval): { readonly low: number; readonly high: number } {
  return numericBounds(range, (open) => {
    const size = table.size(open);
    return typeof size === 'number' ? size : (size.max ?? Number.POSITIVE_INFINITY);
  });
}
