/**
 * Random shapes and expressions for the `sample` fields of the operations: from these the property tests of every engine are made.
 * Expressions stay where they are smooth and finite for operands in [-1, 1), so that finite differences can be compared with.
 */
import type { Pick } from '../values/operation.ts';
import type { Axis, Dtype, Scalar, Type } from '../values/program.ts';
import { apply, coordinate, number, read } from './scalar.ts';

const names = ['b', 't', 'i', 'o', 'r', 'e'] as const;

/** `count` axes of sizes 1 to `largest`; now and then two have the same name, which must not matter. */
export function sampleAxes(pick: Pick, count: number, largest = 3): Axis[] {
  return Array.from({ length: count }, (_, k) => ({
    name: pick.integer(0, 9) === 0 ? names[0] : names[k % names.length],
    size: pick.integer(1, largest),
  }));
}

/** All of `items` in some order. */
export function shuffle<T>(pick: Pick, items: readonly T[]): T[] {
  const result = [...items];
  for (let k = result.length - 1; k > 0; k--) {
    const other = pick.integer(0, k);
    [result[k], result[other]] = [result[other], result[k]];
  }
  return result;
}

/** Some of `items`, each at most once, in any order. */
export function subset<T>(pick: Pick, items: readonly T[]): T[] {
  return shuffle(
    pick,
    items.filter(() => pick.boolean()),
  );
}

export function type(dtype: Dtype, axes: readonly Axis[]): Type {
  return { dtype, axes };
}

/** A real expression of operands with the given element types over a domain of `rank` axes. */
export function sampleScalar(pick: Pick, reads: readonly Dtype[], rank: number, depth: number): Scalar {
  const real = (d: number): Scalar => sampleScalar(pick, reads, rank, d);
  const reals = reads.flatMap((dtype, k) => (dtype === 'real' ? [k] : []));
  if (depth === 0) return reals.length > 0 && pick.integer(0, 4) > 0 ? read(pick.of(reals)) : number(pick.integer(-8, 8) / 4);
  const bounded = (): Scalar => apply('tanh', real(depth - 1));
  switch (pick.integer(0, 13)) {
    case 0:
      return apply('add', real(depth - 1), real(depth - 1));
    case 1:
      return apply('sub', real(depth - 1), real(depth - 1));
    case 2:
    case 3:
      return apply('mul', bounded(), real(depth - 1));
    case 4:
      return apply('div', real(depth - 1), apply('add', number(2), bounded()));
    case 5:
      return apply('exp', bounded());
    case 6:
      return apply('log', apply('add', number(1.5), bounded()));
    case 7:
      return apply('sqrt', apply('add', number(1.25), bounded()));
    case 8:
      return apply('erf', real(depth - 1));
    case 9:
      return apply(pick.boolean() ? 'sin' : 'cos', real(depth - 1));
    case 10:
      return apply(pick.boolean() ? 'max' : 'min', real(depth - 1), number(0.0627));
    case 11:
      return apply('neg', apply('stop', number(pick.integer(1, 3))));
    case 12:
      return apply('select', sampleBit(pick, reads, rank), real(depth - 1), real(depth - 1));
    default:
      return rank === 0 ? bounded() : apply('mul', real(depth - 1), apply('real', coordinate(pick.integer(0, rank - 1))));
  }
}

/** A bit: of an int or bit operand, of coordinates, or random. */
function sampleBit(pick: Pick, reads: readonly Dtype[], rank: number): Scalar {
  const others = reads.flatMap((dtype, k) => (dtype === 'real' ? [] : [k]));
  if (others.length > 0 && pick.boolean()) {
    const operand = pick.of(others);
    return reads[operand] === 'bit' ? apply('not', read(operand)) : apply('le', read(operand), number(1));
  }
  if (rank === 0 || pick.boolean())
    return apply('below', { is: 'random', stream: `sample#${pick.integer(0, 1e9)}`, rows: Math.max(0, rank - 1) }, number(0.5));
  return apply('lt', apply('mod', coordinate(pick.integer(0, rank - 1)), number(2)), coordinate(pick.integer(0, rank - 1)));
}
