/** Topologies on a tensor become its body: a network, or the sum of several, and the record of how given values become their cores. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Budget, DecompositionId, DecompositionSpec, Law, Near, NetworkLeg, Policy, Provenance, Summand } from '../../values/model.ts';
import type { Draft, DraftWeight } from '../draft.ts';

import { diagnostic, refuse } from '../refuse.ts';
import type { Names } from '../static.ts';
import { type GivenAxis, resolveTopology } from '../topology/use.ts';

import { instantiateTopology, type TopologyCore, type TopologyNetwork } from '../topology.ts';
import { streamOf } from '../variant/provenance.ts';
import { checkFitted } from '../variant/seeded.ts';
import { addTensor, type Made } from './add.ts';
import { coreLaws, drawnAs, fixedSquare, statesVariance, termLaws } from './laws.ts';
import { isSparse, refuseTerm } from './sparse.ts';
import { type Body, type Leg, type Network, type Tensor, useOf } from './tensor.ts';

/** Whose text it is: names are looked up there. */
export interface Making {
  readonly draft: Draft;
  readonly names: Names;
}
/** A topology as it was written, on the axes of a tensor. */
export interface Drawn {
  readonly network: TopologyNetwork;
  readonly at: Place;
  readonly name?: string;
}
export type Sum = readonly [Drawn, ...Drawn[]];
export interface Attachment {
  /** Of the whole tensor, for cores that the topology states nothing for. */
  readonly law: Law;
  /** Legs of the tensor; axis k of a network is its leg `order[k]`. */
  readonly legs: readonly Leg[];
  readonly order: readonly number[];
  /** The tensor that the cores are factors of, or the name that they are drawn under. */
  readonly origin: { readonly of: Provenance } | { readonly fresh: string };
  readonly role?: string;
  readonly truncate?: Policy | Budget;
  readonly near?: Near;
  /** Where nothing gives the tensor values, positions are those that a file has under this path: an earlier run chose them. */
  readonly held?: string;
  /** What the statement selects, and the variant that it stands in. */
  readonly selected: Place;
  readonly by?: tree.Variant;
  /** Makes a core; by default one of the draft. */
  readonly make?: (made: Made) => Tensor;
}

/** The topology that a reference names, on the axes of a weight, those of a family before them. */
export function networkOn(
  { draft, names }: Making,
  reference: tree.Reference,
  weight: Pick<DraftWeight, 'axes' | 'path' | 'place'>,
  family: readonly GivenAxis[] = [],
): TopologyNetwork {
  if (isSparse({ draft, names }, reference)) refuseTerm(reference.place, 'stands where one network is expected');
  const own = weight.axes.map(({ name, size, axis }) => ({
    name,
    size,
    said: { place: draft.table.info[axis]!.place, text: `\`${name}\` = ${size} in ${weight.path}` },
  }));
  const use = resolveTopology(draft.program, reference, names);
  const network = instantiateTopology({ ...use, axes: [...family, ...own], declared: weight.place }, draft.report);
  const padded = family.findIndex((_, k) => network.axes[k]!.padded !== undefined);
  if (padded >= 0) refusePadded(reference, family[padded]!);
  return network;
}

function refusePadded({ place }: tree.Reference, { name, size, said }: GivenAxis): never {
  return refuse({
    code: 'B620',
    message: 'the members of a family are not padded',
    at: place,
    label: `\`${name}\` has ${size}`,
    also: said === undefined ? [] : [said],
    hint: 'give factors of the number of members itself',
  });
}

/** The networks as a body, with a new tensor for each core. */
export function attach(draft: Draft, sum: Sum, to: Attachment): Body {
  const own = sum.map((drawn) => withoutOrders(draft, drawn, to)) as unknown as Sum;
  const decomposition = decompositionIdOf(draft, own, to);
  const laws = termLaws(own, to.law);
  let first = 0;
  const terms = own.map((drawn, k) => {
    const network = attachOne(draft, drawn, laws[k]!, { ...to, decomposition, first });
    first += numbersOf(drawn.network);
    return network;
  });
  return { terms: terms as [Network, ...Network[]], selected: to.selected, ...(to.by === undefined ? {} : { by: to.by }) };
}

