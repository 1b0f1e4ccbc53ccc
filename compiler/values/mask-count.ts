/**
 * How many positions a predicate holds at, decided by its form. Positions of a leg that no comparison tells apart are one class; of the
 * last leg only the places are visited where a comparison changes. So `@out < 3 and @in < 5` visits four classes, and `@out <= @in` each
 * position of one leg, whatever the size of the other.
 */
import { compareHolds, indexValue, legsOf } from './mask-index.ts';
import type { Mask, MaskIndex } from './model.ts';

type Compare = Extract<Mask, { is: 'compare' }>;
interface Class {
  /** A position of it, and how many there are. */
  readonly position: number;
  count: number;
}
const none = () => {
  throw new RangeError('a ramp in a mask that is counted');
};

export function countStill(mask: Mask, sizes: readonly number[]): number {
  const atoms = atomsOf(mask);
  const mentioned = [...new Set(atoms.flatMap((atom) => legsOf(atom)))];
  const free = sizes.reduce((product, size, leg) => (mentioned.includes(leg) ? product : product * size), 1);
  if (mentioned.length === 0) return truth(mask, new Map(atoms.map((atom) => [atom, holds(atom, [])]))) ? free : 0;
  const classes = new Map(mentioned.map((leg) => [leg, classesOf(leg, sizes[leg]!, atoms)] as const));
  // The leg with most classes is the one whose positions are not all visited.
  const order = mentioned.toSorted((a, b) => classes.get(a)!.length - classes.get(b)!.length);
  const last = order.at(-1)!;
  const outer = order.slice(0, -1);
  const counter = lastCounter(mask, atoms, last, classes.get(last)!);
  const position = new Array<number>(sizes.length).fill(0);
  const visit = (k: number): number => {
    if (k === outer.length) return counter(position);
    let sum = 0;
    for (const { position: at, count } of classes.get(outer[k]!)!) {
      position[outer[k]!] = at;
      sum += count * visit(k + 1);
    }
    return sum;
  };
  return free * visit(0);
}

function atomsOf(mask: Mask): Compare[] {
  if (mask.is === 'compare') return [mask];
  return mask.is === 'not' ? atomsOf(mask.of) : mask.of.flatMap(atomsOf);
}

const holds = (atom: Compare, position: readonly number[]) => compareHolds(atom, position, none);

/** The truth of a mask, its comparisons decided. */
function truth(mask: Mask, known: ReadonlyMap<Compare, boolean>): boolean {
  if (mask.is === 'compare') return known.get(mask)!;
  if (mask.is === 'not') return !truth(mask.of, known);
  return mask.is === 'and' ? mask.of.every((part) => truth(part, known)) : mask.of.some((part) => truth(part, known));
}

/** Positions of one leg that comparisons of it alone answer alike, and that have equal values in all others. */
function classesOf(leg: number, size: number, atoms: readonly Compare[]): Class[] {
  const alone = atoms.filter((atom) => legsOf(atom).every((own) => own === leg));
  const values = atoms
    .filter((atom) => !alone.includes(atom))
    .flatMap(({ left, right }) => [left, right].flatMap((side) => ownParts(side, leg)));
  const position: number[] = [];
  const classes = new Map<string, Class>();
  for (let at = 0; at < size; at++) {
    position[leg] = at;
    const key = `${alone.map((atom) => (holds(atom, position) ? 1 : 0)).join('')} ${values.map((part) => indexValue(part, position, none)).join()}`;
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { position: at, count: 1 });
    else known.count++;
  }
  return [...classes.values()];
}

/** The largest parts of an index that speak of this leg and no other. */
function ownParts(index: MaskIndex, leg: number): MaskIndex[] {
  const legs = legsOf(index);
  if (!legs.includes(leg)) return [];
  if (legs.length === 1) return [index];
  return index.is === 'apply' ? index.of.flatMap((part) => ownParts(part, leg)) : [];
}

