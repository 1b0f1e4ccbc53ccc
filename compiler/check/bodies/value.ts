/**
 * What an expression in a body stands for. Tensors are statements of the body; everything static stays outside it until a tensor needs
 * it. Integers carry the interval that they lie in, so that an index proved in range needs no `else`.
 */
import { Refused } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId, ElementType, ValueId } from '../../values/model.ts';
import type { Instance, MemberNode, StaticValue } from '../instance.ts';

export type Value = Tensor | StaticPart | LayerPart | FamilyPart | FunctionPart | SeveralPart | ErrorPart;
export interface Tensor {
  readonly is: 'tensor';
  readonly id: ValueId;
  readonly axes: readonly AxisId[];
  readonly type: ElementType;
  /** The axis whose positions the values are. */
  readonly index?: AxisId;
  readonly range?: Interval;
  /** Made of positions and numbers only: its axes are explicit, so it need not nest with others. */
  readonly free: boolean;
  /** Sum of positions and a number: `@row + @dr - 1`. */
  readonly affine?: Affine;
}
export interface StaticPart {
  readonly is: 'static';
  readonly value: StaticValue;
}
/** One instance, or for each value of `chosen` (outermost first) one of many, in row-major order of the choices. */
export interface LayerPart {
  readonly is: 'layer';
  readonly instances: readonly Instance[];
  readonly chosen: readonly Choice[];
}
export interface Choice {
  readonly axis: AxisId;
  readonly index: Tensor;
}
export interface FamilyPart {
  readonly is: 'family';
  readonly name: string;
  /** One node, or as for layers one for each combination of `chosen`. */
  readonly nodes: readonly (MemberNode & { is: 'family' })[];
  readonly chosen: readonly Choice[];
}
export interface FunctionPart {
  readonly is: 'function';
  readonly name: string;
  readonly declaration: tree.Fn | tree.Forward;
  /** The instance whose members the body sees; none for a function of a file. */
  readonly owner?: LayerPart;
}
export interface SeveralPart {
  readonly is: 'several';
  readonly values: readonly Value[];
}
export interface ErrorPart {
  readonly is: 'error';
}

/** A whole number, or the size of an open axis plus one. */
export interface Bound {
  readonly axis?: AxisId;
  readonly plus: number;
}
export interface Interval {
  readonly low: Bound;
  readonly high: Bound;
}
export interface Affine {
  readonly terms: ReadonlyMap<AxisId, number>;
  readonly constant: number;
}

export const unbounded: Interval = { low: { plus: Number.NEGATIVE_INFINITY }, high: { plus: Number.POSITIVE_INFINITY } };
export const exactly = (value: number): Interval => ({ low: { plus: value }, high: { plus: value } });

/** Ends a unit of checking without a word: what is wrong has been reported. */
export function silently(): never {
  throw new Refused([]);
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
