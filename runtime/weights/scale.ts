/**
 * Weights of any size: squares of entries beyond 1e154 overflow and below 1e-154 vanish, so a weight is divided by a power of four near its
 * largest entry before it is decomposed, and the cores are multiplied afterwards. Powers of two change no bit of a result.
 */
import type { HostTensor } from './tensor.ts';

/** An even power of two near the largest entry; 1 for a weight of zeros. */
export function scaleOf(data: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < data.length; k++) largest = Math.max(largest, Math.abs(data[k]));
  return largest === 0 ? 1 : 2 ** (2 * Math.round(Math.log2(largest) / 2));
}

/** In two steps, since 2^1074 is no number though 2^-1074 is one. */
export function divided({ shape, data }: HostTensor, scale: number): HostTensor {
  const half = 2 ** Math.trunc(Math.log2(scale) / 2);
  return { shape, data: scale === 1 ? data : data.map((value) => value / half / (scale / half)) };
}

export function scaledBy({ shape, data }: HostTensor, factor: number): HostTensor {
  return { shape, data: factor === 1 ? data : data.map((value) => value * factor) };
}
