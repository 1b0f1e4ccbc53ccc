/**
 * The words in which each operation says what it does to a library of arrays: what ONNX, and any other with broadcasting, has under some
 * name. An operation is spelt once, a target says each word once. Sizes are functions of the open sizes.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type { Dtype, ScalarFunction } from './program.ts';
import type { Count } from './sized.ts';

/** Something that the target has computed, by its name there. */
export interface Spelt {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Count[];
}
/** Point by point. `mod` has the sign of the divisor, `div` is of reals. */
export type Elementwise = Exclude<ScalarFunction, 'idiv' | 'select' | 'below' | 'uniform' | 'real' | 'int' | 'stop'> | 'quotient' | 'isnan';

export interface Speller {
  /** The number that an object of the attributes has under a key. */
  size(holder: object, key: string): Count;
  /** Rank 0. */
  number(value: number, dtype: Dtype): Spelt;
  count(value: Count, dtype: Dtype): Spelt;
  constant(values: readonly number[], dtype: Dtype, shape: readonly number[]): Spelt;
  /** int[size]: 0, 1, ... */
  range(size: Count): Spelt;
  /** Axes are aligned from the last; a size of 1 is stretched. `quotient`: of ints that divide without rest. */
  apply(f: Elementwise, ...inputs: readonly Spelt[]): Spelt;
  where(condition: Spelt, yes: Spelt, no: Spelt): Spelt;
  cast(x: Spelt, dtype: Dtype): Spelt;
  reshape(x: Spelt, shape: readonly Count[]): Spelt;
  /** Axis k of the result is axis `order[k]` of x. */
  transpose(x: Spelt, order: readonly number[]): Spelt;
  /** Axes of size 1 at these positions of the result. */
  insert(x: Spelt, axes: readonly number[]): Spelt;
  expand(x: Spelt, shape: readonly Count[]): Spelt;
  reduce(combine: 'sum' | 'max' | 'min', x: Spelt, axes: readonly number[]): Spelt;
  /** Of the last two axes; those before are stretched. */
  matmul(a: Spelt, b: Spelt): Spelt;
  /** In place of the axis come the axes of `ids`, which lie within it. */
  take(x: Spelt, axis: number, ids: Spelt): Spelt;
  /** real[size], at each position the sum of the values that belong there; `ids` and `values` have one axis. */
  scatter(size: Count, ids: Spelt, values: Spelt): Spelt;
  slice(x: Spelt, axis: number, from: Count, size: Count): Spelt;
  pad(x: Spelt, axis: number, before: Count, after: Count): Spelt;
  /** Positions along the axis, the greatest or least first, ties to the lower; the axis stays where it is. */
  top(x: Spelt, axis: number, count: Count, which: 'greatest' | 'least'): Spelt;
}

/** A target has no words for a construct: which one, where, and what to do. */
export class NotSpelt extends Error {
  readonly place: Place | undefined;
  constructor(message: string, place?: Place) {
    super(message);
    this.place = place;
  }
}
