/** Rows of data by input, and batches of some of them. */
import type { Batch } from './feed.ts';

/** Columns of examples by input name. */
export interface Examples {
  readonly count: number;
  readonly columns: Readonly<Record<string, { readonly data: ArrayLike<number>; readonly each: number }>>;
  /** Sizes of open axes other than that of the examples. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** `share`: of each row of a column, its beginning. */
export function pick(examples: Examples, positions: Int32Array, share: (name: string) => number = () => 1): Batch {
  const entries = Object.entries(examples.columns).map(([name, { data, each }]) => {
    const taken = Math.round(each * share(name));
    const result = new Float64Array(positions.length * taken);
    for (let row = 0; row < positions.length; row++) {
      for (let k = 0; k < taken; k++) result[row * taken + k] = data[positions[row] * each + k];
    }
    return [name, result] as const;
  });
  return Object.fromEntries(entries);
}
