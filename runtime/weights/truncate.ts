/**
 * Which bonds a truncated decomposition keeps, and what that costs. Bounds are the l2 form: the squares of the discarded singular values,
 * summed over bonds (Oseledets, SIAM J. Sci. Comput. 33, 2011, theorem 2.2; Grasedyck 2010 for trees).
 */
import type { Policy } from '../../compiler/values/model.ts';
import type { WeightNetwork } from './network.ts';
import { parameterCount } from './network.ts';

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
  let sum = 0;
  for (let k = spectrum.length - 1; k >= kept; k--) sum += spectrum[k] ** 2;
  return Math.sqrt(sum);
}

/** sqrt(sum over bonds of discarded^2): no truncated decomposition in the canonical gauge is further from the weight. */
export function truncationBound(spectra: ReadonlyMap<number, Float64Array>, kept: ReadonlyMap<number, number>): number {
  return Math.hypot(...[...spectra].map(([leg, spectrum]) => discarded(spectrum, kept.get(leg)!)));
}

/** Entries of the network for given bonds. */
function networkSize(network: WeightNetwork, kept: ReadonlyMap<number, number>, outer: (leg: number) => number): number {
  return parameterCount(network, (leg) => kept.get(leg) ?? outer(leg));
}

/** Thrown where a share of the dense entries cannot be reached even with all bonds at 1. */
export class TooSmall extends Error {
  constructor(wanted: number, smallest: number, entries: number) {
    super(
      `share ${wanted} of ${entries} entries is ${Math.floor(wanted * entries)}, but with all bonds at 1 the network still has ${smallest}; ` +
        `ask for at least ${(Math.ceil((smallest / entries) * 1e6) / 1e6).toString()}`,
    );
    this.name = 'TooSmall';
  }
}

export interface TruncationRequest {
  readonly network: WeightNetwork;
  readonly spectra: ReadonlyMap<number, Float64Array>;
  /** Greatest size of each bond. */
  readonly caps: ReadonlyMap<number, number>;
  readonly policy?: Policy;
  /** Entries of the dense weight, without padding. */
  readonly entries: number;
  readonly outer: (leg: number) => number;
}

/**
 * Bonds by leg. Caps come first; then the policy drops single values, each time the one that costs least (its square) for the parameters
 * that it saves. `error` and `energy` stop before the summed squares pass their budget, so the relative error is at most what was asked
 * for unless the caps alone exceed it; `share` stops as soon as the network is small enough.
 */
export function chooseBonds(request: TruncationRequest): Map<number, number> {
  const { spectra, caps, policy, entries } = request;
  const kept = new Map(
    [...spectra].map(([leg, spectrum]) => [leg, Math.max(1, Math.min(caps.get(leg) ?? spectrum.length, spectrum.length))]),
  );
  if (policy === undefined) return kept;
  const total = [...spectra.values()][0]?.reduce((sum, value) => sum + value * value, 0) ?? 0;
  const budget =
    policy.measure === 'error' ? policy.value ** 2 * total : policy.measure === 'energy' ? (1 - policy.value) * total : Infinity;
  let spent = [...spectra].reduce((sum, [leg, spectrum]) => sum + discarded(spectrum, kept.get(leg)!) ** 2, 0);
  const limit = policy.measure === 'share' ? policy.value * entries : 0;
  let size = networkSize(request.network, kept, request.outer);
  while (size > limit) {
    const drop = cheapestDrop(request, kept, size, budget - spent);
    if (drop === undefined) break;
    kept.set(drop.leg, kept.get(drop.leg)! - 1);
    spent += drop.cost;
    size = drop.size;
  }
  if (policy.measure === 'share' && size > limit) throw new TooSmall(policy.value, size, entries);
  return kept;
}

function cheapestDrop(request: TruncationRequest, kept: Map<number, number>, size: number, budget: number) {
  let best: { leg: number; cost: number; size: number; price: number } | undefined;
  for (const [leg, spectrum] of request.spectra) {
    const now = kept.get(leg)!;
    const cost = spectrum[now - 1] ** 2;
    if (now === 1 || cost > budget) continue;
    const smaller = networkSize(request.network, new Map(kept).set(leg, now - 1), request.outer);
    const price = cost / Math.max(1, size - smaller);
    if (best === undefined || price < best.price) best = { leg, cost, size: smaller, price };
  }
  return best;
}
