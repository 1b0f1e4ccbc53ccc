/** Code for products of vectors and what is taken from them, as parts of kernels. */

import type { Code, Routine } from './assemble.ts';
import { get, i32, pair, set, walk } from './assemble.ts';

/** Code that adds up the products of vectors: the first against each of the others, 4 numbers a step. `width` is in bytes. */
export function dots(routine: Routine, first: number, others: readonly number[], width: number) {
  const offset = routine.local('i32');
  const [x, y] = [routine.local('v128'), routine.local('v128')];
  const even = others.map(() => routine.local('v128'));
  const odd = others.map(() => routine.local('v128'));
  const results = others.map(() => routine.local('f64'));
  const at = (base: number) => i32.add(get(base), get(offset));
  const code: Code = [
    [...even, ...odd].map((sum) => set(sum, pair.zero)),
    set(offset, i32.of(0)),
    walk(offset, get(width), i32.of(32), [
      set(x, pair.load(at(first))),
      set(y, pair.load(at(first), 16)),
      others.map((other, k) => [
        set(even[k], pair.add(get(even[k]), pair.mul(get(x), pair.load(at(other))))),
        set(odd[k], pair.add(get(odd[k]), pair.mul(get(y), pair.load(at(other), 16)))),
      ]),
    ]),
    others.map((_, k) => [set(even[k], pair.add(get(even[k]), get(odd[k]))), set(results[k], pair.sum(even[k]))]),
  ];
  return { code, results };
}

/** Code that takes factors of the first vector from each of the others. */
export function takeAway(routine: Routine, first: number, others: readonly number[], factors: readonly number[], width: number): Code {
  const offset = routine.local('i32');
  const x = routine.local('v128');
  const splats = others.map(() => routine.local('v128'));
  const at = (base: number) => i32.add(get(base), get(offset));
  return [
    splats.map((splat, k) => set(splat, pair.splat(get(factors[k])))),
    set(offset, i32.of(0)),
    walk(offset, get(width), i32.of(16), [
      set(x, pair.load(at(first))),
      others.map((other, k) => pair.store(at(other), pair.sub(pair.load(at(other)), pair.mul(get(splats[k]), get(x))))),
    ]),
  ];
}
