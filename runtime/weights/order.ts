/** Positions of an axis in another order, which a rule makes from the values of a tensor (`OrderRule`). */
import type { OrderRule } from '../../compiler/values/model.ts';
import type { HostTensor } from './tensor.ts';
import { count, strides } from './tensor.ts';

/** Position k of the axis in the order is position `result[k]` of the tensor. Orders of other axes change nothing about it. */
export function orderOf(tensor: HostTensor, axis: number, rule: OrderRule): Float64Array {
  const slices = slicesOf(tensor, axis);
  const squares = slices.map((slice) => slice.reduce((sum, value) => sum + value * value, 0));
  if (rule === 'likeness') return chainOf(slices, squares);
  // A stable sort: of equal norms the first.
  return Float64Array.from([...slices.keys()].sort((a, b) => squares[b] - squares[a]));
}

function slicesOf({ shape, data }: HostTensor, axis: number): Float64Array[] {
  const size = shape[axis];
  const step = strides(shape)[axis];
  const slices = Array.from({ length: size }, () => new Float64Array(data.length / size));
  const filled = new Uint32Array(size);
  for (let at = 0; at < data.length; at++) {
    const position = Math.floor(at / step) % size;
    slices[position][filled[position]++] = data[at];
  }
  return slices;
}

/** From the slice farthest from the longest one, always to the nearest that is left. */
function chainOf(slices: readonly Float64Array[], squares: readonly number[]): Float64Array {
  const longest = squares.reduce((best, square, k) => (square > squares[best] ? k : best), 0);
  const left = new Set(slices.keys());
  const chain = new Float64Array(slices.length);
  let last = extreme(slices, left, longest, (a, b) => a > b);
  for (let k = 0; k < chain.length; k++) {
    chain[k] = last;
    left.delete(last);
    if (left.size > 0) last = extreme(slices, left, last, (a, b) => a < b);
  }
  return chain;
}

/** The position among those left whose distance from `from` is before all others; of equal ones the first. */
function extreme(
  slices: readonly Float64Array[],
  left: ReadonlySet<number>,
  from: number,
  before: (a: number, b: number) => boolean,
): number {
  let [best, found] = [-1, 0];
  for (const k of left) {
    const distance = squaredDistance(slices[k], slices[from]);
    if (best < 0 || before(distance, found)) [best, found] = [k, distance];
  }
  return best;
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) ** 2;
  return sum;
}

/** The tensor with an axis in this order. */
export function inOrder(tensor: HostTensor, axis: number, order: Float64Array): HostTensor {
  return moved(tensor, axis, (k) => [k, order[k]]);
}

/** The inverse: what is at position k in the order goes where the tensor has it. */
export function putBack(tensor: HostTensor, axis: number, order: Float64Array): HostTensor {
  return moved(tensor, axis, (k) => [order[k], k]);
}

/** `pair(k)`: the position that is filled, and the one that it is filled from. Throws RangeError where an order is none. */
function moved({ shape, data }: HostTensor, axis: number, pair: (k: number) => readonly [to: number, from: number]): HostTensor {
  const size = shape[axis];
  const step = strides(shape)[axis];
  const result = new Float64Array(count(shape));
  for (let k = 0; k < size; k++) {
    const [to, from] = pair(k);
    if (![to, from].every((at) => Number.isInteger(at) && at >= 0 && at < size))
      throw new RangeError(`${to} and ${from} are not both positions on an axis of ${size}`);
    for (let block = 0; block < data.length; block += size * step) {
      const source = block + from * step;
      result.set(data.subarray(source, source + step), block + to * step);
    }
  }
  return { shape, data: result };
}
