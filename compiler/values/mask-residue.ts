/**
 * Conditions on residues, `(@in * 7 + @out) mod 1000 < c`: what a leg adds inside of `mod` matters by its own residue alone. Sorted by that
 * the sum wraps once, and grows before and after.
 */
import { indexValue, legsOf } from './mask-index.ts';
import type { Mask, MaskIndex } from './model.ts';

type Compare = Extract<Mask, { is: 'compare' }>;
/** (`own` + `rest`) mod `modulus`, where `own` is of one leg and `rest` of others. */
export interface Residue {
  readonly own: MaskIndex;
  readonly rest: MaskIndex;
  readonly modulus: number;
}
const zero: MaskIndex = { is: 'number', value: 0 };
const still = () => {
  throw new RangeError('a ramp in a mask that is counted');
};

/** Of an index that is `... mod NUMBER`; undefined where the leg is not a summand of its own there. */
export function residueOf(index: MaskIndex, leg: number): Residue | undefined {
  if (index.is !== 'apply' || index.f !== 'mod') return undefined;
  const [sum, modulus] = index.of;
  if (modulus.is !== 'number' || !(Number.isInteger(modulus.value) && modulus.value > 0)) return undefined;
  const parts = summands(sum, leg);
  return parts && { own: parts[0], rest: parts[1], modulus: modulus.value };
}

/** The side of a comparison that is a residue with this leg, where the other side is of others alone. */
export function residueSide({ left, right }: Compare, leg: number): Residue | undefined {
  if (!legsOf(right).includes(leg)) return residueOf(left, leg);
  return legsOf(left).includes(leg) ? undefined : residueOf(right, leg);
}

/** As a sum of what is of the leg alone and what is of others. */
function summands(index: MaskIndex, leg: number): readonly [own: MaskIndex, rest: MaskIndex] | undefined {
  const legs = legsOf(index);
  if (!legs.includes(leg)) return [zero, index];
  if (legs.length === 1) return [index, zero];
  if (index.is !== 'apply') return undefined;
  const { f, of } = index;
  const scaled = f === 'mul' && of.some(({ is }) => is === 'number');
  if (f !== 'add' && f !== 'sub' && !scaled) return undefined;
  const [a, b] = of.map((part) => (scaled && part.is === 'number' ? ([part, part] as const) : summands(part, leg)));
  if (a === undefined || b === undefined) return undefined;
  return [
    { ...index, of: [a[0], b[0]] },
    { ...index, of: [a[1], b[1]] },
  ];
}

/** From 0 below the modulus. */
export function residueAt({ own, modulus }: Pick<Residue, 'own' | 'modulus'>, position: readonly number[]): number {
  const value = indexValue(own, position, still);
  return value - modulus * Math.floor(value / modulus);
}

/** The least residue of the leg at which the whole sum begins again from 0; the modulus where none does. */
export function wrapOf({ rest, modulus }: Residue, position: readonly number[]): number {
  return modulus - residueAt({ own: rest, modulus }, position);
}
