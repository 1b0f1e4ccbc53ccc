/** Which contraction becomes a product of tiles, and which of its digits are batch, M, N and K. */
import type { Target } from '../values/target.ts';
import { canBeVector, isAlone, sameDigits } from './cluster.ts';
import { collapse, ordered } from './collapse.ts';
import { coefficient, type Digit, type Form, sizeOf } from './form.ts';
import { formsOf, isRead, type Loop, type LoopAccess, type Rows } from './loop.ts';

/**
 * The contraction first, then pointwise loops over its kept digits: the epilogue. In a product over groups of rows (`loops[0].rows`) the
 * group is none of these digits, and the row is the outermost of M or of K.
 */
export interface TileShape {
  readonly form: 'tiles';
  readonly loops: readonly Loop[];
  readonly left: LoopAccess;
  readonly right: LoopAccess;
  readonly batch: readonly Digit[];
  readonly m: readonly Digit[];
  readonly n: readonly Digit[];
  readonly k: readonly Digit[];
}

/** The shape of a contraction and its epilogue, or undefined where it is no product of two matrices. */
export function tileShape(loops: readonly Loop[], target: Target): TileShape | undefined {
  const [first, ...epilogue] = loops;
  if (first.rows !== undefined) return epilogue.length > 0 ? undefined : groupedShape(first, first.rows, target);
  if (!isProduct(first) || (first.used !== undefined && epilogue.length > 0)) return undefined;
  if (!epilogue.every((loop) => loop.reduced.length === 0 && loop.write.lookups.length === 0 && sameDigits(loop.kept, first.kept)))
    return undefined;
  const alone = [first.chunk?.piece, first.used?.digit];
  const kept = sidesOf(
    first,
    first.kept.filter((digit) => !alone.includes(digit)),
  );
  if (kept === undefined || first.reduced.length === 0) return undefined;
  const groups = [...kept, first.reduced];
  const { loops: merged, groups: melted } = collapse(loops, groups);
  const [own] = merged;
  const forms = [own.write.at];
  const [both, a, b] = melted.slice(0, 3).map((digits) => ordered(digits, forms));
  const batch = first.used === undefined ? both : [first.used.digit, ...both];
  const swap = swaps(own, a, b, target);
  const [left, right] = swap ? [own.reads[1], own.reads[0]] : own.reads;
  const [m, n] = swap ? [b, a] : [a, b];
  const k = ordered(melted[3], [right.at, left.at]);
  const uniform = [...batch, ...m];
  const looksUp = (place: LoopAccess, allowed: readonly Digit[]) =>
    place.lookups.every(({ ids }) => formsOf(ids).every((form) => [...form.terms.keys()].every((digit) => allowed.includes(digit))));
  if (!looksUp(left, uniform) || !looksUp(right, batch)) return undefined;
  if (!n.every((digit) => canBeColumn(digit, n, merged))) return undefined;
  return { form: 'tiles', loops: merged, left, right, batch, m, n, k };
}

/** Digits in both operands, in the first alone and in the second alone; undefined where one is in neither, or a matrix would be a vector. */
function sidesOf({ reads: [first, second] }: Loop, digits: readonly Digit[]): [Digit[], Digit[], Digit[]] | undefined {
  const inPlace = (place: LoopAccess, digit: Digit) => formsOf(place).some((form) => form.terms.has(digit));
  const side = (wanted: readonly [boolean, boolean]) =>
    digits.filter((digit) => inPlace(first, digit) === wanted[0] && inPlace(second, digit) === wanted[1]);
  const [both, a, b] = [side([true, true]), side([true, false]), side([false, true])];
  return side([false, false]).length > 0 || sizeOf(a) < 2 || sizeOf(b) < 2 ? undefined : [both, a, b];
}

/** One matrix for each group: its rows times its table, or the sum over its rows. */
function groupedShape(loop: Loop, { group, row }: Rows, target: Target): TileShape | undefined {
  const isKept = loop.kept.includes(row);
  const other = (digits: readonly Digit[]) => digits.filter((digit) => digit !== group && digit !== row);
  const sides = sidesOf(loop, isKept ? loop.kept.filter((digit) => digit !== group) : other(loop.kept));
  if (sides === undefined || (isKept && loop.reduced.length === 0)) return undefined;
  const { loops, groups } = collapse([loop], [...sides.map(other), other(loop.reduced)]);
  const [own] = loops;
  const [batch, a, b] = groups.slice(0, 3).map((digits) => ordered(digits, [own.write.at]));
  const walksRow = (place: LoopAccess) => formsOf(place).some((form) => form.terms.has(row));
  const swap = isKept ? walksRow(own.reads[1]) : swaps(own, a, b, target);
  const [left, right] = swap ? [own.reads[1], own.reads[0]] : own.reads;
  const [m, n] = swap ? [b, a] : [a, b];
  const k = ordered(groups[3], [right.at, left.at]);
  if (!n.every((digit) => canBeColumn(digit, n, loops))) return undefined;
  const shape = { form: 'tiles', loops, left, right, batch, n } as const;
  return isKept ? { ...shape, m: [row, ...m], k } : { ...shape, m, k: [row, ...k] };
}

/** A sum of products of two real operands without guards. */
export function isMultiplication({ value, reads, combine, whole }: Loop): boolean {
  if (whole || combine !== 'sum' || reads.length !== 2 || reads.some(({ where }) => where.length > 0)) return false;
  return value.is === 'apply' && value.f === 'mul' && isRead(value.a[0], 0) && isRead(value.a[1], 1);
}
/** The same, every point of which writes where no other one does. */
export function isProduct(loop: Loop): boolean {
  return isMultiplication(loop) && loop.write.lookups.length === 0;
}

/** Is the left operand the better right side? N is what the result walks in steps of one, or the larger side where that is thin: the result is then written with a stride. */
function swaps(loop: Loop, a: readonly Digit[], b: readonly Digit[], { product }: Target): boolean {
  const contiguous = (digits: readonly Digit[]) => digits.some((digit) => coefficient(loop.write.at, digit) === 1);
  const [sizeA, sizeB] = [sizeOf(a), sizeOf(b)];
  if (Math.min(sizeA, sizeB) < product.thin && sizeA !== sizeB) return sizeA > sizeB;
  return contiguous(a) || (!contiguous(b) && sizeA > sizeB);
}

/** N is the vector axis of the epilogue: positions along it must be one digit. */
function canBeColumn(digit: Digit, n: readonly Digit[], loops: readonly Loop[]): boolean {
  const [, ...epilogue] = loops;
  const positions = (loop: Loop): Form[] => [...loop.coordinates, ...loop.keys.flatMap(({ row, column }) => [row, column])];
  const finish = { ...loops[0], reads: [], write: { ...loops[0].write, lookups: [], where: [] } };
  if (!canBeVector(digit, [finish, ...epilogue])) return false;
  return [finish, ...epilogue].flatMap(positions).every((form) => !form.terms.has(digit) || (n.length === 1 && isAlone(form, digit)));
}
