/**
 * Where values lie between launches: first-fit by size over lifetimes. A value lives from the launch that writes it to the last that
 * reads it; two values that live at once never share an element. Deterministic: sizes and order of launches alone decide.
 */
import type { Address } from '../values/kernel.ts';

/** Values start at multiples of 64 bytes (f32). */
const ALIGNMENT = 16;

export interface Lifetime {
  readonly value: number;
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Offsets in `scratch` by value, and its size, both in elements. */
export function placeScratch(lifetimes: readonly Lifetime[]): { addresses: Map<number, Address>; size: number } {
  const sorted = [...lifetimes].sort((a, b) => b.size - a.size || a.from - b.from || a.to - b.to || a.value - b.value);
  /** By offset. */
  const placed: (Lifetime & { offset: number })[] = [];
  const addresses = new Map<number, Address>();
  let size = 0;
  for (const life of sorted) {
    let offset = 0;
    for (const other of placed) {
      if (offset + life.size <= other.offset) break;
      if (other.from <= life.to && life.from <= other.to) offset = Math.max(offset, aligned(other.offset + other.size));
    }
    const next = placed.findIndex((other) => other.offset > offset);
    placed.splice(next < 0 ? placed.length : next, 0, { ...life, offset });
    addresses.set(life.value, { space: 'scratch', offset, length: life.size });
    size = Math.max(size, aligned(offset + life.size));
  }
  return { addresses, size };
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
