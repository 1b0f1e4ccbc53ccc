/**
 * Positions of one leg in an order along which every comparison changes at few places, which bisection finds: counted run by run, whatever
 * their number.
 */
import { compareHolds, indexValue } from './mask-index.ts';
import type { Mask } from './model.ts';

export type Compare = Extract<Mask, { is: 'compare' }>;
export interface Class {
  /** A position of it, and how many there are. */
  readonly position: number;
  count: number;
}
export const none = () => {
  throw new RangeError('a ramp in a mask that is counted');
};

export const holds = (atom: Compare, position: readonly number[]) => compareHolds(atom, position, none);

/** The truth of a mask, its comparisons decided. */
export function truth(mask: Mask, known: ReadonlyMap<Compare, boolean>): boolean {
  if (mask.is === 'compare') return known.get(mask)!;
  if (mask.is === 'not') return !truth(mask.of, known);
  return mask.is === 'and' ? mask.of.every((part) => truth(part, known)) : mask.of.some((part) => truth(part, known));
}

export const withLeg = (leg: number, at: number): number[] => {
  const position: number[] = [];
  position[leg] = at;
  return position;
};

/** A mask along `leg`: comparisons of it with others (`joint`), of it alone, and of others alone. */
export interface Along {
  readonly mask: Mask;
  readonly leg: number;
  readonly joint: readonly Compare[];
  readonly alone: readonly Compare[];
  readonly others: readonly Compare[];
}
/** Classes that comparisons of the leg alone answer alike, in the order of a value; `before[k]`: positions in front of the k-th. */
export interface Run {
  readonly sorted: readonly (Class & { readonly value: number })[];
  readonly before: readonly number[];
}

export function runsOf(classes: readonly Class[], { alone, leg }: Along, value: (position: readonly number[]) => number): Run[] {
  const answers = ({ position }: Class) => alone.map((atom) => holds(atom, withLeg(leg, position))).join();
  return [...Map.groupBy(classes, answers).values()].map((run) => {
    const sorted = run.map((one) => ({ ...one, value: value(withLeg(leg, one.position)) })).sort((a, b) => a.value - b.value);
    const before = [0];
    for (const { count } of sorted) before.push(before.at(-1)! + count);
    return { sorted, before };
  });
}

/**
 * Counts with the other legs fixed. Along each run the k-th joint comparison is one of growing or falling values, or begins again once: at
 * the value that `again` gives.
 */
export function orderedCounter(
  { mask, leg, joint, alone, others }: Along,
  runs: readonly Run[],
  again: (k: number, position: readonly number[]) => number = () => Number.POSITIVE_INFINITY,
): (position: number[]) => number {
  return (position) => {
    const fixed = others.map((atom) => [atom, holds(atom, position)] as const);
    const begins = joint.map((_, k) => again(k, position));
    let sum = 0;
    for (const { sorted, before } of runs) {
      const at = (k: number) => {
        position[leg] = sorted[k]!.position;
        return position;
      };
      const cuts = new Set([0, sorted.length]);
      for (const [k, atom] of joint.entries()) {
        const wrap = firstOf(0, sorted.length, (place) => sorted[place]!.value >= begins[k]!);
        for (const cut of [wrap, ...changes(atom, 0, wrap, at), ...changes(atom, wrap, sorted.length, at)]) cuts.add(cut);
      }
      const places = [...cuts].sort((a, b) => a - b);
      for (const [k, from] of places.slice(0, -1).entries()) {
        const here = at(from);
        const known = new Map([...fixed, ...[...joint, ...alone].map((atom) => [atom, holds(atom, here)] as const)]);
        if (truth(mask, known)) sum += before[places[k + 1]!]! - before[from]!;
      }
    }
    return sum;
  };
}

/** Of finite numbers that never fall, or never rise. */
export function isMonotone(values: readonly number[]): boolean {
  const along = (sign: number) => values.every((value, k) => k === 0 || sign * (value - values[k - 1]!) >= 0);
  return values.every(Number.isFinite) && (along(1) || along(-1));
}

/** Where the answer changes along values in order: below, at and above what they are compared with. */
function changes(atom: Compare, from: number, to: number, at: (k: number) => readonly number[]): number[] {
  // Along growing values a difference grows or falls throughout: both ends of where it is zero are found by two monotone questions.
  const difference = (k: number) => {
    const position = at(k);
    return indexValue(atom.left, position, none) - indexValue(atom.right, position, none);
  };
  const rising = to - from < 2 || difference(from) <= difference(to - 1);
  const sign = rising ? 1 : -1;
  return [firstOf(from, to, (k) => sign * difference(k) >= 0), firstOf(from, to, (k) => sign * difference(k) > 0)];
}

/** The first place at which a test that stays true holds. */
function firstOf(from: number, to: number, test: (place: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
