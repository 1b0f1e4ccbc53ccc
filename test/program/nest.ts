/** Interprets nests point by point in f64: what `lower` says, without any kernel. */
import type { Nest, NestAccess } from '../../compiler/values/kernel.ts';
import type { Tensor } from '../../compiler/values/operation.ts';
import type { Type } from '../../compiler/values/program.ts';
import { compileScalar } from '../../compiler/values/scalar.ts';
import { elements } from '../../compiler/values/shape.ts';
import { context } from './numbers.ts';

type Position = Readonly<Record<string, number>>;
const affine = ({ terms, plus }: { terms: Position; plus: number }, at: Position): number =>
  Object.entries(terms).reduce((sum, [index, stride]) => sum + stride * at[index], plus);

/** The element's offset, or undefined where a guard or an id says outside. */
function locate(access: NestAccess, at: Position, inputs: readonly Tensor[]): number | undefined {
  for (const guard of access.where) {
    const value = affine(guard, at);
    if (value < 0 || value >= guard.size) return undefined;
  }
  let offset = affine(access, at);
  for (const { ids, stride, size } of access.lookups) {
    const place = locate(ids, at, inputs);
    const id = place === undefined ? -1 : inputs[ids.buffer].data[place];
    if (id < 0 || id >= size) return undefined;
    offset += stride * id;
  }
  return offset;
}

const start = { none: 0, sum: 0, max: -1e30, min: 1e30, any: 0 } as const;

export function runNest(nest: Nest, inputs: readonly Tensor[], type: Type): Float64Array {
  const result = new Float64Array(elements(type.axes)).fill(nest.write.lookups.length > 0 ? 0 : Number.NaN);
  const sizes = nest.domain.map(({ axis }) => axis.size);
  const point = { reads: new Float64Array(Math.max(nest.reads.length, nest.after.length + 1)), coordinates: new Int32Array(sizes.length) };
  const value = compileScalar(nest.value, point, sizes, context);
  const finish = compileScalar(nest.finish, point, sizes, context);
  const kept = nest.domain.flatMap(({ role }, k) => (role === 'kept' ? [k] : []));
  const reduced = nest.domain.flatMap(({ role }, k) => (role === 'reduced' ? [k] : []));
  const position = (): Position => Object.fromEntries(nest.domain.map(({ index }, k) => [index, point.coordinates[k]]));
  const fetch = (accesses: readonly NestAccess[], first: number, at: Position) =>
    accesses.forEach((access, k) => {
      const offset = locate(access, at, inputs);
      if (offset !== undefined && !(offset in inputs[access.buffer].data)) throw new Error(`read ${k} at ${offset} is outside its buffer`);
      point.reads[first + k] = offset === undefined ? 0 : inputs[access.buffer].data[offset];
    });
  forEach(point.coordinates, kept, sizes, () => {
    let total: number = start[nest.combine];
    forEach(point.coordinates, reduced, sizes, () => {
      fetch(nest.reads, 0, position());
      const x = value();
      if (nest.combine === 'none') total = x;
      else if (nest.combine === 'sum') total += x;
      else total = nest.combine === 'min' ? Math.min(total, x) : Math.max(total, x);
    });
    for (const k of reduced) point.coordinates[k] = 0;
    const at = position();
    fetch(nest.after, 1, at);
    point.reads[0] = total;
    const offset = locate(nest.write, at, inputs);
    if (offset === undefined) return;
    if (nest.write.lookups.length > 0) result[offset] += finish();
    else if (Number.isNaN(result[offset])) result[offset] = finish();
    else throw new Error(`element ${offset} is written twice`);
  });
  return result;
}

function forEach(coordinates: Int32Array, axes: readonly number[], sizes: readonly number[], visit: () => void): void {
  const [axis, ...rest] = axes;
  if (axis === undefined) {
    visit();
    return;
  }
  for (let k = 0; k < sizes[axis]; k++) {
    coordinates[axis] = k;
    forEach(coordinates, rest, sizes, visit);
  }
}