/** How many tensors a network has: their numbers within a decomposition. */
const numbersOf = ({ cores, orders = [] }: TopologyNetwork): number => cores.length + orders.length;

/** The path of a tensor that is called so within a network, below the path of the weight or the tensor. */
const below = (path: string, { name }: Pick<Drawn, 'name'>, core: string): string =>
  [path, ...(name === undefined ? [] : [name]), core].join('.');

/** W9: where neither values nor the orders of an earlier run are given, positions stay as they are. */
function withoutOrders({ report, source }: Draft, drawn: Drawn, { law, held }: Attachment): Drawn {
  const { orders = [], ...network } = drawn.network;
  const isHeld = held !== undefined && orders.every(({ axis }) => source?.has(below(held, drawn, orderName(axis))));
  if (orders.length === 0 || law.is === 'source' || isHeld) return drawn;
  const message = 'nothing is given that a rule could look at: positions stay in their order';
  for (const { place } of orders)
    report.take([
      diagnostic({
        code: 'W9',
        severity: 'warning',
        message,
        at: place,
        label: 'has no effect',
        also: [{ place: drawn.at, text: 'used here' }],
      }),
    ]);
  return { ...drawn, network };
}

const orderName = (axis: number): string => `order[${axis + 1}]`;

/** `first`: the number of the first core within the decomposition. */
function attachOne(
  draft: Draft,
  whole: Drawn,
  law: ReturnType<typeof termLaws>[number],
  to: Attachment & { readonly decomposition: DecompositionId; readonly first: number },
): Network {
  const { network, name, at } = whole;
  const make = to.make ?? ((made: Made) => addTensor(draft, made));
  if (to.law.is === 'source') checkFitted(network, at, to.selected);
  const laws = coreLaws(network, law);
  const stated = statesVariance(network);
  const drawn = drawnAs(network, law);
  const fixed = fixedSquare(network);
  const cores = network.cores.map((core, k) => {
    const role = to.role ?? core.role;
    const { origin } = to;
    const of: Provenance = 'fresh' in origin ? { is: 'fresh', path: origin.fresh } : origin.of;
    const within = name === undefined ? core.name : `${name}.${core.name}`;
    const axis = network.places?.indexOf(k) ?? -1;
    const places = axis < 0 ? undefined : placesCore(core, to.legs[to.order[axis]!]!.size);
    if (places !== undefined && to.held !== undefined)
      return make({ ...places, origin: { is: 'checkpoint', path: `${to.held}.${within}`, axes: [0] } });
    return make({
      legs: core.legs.map(({ name, size }) => ({ name, size })),
      law: laws[k]!.law,
      core: {
        name: core.family,
        indices: core.indices,
        ...(core.within && { within: core.within.map(({ family, indices }) => ({ name: family, indices })) }),
      },
      origin: core.seeded
        ? { is: 'seeded', stream: `${streamOf(of)}.${within}` }
        : 'fresh' in origin
          ? { is: 'fresh', path: `${origin.fresh}.${within}` }
          : { is: 'factor', of, decomposition: to.decomposition, node: to.first + k },
      init: laws[k]!,
      ...places,
      ...(core.seeded ? { declared: core.seeded } : {}),
      ...(stated && core.law !== undefined ? { stated: core.law } : {}),
      ...(role === undefined ? {} : { role }),
    });
  });
  const orders = (network.orders ?? []).map(({ axis }, k) => {
    const { name: axisName, size } = to.legs[to.order[axis]!]!;
    const core = orderName(axis);
    const made = placesCore({ family: 'order', indices: [axis + 1], legs: [{ name: axisName, size }] }, size);
    const of = 'fresh' in to.origin ? undefined : to.origin.of;
    const origin: Provenance =
      to.law.is === 'source' && of !== undefined
        ? { is: 'factor', of, decomposition: to.decomposition, node: to.first + cores.length + k }
        : { is: 'checkpoint', path: below(to.held!, whole, core), axes: [0] };
    return { name: core, leg: to.order[axis]!, use: useOf(make({ ...made, origin })) };
  });
  return {
    ...(name === undefined ? {} : { name }),
    ...(orders.length === 0 ? {} : { orders }),
    topology: network.topology,
    axes: to.legs.map((_, leg) => network.axes[to.order.indexOf(leg)]!),
    names: network.names,
    nodes: network.nodes.map(({ core, legs }) => ({ name: network.cores[core]!.name, use: useOf(cores[core]!), legs })),
    ...(network.places === undefined ? {} : { places: placesBy(network, to.order, (core) => ({ use: useOf(cores[core]!) })) }),
    legs: outerBy(network.legs, to.order),
    exact: network.exact,
    fit: network.fit,
    ...(to.truncate === undefined ? {} : { truncate: to.truncate }),
    ...(drawn === undefined ? {} : { drawn }),
    ...(fixed === undefined ? {} : { fixed }),
    at,
  };
}

