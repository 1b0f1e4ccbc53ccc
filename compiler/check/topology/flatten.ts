/** What a topology makes of a tensor, and how topologies within it are spliced in: one network of cores, whatever it was made of. */
import type { Place } from '../../../grammar/diagnostic.ts';
import { coreDeviation } from '../../network/initial-variance.ts';
import type { Law, NetworkLeg } from '../../values/model.ts';
import type { Order } from './orders.ts';
import type { Placed } from './place.ts';

export interface TopologyNetwork {
  readonly topology: string;
  /** What the topology calls the axes of the tensor, in their order. */
  readonly names: readonly string[];
  /** One for each axis of the tensor, in its order. */
  readonly axes: readonly { readonly factors: readonly number[]; readonly padded?: number }[];
  readonly cores: readonly TopologyCore[];
  /** The places of the cores: position in `cores`, and what each leg of the core is called there. */
  readonly nodes: readonly { readonly core: number; readonly legs: readonly number[] }[];
  readonly legs: readonly NetworkLeg[];
  readonly exact: boolean;
  readonly fit: 'sweep' | 'als' | 'descent';
  /** Axes in an order that given values decide. */
  readonly orders?: readonly Order[];
  /** Of entries that stand alone: by axis, the core that has their positions there. These are integers, and no nodes. */
  readonly places?: readonly number[];
}
/** A tensor of the network, stored once; legs are named as at its first place. */
export interface TopologyCore {
  readonly name: string;
  readonly family: string;
  readonly indices: readonly number[];
  readonly legs: readonly { readonly name: string; readonly size: number; readonly bond?: string }[];
  readonly role?: string;
  /** Of a core of nested topologies: what they are called, outermost first. `name` goes through all of them. */
  readonly within?: readonly { readonly family: string; readonly indices: readonly number[] }[];
  /**
   * Stated in the declaration, which takes the core out of the automatic rule for initial values: literal, or from `deviation`, the
   * standard deviation that the whole tensor is to have. Refuses (B101, B214).
   */
  readonly law?: (deviation: number) => Law;
  /** Where the law is `seeded`: the values follow from the seed. */
  readonly seeded?: Place;
  readonly place: Place;
}

/** A core, or the network of a topology in its place. */
export type Part = { readonly core: TopologyCore; readonly network?: never } | { readonly network: TopologyNetwork; readonly core?: never };

export function worse(a: TopologyNetwork['fit'], b: TopologyNetwork['fit']): TopologyNetwork['fit'] {
  if (a === 'descent' || b === 'descent') return 'descent';
  return a === 'als' || b === 'als' ? 'als' : 'sweep';
}

/** Whether the law of a core is made from the standard deviation of the whole. */
export function usesDeviation(law: (deviation: number) => Law): boolean {
  return JSON.stringify(law(1)) !== JSON.stringify(law(2));
}

/** `parts[k]` stands in place of core k of `placed`; `ids` are the positions in `legs` of its legs. Bonds of networks within come after those. */
export function flattened(
  placed: Placed,
  parts: readonly Part[],
  legs: readonly NetworkLeg[],
  ids: ReadonlyMap<string, number>,
): Pick<TopologyNetwork, 'cores' | 'nodes' | 'legs'> {
  const all = [...legs];
  const cores: TopologyCore[] = [];
  const stated = parts.some(({ network }) => network?.cores.some(({ law }) => law !== undefined && usesDeviation(law)));
  const whole = { nodes: placed.placements, legs };
  const firsts = parts.map(({ core, network }, k) => {
    const first = cores.length;
    if (core !== undefined) cores.push(stated ? { ...core, law: core.law ?? automatic(whole) } : core);
    else {
      const { axes } = placed.placements.find((placement) => placement.core === k)!;
      for (const [c] of network.cores.entries()) cores.push(outside(placed, k, network, c, axes!, stated ? whole : undefined));
    }
    return first;
  });
  const nodes = placed.placements.flatMap(({ core: k, legs: keys, axes }) => {
    const { network } = parts[k]!;
    if (network === undefined) return [{ core: firsts[k]!, legs: keys.map((key) => ids.get(key)!) }];
    const places = network.legs.map((leg) => {
      if (leg.outer !== undefined) return ids.get(axes![leg.outer[0]]![leg.outer[1]]!)!;
      return all.push({ ...leg, id: all.length, bond: `${placed.cores[k]!.name}.${leg.bond}` }) - 1;
    });
    return network.nodes.map((node) => ({ core: firsts[k]! + node.core, legs: node.legs.map((leg) => places[leg]!) }));
  });
  return { cores, nodes, legs: all };
}

type Whole = Parameters<typeof coreDeviation>[0];

const automatic =
  (network: Whole) =>
  (deviation: number): Law => ({ is: 'normal', deviation: coreDeviation(network, deviation) });

/**
 * Core `c` of a network within as the topology around it knows it: legs that it has in common with others are called as they are there.
 * `whole`: where a network within states its own variance, each core states what is asked of it.
 */
function outside(
  { cores, legs }: Placed,
  k: number,
  network: TopologyNetwork,
  c: number,
  axes: readonly (readonly string[])[],
  whole: Whole | undefined,
): TopologyCore {
  const core = network.cores[c]!;
  const { name, family, indices } = cores[k]!;
  const node = network.nodes.find((candidate) => candidate.core === c)!;
  const law = core.law ?? (whole === undefined ? undefined : automatic(network));
  return {
    ...core,
    name: `${name}.${core.name}`,
    within: [{ family, indices }, ...(core.within ?? [])],
    legs: core.legs.map((leg, j) => {
      const { outer } = network.legs[node.legs[j]!]!;
      if (outer === undefined) return leg;
      const around = legs.get(axes[outer[0]]![outer[1]]!)!;
      return { name: around.key, size: leg.size, ...(around.outer === undefined ? { bond: around.family } : {}) };
    }),
    ...(law === undefined ? {} : { law: whole === undefined ? law : (deviation: number) => law(coreDeviation(whole, deviation)) }),
  };
}
