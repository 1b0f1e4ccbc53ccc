/**
 * Building blocks of `lower`: accesses of nests. Indices are called `i0`, `i1`, ... by position, never after axes, so that renaming an axis
 * changes no kernel.
 */
import type { Nest, NestAccess } from '../values/kernel.ts';
import type { Axis, Scalar, Subscript, Type } from '../values/program.ts';
import { strides } from '../values/shape.ts';
import { read } from './scalar.ts';

export const index = (position: number): string => `i${position}`;

/** The element of input `buffer` (-1: the result) at the indices of `subscripts`, one for each of its axes. */
export function access(buffer: number, axes: readonly Axis[], subscripts: readonly Subscript[], inputs: readonly Type[]): NestAccess {
  const steps = strides(axes);
  const terms: Record<string, number> = {};
  const lookups: { ids: NestAccess; stride: number; size: number }[] = [];
  subscripts.forEach((subscript, axis) => {
    if (typeof subscript === 'number') terms[index(subscript)] = (terms[index(subscript)] ?? 0) + steps[axis];
    else {
      const ids = access(subscript.ids, inputs[subscript.ids].axes, subscript.over, inputs);
      lookups.push({ ids, stride: steps[axis], size: subscript.axis.size });
    }
  });
  return { buffer, terms, plus: 0, lookups, where: [] };
}

/** A nest that computes every element of the result by itself, over the result's own axes. */
export function pointwise(domain: readonly Axis[], reads: readonly NestAccess[], value: Scalar): Nest {
  const positions = domain.map((_, axis) => axis);
  return {
    domain: domain.map((axis, k) => ({ index: index(k), axis, role: 'kept' })),
    reads,
    combine: 'none',
    value,
    after: [],
    finish: read(0),
    write: access(-1, domain, positions, []),
  };
}
