/**
 * Steps on the Stiefel manifold, for cores that `keep ... orthogonal` constrains: Q [rows, columns] with Q'Q = 1. A gradient and the first
 * moment are projected on the tangent space at Q, X - Q sym(Q'X), in the Euclidean metric (Absil, Mahony and Sepulchre, Optimization
 * Algorithms on Matrix Manifolds, 2008, 3.6.1); the step goes back by the polar factor (ibid. 4.1.1), which Newton-Schulz finds by
 * contractions alone (Higham, Functions of Matrices, 2008, 8.3). One number for the core takes the place of Adam's second moments: a
 * divisor of each entry's own would leave the tangent space (Becigneul and Ganea, ICLR 2019).
 */
import type { Axis, Contract, Id, MapOp, Scalar } from '../../values/program.ts';
import { elements } from '../../values/shape.ts';
import type { Builder } from '../builder.ts';
import { apply, number, read } from '../scalar.ts';
import type { Manifold } from './optimiser.ts';

/**
 * Each iteration multiplies a small singular value by 1.5 and squares the error of one near 1. A step of length s leaves them between
 * 1 / sqrt(1 + s^2) and 1, so this many reach 1e-7 in f64 for steps up to length 10, a hundred times what a rate that learns takes.
 */
const ITERATIONS = 10;

/** The manifold of `q`, a core with its own `legs`, whose columns are the leg at position `columns`. */
export function stiefel(builder: Builder, q: Id, columns: number): Manifold {
  const legs = builder.type(q).axes;
  const whole = legs.map((_, leg) => leg);
  const other = legs.length;
  const letters: readonly Axis[] = [...legs, legs[columns]];
  const moved = whole.map((leg) => (leg === columns ? other : leg));
  const square = [legs[columns], legs[columns]];
  const map = (inputs: readonly Id[], value: Scalar) =>
    builder.add<MapOp>('map', inputs, {
      domain: legs,
      reads: inputs.map((id) => (builder.type(id).axes.length === 0 ? [] : whole)),
      value,
    });
  const scalar = (inputs: readonly Id[], value: Scalar) =>
    builder.add<MapOp>('map', inputs, { domain: [], reads: inputs.map(() => []), value });
  /** A'B, [columns, columns]. */
  const gram = (a: Id, b: Id) => builder.add<Contract>('contract', [a, b], { letters, operands: [whole, moved], result: [columns, other] });
  /** A S for a square S. */
  const times = (a: Id, s: Id) =>
    builder.add<Contract>('contract', [a, s], { letters, operands: [moved, [other, columns]], result: whole });
  const squares = (x: Id) => builder.add<Contract>('contract', [x, x], { letters: legs, operands: [whole, whole], result: [] });
  const symmetric = (s: Id) =>
    builder.add<MapOp>('map', [s, s], {
      domain: square,
      reads: [
        [0, 1],
        [1, 0],
      ],
      value: apply('mul', number(0.5), apply('add', read(0), read(1))),
    });
  const tangent = (x: Id) => map([x, times(q, symmetric(gram(q, x)))], apply('sub', read(0), read(1)));
  /** The polar factor of q - step, which has the columns of (q - step) / sqrt(1 + |step|^2), all of length at most 1. */
  const retract = (step: Id) => {
    const shrink = scalar([squares(step)], apply('div', number(1), apply('sqrt', apply('add', number(1), read(0)))));
    let x = map([q, step, shrink], apply('mul', apply('sub', read(0), read(1)), read(2)));
    for (let k = 0; k < ITERATIONS; k++) {
      x = map([x, times(x, gram(x, x))], apply('sub', apply('mul', number(1.5), read(0)), apply('mul', number(0.5), read(1))));
    }
    return x;
  };
  const meanSquare = (x: Id) => scalar([squares(x)], apply('div', read(0), { is: 'size', value: elements(legs) }));
  return { tangent, retract, meanSquare };
}
