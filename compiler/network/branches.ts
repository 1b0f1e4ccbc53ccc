/**
 * The exact search for a network that is a tree without open letters, by multiply-adds.
 *
 * There is a best tree in which every operand takes in the vectors of all its branches but one, some of them multiplied with one another
 * before, and hands a vector to the last. Proof by exchange, for sizes of 2 and more. Let P and Q be joined over a common edge e, both
 * with other open edges, and let that be the last such join on its way to the root. What comes next is then R, branches without other
 * open edges, on P say: f f' the rest of P and q that of Q, f the edges to R. Joining R to P first costs e f f' + e f' q instead of
 * e f f' q + f f' q, and f + q <= f q. If R is a product of vectors for both sides, take its part on P before and its part on Q after:
 * again no more, by f + q <= f q for the first part and by one factor less in the second. So such joins move up to the root, which has
 * no open edges. An outer product that is not of branches which all end in the operand joined next can be split in the same way.
 *
 * What remains is local: for every operand and every edge that it hands its vector to, the best tree over the operand and its vectors
 * (subsets, as they are few), and which edge is the last to be joined.
 */
import { measureOf } from './objective.ts';
import type { Problem } from './problem.ts';
import { SubsetSearch } from './subset-search.ts';
import type { Steps } from './tree.ts';

/** Edges of an operand, at most: with all but one of its branches it has to fit a subset search. */
const MOST_EDGES = 14;

/** Is it a connected tree of operands without open letters, few enough at each? */
export function isClosedTree(problem: Problem): boolean {
  const { count, edges, simple, kept, of } = problem;
  if (!simple || count < 3 || edges !== count - 1 || kept.includes(1) || of.some((list) => list.length > MOST_EDGES)) return false;
  return walk(problem, 0).length === count;
}

interface Visit {
  readonly operand: number;
  /** The edge that it was reached by; -1 at the start. */
  readonly by: number;
}
function walk({ on, of }: Problem, start: number): Visit[] {
  const visits: Visit[] = [{ operand: start, by: -1 }];
  const seen = new Set([start]);
  for (let at = 0; at < visits.length; at++) {
    for (const edge of of[visits[at].operand]) {
      const [first, second] = on[edge];
      const other = first === visits[at].operand ? second : first;
      if (seen.has(other)) continue;
      seen.add(other);
      visits.push({ operand: other, by: edge });
    }
  }
  return visits;
}

/** The best tree of a network for which `isClosedTree` holds. */
export function branchesTree(problem: Problem): Steps {
  const { on, of, sizes, edges, count } = problem;
  const most = Math.max(2, ...of.map((list) => list.length));
  const search = new SubsetSearch(measureOf('flops'), most);
  /** The operand and its branches without edge `to`: part 0 is the operand, part k + 1 the k-th of its other edges. */
  const local = (operand: number, to: number): { cost: number; from: number[] } => {
    const from = of[operand].filter((edge) => edge !== to);
    search.begin(from.length + 1);
    from.forEach((edge, k) => {
      search.edge(1 | (2 << k), false, sizes[edge]);
    });
    search.edge(1, true, sizes[to]);
    return { cost: from.length === 0 ? 0 : search.solve(), from };
  };
  const visits = walk(problem, 0);
  const other = (edge: number, operand: number) => (on[edge][0] === operand ? on[edge][1] : on[edge][0]);
  // Cost of the vector that comes over an edge from its first and from its second operand.
  const message = new Float64Array(2 * edges);
  const slot = (edge: number, from: number) => 2 * edge + (on[edge][0] === from ? 0 : 1);
  const send = (operand: number, to: number) => {
    const { cost, from } = local(operand, to);
    message[slot(to, operand)] = from.reduce((sum, edge) => sum + message[slot(edge, other(edge, operand))], cost);
  };
  for (const { operand, by } of visits.toReversed()) if (by >= 0) send(operand, by);
  for (const { operand, by } of visits) for (const edge of of[operand]) if (edge !== by) send(operand, edge);
  const total = (edge: number) => message[2 * edge] + message[2 * edge + 1] + sizes[edge];
  const last = sizes.reduce((best, _, edge) => (total(edge) < total(best) ? edge : best), 0);

  const steps: [number, number][] = [];
  const join = (a: number, b: number) => {
    steps.push(a < b ? [a, b] : [b, a]);
    return count + steps.length - 1;
  };
  const vector = new Int32Array(2 * edges);
  /** Joins what `operand` hands over edge `to`; the vectors of its branches are there. */
  const make = (operand: number, to: number) => {
    const { from } = local(operand, to);
    const build = (set: number): number => {
      if (set === 1) return operand;
      if ((set & (set - 1)) === 0) {
        const edge = from[30 - Math.clz32(set)];
        return vector[slot(edge, other(edge, operand))];
      }
      return join(build(search.left[set]), build(set ^ search.left[set]));
    };
    vector[slot(to, operand)] = build((2 << from.length) - 1);
  };
  const [first, second] = on[last];
  // From both ends of the last edge outwards, in reverse: branches come before what takes them in.
  for (const { operand, by } of walk(problem, first).toReversed()) if (operand !== first && operand !== second) make(operand, by);
  make(first, last);
  make(second, last);
  join(vector[slot(last, first)], vector[slot(last, second)]);
  return steps;
}
