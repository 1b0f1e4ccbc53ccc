/** Questions about where values come from, whatever was made of them on the way. */
import type { LegPosition, Provenance } from './model.ts';

/** What it is made of directly. */
export function madeOf(origin: Provenance): readonly Provenance[] {
  switch (origin.is) {
    case 'fresh':
    case 'checkpoint':
    case 'seeded':
      return [];
    case 'combined':
      return origin.of;
    case 'stack':
      return origin.of.map((part) => part.origin);
    default:
      return [origin.of];
  }
}

/** Whether all that it is made of in the end is of these kinds. */
export function isAll(kinds: readonly ('fresh' | 'seeded' | 'checkpoint')[], origin: Provenance): boolean {
  const parts = madeOf(origin);
  return parts.length === 0 ? kinds.some((kind) => origin.is === kind) : parts.every((part) => isAll(kinds, part));
}

/** Where its values come from in the end; of several the first. */
export function firstOf(origin: Provenance): Provenance {
  const [first] = madeOf(origin);
  return first === undefined ? origin : firstOf(first);
}

/** Where a tensor was cut from a larger one. */
export function cutAt(origin: Provenance): readonly LegPosition[] {
  if (origin.is === 'copy') return cutAt(origin.of);
  return origin.is === 'slice' ? origin.at : [];
}
