/**
 * Arithmetic of shapes: row-major, sizes are numbers. Every room that turns positions into offsets asks here.
 */
import type { Axis, Type } from './program.ts';

/** Number of elements; 1 for rank 0. */
export function elements(axes: readonly Axis[]): number {
  return axes.reduce((product, axis) => product * axis.size, 1);
}

/** Row-major strides in elements. */
export function strides(axes: readonly Axis[]): number[] {
  const result = new Array<number>(axes.length).fill(1);
  for (let axis = axes.length - 2; axis >= 0; axis--) result[axis] = result[axis + 1] * axes[axis + 1].size;
  return result;
}

/** `real[batch:4 width:8]`. */
export function printType(type: Type): string {
  return `${type.dtype}[${type.axes.map((axis) => `${axis.name}:${axis.size}`).join(' ')}]`;
}

/** Equal element type and sizes; names are labels and do not count. */
export function sameShape(a: Type, b: Type): boolean {
  return a.dtype === b.dtype && a.axes.length === b.axes.length && a.axes.every((axis, k) => axis.size === b.axes[k].size);
}

/** Names that differ, for print: the second axis called `width` is `width~2`. */
export function labels(axes: readonly Axis[]): string[] {
  const seen = new Map<string, number>();
  return axes.map(({ name }) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}~${count}`;
  });
}
