/**
 * Draws of laws, the values of seeded tensors among them, each from the stream of its origin: equal origins give equal draws, and what was cut from a tensor is that part of its draw.
 */
import type { Law, Parameter, Provenance } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { normals, streamKey, uniformOf, wordAt } from '../../compiler/values/random.ts';
import { orthonormalRows, transpose } from './linear-algebra.ts';
import type { HostTensor } from './tensor.ts';
import { count, permute, slice } from './tensor.ts';

type Drawn = Exclude<Law, { is: 'source' | 'sizes' }>;

/** A seeded tensor, scale included. */
export function seededValue({ origin, init: { law, scale }, legs }: Parameter, seed: Words): HostTensor {
  if (origin.is !== 'seeded' || law.is === 'source' || law.is === 'sizes')
    throw new Error('a tensor that is not seeded has values of its own');
  const shape = legs.map(({ size }) => size);
  return scaled(draw(law, shape, seed, origin.stream), scale);
}

export function scaled(value: HostTensor, factor: number): HostTensor {
  return factor === 1 ? value : { shape: value.shape, data: value.data.map((entry) => entry * factor) };
}

/** Equal for parameters that start with equal draws. */
export function drawName({ origin, init: { law }, legs }: Parameter): string {
  const { whole, shape } = drawnWhole(
    origin,
    legs.map(({ size }) => size),
  );
  return `${originKey(whole)} ${JSON.stringify(law)} ${shape.join('x')}`;
}

/** What a tensor that was cut from another is a part of: a cut of a draw is no draw of its own. */
function drawnWhole(origin: Provenance, shape: readonly number[]): { readonly whole: Provenance; readonly shape: readonly number[] } {
  if (origin.is === 'copy') return drawnWhole(origin.of, shape);
  return origin.is === 'slice' ? drawnWhole(origin.of, origin.sizes) : { whole: origin, shape };
}

/** A tensor that keeps its columns orthonormal is drawn for itself. */
export function drawn({ origin, orthogonal }: Parameter, law: Drawn, shape: readonly number[], seed: Words): HostTensor {
  const { whole, shape: sizes } = drawnWhole(origin, shape);
  if (orthogonal !== undefined || whole === origin) return drawOver(orthogonal, law, shape, seed, originKey(origin));
  return cutOf(origin, draw(law, sizes, seed, originKey(whole)));
}

function cutOf(origin: Provenance, whole: HostTensor): HostTensor {
  if (origin.is === 'copy') return cutOf(origin.of, whole);
  return origin.is === 'slice' ? slice(cutOf(origin.of, whole), origin.at) : whole;
}

/** Equal for equal provenance: the name of the random stream. */
export function originKey(origin: Provenance): string {
  switch (origin.is) {
    case 'fresh':
      return origin.path;
    case 'seeded':
      return origin.stream;
    case 'checkpoint':
      return `${origin.path}:${origin.axes.join()}`;
    case 'copy':
      return originKey(origin.of);
    case 'combined':
      return origin.how === 'first' ? originKey(origin.of[0]) : `mean(${origin.of.map(originKey).join()})`;
    case 'factor':
      return `${originKey(origin.of)}/${origin.node}`;
    case 'stack':
      return `stack(${origin.of.map((part) => originKey(part.origin)).join()})`;
    case 'slice':
      return `${originKey(origin.of)} at ${origin.at.map(({ leg, position }) => `${leg}=${position}`).join()}`;
  }
}

/** One draw of a law; `stream` names the tensor. Normal numbers are bit-equal on every host. */
export function draw(law: Drawn, shape: readonly number[], seed: Words, stream: string): HostTensor {
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
function drawOver(leg: number | undefined, law: Drawn, shape: readonly number[], seed: Words, stream: string): HostTensor {
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
