/**
 * Which loops can be one kernel, and how its index space is laid out. A cluster is a list of loops over shared digits in an order that
 * respects who reads whom; its shape says which digits become rows, the vector axis, batch, tile axes or serial loops.
 */
import type { Target } from '../values/target.ts';
import { collapse, ordered } from './collapse.ts';
import { coefficient, type Digit, type Form, sizeOf } from './form.ts';
import { digitsOf, formsOf, type Loop, type LoopAccess } from './loop.ts';

/** rows and points: `outer` digits make the rows, `vector` the one axis of tiles, `inner` a serial loop around a reduction. */
export interface RowShape {
  readonly form: 'rows' | 'points';
  readonly loops: readonly Loop[];
  readonly outer: readonly Digit[];
  readonly vector: Digit | undefined;
  readonly inner: readonly Digit[];
}

export function sameDigits(a: readonly Digit[], b: readonly Digit[]): boolean {
  return a.length === b.length && a.every((digit) => b.includes(digit));
}

/**
 * Do the loops visit as many points as `rowShape` and `tileShape` ask? Splitting and melting digits changes no number of points, so this
 * is known before anything is joined.
 */
export function agreeInPoints(loops: readonly Loop[]): boolean {
  const { kept, reduced } = loops.find((loop) => loop.reduced.length > 0) ?? loops[0];
  const [outside, inside] = [sizeOf(kept), sizeOf(reduced)];
  return loops.every((loop) => {
    const own = sizeOf(loop.kept);
    return loop.reduced.length > 0 ? own === outside && sizeOf(loop.reduced) === inside : own === outside || own === outside * inside;
  });
}

/** The shape of loops that share rows, or undefined where they cannot be one kernel. A single loop without a scatter always can. */
export function rowShape(loops: readonly Loop[], target: Target): RowShape | undefined {
  if (loops.some(({ write }) => write.lookups.length > 0)) return undefined;
  const reducing = loops.filter(({ reduced }) => reduced.length > 0);
  if (reducing.length === 0) return pointShape(loops);
  const [{ kept, reduced }] = reducing;
  const fits = loops.every((loop) => {
    if (loop.reduced.length > 0) return sameDigits(loop.kept, kept) && sameDigits(loop.reduced, reduced);
    return sameDigits(loop.kept, kept) || sameDigits(loop.kept, [...kept, ...reduced]);
  });
  if (!fits) return undefined;
  return loops.length === 1 ? reductionShape(loops[0], target) : sharedRows(loops, kept, reduced, target);
}

function pointShape(loops: readonly Loop[]): RowShape | undefined {
  if (!loops.every((loop) => sameDigits(loop.kept, loops[0].kept))) return undefined;
  const {
    loops: merged,
    groups: [digits],
  } = collapse(loops, [loops[0].kept]);
  const vector = bestVector(digits, merged);
  if (vector === undefined && loops.length > 1 && digits.length > 0) return undefined;
  return { form: 'points', loops: merged, outer: outerOf(digits, merged, [vector]), vector, inner: [] };
}

function sharedRows(loops: readonly Loop[], kept: readonly Digit[], reduced: readonly Digit[], target: Target): RowShape | undefined {
  if (loops.some(({ chunk }) => chunk !== undefined)) return undefined;
  const {
    loops: merged,
    groups: [rows, row],
  } = collapse(loops, [kept, reduced]);
  if (row.length !== 1 || !canBeVector(row[0], merged)) return undefined;
  const tiles = merged.reduce((sum, loop) => sum + (digitsOf(loop).includes(row[0]) ? 1 + loop.reads.length : 0), 0);
  if (tiles * row[0].size > target.rows.kept) return undefined;
  const strided = merged.some((loop) => [...loop.reads, loop.write].some(({ at }) => Math.abs(coefficient(at, row[0])) > 1));
  if (strided) return undefined;
  return { form: 'rows', loops: merged, outer: outerOf(rows, merged, []), vector: row[0], inner: [] };
}

/** One reduction: along the axis that lies contiguous in its largest operand, in rows if that is summed, else over vectors of sums. */
function reductionShape(loop: Loop, target: Target): RowShape {
  const {
    loops: merged,
    groups: [rows, row],
  } = collapse([loop], [loop.kept.filter((digit) => digit !== loop.chunk?.piece), loop.reduced]);
  const [own] = merged;
  const largest = own.reads.length > 0 ? widest(own.reads) : undefined;
  const contiguous = (digits: readonly Digit[]) =>
    digits.find((digit) => largest !== undefined && coefficient(largest.at, digit) === 1 && canBeVector(digit, merged));
  const rest = (vector: Digit | undefined) =>
    ordered(
      row,
      own.reads.map(({ at }) => at),
    ).filter((digit) => digit !== vector);
  const inRow = contiguous(row);
  if (inRow !== undefined && (inRow.size >= target.rows.short || rows.length === 0))
    return { form: 'rows', loops: merged, outer: outerOf(rows, merged, []), vector: inRow, inner: rest(inRow) };
  const vector = contiguous(rows) ?? bestVector(rows, merged);
  return { form: 'points', loops: merged, outer: outerOf(rows, merged, [vector]), vector, inner: rest(undefined) };
}
/** The access that meets the most elements. */
function widest(places: readonly LoopAccess[]): LoopAccess {
  const span = (place: LoopAccess) => [...place.at.terms.keys()].reduce((product, { size }) => product * size, 1);
  return places.reduce((best, place) => (span(place) > span(best) ? place : best));
}

function outerOf(digits: readonly Digit[], loops: readonly Loop[], except: readonly (Digit | undefined)[]): Digit[] {
  const forms = loops.toReversed().flatMap((loop) => [loop.write.at, ...loop.reads.map(({ at }) => at)]);
  return ordered(
    digits.filter((digit) => !except.includes(digit)),
    forms,
  );
}

/** The digit that most accesses walk in steps of one; short axes count for less. */
function bestVector(digits: readonly Digit[], loops: readonly Loop[]): Digit | undefined {
  const places = loops.flatMap((loop) => [...loop.reads, ...loop.after, loop.write, loop.write]);
  const score = (digit: Digit): number => {
    const weight = places.reduce((sum, { at }) => {
      const stride = coefficient(at, digit);
      return sum + (stride === 1 ? 1 : stride === 0 ? 0.6 : 0.1);
    }, 0);
    return (weight * Math.min(digit.size, 16)) / 16;
  };
  const able = ordered(digits, [loops[loops.length - 1].write.at]).filter((digit) => canBeVector(digit, loops));
  return able.reduce<Digit | undefined>((best, digit) => (best === undefined || score(digit) >= score(best) ? digit : best), undefined);
}

/**
 * May the digit be the vector axis: no id and no guard depends on it, coordinates are it alone or free of it, random columns as well, and
 * rows of random counters are free of it.
 */
export function canBeVector(digit: Digit, loops: readonly Loop[]): boolean {
  const free = (form: Form) => !form.terms.has(digit);
  const alone = (form: Form) => free(form) || isAlone(form, digit);
  return loops.every((loop) => {
    const places = [...loop.reads, ...loop.after, loop.write];
    const guards = places.flatMap((place) => formsOf(place).slice(1));
    return guards.every(free) && loop.coordinates.every(alone) && loop.keys.every(({ row, column }) => free(row) && alone(column));
  });
}
export function isAlone(form: Form, digit: Digit): boolean {
  return form.plus === 0 && form.terms.size === 1 && form.terms.get(digit) === 1;
}
