/** Bonds that may have another size, and networks in which they have it. */
import type { WeightNetwork } from './network.ts';
import { bondLegs, legPosition } from './network.ts';

/** Bonds that no core with several places binds to an outer leg, however far around. */
export function freeBonds(network: WeightNetwork): number[] {
  const bound = new Set(network.legs.filter((leg) => leg.outer !== undefined).map((leg) => leg.id));
  for (let before = -1; before !== bound.size; ) {
    before = bound.size;
    for (const [leg, other] of boundLegs(network)) if (bound.has(leg)) bound.add(other);
  }
  return bondLegs(network).filter((leg) => !bound.has(network.legs[legPosition(network, leg)].id));
}

/** Free bonds in classes of one size: a core at several places gives its legs there the same sizes. */
export function bondGroups(network: WeightNetwork): number[][] {
  const pairs = boundLegs(network);
  const groups: Set<number>[] = freeBonds(network).map((leg) => new Set([leg]));
  for (const [leg, other] of pairs) {
    const [mine, theirs] = [leg, other].map((member) => groups.find((group) => group.has(member)));
    if (mine === undefined || theirs === undefined || mine === theirs) continue;
    for (const member of theirs) mine.add(member);
    groups.splice(groups.indexOf(theirs), 1);
  }
  return groups.map((group) => [...group]);
}

/** Legs that are one axis of one core at two of its places. */
function boundLegs({ nodes }: WeightNetwork): [number, number][] {
  return nodes.flatMap(({ parameter, legs }) =>
    nodes.flatMap((other) => (other.parameter === parameter ? legs.map((leg, axis): [number, number] => [leg, other.legs[axis]]) : [])),
  );
}

export function resized(network: WeightNetwork, sizeOf: (leg: number) => number): WeightNetwork {
  return { ...network, legs: network.legs.map((leg) => (leg.outer === undefined ? { ...leg, size: sizeOf(leg.id) } : leg)) };
}
