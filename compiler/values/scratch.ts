/**
 * Where values lie between launches: first-fit by size over lifetimes. A value lives from the launch that writes it to the last that
 * reads it; two values that live at once never share an element. Deterministic: sizes and order of launches alone decide.
 */
import { aligned } from './aligned.ts';
import type { Address } from './kernel.ts';

export interface Lifetime {
  readonly value: number;
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Offsets in `scratch` by value, and its size, both in elements. */
export function placeScratch(lifetimes: readonly Lifetime[]): { addresses: Map<number, Address>; size: number } {
  const sorted = [...lifetimes].sort((a, b) => b.size - a.size || a.from - b.from || a.to - b.to || a.value - b.value);
  const addresses = new Map<number, Address>();
  // By offset; four numbers each, in one array: a large step has thousands, and each new one looks at all of them.
  const placed = new Float64Array(4 * sorted.length);
  let count = 0;
  let size = 0;
  for (const life of sorted) {
    let offset = 0;
    let at = 0;
    for (; at < count && offset + life.size > placed[at]; at += 4) {
      if (placed[at + 2] <= life.to && life.from <= placed[at + 3]) offset = Math.max(offset, aligned(placed[at + 1]));
    }
    for (at = Math.min(at, count); at > 0 && placed[at - 4] > offset; ) at -= 4;
    while (at < count && placed[at] <= offset) at += 4;
    placed.copyWithin(at + 4, at, count);
    placed.set([offset, offset + life.size, life.from, life.to], at);
    count += 4;
    addresses.set(life.value, { space: 'scratch', offset, length: life.size });
    size = Math.max(size, aligned(offset + life.size));
  }
  return { addresses, size };
}
