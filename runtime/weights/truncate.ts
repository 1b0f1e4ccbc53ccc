/**
 * Which bonds a truncated decomposition keeps, and what that costs. Bounds are the l2 form: the squares of the discarded singular values,
 * summed over bonds (Oseledets, SIAM J. Sci. Comput. 33, 2011, theorem 2.2; Grasedyck 2010 for trees).
 */

import type { Policy } from '../../compiler/values/model.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { WeightNetwork } from './network.ts';
import { legSize, outerLegs, parameterCount } from './network.ts';
import { norm } from './tensor.ts';
import type { RootedTree } from './tree.ts';

/** p_j = s_j^2 / sum s^2, S = - sum p ln p, in nats, between 0 and ln(number of values); a zero spectrum has entropy 0. */
export function entropy(spectrum: ArrayLike<number>): number {
  const largest = Math.max(...Array.from(spectrum), 0);
  if (largest === 0) return 0;
  const squares = Array.from(spectrum, (value) => (value / largest) ** 2);
  const total = squares.reduce((sum, value) => sum + value, 0);
  // A share may underflow although its square does not.
  const shares = squares.map((value) => value / total).filter((share) => share > 0);
  const sum = shares.reduce((rest, share) => rest - share * Math.log(share), 0);
  return Math.min(Math.max(sum, 0), Math.log(spectrum.length));
}

/** The norm of the values from `kept` on: the distance that cutting this bond alone makes. */
export function discarded(spectrum: Float64Array, kept: number): number {
  return norm(spectrum.subarray(kept));
}

/** How many values are above the rounding of the largest. */
export function rankOf(spectrum: Float64Array): number {
  return spectrum.filter((value) => value > spectrum.length * 2 ** -52 * spectrum[0]).length;
}

/** Bonds that part the outer legs in the same two sets: the weight has one spectrum for all of them, and is cut by the smallest. */
export interface TreeCut {
  readonly legs: readonly number[];
  readonly spectrum: Float64Array;
}

/** The distinct cuts of a tree. A cut with nothing on one side has one value, the norm. */
export function distinctCuts(network: WeightNetwork, tree: RootedTree, spectra: ReadonlyMap<number, Float64Array>): TreeCut[] {
  const [first] = outerLegs(network);
  const cuts = new Map<string, { legs: number[]; spectrum: Float64Array }>();
  tree.parent.forEach((leg, node) => {
    if (leg < 0) return;
    const below = new Set(tree.below[node]);
    const side = outerLegs(network).filter((outer) => below.has(outer) !== below.has(first));
    const key = side.join();
    if (cuts.has(key)) cuts.get(key)!.legs.push(leg);
    else cuts.set(key, { legs: [leg], spectrum: spectra.get(leg)! });
  });
  return [...cuts.values()];
}

/**
 * sqrt(sum over distinct cuts of discarded^2): cutting one bond after another is no further from the weight, since a projection that is
 * there already is not made again.
 */
export function truncationBound(cuts: readonly TreeCut[], size: (leg: number) => number): number {
  return Math.hypot(...cuts.map(({ legs, spectrum }) => discarded(spectrum, Math.min(...legs.map(size)))));
}

/** Thrown where a share of the dense entries cannot be reached even with all bonds at 1. */
export class TooSmall extends BondsmithError {
  constructor(wanted: number, smallest: number, entries: number) {
    super(
      'too-small',
      `share ${wanted} of ${entries} entries is ${Math.floor(wanted * entries)}, but with all bonds at 1 the network still has ${smallest}; ` +
        `ask for at least ${(Math.ceil((smallest / entries) * 1e6) / 1e6).toString()}`,
    );
    this.name = 'TooSmall';
  }
}

export interface TruncationRequest {
  readonly network: WeightNetwork;
  readonly cuts: readonly TreeCut[];
  /** Greatest size of each bond. */
  readonly caps: ReadonlyMap<number, number>;
  readonly policy: Policy;
  /** Entries of the dense weight, without padding. */
  readonly entries: number;
  /** Square that may be lost beyond what the caps lose; share: without limit. */
  readonly budget: number;
}

/** What may be lost in all by a policy, of the square of a weight. */
export function budgetOf({ measure, value }: Policy, square: number): number {
  return measure === 'error' ? value ** 2 * square : measure === 'energy' ? (1 - value) * square : Number.POSITIVE_INFINITY;
}

/**
 * Bonds by leg. Caps come first; then single values are dropped, each time the one that costs least (its square) for the parameters that
 * it saves. `error` and `energy` stop before the squares pass the budget; `share` stops as soon as the network is small enough. Throws
 * TooSmall.
 */
export function chooseBonds({ network, cuts, caps, policy, entries, budget }: TruncationRequest): Map<number, number> {
  const sizes = cuts.map(({ legs, spectrum }) => Math.max(1, Math.min(spectrum.length, ...legs.map((leg) => caps.get(leg)!))));
  const keptWith = (at: number, size: number) =>
    new Map(cuts.flatMap(({ legs }, k) => legs.map((leg) => [leg, k === at ? size : sizes[k]] as const)));
  const entriesWith = (at: number, size: number) => {
    const kept = keptWith(at, size);
    return parameterCount(network, (leg) => kept.get(leg) ?? legSize(network, leg));
  };
  let left = budget;
  const limit = policy.measure === 'share' ? policy.value * entries : 0;
  let size = entriesWith(-1, 0);
  while (size > limit) {
    let best: { at: number; cost: number; size: number; price: number } | undefined;
    for (const [at, { spectrum }] of cuts.entries()) {
      const cost = spectrum[sizes[at] - 1] ** 2;
      if (sizes[at] === 1 || cost > left) continue;
      const smaller = entriesWith(at, sizes[at] - 1);
      const price = cost / Math.max(1, size - smaller);
      if (best === undefined || price < best.price) best = { at, cost, size: smaller, price };
    }
    if (best === undefined) break;
    sizes[best.at]--;
    left -= best.cost;
    size = best.size;
  }
  if (policy.measure === 'share' && size > limit) throw new TooSmall(policy.value, size, entries);
  return keptWith(-1, 0);
}
