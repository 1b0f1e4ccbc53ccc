/**
 * What a loop becomes before anyone looks at its neighbours: literal numbers instead of reads, no `stop`, no reduction over nothing, no
 * unused coordinates, comparisons instead of lookups in results that no sum needs.
 */
import type { Scalar } from '../values/program.ts';
import { subterms } from '../values/scalar.ts';
import { type Digit, single } from './form.ts';
import type { Value } from './graph.ts';
import { isRead, type Loop, type LoopAccess } from './loop.ts';

export function simplifyLoop(loop: Loop, values: readonly Value[]): Loop {
  return prune(literals(flat(placeOnce(loop)), values));
}

/** Replaces operands, coordinates and streams of a scalar. */
export function mapScalar(value: Scalar, change: (leaf: Scalar) => Scalar): Scalar {
  return value.is === 'apply' ? { ...value, a: value.a.map((part) => mapScalar(part, change)) } : change(value);
}

/**
 * x(n) into (n, ids[n]): each element has one writer at most, so it is select(v == ids[n], x, 0) over (n, v): pointwise, and free to melt
 * into its neighbours. Only where no letter is lost; a true scatter stays.
 */
function placeOnce(loop: Loop): Loop {
  const { lookups, at } = loop.write;
  if (lookups.length === 0) return loop;
  if (loop.reduced.length > 0 || loop.kept.some((digit) => !at.terms.has(digit))) return loop;
  const places: Digit[] = lookups.map(({ size }) => ({ size }));
  const terms = new Map(at.terms);
  let value = loop.value;
  lookups.forEach(({ stride }, k) => {
    if (places[k].size > 1) terms.set(places[k], stride);
    const same: Scalar = {
      is: 'apply',
      f: 'eq',
      a: [
        { is: 'coordinate', axis: loop.coordinates.length + k },
        { is: 'read', operand: loop.reads.length + k },
      ],
    };
    value = { is: 'apply', f: 'select', a: [same, value, { is: 'number', value: 0 }] };
  });
  return {
    ...loop,
    kept: [...loop.kept, ...places.filter(({ size }) => size > 1)],
    reads: [...loop.reads, ...lookups.map(({ ids }) => ids)],
    combine: 'none',
    value,
    write: { ...loop.write, at: { terms, plus: at.plus }, lookups: [] },
    coordinates: [...loop.coordinates, ...places.map(single)],
  };
}

/**
 * A reduction over nothing is its value, with the epilogue. So is each term of a scatter: its epilogue only puts zeros beside diagonals,
 * and a sum of zeros is zero.
 */
function flat(loop: Loop): Loop {
  const scatters = loop.write.lookups.length > 0;
  if (loop.reduced.length > 0 && !scatters) return loop;
  const own = loop.reads.length;
  const value = mapScalar(loop.finish, (part) => {
    if (part.is !== 'read') return part;
    return part.operand === 0 ? loop.value : { is: 'read', operand: own + part.operand - 1 };
  });
  const combine = scatters ? loop.combine : 'none';
  return { ...loop, combine, reads: [...loop.reads, ...loop.after], value, after: [], finish: { is: 'read', operand: 0 } };
}

/** The one number that a value holds, where it is known. */
export function numberIn(value: Value | undefined): number | undefined {
  const literal = value?.literal;
  if (typeof literal === 'number') return literal;
  return literal?.length === 1 ? literal[0] : undefined;
}

/** Reads of one known number become that number; `stop` and conversions of literals go. */
function literals(loop: Loop, values: readonly Value[]): Loop {
  const known = (place: LoopAccess | undefined): number | undefined => {
    if (place === undefined || place.lookups.length > 0 || place.where.length > 0) return undefined;
    return numberIn(values[place.value]);
  };
  const inline = (value: Scalar, places: readonly LoopAccess[], first: number): Scalar =>
    tidy(
      mapScalar(value, (part) => {
        const number = part.is === 'read' ? known(places[part.operand - first]) : undefined;
        return number === undefined ? part : { is: 'number', value: number };
      }),
    );
  return { ...loop, value: inline(loop.value, loop.reads, 0), finish: inline(loop.finish, loop.after, 1) };
}

function tidy(value: Scalar): Scalar {
  if (value.is !== 'apply') return value;
  const a = value.a.map(tidy);
  const [first] = a;
  if (value.f === 'stop') return first;
  if (first.is === 'number' && value.f === 'real') return first;
  if (first.is === 'number' && value.f === 'int') return { is: 'number', value: Math.trunc(first.value) };
  if (first.is === 'number' && value.f === 'neg') return { is: 'number', value: -first.value };
  return { ...value, a };
}

/** Drops operands, coordinates and keys that no scalar uses. */
export function prune(loop: Loop): Loop {
  const leaves = [...subterms(loop.value), ...subterms(loop.finish)];
  const coordinates = loop.coordinates.flatMap((_, k) => (leaves.some((part) => part.is === 'coordinate' && part.axis === k) ? [k] : []));
  const keys = loop.keys.flatMap((_, k) => (leaves.some((part) => part.is === 'random' && part.stream === String(k)) ? [k] : []));
  const used = (value: Scalar, count: number, first: number) =>
    Array.from({ length: count }, (_, k) => k).filter((k) => [...subterms(value)].some((part) => isRead(part, k + first)));
  const reads = used(loop.value, loop.reads.length, 0);
  const after = used(loop.finish, loop.after.length, 1);
  const renumber = (value: Scalar, operands: readonly number[], first: number): Scalar =>
    mapScalar(value, (part) => {
      if (part.is === 'coordinate') return { ...part, axis: coordinates.indexOf(part.axis) };
      if (part.is === 'random') return { ...part, stream: String(keys.indexOf(Number(part.stream))) };
      if (part.is === 'read' && part.operand >= first) return { ...part, operand: operands.indexOf(part.operand - first) + first };
      return part;
    });
  return {
    ...loop,
    reads: reads.map((k) => loop.reads[k]),
    after: after.map((k) => loop.after[k]),
    value: renumber(loop.value, reads, 0),
    finish: renumber(loop.finish, after, 1),
    coordinates: coordinates.map((k) => loop.coordinates[k]),
    keys: keys.map((k) => loop.keys[k]),
  };
}
