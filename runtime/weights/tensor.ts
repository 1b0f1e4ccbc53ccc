/**
 * Tensors of the host: f64, row-major. Decomposition, merging and initialisation happen here, between steps and outside engines, because
 * they need double precision and run once, not every step.
 */

export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Number of elements of a shape. */
export function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Row-major strides of a shape, in elements. */
export function strides(shape: readonly number[]): number[] {
  const result = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    result[axis] = stride;
    stride *= shape[axis];
  }
  return result;
}

/** The same elements in the same order under another shape of equal size. */
export function reshape(tensor: HostTensor, shape: readonly number[]): HostTensor {
  if (count(shape) !== tensor.data.length)
    throw new RangeError(`${tensor.data.length} elements do not fill the shape [${shape.join(', ')}]`);
  return { shape, data: tensor.data };
}

/** Edge of a tile of a plane that is read along one axis and written along another. */
const TILE = 16;

/**
 * Reads `shape` elements of `data` from `offset` with the given strides into a row-major array: permutation, slice and diagonal alike.
 * The last axis is a plain loop, with the one along which the data lie where that is another; the others count like an odometer.
 */
export function gather(data: Float64Array, offset: number, shape: readonly number[], steps: readonly number[]): Float64Array {
  const result = new Float64Array(count(shape));
  if (result.length === 0) return result;
  const axes = joinedAxes(shape, steps);
  const { size: inner, step } = axes.pop()!;
  const along = step === 1 ? -1 : axes.findIndex((axis) => axis.step === 1);
  const side = along < 0 ? { size: 1, step: 0, to: 0 } : axes.splice(along, 1)[0];
  const index = axes.map(() => 0);
  for (let from = offset, to = 0; ; ) {
    for (let p = 0; p < side.size; p += TILE) {
      const bottom = Math.min(side.size, p + TILE);
      const width = side.size === 1 ? inner : TILE;
      for (let q = 0; q < inner; q += width) {
        const right = Math.min(inner, q + width);
        for (let i = p; i < bottom; i++) {
          let at = from + i + q * step;
          for (let j = q, into = to + i * side.to + q; j < right; j++, into++, at += step) result[into] = data[at];
        }
      }
    }
    let axis = axes.length - 1;
    for (; axis >= 0; axis--) {
      from += axes[axis].step;
      to += axes[axis].to;
      if (++index[axis] < axes[axis].size) break;
      from -= axes[axis].step * axes[axis].size;
      to -= axes[axis].to * axes[axis].size;
      index[axis] = 0;
    }
    if (axis < 0) return result;
  }
}

/** At least one: axes of size 1 left out, neighbours that are one run in both arrays joined. `to`: the stride in the result. */
function joinedAxes(shape: readonly number[], steps: readonly number[]): { size: number; step: number; to: number }[] {
  const into = strides(shape);
  const axes: { size: number; step: number; to: number }[] = [];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const before = axes.at(-1);
    if (before !== undefined && before.step === steps[axis] * size) {
      axes[axes.length - 1] = { size: before.size * size, step: steps[axis], to: into[axis] };
    } else axes.push({ size, step: steps[axis], to: into[axis] });
  }
  return axes.length === 0 ? [{ size: 1, step: 1, to: 1 }] : axes;
}

/** Axis k of the result is axis `order[k]` of the tensor. */
export function permute(tensor: HostTensor, order: readonly number[]): HostTensor {
  const shape = order.map((axis) => tensor.shape[axis]);
  if (order.every((axis, k) => axis === k)) return tensor;
  const steps = strides(tensor.shape);
  return {
    shape,
    data: gather(
      tensor.data,
      0,
      shape,
      order.map((axis) => steps[axis]),
    ),
  };
}

/** What lies at positions of axes, which are gone then. */
export function slice({ shape, data }: HostTensor, at: readonly { readonly leg: number; readonly position: number }[]): HostTensor {
  if (at.length === 0) return { shape, data };
  const steps = strides(shape);
  const kept = shape.flatMap((_, axis) => (at.some(({ leg }) => leg === axis) ? [] : [axis]));
  const rest = kept.map((axis) => shape[axis]);
  const from = at.reduce((sum, { leg, position }) => sum + position * steps[leg], 0);
  return {
    shape: rest,
    data: gather(
      data,
      from,
      rest,
      kept.map((axis) => steps[axis]),
    ),
  };
}

/** Grows (with zeros) or crops every axis at its end. */
export function resize(tensor: HostTensor, shape: readonly number[]): HostTensor {
  if (shape.every((size, axis) => size === tensor.shape[axis])) return tensor;
  const kept = shape.map((size, axis) => Math.min(size, tensor.shape[axis]));
  const part = gather(tensor.data, 0, kept, strides(tensor.shape));
  if (kept.every((size, axis) => size === shape[axis])) return { shape, data: part };
  const data = new Float64Array(count(shape));
  const steps = strides(shape);
  const rows = kept.length === 0 ? 1 : count(kept.slice(0, -1));
  const inner = kept.length === 0 ? 1 : kept[kept.length - 1];
  for (let row = 0; row < rows; row++) {
    let rest = row;
    let at = 0;
    for (let axis = kept.length - 2; axis >= 0; axis--) {
      at += (rest % kept[axis]) * steps[axis];
      rest = Math.floor(rest / kept[axis]);
    }
    data.set(part.subarray(row * inner, (row + 1) * inner), at);
  }
  return { shape, data };
}

/** Frobenius norm, scaled against overflow and underflow. */
export function norm(data: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < data.length; k++) largest = Math.max(largest, Math.abs(data[k]));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let k = 0; k < data.length; k++) {
    const value = data[k] / largest;
    sum += value * value;
  }
  return largest * Math.sqrt(sum);
}

/** Frobenius norm of a - b. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const difference = new Float64Array(a.length);
  for (let k = 0; k < a.length; k++) difference[k] = a[k] - b[k];
  return norm(difference);
}
