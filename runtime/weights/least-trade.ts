/**
 * The least of loss + price * entries over the bonds of a tree, by dynamic programming from its leaves: what a core costs is a multiple of
 * the size of each of its bonds, so the best size of one bond, for whatever the rest of the core has, is read off a convex hull.
 */
import type { WeightNetwork } from './network.ts';
import { legSize } from './network.ts';
import type { RootedTree } from './tree.ts';
import type { TreeCut } from './truncate.ts';

/** Steps for one core beyond which no answer is given. */
const MOST_WORK = 2e6;

/**
 * `losses[k][s - 1]`: squared loss where cut k keeps s. Bonds that cut alike share its loss evenly here, which is what it is at the equal sizes
 * that are best for them, and never more. Undefined where a core has many large bonds.
 */
export function leastTrade(
  network: WeightNetwork,
  tree: RootedTree,
  cuts: readonly TreeCut[],
  losses: readonly Float64Array[],
  price: number,
): number | undefined {
  const own = new Map(cuts.flatMap(({ legs }, k) => legs.map((leg) => [leg, losses[k].map((loss) => loss / legs.length)] as const)));
  const found: (Float64Array | undefined)[] = network.nodes.map(() => undefined);
  for (const node of tree.order.toReversed()) {
    const outer = tree.outer[node].reduce((product, leg) => product * legSize(network, leg), 1);
    const parent = tree.parent[node] < 0 ? 1 : own.get(tree.parent[node])!.length;
    const children = tree.children[node]
      .map(({ leg, node: child }) => own.get(leg)!.map((loss, at) => loss + found[child]![at]))
      .sort((a, b) => a.length - b.length);
    const work = children.slice(0, -1).reduce((product, { length }) => product * length, parent);
    if (work > MOST_WORK) return undefined;
    const last = children.at(-1);
    const hull = last === undefined ? undefined : new Hull(last);
    const least = (cost: number, from: number): number => {
      if (hull === undefined) return cost;
      if (from === children.length - 1) return hull.least(cost);
      let best = Number.POSITIVE_INFINITY;
      for (let at = 0; at < children[from].length; at++) best = Math.min(best, children[from][at] + least(cost * (at + 1), from + 1));
      return best;
    };
    found[node] = Float64Array.from({ length: parent }, (_, at) => least(price * outer * (at + 1), 0));
  }
  return found[tree.root]![0];
}

/** The lower convex hull of values at 1, 2, 3, ... */
class Hull {
  readonly #at: number[] = [];
  readonly #values: Float64Array;

  constructor(values: Float64Array) {
    this.#values = values;
    for (let next = 0; next < values.length; next++) {
      while (this.#at.length > 1 && !this.#below(next)) this.#at.pop();
      this.#at.push(next);
    }
  }

  /** Whether the last point lies below the line from the one before it to the next. */
  #below(next: number): boolean {
    const [a, b] = this.#at.slice(-2);
    const values = this.#values;
    return (values[b] - values[a]) * (next - a) < (values[next] - values[a]) * (b - a);
  }

  /** The least of value + cost * position. */
  least(cost: number): number {
    const at = this.#at;
    const values = this.#values;
    let [low, high] = [0, at.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      const slope = (values[at[middle + 1]] - values[at[middle]]) / (at[middle + 1] - at[middle]);
      if (slope + cost >= 0) high = middle;
      else low = middle + 1;
    }
    return values[at[low]] + cost * (at[low] + 1);
  }
}
