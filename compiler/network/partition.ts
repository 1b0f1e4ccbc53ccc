/**
 * Trees by recursive bisection (Gray and Kourtis 2021, section 3): the join at the top separates the network where the fewest and
 * smallest edges are cut, and so on down. It sees the network as a whole where greedy joins see one pair, and wins on large sparse ones.
 */
import type { Hypergraph } from './bisect.ts';
import { bisect } from './bisect.ts';
import type { Problem } from './problem.ts';

/** A tree in single static assignment. `imbalance` is how much larger than a half a part may be, at each level drawn up to that. */
export function partitionTree(problem: Problem, imbalance: number, random: () => number): [number, number][] {
  const steps: [number, number][] = [];
  const local = new Int32Array(problem.count).fill(-1);
  const divide = (operands: readonly number[]): number => {
    if (operands.length === 1) return operands[0];
    const sides =
      operands.length === 2 ? Uint8Array.of(0, 1) : bisect(graphOf(problem, operands, local), imbalance * (0.1 + 0.9 * random()), random);
    const a = divide(operands.filter((_, k) => sides[k] === 0));
    const b = divide(operands.filter((_, k) => sides[k] === 1));
    steps.push(a < b ? [a, b] : [b, a]);
    return problem.count + steps.length - 1;
  };
  divide(Array.from({ length: problem.count }, (_, k) => k));
  return steps;
}

/** The part of the network between some operands; edges that leave it are cut whatever is done and do not count. */
function graphOf(problem: Problem, operands: readonly number[], local: Int32Array): Hypergraph {
  operands.forEach((operand, k) => {
    local[operand] = k;
  });
  const edges: number[][] = [];
  const weights: number[] = [];
  const seen = new Set<number>();
  for (const operand of operands) {
    for (const edge of problem.of[operand]) {
      if (seen.has(edge)) continue;
      seen.add(edge);
      const inside = problem.on[edge].filter((other) => local[other] >= 0).map((other) => local[other]);
      if (inside.length < 2) continue;
      edges.push(inside);
      weights.push(Math.log2(problem.sizes[edge]));
    }
  }
  for (const operand of operands) local[operand] = -1;
  return { vertices: operands.length, edges, weights, mass: operands.map(() => 1) };
}
