/**
 * The best tree over an order of the operands: every value joins neighbours in it, as in a product of matrices, so the recurrence is the
 * same. From a sweep it makes a tree that starts at both ends, or at several places, and joins larger pieces where that is cheaper.
 *
 * A step is counted as the root of the product of its three sizes, which is the product over the union where every edge has two ends (an
 * end being an operand or the output); other edges are counted too highly where all three values have them. The tree that comes out is
 * counted anew by whoever asked.
 */
import type { Problem } from './problem.ts';

/** The recurrence takes the third power of this many steps, and its tables the square. */
export const MOST_IN_ORDER = 600;

/** A tree in single static assignment. At most `MOST_IN_ORDER` operands. */
export function intervalTree(problem: Problem, order: readonly number[]): [number, number][] {
  const n = order.length;
  const roots = rootsOfSizes(problem, order);
  const split = new Int32Array(n * n);
  // Costs from the first to the last operand of an interval, and once more with both exchanged: the inner loop walks each in steps of one.
  const cost = new Float64Array(n * n);
  const mirror = new Float64Array(n * n);
  const mirrored = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) mirrored[j * n + i] = roots[i * n + j];
  for (let length = 2; length <= n; length++) {
    for (let i = 0, j = length - 1; j < n; i++, j++) {
      const [row, column] = [i * n, j * n + 1];
      const own = roots[row + j];
      let [least, at] = [Number.POSITIVE_INFINITY, i];
      for (let k = i; k < j; k++) {
        const sum = cost[row + k] + mirror[column + k] + roots[row + k] * mirrored[column + k] * own;
        if (sum < least) [least, at] = [sum, k];
      }
      cost[row + j] = least;
      mirror[j * n + i] = least;
      split[row + j] = at;
    }
  }
  const steps: [number, number][] = [];
  const make = (i: number, j: number): number => {
    if (i === j) return order[i];
    const at = split[i * n + j];
    const [a, b] = [make(i, at), make(at + 1, j)];
    steps.push(a < b ? [a, b] : [b, a]);
    return n + steps.length - 1;
  };
  make(0, n - 1);
  return steps;
}

/** By first and last operand: the root of the size of the value that joins them. */
function rootsOfSizes({ of, on, kept, sizes, edges }: Problem, order: readonly number[]): Float64Array {
  const n = order.length;
  const roots = new Float64Array(n * n);
  const root = Float64Array.from(sizes, Math.sqrt);
  const inside = new Int32Array(edges);
  for (let i = 0; i < n; i++) {
    inside.fill(0);
    let product = 1;
    for (let j = i; j < n; j++) {
      for (const edge of of[order[j]]) {
        inside[edge]++;
        const ends = on[edge].length + kept[edge];
        if (inside[edge] === 1 && ends > 1) product *= root[edge];
        else if (inside[edge] === ends && ends > 1) product /= root[edge];
      }
      roots[i * n + j] = product;
    }
  }
  return roots;
}
