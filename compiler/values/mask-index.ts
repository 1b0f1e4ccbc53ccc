/** Indices and comparisons that masks are made of. */
import type { Mask, MaskIndex, Ramp } from './model.ts';

export function compareHolds(
  { f, left, right }: Extract<Mask, { is: 'compare' }>,
  position: readonly number[],
  ramp: (ramp: Ramp) => number,
): boolean {
  const [a, b] = [indexValue(left, position, ramp), indexValue(right, position, ramp)];
  switch (f) {
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
  }
}

/** `div` floors, `mod` has the sign of the divisor; by zero both give NaN, so that no comparison holds. */
export function indexValue(index: MaskIndex, position: readonly number[], ramp: (ramp: Ramp) => number): number {
  switch (index.is) {
    case 'number':
      return index.value;
    case 'leg':
      return position[index.leg]!;
    case 'ramp':
      return ramp(index.ramp);
    case 'apply': {
      const a = indexValue(index.of[0], position, ramp);
      const b = indexValue(index.of[1], position, ramp);
      if (index.f === 'add') return a + b;
      if (index.f === 'sub') return a - b;
      if (index.f === 'mul') return a * b;
      return index.f === 'div' ? Math.floor(a / b) : a - b * Math.floor(a / b);
    }
  }
}

export function indexParts(index: MaskIndex): MaskIndex[] {
  return index.is === 'apply' ? index.of.flatMap(indexParts) : [index];
}

/** Positions in `Parameter.legs` of the legs that an index or a comparison speaks of, each once. */
export function legsOf(part: MaskIndex | Extract<Mask, { is: 'compare' }>): number[] {
  const all = part.is === 'compare' ? [...indexParts(part.left), ...indexParts(part.right)] : indexParts(part);
  return [...new Set(all.flatMap((one) => (one.is === 'leg' ? [one.leg] : [])))];
}
