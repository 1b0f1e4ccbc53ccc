/**
 * Puts two groups of loops on shared digits, so that values pass between them point by point. Loops fit where they are: nothing is known
 * of layers or operations, only what forms walk what.
 */
import { align, type Digit, type Substitution, sameForm } from './form.ts';
import { digitsOf, type Loop, type LoopAccess, substituteLoop } from './loop.ts';

/**
 * `first` and `second` over the same digits, in this order, or undefined where a value of the first that the second reads is not read at
 * the point that makes it, or is an id by which the second looks up.
 */
export function join(first: readonly Loop[], second: readonly Loop[]): readonly Loop[] | undefined {
  if (looksUp(first, second)) return undefined;
  let [a, b] = [first, second];
  const shared = new Set<Digit>();
  const pair = (walk: readonly [LoopAccess, LoopAccess] | undefined): boolean => {
    if (walk === undefined) return true;
    const pairing = align(walk[0].at, walk[1].at);
    if (pairing === undefined || !keeps(pairing.first, shared) || !keeps(pairing.second, shared)) return false;
    if (collides(pairing.second, shared)) return false;
    a = a.map((loop) => substituteLoop(loop, pairing.first));
    b = b.map((loop) => substituteLoop(loop, pairing.second));
    for (const parts of pairing.second.values()) for (const { digit } of parts) shared.add(digit);
    return true;
  };
  for (let steps = 0; ; steps++) {
    const next = passedOn(a, b).find(([made, read]) => !sameForm(made.at, read.at));
    if (next === undefined) break;
    if (steps > 8 || !pair(next)) return undefined;
  }
  // Digits that no value joins may still walk a common operand: the axis of a row.
  for (let steps = 0; steps < 8; steps++) {
    const next = commonReads(a, b).find(([x, y]) => !sameForm(x.at, y.at) && joins(x, y, a, b));
    if (next === undefined || !pair(next)) break;
  }
  const plain = passedOn(a, b).every(([, read]) => read.where.length === 0 && read.lookups.length === 0);
  return plain ? [...a, ...b] : undefined;
}

/** Ids are read from memory, where a value that passes between loops of one kernel does not lie. */
function looksUp(first: readonly Loop[], second: readonly Loop[]): boolean {
  const made = new Set(first.map(({ write }) => write.value));
  const depends = ({ lookups }: LoopAccess): boolean => lookups.some(({ ids }) => made.has(ids.value) || depends(ids));
  return second.some(({ reads, after, write }) => [...reads, ...after, write].some(depends));
}

/** Digits that are shared already must stay as they are. */
function keeps(by: Substitution, shared: ReadonlySet<Digit>): boolean {
  return [...by].every(([digit, parts]) => !shared.has(digit) || (parts.length === 1 && parts[0].digit === digit));
}

/** Two digits of one loop cannot become the same. */
function collides(by: Substitution, shared: ReadonlySet<Digit>): boolean {
  return [...by].some(([digit, parts]) => !shared.has(digit) && parts.some((part) => shared.has(part.digit)));
}

/** Writes of the first loops with the reads of them in the second. */
function passedOn(first: readonly Loop[], second: readonly Loop[]): [LoopAccess, LoopAccess][] {
  const made = new Map(first.map(({ write }) => [write.value, write]));
  return second.flatMap(({ reads, after }) =>
    [...reads, ...after].flatMap((read): [LoopAccess, LoopAccess][] => (made.has(read.value) ? [[made.get(read.value)!, read]] : [])),
  );
}

function commonReads(first: readonly Loop[], second: readonly Loop[]): [LoopAccess, LoopAccess][] {
  return first.flatMap(({ reads }) =>
    reads.flatMap((x) =>
      second.flatMap((loop) => loop.reads.flatMap((y): [LoopAccess, LoopAccess][] => (y.value === x.value ? [[x, y]] : []))),
    ),
  );
}

/** Would pairing these reads join digits that are apart? Both must have some of their own. */
function joins(x: LoopAccess, y: LoopAccess, first: readonly Loop[], second: readonly Loop[]): boolean {
  if (x.lookups.length + y.lookups.length + x.where.length + y.where.length > 0) return false;
  const [a, b] = [first, second].map((loops) => new Set(loops.flatMap(digitsOf)));
  return [...y.at.terms.keys()].some((digit) => !a.has(digit)) && [...x.at.terms.keys()].some((digit) => !b.has(digit));
}
