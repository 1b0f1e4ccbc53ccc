/**
 * Networks over families. A weight of one is a member: its network has the family's legs too, and the member's position on each. Here it
 * is either cut out of the network, or forgotten, so that the whole family is one tensor.
 */
import type { Factored, WeightNetwork } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { slice } from './tensor.ts';

/** The member alone: the family's legs are gone from the network and from its cores. */
export function memberOf<Network extends WeightNetwork>(
  network: Network,
  cores: readonly HostTensor[],
): { readonly network: Network; readonly cores: readonly HostTensor[] } {
  const at = new Map(network.legs.flatMap(({ id, at: position }) => (position === undefined ? [] : [[id, position] as const])));
  if (at.size === 0) return { network, cores };
  const positions = network.nodes.map(({ legs }) => legs.flatMap((id, leg) => (at.has(id) ? [{ leg, position: at.get(id)! }] : [])));
  return {
    network: {
      ...network,
      legs: network.legs.filter(({ id }) => !at.has(id)),
      nodes: network.nodes.map((node) => ({ ...node, legs: node.legs.filter((id) => !at.has(id)) })),
    },
    cores: cores.map((core, k) => slice(core, positions[k])),
  };
}

/** The whole family: its axes stand before those of the weight. */
export function familyOf<Network extends WeightNetwork>(
  network: Network,
  axes: readonly Factored[],
): { readonly network: Network; readonly axes: readonly Factored[] } {
  const count = -Math.min(0, ...network.legs.map(({ outer }) => outer?.[0] ?? 0));
  if (count === 0) return { network, axes };
  const legs = network.legs.map(({ at: _, outer, ...leg }) => ({
    ...leg,
    ...(outer === undefined ? {} : { outer: [outer[0] + count, outer[1]] as const }),
  }));
  const family = Array.from({ length: count }, (_, axis): Factored => {
    const factors = legs
      .filter(({ outer }) => outer?.[0] === axis)
      .sort((a, b) => a.outer![1] - b.outer![1])
      .map(({ size }) => size);
    return { name: 'family', size: factors.reduce((product, size) => product * size, 1), factors };
  });
  return { network: { ...network, legs }, axes: [...family, ...axes] };
}
