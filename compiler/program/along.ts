/** What slice and pad share: a tensor whose one axis has another size. */
import type { Tensor } from '../values/operation.ts';
import type { Type } from '../values/program.ts';
import { elements } from '../values/shape.ts';

export function resized(type: Type, axis: number, size: number): Type {
  return { dtype: type.dtype, axes: type.axes.map((own, k) => (k === axis ? { name: own.name, size } : own)) };
}

/** Copies position p along `axis` to p + shift where that exists in the result; the rest is 0. */
export function copyAlong(input: Tensor, result: Type, axis: number, shift: number): Tensor {
  const from = input.type.axes[axis].size;
  const to = result.axes[axis].size;
  const inner = elements(input.type.axes.slice(axis + 1));
  const outer = elements(input.type.axes.slice(0, axis));
  const data = new Float64Array(outer * to * inner);
  const first = Math.max(0, -shift);
  const last = Math.min(from, to - shift);
  for (let o = 0; o < outer; o++) {
    data.set(input.data.subarray((o * from + first) * inner, (o * from + last) * inner), (o * to + first + shift) * inner);
  }
  return { type: result, data };
}
