/** One draw of a law, and the values of seeded tensors. */
import type { Law, Parameter } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { normals, streamKey, uniformOf, wordAt } from '../../compiler/values/random.ts';
import { orthonormalRows, transpose } from './linear-algebra.ts';
import type { HostTensor } from './tensor.ts';
import { count, permute } from './tensor.ts';

/** A seeded tensor, scale included. */
export function seededValue({ origin, init: { law, scale }, legs }: Parameter, seed: Words): HostTensor {
  if (origin.is !== 'seeded' || law.is === 'source') throw new Error('a tensor that is not seeded has values of its own');
  const shape = legs.map(({ size }) => size);
  return scaled(draw(law, shape, seed, origin.stream), scale);
}

export function scaled(value: HostTensor, factor: number): HostTensor {
  return factor === 1 ? value : { shape: value.shape, data: value.data.map((entry) => entry * factor) };
}

/** One draw of a law; `stream` names the tensor. Normal numbers are bit-equal on every host. */
export function draw(law: Exclude<Law, { is: 'source' }>, shape: readonly number[], seed: Words, stream: string): HostTensor {
  const size = count(shape);
  const columns = shape.at(-1) ?? 1;
  const rows = size / columns;
  const key = streamKey(seed, `init/${stream}`, 0);
  switch (law.is) {
    case 'zeros':
      return { shape, data: new Float64Array(size) };
    case 'ones':
      return { shape, data: new Float64Array(size).fill(1) };
    case 'normal':
      return { shape, data: normals(key, rows, columns).map((value) => value * law.deviation) };
    case 'uniform': {
      const unit = (k: number) => uniformOf(wordAt(key, Math.floor(k / columns), k % columns));
      return { shape, data: Float64Array.from({ length: size }, (_, k) => law.low + (law.high - law.low) * unit(k)) };
    }
    case 'orthogonal':
      return { shape, data: isometry(normals(key, rows, columns), rows, columns) };
  }
}

/** A tensor that is to stay orthogonal over a leg is drawn so. */
export function drawOver(
  leg: number | undefined,
  law: Exclude<Law, { is: 'source' }>,
  shape: readonly number[],
  seed: Words,
  stream: string,
): HostTensor {
  if (leg === undefined || law.is !== 'orthogonal') return draw(law, shape, seed, stream);
  const order = [...shape.keys()].filter((axis) => axis !== leg).concat(leg);
  const drawn = draw(
    law,
    order.map((axis) => shape[axis]),
    seed,
    stream,
  );
  return permute(
    drawn,
    [...shape.keys()].map((axis) => order.indexOf(axis)),
  );
}

/** Orthonormal columns (or rows, of a wide matrix): all legs but the last against the last. */
function isometry(values: Float64Array, rows: number, columns: number): Float64Array {
  if (rows <= columns) {
    orthonormalRows(values, rows, columns);
    return values;
  }
  const turned = transpose(values, rows, columns);
  orthonormalRows(turned, columns, rows);
  return transpose(turned, columns, rows);
}