/** Of a tensor of positions: they come from somewhere, and have no role. */
function placesCore({ family, indices, legs }: Pick<TopologyCore, 'family' | 'indices' | 'legs'>, positions: number): Omit<Made, 'origin'> {
  return { legs, law: { is: 'source' }, init: { law: { is: 'source' }, scale: 1 }, core: { name: family, indices }, positions };
}

/** Positions by leg of the tensor, where axis k of the network is leg `order[k]`; `more` of the core that has them. */
function placesBy<T>({ places, cores }: TopologyNetwork, order: readonly number[], more: (core: number) => T): ({ name: string } & T)[] {
  return order.map((_, leg) => {
    const core = places![order.indexOf(leg)]!;
    return { name: cores[core]!.name, ...more(core) };
  });
}

/** Outer legs by leg of the tensor, where axis k is leg `order[k]`. */
function outerBy(legs: readonly NetworkLeg[], order: readonly number[]): NetworkLeg[] {
  return legs.map((leg) => (leg.outer === undefined ? leg : { ...leg, outer: [order[leg.outer[0]]!, leg.outer[1]] as const }));
}

/** The number of this way of decomposing. Equal ways on equal tensors give equal cores, so names do not tell two apart. */
function decompositionIdOf(draft: Draft, sum: Sum, { origin, legs, order, truncate, near }: Attachment): DecompositionId {
  if ('fresh' in origin) return 0;
  let first = 0;
  const [whole, ...plus] = sum.map(({ network }): Summand => {
    const from = first;
    first += numbersOf(network);
    return {
      axes: legs.map(({ name, size }, leg) => ({ name, size, ...network.axes[order.indexOf(leg)]! })),
      topology: network.topology,
      nodes: network.nodes.map(({ core, legs: own }) => ({ name: network.cores[core]!.name, parameter: from + core, legs: own })),
      legs: outerBy(network.legs, order),
      ...(network.orders === undefined
        ? {}
        : {
            orders: network.orders.map(({ axis, rule }, k) => ({
              name: orderName(axis),
              axis: order[axis]!,
              rule,
              parameter: from + network.cores.length + k,
            })),
          }),
      ...(network.places === undefined ? {} : { places: placesBy(network, order, (core) => ({ parameter: from + core })) }),
    };
  });
  const spec: DecompositionSpec = {
    ...whole!,
    ...(truncate === undefined ? {} : { truncate }),
    ...(near === undefined ? {} : { near }),
    ...(plus.length === 0 ? {} : { plus }),
  };
  const key = JSON.stringify(spec, (field, value) => (field === 'name' ? undefined : value));
  if (!draft.decompositions.has(key)) draft.decompositions.set(key, spec);
  return [...draft.decompositions.keys()].indexOf(key);
}

/** J25: given values are not simply factored, they are fitted, and the result is as good as the iteration gets. */
export function announceFits(draft: Draft, { path }: Pick<DraftWeight, 'path'>, { terms }: Body): void {
  for (const { fit, at } of terms) {
    if (fit === 'sweep') continue;
    const how = fit === 'als' ? 'alternating least squares' : 'gradient descent, since a core stands at several places';
    const message = `the given ${path} is fitted by ${how}; the error that is left is told with the weights`;
    draft.report.take([diagnostic({ code: 'N602', severity: 'note', message, at, label: 'has no exact decomposition by itself' })]);
  }
}