/**
 * Counts along the last leg, the others fixed. Where every comparison compares a growing or falling value of it with something of the
 * others, its classes lie in that order, and each comparison changes at two places at most, found by bisection.
 */
function lastCounter(mask: Mask, atoms: readonly Compare[], leg: number, classes: readonly Class[]): (position: number[]) => number {
  const alone = atoms.filter((atom) => legsOf(atom).every((own) => own === leg));
  const joint = atoms.filter((atom) => legsOf(atom).includes(leg) && !alone.includes(atom));
  const others = atoms.filter((atom) => !legsOf(atom).includes(leg));
  const decide = (position: readonly number[]): boolean =>
    truth(mask, new Map(atoms.map((atom) => [atom, holds(atom, position)] as const)));
  const each = (position: number[]): number => {
    let sum = 0;
    for (const { position: at, count } of classes) {
      position[leg] = at;
      if (decide(position)) sum += count;
    }
    return sum;
  };
  const sides = joint.map((atom) => oneSide(atom, leg));
  if (sides.includes(undefined)) return each;
  const value = (at: number, side = sides[0]) => (side === undefined ? at : indexValue(side, withLeg(leg, at), none));
  const runs = [...Map.groupBy(classes, ({ position }) => alone.map((atom) => holds(atom, withLeg(leg, position))).join()).values()].map(
    (run) => {
      const sorted = run.toSorted((a, b) => value(a.position) - value(b.position));
      const before = [0];
      for (const { count } of sorted) before.push(before.at(-1)! + count);
      return { sorted, before };
    },
  );
  if (!runs.every(({ sorted }) => sides.every((side) => isMonotone(sorted.map(({ position }) => value(position, side)))))) return each;
  return (position) => {
    const fixed = others.map((atom) => [atom, holds(atom, position)] as const);
    let sum = 0;
    for (const { sorted, before } of runs) {
      const at = (k: number) => {
        position[leg] = sorted[k]!.position;
        return position;
      };
      const cuts = [...new Set([0, sorted.length, ...joint.flatMap((atom) => changes(atom, sorted.length, at))])].sort((a, b) => a - b);
      for (const [k, from] of cuts.slice(0, -1).entries()) {
        const here = at(from);
        const known = new Map([...fixed, ...[...joint, ...alone].map((atom) => [atom, holds(atom, here)] as const)]);
        if (truth(mask, known)) sum += before[cuts[k + 1]!]! - before[from]!;
      }
    }
    return sum;
  };
}

/** Of finite numbers that never fall, or never rise. */
function isMonotone(values: readonly number[]): boolean {
  const along = (sign: number) => values.every((value, k) => k === 0 || sign * (value - values[k - 1]!) >= 0);
  return values.every(Number.isFinite) && (along(1) || along(-1));
}

const withLeg = (leg: number, at: number): number[] => {
  const position: number[] = [];
  position[leg] = at;
  return position;
};

/** The side of a comparison that is of this leg alone, where the other is of others alone. */
function oneSide({ left, right }: Compare, leg: number): MaskIndex | undefined {
  const [a, b] = [legsOf(left), legsOf(right)];
  if (a.every((own) => own === leg) && !b.includes(leg)) return left;
  return b.every((own) => own === leg) && !a.includes(leg) ? right : undefined;
}

/** Where the answer changes along values in order: below, at and above what they are compared with. */
function changes(atom: Compare, length: number, at: (k: number) => readonly number[]): number[] {
  const first = (test: (position: readonly number[]) => boolean): number => {
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(at(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  // Along growing values a difference grows or falls throughout: both ends of where it is zero are found by two monotone questions.
  const difference = (position: readonly number[]) => indexValue(atom.left, position, none) - indexValue(atom.right, position, none);
  const rising = length < 2 || difference(at(0)) <= difference(at(length - 1));
  const sign = rising ? 1 : -1;
  return [first((position) => sign * difference(position) >= 0), first((position) => sign * difference(position) > 0)];
}
