/**
 * The two passes over a matrix that each step of its reduction to two diagonals needs. Memory bounds them, so what a step leaves to be
 * subtracted is subtracted when the next one reads the matrix anyway.
 */

import type { Code } from './assemble.ts';
import { f64, get, i32, pair, Routine, set, walk } from './assemble.ts';
import { dots } from './vectors.ts';

/** Rows that share one reading of the vectors. */
const LANES = 4;

/**
 * a[i] -= p[i] x + q[i] y and z += r[i] a[i] for rows i of `a` [count, width]. `scalars` has p, q and r of one row after another, `vectors`
 * x, y and z, `vectorStride` apart.
 */
export function fold(): Routine {
  const routine = new Routine('fold', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [rows, count, width, stride, scalars, vectors, vectorStride] = [0, 1, 2, 3, 4, 5, 6];
  const [row, from, offset, second, third] = Array.from({ length: 5 }, () => routine.local('i32'));
  const at = Array.from({ length: LANES }, () => routine.local('i32'));
  const [p, q, r] = Array.from({ length: 3 }, () => Array.from({ length: LANES }, () => routine.local('v128')));
  const [x, y, z, value] = Array.from({ length: 4 }, () => routine.local('v128'));
  const scalar = (lane: number, which: number): Code => pair.splat(f64.load(get(from), 8 * (3 * lane + which)));
  const group = (lanes: number): Code => {
    const all = Array.from({ length: lanes }, (_, lane) => lane);
    return [
      set(from, i32.add(get(scalars), i32.mul(get(row), i32.of(24)))),
      all.map((lane) => [
        set(at[lane], i32.add(get(rows), i32.mul(i32.add(get(row), i32.of(lane)), get(stride)))),
        [p, q, r].map((locals, which) => set(locals[lane], scalar(lane, which))),
      ]),
      set(offset, get(vectors)),
      walk(offset, i32.add(get(vectors), get(width)), i32.of(16), [
        set(second, i32.add(get(offset), get(vectorStride))),
        set(third, i32.add(get(second), get(vectorStride))),
        set(x, pair.load(get(offset))),
        set(y, pair.load(get(second))),
        set(z, pair.load(get(third))),
        all.map((lane) => [
          set(value, pair.sub(pair.sub(pair.load(get(at[lane])), pair.mul(get(p[lane]), get(x))), pair.mul(get(q[lane]), get(y)))),
          pair.store(get(at[lane]), get(value)),
          set(z, pair.add(get(z), pair.mul(get(r[lane]), get(value)))),
          set(at[lane], i32.add(get(at[lane]), i32.of(16))),
        ]),
        pair.store(get(third), get(z)),
      ]),
    ];
  };
  routine.body = [
    walk(row, i32.sub(get(count), i32.of(LANES - 1)), i32.of(LANES), group(LANES)),
    walk(row, get(count), i32.of(1), group(1)),
  ];
  return routine;
}

/** results[i] = the product of row i of `a` [count, width] and a vector; `width` is a multiple of 32. */
export function rowProducts(): Routine {
  const routine = new Routine('rowProducts', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [rows, count, width, stride, vector, results] = [0, 1, 2, 3, 4, 5];
  const row = routine.local('i32');
  const at = Array.from({ length: LANES }, () => routine.local('i32'));
  const group = (lanes: number): Code => {
    const others = at.slice(0, lanes);
    const products = dots(routine, vector, others, width);
    return [
      others.map((other, lane) => set(other, i32.add(get(rows), i32.mul(i32.add(get(row), i32.of(lane)), get(stride))))),
      products.code,
      products.results.map((result, lane) => f64.store(i32.add(get(results), i32.mul(get(row), i32.of(8))), get(result), 8 * lane)),
    ];
  };
  routine.body = [
    walk(row, i32.sub(get(count), i32.of(LANES - 1)), i32.of(LANES), group(LANES)),
    walk(row, get(count), i32.of(1), group(1)),
  ];
  return routine;
}
