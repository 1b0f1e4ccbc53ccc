/** Evaluation in tests: outputs by name, and gradients by central differences. */

import { table } from '../../compiler/program/operations/index.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import type { Context } from '../../compiler/values/operation.ts';
import type { Program } from '../../compiler/values/program.ts';

export const context: Context = { seed: [7, 11], tick: 3 };

/** Outputs by `kind name`; sources of any kind by name. */
export function run(program: Program, values: ReadonlyMap<string, Float64Array>): Map<string, Float64Array> {
  const read = (source: { readonly name: string }) => {
    const found = values.get(source.name);
    if (found === undefined) throw new Error(`no values for ${source.name}`);
    return found;
  };
  return new Map(evaluate(program, table, read, context).map(({ output, value }) => [`${output.kind} ${output.name}`, value.data]));
}

/** d f / d values[name], element by element, with error O(step^4). */
export function differences(f: () => number, values: Float64Array, step = 2e-4): Float64Array {
  return values.map((at, k) => {
    const value = (shift: number) => {
      values[k] = at + shift * step;
      const result = f();
      values[k] = at;
      return result;
    };
    return (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * step);
  });
}

/** Largest distance, relative to the larger of 1 and the size of the values. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} and ${b.length} elements`);
  let worst = 0;
  for (let k = 0; k < a.length; k++) {
    const apart = Math.abs(a[k] - b[k]) / Math.max(1, Math.abs(a[k]), Math.abs(b[k]));
    if (!(apart <= worst)) worst = apart;
  }
  return worst;
}
