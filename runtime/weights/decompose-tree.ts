/**
 * Cores of given weights on trees: exact at full bonds, the best of given bonds, or the smallest bonds that keep a promise.
 */
import type { Policy } from '../../compiler/values/model.ts';
import { contract } from './contract.ts';
import type { CanonicalCores } from './gauge.ts';
import { symmetricGauge } from './gauge.ts';
import { sumOfSquares } from './leading.ts';
import type { WeightNetwork } from './network.ts';
import { legSize, lettered, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { distance, resize } from './tensor.ts';
import type { RootedTree } from './tree.ts';
import { fitTree } from './tree-fit.ts';
import type { TreeCut } from './truncate.ts';
import { budgetOf, chooseBonds, distinctCuts, rankOf, truncationBound } from './truncate.ts';

/** A weight of ordinary size on a tree, its exact cores, and what is asked for. */
export interface TreeTarget {
  readonly factored: HostTensor;
  readonly network: WeightNetwork;
  readonly tree: RootedTree;
  readonly exact: CanonicalCores;
  readonly cuts: readonly TreeCut[];
  readonly caps: ReadonlyMap<number, number>;
  readonly policy?: Policy;
  readonly entries: number;
}

/** By node, in the order of its legs; bonds have the sizes of the caps, or less where the weight has no more. */
export function atSizes(target: TreeTarget): readonly HostTensor[] {
  return truncated(target, capped(target)).cores;
}

/** The best cores with these bonds. One cut alone, or none, needs no iteration. */
function truncated({ factored, network, tree, exact, cuts }: TreeTarget, kept: ReadonlyMap<number, number>): CanonicalCores {
  const cut = cuts.filter(({ legs, spectrum }) => Math.min(...legs.map((leg) => kept.get(leg)!)) < rankOf(spectrum));
  if (cut.length <= 1) {
    const size = (leg: number) => kept.get(leg) ?? legSize(network, leg);
    return { cores: exact.cores.map((core, k) => resize(core, network.nodes[k].legs.map(size))), spectra: exact.spectra };
  }
  return symmetricGauge(fitTree(factored, network, tree, kept).cores, network, tree);
}

function capped({ cuts, caps }: TreeTarget): Map<number, number> {
  return new Map(cuts.flatMap(({ legs, spectrum }) => legs.map((leg) => [leg, Math.min(caps.get(leg)!, spectrum.length)] as const)));
}

/** The bonds that a policy leaves; what a fit loses less than its cuts promised is spent on further ones. */
export function withinBudget(target: TreeTarget, policy: Policy): readonly HostTensor[] {
  const { network, tree, cuts, caps, factored, entries } = target;
  const square = sumOfSquares(factored.data);
  const budget = budgetOf(policy, square);
  const least = capped(target);
  const lost = truncationBound(cuts, (leg) => least.get(leg)!) ** 2;
  let kept = chooseBonds({ network, cuts, caps, policy, entries, budget: budget - lost });
  let best = truncated(target, kept);
  while (policy.measure !== 'share') {
    const left = budget - squaredError(target, best.cores);
    const present = new Map([...kept.keys()].map((leg) => [leg, sizeOfLeg(network, best.cores, leg)]));
    const own = distinctCuts(network, tree, new Map([...best.spectra].map(([leg, s]) => [leg, s.subarray(0, present.get(leg))])));
    const fewer = chooseBonds({ network, cuts: own, caps: present, policy, entries, budget: left });
    if ([...fewer].every(([leg, size]) => size === kept.get(leg))) break;
    const next = truncated(target, fewer);
    if (squaredError(target, next.cores) > budget) break;
    [kept, best] = [fewer, next];
  }
  return best.cores;
}

function squaredError({ factored, network }: TreeTarget, cores: readonly HostTensor[]): number {
  return distance(factored.data, contract(lettered(network, cores), outerLegs(network)).data) ** 2;
}

/** The size that the cores give a leg. */
export function sizeOfLeg(network: WeightNetwork, cores: readonly HostTensor[], leg: number): number {
  const node = network.nodes.findIndex(({ legs }) => legs.includes(leg));
  return cores[node].shape[network.nodes[node].legs.indexOf(leg)];
}
