/**
 * A weight as a network: which parameter sits where, which legs are outer legs of the weight and which are bonds. This is the light form
 * of the model's network term that decomposition, merging and bounds share; a matrix without a model has one too.
 */
import type { NetworkTerm, WeightAxis } from '../../compiler/values/model.ts';
import type { Lettered } from './contract.ts';
import { contract } from './contract.ts';
import type { HostTensor } from './tensor.ts';
import { reshape, resize } from './tensor.ts';

export type WeightNetwork = Pick<NetworkTerm, 'topology' | 'nodes' | 'legs'>;
export type Factored = Pick<WeightAxis, 'name' | 'size' | 'factors' | 'padded'>;

/** Size of leg `id`. */
export function legSize(network: WeightNetwork, id: number): number {
  return network.legs[legPosition(network, id)].size;
}

export function legPosition(network: WeightNetwork, id: number): number {
  const position = network.legs[id]?.id === id ? id : network.legs.findIndex((leg) => leg.id === id);
  if (position < 0) throw new RangeError(`the network ${network.topology} has no leg ${id}`);
  return position;
}

/** Outer legs in the order of the weight's axes and factors: the row-major order of the factored weight. */
export function outerLegs(network: WeightNetwork): number[] {
  return network.legs
    .filter((leg) => leg.outer !== undefined)
    .sort((a, b) => a.outer![0] - b.outer![0] || a.outer![1] - b.outer![1])
    .map((leg) => leg.id);
}

/** Bonds in the order of the topology. */
export function bondLegs(network: WeightNetwork): number[] {
  return network.legs.filter((leg) => leg.outer === undefined).map((leg) => leg.id);
}

/** How a bond is called in reports. */
export function bondName(network: WeightNetwork, id: number): string {
  return network.legs[legPosition(network, id)].bond ?? `leg ${id}`;
}

/** Entries of all distinct parameters. */
export function parameterCount(network: WeightNetwork, size: (leg: number) => number = (leg) => legSize(network, leg)): number {
  const seen = new Set<number>();
  let total = 0;
  for (const node of network.nodes) {
    if (seen.has(node.parameter)) continue;
    seen.add(node.parameter);
    total += node.legs.reduce((product, leg) => product * size(leg), 1);
  }
  return total;
}

/** Pads every axis to the product of its factors and splits it, most significant factor first. */
export function factorWeight(weight: HostTensor, axes: readonly Factored[]): HostTensor {
  const padded = axes.map((axis) => axis.factors.reduce((product, factor) => product * factor, 1));
  return reshape(
    resize(weight, padded),
    axes.flatMap((axis) => [...axis.factors]),
  );
}

/** The inverse of `factorWeight`: merges the factors and drops the padding. */
function unfactorWeight(factored: HostTensor, axes: readonly Factored[]): HostTensor {
  const padded = axes.map((axis) => axis.factors.reduce((product, factor) => product * factor, 1));
  return resize(
    reshape(factored, padded),
    axes.map((axis) => axis.size),
  );
}

/** The network's operands for `contract`; `cores[k]` belongs to node k. */
export function lettered(network: WeightNetwork, cores: readonly HostTensor[]): Lettered[] {
  return network.nodes.map((node, k) => {
    node.legs.forEach((leg, axis) => {
      const found = cores[k].shape[axis];
      const isOuter = network.legs[legPosition(network, leg)].outer !== undefined;
      const expected = isOuter ? legSize(network, leg) : coreSize(network, cores, leg);
      if (cores[k].shape.length !== node.legs.length || found !== expected) {
        const shape = cores[k].shape.join(', ');
        throw new RangeError(
          `core ${node.name} of ${network.topology} has shape [${shape}], but leg ${axis + 1} of ${node.legs.length} is ${expected} long`,
        );
      }
    });
    return { letters: node.legs, tensor: cores[k] };
  });
}

/** The size that the first core with this leg gives it: bonds chosen by the data may be smaller than the network says. */
function coreSize(network: WeightNetwork, cores: readonly HostTensor[], leg: number): number {
  const node = network.nodes.findIndex((candidate) => candidate.legs.includes(leg));
  return cores[node].shape[network.nodes[node].legs.indexOf(leg)];
}

/**
 * The dense weight of a network: all bonds contracted, factors merged, padding dropped. `cores[k]` belongs to node k, in the order of its
 * legs. Throws RangeError where shapes disagree.
 */
export function mergeNetwork(network: WeightNetwork, axes: readonly Factored[], cores: readonly HostTensor[]): HostTensor {
  return unfactorWeight(contract(lettered(network, cores), outerLegs(network)), axes);
}
