/**
 * Nests over digits: what the stages of this room pass on. A loop computes one value; `coordinate k` of its scalars is
 * `coordinates[k]`, stream 'k' of a random word is `keys[k]`.
 */
import type { Combine, Element } from '../values/kernel.ts';
import type { Scalar } from '../values/program.ts';
import { type Digit, type Form, type Substitution, substitute, substituteDigits } from './form.ts';

/** Position in `Graph.values`. */
export type ValueId = number;
export interface LoopAccess {
  readonly value: ValueId;
  readonly at: Form;
  readonly lookups: readonly Lookup[];
  readonly where: readonly { readonly at: Form; readonly size: number }[];
}
export interface Lookup {
  readonly ids: LoopAccess;
  readonly stride: number;
  readonly size: number;
  /** All ids are known to lie in [0, size): nothing is asked at run time. */
  readonly inside?: true;
}
/** A loop has the points alone whose `row` lies from start[group] up to start[group + 1]: rows that look up one table lie together. */
export interface Rows {
  readonly group: Digit;
  readonly row: Digit;
  readonly start: ValueId;
}
export interface Key {
  readonly stream: string;
  readonly row: Form;
  readonly column: Form;
}
/** Where the digit's group has no rows (start[digit] = start[digit + 1]), nothing need be multiplied: the result is 0, or nobody's. */
export interface Used {
  readonly digit: Digit;
  readonly start: ValueId;
}
export interface Loop {
  readonly kept: readonly Digit[];
  readonly reduced: readonly Digit[];
  readonly reads: readonly LoopAccess[];
  readonly combine: 'none' | Combine;
  readonly value: Scalar;
  readonly after: readonly LoopAccess[];
  readonly finish: Scalar;
  readonly write: LoopAccess;
  readonly coordinates: readonly Form[];
  readonly keys: readonly Key[];
  /** The reduced digits are summed in pieces of `length` positions; `piece` is a kept digit that only `write` walks. */
  readonly chunk?: { readonly piece: Digit; readonly length: number };
  /** Where one of these is negative, a term is 0 or its result is not needed. */
  readonly within?: readonly Form[];
  readonly rows?: Rows;
  /** Of whole numbers: tiles of products are real. */
  readonly whole?: true;
  /** A hint to products of tiles, which walk this digit alone; other forms compute what they would leave out. */
  readonly used?: Used;
}

/** All digits of a loop, kept ones first. */
export function digitsOf(loop: Loop): Digit[] {
  return [...loop.kept, ...loop.reduced];
}

/** The same access with every form changed. */
function mapAccess(place: LoopAccess, change: (form: Form) => Form): LoopAccess {
  return {
    value: place.value,
    at: change(place.at),
    lookups: place.lookups.map((lookup) => ({ ...lookup, ids: mapAccess(lookup.ids, change) })),
    where: place.where.map(({ at, size }) => ({ at: change(at), size })),
  };
}

/** The same loop with every form and list of digits changed. */
export function mapLoop(loop: Loop, change: (form: Form) => Form, digits: (own: readonly Digit[]) => Digit[]): Loop {
  return {
    ...loop,
    kept: digits(loop.kept),
    reduced: digits(loop.reduced),
    reads: loop.reads.map((place) => mapAccess(place, change)),
    after: loop.after.map((place) => mapAccess(place, change)),
    write: mapAccess(loop.write, change),
    coordinates: loop.coordinates.map(change),
    keys: loop.keys.map(({ stream, row, column }) => ({ stream, row: change(row), column: change(column) })),
    within: loop.within?.map(change),
  };
}

export function substituteLoop(loop: Loop, by: Substitution): Loop {
  return mapLoop(
    loop,
    (form) => substitute(form, by),
    (digits) => substituteDigits(digits, by),
  );
}

/** The same loop over other values. */
export function mapValues(loop: Loop, change: (value: ValueId) => ValueId): Loop {
  const place = (own: LoopAccess): LoopAccess => ({
    ...own,
    value: change(own.value),
    lookups: own.lookups.length === 0 ? own.lookups : own.lookups.map((lookup) => ({ ...lookup, ids: place(lookup.ids) })),
  });
  const { reads, after, write, rows, used } = loop;
  return {
    ...loop,
    reads: reads.map(place),
    after: after.map(place),
    write: place(write),
    ...(rows === undefined ? {} : { rows: { ...rows, start: change(rows.start) } }),
    ...(used === undefined ? {} : { used: { ...used, start: change(used.start) } }),
  };
}

/** The same loop with another digit for each of its own. */
export function mapDigits(loop: Loop, change: (digit: Digit) => Digit): Loop {
  const form = ({ terms, plus }: Form): Form => ({
    terms: new Map([...terms].map(([digit, stride]) => [change(digit), stride])),
    plus,
  });
  const { chunk, rows, used } = loop;
  return {
    ...mapLoop(loop, form, (digits) => digits.map(change)),
    ...(chunk === undefined ? {} : { chunk: { ...chunk, piece: change(chunk.piece) } }),
    ...(rows === undefined ? {} : { rows: { ...rows, group: change(rows.group), row: change(rows.row) } }),
    ...(used === undefined ? {} : { used: { ...used, digit: change(used.digit) } }),
  };
}

/** Forms of an access: its offset, guards and those of its ids. */
export function formsOf(place: LoopAccess): Form[] {
  return [place.at, ...place.where.map(({ at }) => at), ...place.lookups.flatMap(({ ids }) => formsOf(ids))];
}

/** Every form of a loop: digits that agree in all of them can melt into one. */
export function allForms(loop: Loop): Form[] {
  const places = [...loop.reads, ...loop.after, loop.write];
  const positions = [...loop.coordinates, ...loop.keys.flatMap(({ row, column }) => [row, column]), ...(loop.within ?? [])];
  return [...places.flatMap(formsOf), ...positions];
}

/** Values that a place reads: the buffer and ids of lookups. */
export function valuesOf(place: LoopAccess): ValueId[] {
  return [place.value, ...place.lookups.flatMap(({ ids }) => valuesOf(ids))];
}

/** Values that a loop reads. */
export function inputsOf(loop: Loop): ValueId[] {
  const places = [...loop.reads, ...loop.after].flatMap(valuesOf);
  const ids = loop.write.lookups.flatMap(({ ids }) => valuesOf(ids));
  return [...places, ...ids, ...[loop.rows, loop.used].flatMap((groups) => (groups === undefined ? [] : [groups.start]))];
}

/** Does the value of the scalar stand for the operand alone? */
export function isRead(scalar: Scalar, operand = 0): boolean {
  return scalar.is === 'read' && scalar.operand === operand;
}

export const elementOf = (dtype: 'real' | 'int' | 'bit'): Element => (dtype === 'real' ? 'f32' : 'i32');
