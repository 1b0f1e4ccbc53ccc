/**
 * How many positions a predicate holds at, decided by its form. Positions of a leg that no comparison tells apart are one class; of the
 * last leg only the places are visited where a comparison changes. So `@out < 3 and @in < 5` visits four classes, and `@out <= @in` each
 * position of one leg, whatever the size of the other.
 */
import { indexValue, legsOf } from './mask-index.ts';
import { type Class, type Compare, holds, isMonotone, none, orderedCounter, runsOf, truth, withLeg } from './mask-ordered.ts';
import { type Residue, residueAt, residueOf, residueSide, visitingCounter, wrapOf } from './mask-residue.ts';
import type { Mask, MaskIndex } from './model.ts';

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
    const key = `${alone.map((atom) => (holds(atom, position) ? 1 : 0)).join('')} ${values.map((part) => part(position)).join()}`;
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { position: at, count: 1 });
    else known.count++;
  }
  return [...classes.values()];
}

/** The values by which an index depends on this leg: of the largest parts that speak of no other, or of what it adds to a residue. */
function ownParts(index: MaskIndex, leg: number): ((position: readonly number[]) => number)[] {
  const legs = legsOf(index);
  if (!legs.includes(leg)) return [];
  if (legs.length === 1) return [(position) => indexValue(index, position, none)];
  const residue = residueOf(index, leg);
  if (residue !== undefined) return [(position) => residueAt(residue, position)];
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
  const ordered = { mask, joint, alone, others, leg };
  const residues = joint.map((atom) => residueSide(atom, leg));
  if (areAlike(residues)) {
    const [first] = residues;
    const runs = runsOf(classes, ordered, (position) => residueAt(first!, position));
    // A division by zero has no residue.
    if (runs.some(({ sorted }) => sorted.some(({ value }) => Number.isNaN(value)))) return each;
    return orderedCounter(ordered, runs, (k, position) => wrapOf(residues[k]!, position));
  }
  if (areResidues(residues) && joint.length <= MOST_JOINT) {
    const runs = runsOf(classes, ordered, () => 0);
    const answers = Array.from({ length: 2 ** joint.length }, (_, bits) => joint.map((atom, k) => [atom, (bits >> k) % 2 === 1] as const));
    return visitingCounter(ordered, residues, runs, (position, run) => {
      const here = position.with(leg, runs[run]!.sorted[0]!.position);
      const known = [...others, ...alone].map((atom) => [atom, holds(atom, here)] as const);
      return answers.map((own) => truth(mask, new Map([...known, ...own])));
    });
  }
  const sides = joint.map((atom) => oneSide(atom, leg));
  const [side] = sides;
  if (side === undefined || sides.includes(undefined)) return each;
  const runs = runsOf(classes, ordered, (position) => indexValue(side, position, none));
  const along = (own: MaskIndex) =>
    runs.every(({ sorted }) => isMonotone(sorted.map(({ position }) => indexValue(own, withLeg(leg, position), none))));
  return sides.every((own) => along(own!)) ? orderedCounter(ordered, runs) : each;
}

const MOST_JOINT = 4;
const areResidues = (residues: readonly (Residue | undefined)[]): residues is readonly Residue[] =>
  residues.length > 0 && !residues.includes(undefined);

/** Residues by one order of the leg. */
function areAlike(residues: readonly (Residue | undefined)[]): residues is readonly Residue[] {
  const keys = residues.map((residue) => residue && JSON.stringify([residue.own, residue.modulus]));
  return keys[0] !== undefined && keys.every((key) => key === keys[0]);
}

/** The side of a comparison that is of this leg alone, where the other is of others alone. */
function oneSide({ left, right }: Compare, leg: number): MaskIndex | undefined {
  const [a, b] = [legsOf(left), legsOf(right)];
  if (a.every((own) => own === leg) && !b.includes(leg)) return left;
  return b.every((own) => own === leg) && !a.includes(leg) ? right : undefined;
}
