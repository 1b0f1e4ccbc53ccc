/**
 * A weight whose bonds are chosen together with those of others: what every choice loses and costs. On trees each cut is one lever, by its
 * singular values; elsewhere all free bonds are one lever, by what truncations to common caps were measured to lose.
 */
import { freeBonds } from './free-bonds.ts';
import { leastTrade } from './least-trade.ts';
import type { WeightNetwork } from './network.ts';
import { bondLegs, legSize, parameterCount } from './network.ts';
import { rootTree } from './tree.ts';
import type { TreeCut } from './truncate.ts';
import { rankOf } from './truncate.ts';

export interface Candidate {
  /** Entries of the dense weight. */
  readonly dense: number;
  /** By state, ascending sizes: the squared loss, in units that all candidates have in common. */
  readonly levers: readonly Float64Array[];
  /** `states[k]`: the state of lever k. */
  entries(states: readonly number[]): number;
  sizes(states: readonly number[]): Map<number, number>;
  /** The least of loss + price * entries over all states, or less; undefined where that is too much work. */
  least(price: number): number | undefined;
}

/** `unit`: what squared singular values are multiplied with. */
export function treeCandidate(
  network: WeightNetwork,
  cuts: readonly TreeCut[],
  caps: ReadonlyMap<number, number>,
  dense: number,
  unit: number,
): Candidate {
  const tree = rootTree(network);
  const levers = cuts.map(({ legs, spectrum }) => {
    const most = Math.max(1, Math.min(rankOf(spectrum), ...legs.map((leg) => caps.get(leg)!)));
    let lost = 0;
    const losses = new Float64Array(spectrum.length + 1);
    for (let kept = spectrum.length; kept >= 0; kept--) {
      losses[kept] = lost;
      if (kept > 0) lost += spectrum[kept - 1] ** 2 * unit;
    }
    return losses.slice(1, most + 1);
  });
  const sizes = (states: readonly number[]) => new Map(cuts.flatMap(({ legs }, k) => legs.map((leg) => [leg, states[k] + 1] as const)));
  return {
    dense,
    levers,
    sizes,
    entries(states) {
      const chosen = sizes(states);
      return parameterCount(network, (leg) => chosen.get(leg) ?? legSize(network, leg));
    },
    least: (price) => leastTrade(network, tree, cuts, levers, price),
  };
}

/** `lossAt`: squared loss of the truncation to these sizes. Throws RangeError where no bond may change. */
export function cappedCandidate(
  network: WeightNetwork,
  caps: ReadonlyMap<number, number>,
  dense: number,
  lossAt: (sizes: ReadonlyMap<number, number>) => number,
): Candidate {
  const free = freeBonds(network);
  if (free.length === 0) throw new RangeError(`${network.topology} has no bond whose size is free, so there is nothing to choose`);
  const ladder = ladderTo(Math.max(...free.map((leg) => caps.get(leg)!)));
  const at = (cap: number) =>
    new Map(bondLegs(network).map((leg) => [leg, free.includes(leg) ? Math.min(cap, caps.get(leg)!) : legSize(network, leg)] as const));
  const entriesAt = (cap: number) => {
    const sizes = at(cap);
    return parameterCount(network, (leg) => sizes.get(leg) ?? legSize(network, leg));
  };
  const losses = Float64Array.from(ladder, (cap) => lossAt(at(cap)));
  // A larger network holds every smaller one.
  for (let k = 1; k < losses.length; k++) losses[k] = Math.min(losses[k], losses[k - 1]);
  return {
    dense,
    levers: [losses],
    sizes: ([state]) => at(ladder[state]),
    entries: ([state]) => entriesAt(ladder[state]),
    least: (price) => Math.min(...ladder.map((cap, k) => losses[k] + price * entriesAt(cap))),
  };
}

/** 1, 2, 3, 4, 6, 8, 12, ... and the greatest itself. */
function ladderTo(most: number): number[] {
  const steps: number[] = [];
  for (let power = 1; power < most; power *= 2) {
    steps.push(power);
    if (power > 1 && 1.5 * power < most) steps.push(1.5 * power);
  }
  return [...steps, most];
}
