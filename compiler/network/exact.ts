/** A whole small network as one subset search: all trees, outer products included. */
import type { Measure } from './objective.ts';
import type { Problem } from './problem.ts';
import { SUBSET_PARTS, SubsetSearch } from './subset-search.ts';
import type { Steps } from './tree.ts';
import { stepsOfSplits } from './tree.ts';

/** The best tree, or undefined where the network is too large. */
export function exactTree(problem: Problem, measure: Measure): Steps | undefined {
  const { count, on, kept, sizes, wanted, constant, uses } = problem;
  if (count > SUBSET_PARTS) return undefined;
  const search = new SubsetSearch(measure, Math.max(count, 2));
  search.begin(count);
  for (let edge = 0; edge < problem.edges; edge++) {
    const mask = on[edge].reduce((set, k) => set | (1 << k), 0);
    if (!search.edge(mask, kept[edge] === 1, sizes[edge])) return undefined;
  }
  for (let k = 0; k < count; k++) {
    search.wanted[1 << k] = wanted[k];
    search.constant[1 << k] = constant[k];
    search.uses[1 << k] = uses[k];
    if (measure.fold === 'peak') search.best[1 << k] = problem.of[k].reduce((size, edge) => size * sizes[edge], 1);
  }
  // Beyond the range of doubles nothing is compared.
  if (!Number.isFinite(search.solve())) return undefined;
  return stepsOfSplits(search.left, count);
}
