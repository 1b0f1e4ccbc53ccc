/**
 * Watches how routers spread their rows. A router reports `share`, for each expert the share of the rows that chose it; one that has
 * collapsed sends nearly all rows to few experts, and the others learn nothing, so it does not come back by itself.
 */
import type { StepResults } from './evaluate.ts';

/** Collapsed: one expert is chosen by more than this share of the rows. Even use is far below: 1 / experts, or 2 / experts for two picks. */
const MOST = 0.9;
/** Evaluations in a row before it is told: a young router swings. */
const IN_A_ROW = 3;

export class UsageWatch {
  readonly #counts = new Map<string, number>();

  /** Warnings about routers that have just become collapsed; a router that recovered may be warned of again. */
  observe(found: StepResults): string[] {
    return [...sharesOf(found)].flatMap(([router, shares]) => {
      const most = Math.max(...shares);
      // Where every row takes every expert nothing is routed.
      const everywhere = shares.reduce((sum, share) => sum + share, 0) > shares.length - 0.5;
      const count = most > MOST && !everywhere ? (this.#counts.get(router) ?? 0) + 1 : 0;
      this.#counts.set(router, count);
      if (count !== IN_A_ROW) return [];
      const which = `expert ${shares.indexOf(most) + 1} of ${shares.length} is chosen by ${Math.round(100 * most)} % of the rows`;
      return [
        `the router ${router} has collapsed: ${which}, in ${IN_A_ROW} evaluations; raise its \`balance\`, or lower the learning rate`,
      ];
    });
  }
}

/** By path of the router. */
function sharesOf(found: StepResults): Map<string, number[]> {
  const routers = new Map<string, number[]>();
  for (const [name, value] of Object.entries(found)) {
    const [, router, expert] = /^(.+)\.share\[(\d+)\]$/.exec(name) ?? [];
    if (router === undefined) continue;
    if (!routers.has(router)) routers.set(router, []);
    routers.get(router)![Number(expert) - 1] = value;
  }
  return routers;
}
