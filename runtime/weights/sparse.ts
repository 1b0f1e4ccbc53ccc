/** Entries of a tensor that stand alone: the largest of what other terms of a sum miss, and their places. */
import type { HostTensor } from './tensor.ts';
import { strides } from './tensor.ts';

/** `values`, then by axis of the tensor the positions of its entries: in the order of `coresOf`. */
export type Sparse = readonly [values: HostTensor, ...places: HostTensor[]];

/**
 * The `count` entries of largest absolute value, of equal ones those that come first; in the order in which they stand. No other choice of
 * as many entries leaves less.
 */
export function largestEntries({ shape, data }: HostTensor, count: number): Sparse {
  const least = magnitudeOf(data, count);
  let equal = count - data.reduce((above, value) => above + Number(Math.abs(value) > least), 0);
  const chosen = new Float64Array(count);
  const places = shape.map(() => new Float64Array(count));
  const steps = strides(shape);
  let next = 0;
  for (const [at, value] of data.entries()) {
    const size = Math.abs(value);
    if (size < least || (size === least && equal-- <= 0)) continue;
    chosen[next] = value;
    for (const [axis, own] of places.entries()) own[next] = Math.floor(at / steps[axis]) % shape[axis];
    next++;
  }
  const list = (data: Float64Array): HostTensor => ({ shape: [count], data });
  return [list(chosen), ...places.map(list)];
}

/** The absolute value of the entry that `count` - 1 others are not below. */
function magnitudeOf(data: Float64Array, count: number): number {
  return data.map(Math.abs).sort()[data.length - count];
}

/** Adds `scale` times each value where it stands; several may stand at one place. Throws RangeError for a position that is none. */
export function addEntries(
  to: Float64Array,
  shape: readonly number[],
  values: Float64Array,
  places: readonly Float64Array[],
  scale = 1,
): void {
  const steps = strides(shape);
  for (const [axis, own] of places.entries()) {
    const wrong = own.find((position) => !(Number.isInteger(position) && position >= 0 && position < shape[axis]));
    if (wrong !== undefined) throw new RangeError(`${wrong} is no position on an axis of ${shape[axis]}`);
    if (own.length !== values.length) throw new RangeError(`${values.length} values stand at ${own.length} positions`);
  }
  for (const [k, value] of values.entries()) to[places.reduce((at, own, axis) => at + own[k] * steps[axis], 0)] += scale * value;
}
