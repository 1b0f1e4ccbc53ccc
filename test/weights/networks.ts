/** Networks written by hand for the tests of weights: the topologies of the standard library, without the language. */

import { normals, streamKey } from '../../compiler/values/random.ts';
import type { Factored, WeightNetwork } from '../../runtime/weights/network.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { count } from '../../runtime/weights/tensor.ts';

export interface Example {
  readonly network: WeightNetwork;
  readonly axes: readonly Factored[];
}

type Builder = {
  legs: { id: number; size: number; outer?: readonly [number, number]; bond?: string }[];
  nodes: { name: string; legs: number[] }[];
};

function outerLegs(rows: readonly number[], columns: readonly number[]): Builder {
  const legs = [
    ...rows.map((size, k) => ({ size, outer: [0, k] as const })),
    ...columns.map((size, k) => ({ size, outer: [1, k] as const })),
  ];
  return { legs: legs.map((leg, id) => ({ id, ...leg })), nodes: [] };
}

function bond(builder: Builder, name: string, size: number): number {
  builder.legs.push({ id: builder.legs.length, size, bond: name });
  return builder.legs.length - 1;
}

function finish(topology: string, builder: Builder, rows: readonly number[], columns: readonly number[]): Example {
  const axis = (name: string, factors: readonly number[]): Factored => ({ name, size: count(factors), factors });
  const nodes = builder.nodes.map((node, parameter) => ({ ...node, parameter }));
  return { network: { topology, nodes, legs: builder.legs }, axes: [axis('out', rows), axis('in', columns)] };
}

/** Full bonds of a chain: the smaller of the outer sizes on the two sides. */
export function fullBonds(rows: readonly number[], columns: readonly number[]): number[] {
  const sizes = rows.map((row, k) => row * columns[k]);
  return sizes.slice(1).map((_, k) => Math.min(count(sizes.slice(0, k + 1)), count(sizes.slice(k + 1))));
}

export function chain(rows: readonly number[], columns: readonly number[], cap = Infinity): Example {
  const builder = outerLegs(rows, columns);
  const bonds = fullBonds(rows, columns).map((full, k) => bond(builder, `b[${k + 1}]`, Math.min(full, cap)));
  rows.forEach((_, k) => {
    const legs = [bonds[k - 1], k, rows.length + k, bonds[k]].filter((leg) => leg !== undefined);
    builder.nodes.push({ name: `T[${k + 1}]`, legs });
  });
  return finish('mpo', builder, rows, columns);
}

export function ring(rows: readonly number[], columns: readonly number[], size: number): Example {
  const builder = outerLegs(rows, columns);
  const n = rows.length;
  const bonds = rows.map((_, k) => bond(builder, `b[${k + 1}]`, size));
  for (let k = 0; k < n; k++) builder.nodes.push({ name: `T[${k + 1}]`, legs: [bonds[k], k, n + k, bonds[(k + 1) % n]] });
  return finish('ring', builder, rows, columns);
}

/** Binary tree in heap numbering: inner cores N[1..n-1], leaves L[1..n], bonds e[2..2n-1]. */
export function tree(rows: readonly number[], columns: readonly number[], cap = Infinity): Example {
  const builder = outerLegs(rows, columns);
  const n = rows.length;
  const sizes = rows.map((row, k) => row * columns[k]);
  const below = (i: number): number => (i >= n ? sizes[i - n] : below(2 * i) * below(2 * i + 1));
  const bonds = new Map<number, number>();
  for (let i = 2; i < 2 * n; i++) bonds.set(i, bond(builder, `e[${i}]`, Math.min(below(i), count(sizes) / below(i), cap)));
  const present = (ids: number[]) => ids.flatMap((i) => (bonds.has(i) ? [bonds.get(i)!] : []));
  for (let i = 1; i < n; i++) builder.nodes.push({ name: `N[${i}]`, legs: present([i, 2 * i, 2 * i + 1]) });
  for (let j = 0; j < n; j++) builder.nodes.push({ name: `L[${j + 1}]`, legs: [...present([n + j]), j, n + j] });
  return finish('tree', builder, rows, columns);
}

/** U (out, r) G (r, s) V (in, s). */
export function tucker(rows: number, columns: number, r: number, s: number): Example {
  const builder = outerLegs([rows], [columns]);
  const [p, q] = [bond(builder, 'r', r), bond(builder, 's', s)];
  builder.nodes.push({ name: 'G', legs: [p, q] }, { name: 'U', legs: [0, p] }, { name: 'V', legs: [1, q] });
  return finish('tucker', builder, [rows], [columns]);
}

export function lowRank(rows: number, columns: number, r: number): Example {
  const builder = outerLegs([rows], [columns]);
  const id = bond(builder, 'r', r);
  builder.nodes.push({ name: 'U', legs: [0, id] }, { name: 'D', legs: [id, 1] });
  return finish('low_rank', builder, [rows], [columns]);
}

/** One bond on all cores. */
export function cp(rows: readonly number[], columns: readonly number[], r: number): Example {
  const builder = outerLegs(rows, columns);
  const id = bond(builder, 'r', r);
  rows.forEach((_, k) => {
    builder.nodes.push({ name: `F[${k + 1}]`, legs: [k, rows.length + k, id] });
  });
  return finish('cp', builder, rows, columns);
}

export function kronecker(rows: readonly number[], columns: readonly number[]): Example {
  const builder = outerLegs(rows, columns);
  rows.forEach((_, k) => {
    builder.nodes.push({ name: `A[${k + 1}]`, legs: [k, rows.length + k] });
  });
  return finish('kronecker', builder, rows, columns);
}

/** L (out[1], out[2], in[1], r), R (in[1], in[2], out[2], r): two outer legs are on both cores. */
export function blockTensorTrain(rows: readonly [number, number], columns: readonly [number, number], r: number): Example {
  const builder = outerLegs(rows, columns);
  const id = bond(builder, 'r', r);
  builder.nodes.push({ name: 'L', legs: [0, 1, 2, id] }, { name: 'R', legs: [2, 3, 1, id] });
  return finish('btt', builder, rows, columns);
}

export function gaussian(shape: readonly number[], seed = 1): HostTensor {
  return { shape, data: normals(streamKey([seed, 0], 'test', 0), 1, count(shape)) };
}
