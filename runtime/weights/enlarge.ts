/** A core with larger bonds, of which one axis has zeros at its new indices. */
import { normals, streamKey, type Words } from '../../compiler/values/random.ts';
import { count, type HostTensor, norm, resize } from './tensor.ts';

/** What new entries are drawn for. */
export interface Draw {
  readonly seed: Words;
  readonly step: number;
}

/** Present entries where they were; those at a new index of an axis of `zeros` are zeros, the other new ones drawn. */
export function enlarged(
  value: HostTensor,
  shape: readonly number[],
  zeros: ReadonlySet<number>,
  name: string,
  { seed, step }: Draw,
): Float64Array {
  const data = resize(value, shape).data.slice() as Float64Array;
  const rms = norm(value.data) / Math.sqrt(value.data.length);
  const deviation = rms > 0 ? rms : 1 / Math.sqrt(count(shape) / (shape.at(-1) ?? 1));
  const columns = shape.at(-1) ?? 1;
  const drawn = normals(streamKey(seed, `grow/${name}`, step), data.length / columns, columns);
  const position = shape.map(() => 0);
  for (let k = 0; k < data.length; k++) {
    const isNew = position.some((index, axis) => index >= value.shape[axis]);
    if (isNew && !position.some((index, axis) => zeros.has(axis) && index >= value.shape[axis])) data[k] = deviation * drawn[k];
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis] === shape[axis]; axis--) position[axis] = 0;
  }
  return data;
}
