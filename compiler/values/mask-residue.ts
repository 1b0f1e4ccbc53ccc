/**
 * Conditions on residues, `(@in * 7 + @out) mod 1000 < c`: what a leg adds inside of `mod` matters by its own residue alone. Sorted by that
 * the sum wraps once, and grows before and after.
 */
import { indexValue, legsOf } from './mask-index.ts';
import { type Along, type Run, withLeg } from './mask-ordered.ts';
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

/**
 * Counts where several orders are compared, which no sorting serves: every class is visited, by its residues alone. `runs`: classes that
 * comparisons of the leg alone answer alike; `decided` says whether the mask holds for answers of the joint comparisons, as bits.
 */
export function visitingCounter(
  { joint, leg }: Pick<Along, 'joint' | 'leg'>,
  residues: readonly Residue[],
  runs: readonly Pick<Run, 'sorted'>[],
  decided: (position: readonly number[], run: number) => readonly boolean[],
): (position: number[]) => number {
  const tables = runs.map(({ sorted }) => ({
    own: residues.map((residue) => Float64Array.from(sorted, ({ position }) => residueAt(residue, withLeg(leg, position)))),
    counts: Float64Array.from(sorted, ({ count }) => count),
  }));
  return (position) => {
    const within = joint.map((atom, k) => intervalOf(atom, residues[k]!, position, leg));
    let sum = 0;
    for (const [run, { own, counts }] of tables.entries()) {
      const holds = decided(position, run);
      for (let at = 0; at < counts.length; at++) {
        let bits = 0;
        for (let k = 0; k < within.length; k++) {
          const { rest, modulus, low, high, outside } = within[k]!;
          let value = own[k]![at]! + rest;
          if (value >= modulus) value -= modulus;
          if ((value >= low && value <= high) !== outside) bits |= 1 << k;
        }
        if (holds[bits]) sum += counts[at]!;
      }
    }
    return sum;
  };
}

/** The residues for which a comparison holds: from `low` to `high`, or all others. */
function intervalOf({ f, left, right }: Compare, residue: Residue, position: readonly number[], leg: number) {
  const flipped = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le', eq: 'eq', ne: 'ne' } as const;
  const [how, other] = legsOf(left).includes(leg) ? [f, right] : [flipped[f], left];
  const bound = indexValue(other, position, still);
  const rest = residueAt({ own: residue.rest, modulus: residue.modulus }, position);
  const low = how === 'gt' ? Math.floor(bound) + 1 : how === 'lt' || how === 'le' ? 0 : bound;
  const high = how === 'lt' ? Math.ceil(bound) - 1 : how === 'gt' || how === 'ge' ? residue.modulus : bound;
  return { rest, modulus: residue.modulus, low, high, outside: how === 'ne' };
}
