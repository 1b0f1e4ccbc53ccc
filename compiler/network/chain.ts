/**
 * Exact searches for networks whose form allows them in polynomial time.
 *
 * A chain whose inner operands have no open letters is the textbook problem of a product of matrices: the best tree joins neighbours
 * only, and a run of operands has two open edges whatever tree made it (n^3 / 6 splits). An outer product X Y that is then joined with C
 * can be replaced by joining one with C first, at no more cost, unless all letters of X and Y end in C and C has others of more elements;
 * in such a chain C has none.
 */
import type { Problem } from './problem.ts';
import type { Steps } from './tree.ts';

/** Operands at most: 1.7e8 splits. */
const LONGEST = 1000;

/** The order of the operands along the chain, if the network is one. */
export function chainOrder(problem: Problem): number[] | undefined {
  const { count, on, of, kept, simple } = problem;
  if (!simple || count < 3 || count > LONGEST) return undefined;
  const inner = of.map((edges) => edges.filter((edge) => on[edge].length === 2));
  const open = of.map((edges) => edges.some((edge) => kept[edge] === 1));
  const ends = inner.flatMap((edges, k) => (edges.length === 1 ? [k] : []));
  if (ends.length !== 2 || inner.some((edges, k) => edges.length > 2 || edges.length === 0 || (edges.length === 2 && open[k])))
    return undefined;
  const order = [ends[0]];
  for (let before = -1; order.length < count; ) {
    const at = order[order.length - 1];
    const next = inner[at].flatMap((edge) => on[edge]).find((k) => k !== at && k !== before);
    if (next === undefined) return undefined;
    before = at;
    order.push(next);
  }
  return order;
}

/** The best tree over a chain, by multiply-adds. */
export function chainTree(problem: Problem, order: readonly number[]): Steps {
  const { on, of, sizes } = problem;
  const n = order.length;
  // Bond k lies before the k-th operand of the chain; the first and the last are the open letters of the ends.
  const bonds = new Float64Array(n + 1).fill(1);
  order.forEach((operand, k) => {
    for (const edge of of[operand]) {
      const inner = on[edge].length === 2;
      if (inner && on[edge].includes(order[k + 1])) bonds[k + 1] = sizes[edge];
      else if (!inner) bonds[k === 0 ? 0 : n] *= sizes[edge];
    }
  });
  const best = new Float64Array(n * n);
  const split = new Int32Array(n * n);
  for (let length = 1; length < n; length++) {
    for (let from = 0; from + length < n; from++) {
      const to = from + length;
      const ends = bonds[from] * bonds[to + 1];
      let lowest = Number.POSITIVE_INFINITY;
      for (let at = from; at < to; at++) {
        const cost = best[from * n + at] + best[(at + 1) * n + to] + ends * bonds[at + 1];
        if (cost < lowest) [lowest, split[from * n + to]] = [cost, at];
      }
      best[from * n + to] = lowest;
    }
  }
  const steps: [number, number][] = [];
  // An own stack: a chain can be as deep as it is long.
  const stack: [from: number, to: number, ready: boolean][] = [[0, n - 1, false]];
  const made: number[] = [];
  while (stack.length > 0) {
    const [from, to, ready] = stack.pop()!;
    if (from === to) made.push(order[from]);
    else if (!ready) stack.push([from, to, true], [split[from * n + to] + 1, to, false], [from, split[from * n + to], false]);
    else {
      const [b, a] = [made.pop()!, made.pop()!];
      steps.push(a < b ? [a, b] : [b, a]);
      made.push(n + steps.length - 1);
    }
  }
  return steps;
}
