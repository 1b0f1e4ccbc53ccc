/**
 * Trees that take one operand after the other, as a front sweeps over the network: next is the operand that makes what is open grow least.
 * On large lattices and other long networks that beats joining from everywhere, whose parts all have their borders open at once.
 */
import { PairHeap } from './heap.ts';
import { distancesFrom, MOST_ENDS } from './planes.ts';
import type { Problem } from './problem.ts';

/** Less than any difference of growths that matters. */
const TURN = 1e-6;

/**
 * A tree from an operand at the rim of each part, in single static assignment. Of operands that make the front grow alike the newest goes
 * first, and the front moves in rows, or the oldest, and it spreads: the first is right for squares, the second for strips.
 */
export function sweepTree(problem: Problem, first: 'newest' | 'oldest'): [number, number][] {
  const { count } = problem;
  const order = sweep(problem, first === 'newest' ? -TURN : TURN);
  return order.slice(1).map((operand, k): [number, number] => (k === 0 ? sorted(order[0], operand) : [operand, count + k - 1]));
}
const sorted = (a: number, b: number): [number, number] => (a < b ? [a, b] : [b, a]);

function sweep(problem: Problem, turn: number): number[] {
  const { count, of, on, kept, sizes } = problem;
  const weight = Float64Array.from(sizes, Math.log2);
  const inside = new Int32Array(problem.edges);
  const placed = new Uint8Array(count);
  const dated = new Int32Array(count);
  const heap = new PairHeap();
  let pushed = 0;
  const growth = (operand: number) => {
    let sum = 0;
    for (const edge of of[operand]) {
      if (inside[edge] === 0) sum += on[edge].length + kept[edge] > 1 ? weight[edge] : 0;
      else if (inside[edge] + 1 === on[edge].length && kept[edge] === 0) sum -= weight[edge];
    }
    return sum;
  };
  const offer = (operand: number) => heap.push(growth(operand) + turn * ++pushed, operand, ++dated[operand]);
  const order: number[] = [];
  const place = (operand: number) => {
    placed[operand] = 1;
    order.push(operand);
    for (const edge of of[operand]) inside[edge]++;
    for (const edge of of[operand]) if (on[edge].length <= MOST_ENDS) for (const other of on[edge]) if (placed[other] === 0) offer(other);
  };
  for (let start = 0; start < count; start++) {
    if (placed[start] === 1) continue;
    place(rimOf(problem, rimOf(problem, start)));
    while (heap.pop()) if (placed[heap.a] === 0 && heap.b === dated[heap.a]) place(heap.a);
  }
  return order;
}

/** The operand that a breadth-first walk reaches last: none that is connected to `from` lies further away. */
function rimOf(problem: Problem, from: number): number {
  let rim = from;
  const distances = distancesFrom(problem, from);
  for (let k = 0; k < problem.count; k++) if (distances[k] < problem.count && distances[k] >= distances[rim]) rim = k;
  return rim;
}
