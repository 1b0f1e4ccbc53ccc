/** A topology's network as the body of a tensor: the laws of its cores, and the record of how given values become them. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { coreConstant, coreDeviation } from '../../network/initial-variance.ts';
import type { DecompositionId, DecompositionSpec, Law, NetworkLeg, Policy, Provenance, Start } from '../../values/model.ts';
import type { DraftWeight } from '../draft.ts';
import { addTensor, type Made } from '../tensor/add.ts';
import { type Leg, type Network, type Tensor, useOf } from '../tensor/tensor.ts';
import { resolveTopology } from '../topology/use.ts';
import { instantiateTopology, type TopologyNetwork } from '../topology.ts';
import type { VariantContext } from './context.ts';

export interface Attachment {
  /** Of the whole tensor, for cores that the topology states nothing for. */
  readonly law: Law;
  /** Legs of the tensor; axis k of the network is its leg `order[k]`. */
  readonly legs: readonly Leg[];
  readonly order: readonly number[];
  /** The tensor that the cores are factors of, or the name that they are drawn under. */
  readonly origin: { readonly of: Provenance } | { readonly fresh: string };
  readonly role?: string;
  readonly truncate?: Policy;
  /** The topology as written, and what the statement selects. */
  readonly as: tree.Reference;
  readonly selected: Place;
  /** Makes a core; by default one of the draft. */
  readonly make?: (made: Made) => Tensor;
}

/** The topology that a reference names, on the axes of a weight. */
export function networkOn(context: VariantContext, reference: tree.Reference, weight: DraftWeight): TopologyNetwork {
  const { draft } = context;
  const axes = weight.axes.map(({ name, size, axis }) => ({
    name,
    size,
    said: { place: draft.table.info[axis]!.place, text: `\`${name}\` = ${size} in ${weight.path}` },
  }));
  const use = resolveTopology(draft.program, reference, context.names);
  return instantiateTopology({ ...use, axes, declared: weight.place }, draft.report);
}

/** The network as a body, with a new tensor for each core. */
export function attach(context: VariantContext, network: TopologyNetwork, to: Attachment): Network {
  const make = to.make ?? ((made: Made) => addTensor(context.draft, made));
  const decomposition = decompositionIdOf(context, network, to);
  const laws = coreLaws(network, to.law);
  const stated = statesVariance(network);
  const drawn = drawnAs(network, to.law);
  const cores = network.cores.map((core, k) => {
    const role = to.role ?? core.role;
    const { origin } = to;
    return make({
      legs: core.legs.map(({ name, size }) => ({ name, size })),
      law: laws[k]!.law,
      core: { name: core.family, indices: core.indices },
      origin:
        'fresh' in origin ? { is: 'fresh', path: `${origin.fresh}.${core.name}` } : { is: 'factor', of: origin.of, decomposition, node: k },
      init: laws[k]!,
      ...(stated && core.law !== undefined ? { stated: core.law } : {}),
      ...(role === undefined ? {} : { role }),
    });
  });
  return {
    topology: network.topology,
    axes: to.legs.map((_, leg) => network.axes[to.order.indexOf(leg)]!),
    names: network.names,
    nodes: network.nodes.map(({ core, legs }) => ({ name: network.cores[core]!.name, use: useOf(cores[core]!), legs })),
    legs: outerBy(network.legs, to.order),
    exact: network.exact,
    fit: network.fit,
    ...(to.truncate === undefined ? {} : { truncate: to.truncate }),
    ...(drawn === undefined ? {} : { drawn }),
    at: to.as.place,
    selected: to.selected,
    by: context.body,
  };
}

/** Outer legs by leg of the tensor, where axis k is leg `order[k]`. */
function outerBy(legs: readonly NetworkLeg[], order: readonly number[]): NetworkLeg[] {
  return legs.map((leg) => (leg.outer === undefined ? leg : { ...leg, outer: [order[leg.outer[0]]!, leg.outer[1]] as const }));
}

/** The number of this way of decomposing. Equal ways on equal tensors give equal cores, so names do not tell two apart. */
function decompositionIdOf(
  { draft }: VariantContext,
  network: TopologyNetwork,
  { origin, legs, order, truncate }: Attachment,
): DecompositionId {
  if ('fresh' in origin) return 0;
  const spec: DecompositionSpec = {
    axes: legs.map(({ name, size }, leg) => ({ name, size, ...network.axes[order.indexOf(leg)]! })),
    topology: network.topology,
    nodes: network.nodes.map(({ core, legs: own }) => ({ name: network.cores[core]!.name, parameter: core, legs: own })),
    legs: outerBy(network.legs, order),
    ...(truncate === undefined ? {} : { truncate }),
  };
  const key = JSON.stringify(spec, (field, value) => (field === 'name' ? undefined : value));
  if (!draft.decompositions.has(key)) draft.decompositions.set(key, spec);
  return [...draft.decompositions.keys()].indexOf(key);
}

/**
 * Initial laws of the cores. A law in the declaration is literal, or made from the standard deviation of the whole tensor. The others get
 * the one normal law that gives the whole tensor the second moment of `law` if no core stated one. A tensor of zeros has one core of
 * zeros, one that is placed once where there is such, so that gradients reach it.
 */
export function coreLaws(network: TopologyNetwork, law: Law): Start[] {
  const automatic = automaticLaw(network, law);
  const once = (core: number) => network.nodes.filter((node) => node.core === core).length === 1;
  const open = network.cores.flatMap((core, k) => (core.law === undefined || usesDeviation(core.law) ? [k] : []));
  const started = network.cores.some((core) => core.law?.(1).is === 'zeros');
  const last = started ? undefined : (open.findLast(once) ?? open.at(-1));
  return network.cores.map((core, k) => {
    if (law.is === 'source' || (law.is === 'zeros' && k === last)) return { law, scale: 1 };
    return core.law === undefined ? automatic : { law: core.law(rootMeanSquare(law, network)), scale: 1 };
  });
}

function usesDeviation(law: (deviation: number) => Law): boolean {
  return JSON.stringify(law(1)) !== JSON.stringify(law(2));
}

/** Whether the declaration makes the variance of the whole tensor what is asked for. */
function statesVariance({ cores }: TopologyNetwork): boolean {
  return cores.some(({ law }) => law !== undefined && usesDeviation(law));
}

function automaticLaw(network: TopologyNetwork, law: Law): Start {
  if (law.is === 'ones') return { law, scale: coreConstant(network, 1) };
  return { law: { is: 'normal', deviation: coreDeviation(network, rootMeanSquare(law, network)) }, scale: 1, free: true };
}

/** The root mean square of a draw of the whole, where no core has a law of its own. */
function drawnAs(network: TopologyNetwork, law: Law): number | undefined {
  const whole = law.is === 'normal' || law.is === 'uniform' || law.is === 'orthogonal';
  return whole && network.cores.every((core) => core.law === undefined) ? rootMeanSquare(law, network) : undefined;
}

function rootMeanSquare(law: Law, network: TopologyNetwork): number {
  switch (law.is) {
    case 'normal':
      return law.deviation;
    case 'uniform':
      return Math.sqrt((law.low ** 2 + law.low * law.high + law.high ** 2) / 3);
    case 'orthogonal': {
      const sizes = network.axes.map(({ factors }) => factors.reduce((product, factor) => product * factor, 1));
      return (
        1 /
        Math.sqrt(
          Math.max(
            sizes[0] ?? 1,
            sizes.slice(1).reduce((product, size) => product * size, 1),
          ),
        )
      );
    }
    default:
      return 1;
  }
}
