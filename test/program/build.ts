/** What the tests of building share: a function of a model evaluated, tables from a rule, and the dense matrix of two cores. */
import * as assert from 'uvu/assert';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { ModelMaker } from './model-maker.ts';
import { largestDifference, run, type Values, verifiedStep } from './run.ts';

export const evaluation = (entry: string, sizes: StepOptions['sizes'] = {}): StepOptions => ({
  entries: [{ name: entry, weight: 1 }],
  sizes,
  mode: 'eval',
});
/** Value of one function of a model. */
export function evaluate(maker: ModelMaker, values: Values, sizes: StepOptions['sizes'] = {}): Float64Array {
  return run(verifiedStep(maker.model(), evaluation('f', sizes)), values)['result f'];
}
export function close(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-12): void {
  const worst = largestDifference(found, expected);
  assert.ok(worst <= tolerance, `differs by ${worst}`);
}
export const table = (rows: number, columns: number, value: (r: number, c: number) => number) =>
  Float64Array.from({ length: rows * columns }, (_, n) => value(Math.floor(n / columns), n % columns));
/** The dense matrix [4, 6] of two cores T1 (out1:2 in1:3 r), T2 (r out2:2 in2:2). */
export function denseOfCores(
  t1: Float64Array,
  t2: Float64Array,
  bond: number,
  [o1, o2]: readonly number[],
  [i1, i2]: readonly number[],
): Float64Array {
  return table(o1 * o2, i1 * i2, (o, i) => {
    let sum = 0;
    for (let r = 0; r < bond; r++) {
      sum += t1[(Math.floor(o / o2) * i1 + Math.floor(i / i2)) * bond + r] * t2[(r * o2 + (o % o2)) * i2 + (i % i2)];
    }
    return sum;
  });
}
