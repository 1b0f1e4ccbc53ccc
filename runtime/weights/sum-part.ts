/** A term of what a weight is decomposed as: a network, its axes in orders of their own where it says so, or entries that stand alone. */
import type { DecompositionSpec, Summand, SummandOrder } from '../../compiler/values/model.ts';
import { summandsOf } from '../../compiler/values/term.ts';
import type { Factored, WeightNetwork } from './network.ts';
import { mergeNetwork } from './network.ts';
import { inOrder, orderOf, putBack } from './order.ts';
import { addEntries } from './sparse.ts';
import type { HostTensor } from './tensor.ts';
import { count } from './tensor.ts';

export interface SumPart {
  readonly axes: readonly Factored[];
  readonly network: WeightNetwork;
  /** It is no network, but as many single entries: its cores are their values, then by axis their places. */
  readonly entries?: number;
  /** Axes that the network has in another order: each is one more of its cores, after the others. */
  readonly orders?: readonly SummandOrder[];
}
/** The terms that a decomposition consists of. */
export function partsOf(spec: DecompositionSpec): readonly [SumPart, ...SumPart[]] {
  const part = ({ axes, places, orders, ...network }: Summand): SumPart => ({
    axes,
    network,
    ...(orders === undefined ? {} : { orders }),
    ...(places === undefined ? {} : { entries: network.legs[0].size }),
  });
  const [first, ...more] = summandsOf(spec);
  return [part(first), ...more.map(part)];
}

/** Whether a core of the part is a list of positions. */
export const isPlace = ({ network, entries }: SumPart, core: number): boolean =>
  entries === undefined ? core >= network.nodes.length : core > 0;

/** What a rule makes of the tensor, by order of the part. */
export function chosenOrders(tensor: HostTensor, { orders = [] }: Pick<SumPart, 'orders'>): HostTensor[] {
  return orders.map(({ axis, rule }) => ({ shape: [tensor.shape[axis]], data: orderOf(tensor, axis, rule) }));
}

/** The tensor as the network of the part has it. */
export function ordered(tensor: HostTensor, { orders = [] }: Pick<SumPart, 'orders'>, chosen: readonly HostTensor[]): HostTensor {
  return orders.reduce((whole, { axis }, k) => inOrder(whole, axis, chosen[k].data), tensor);
}

/** The part as a tensor, padding dropped. Throws RangeError where shapes disagree or a position is none. */
export function mergePart({ axes, network, entries, orders = [] }: SumPart, cores: readonly HostTensor[]): HostTensor {
  if (entries !== undefined) {
    const shape = axes.map(({ size }) => size);
    const [{ data: values }, ...places] = cores;
    const data = new Float64Array(count(shape));
    addEntries(
      data,
      shape,
      values,
      places.map((own) => own.data),
    );
    return { shape, data };
  }
  const merged = mergeNetwork(network, axes, cores.slice(0, network.nodes.length));
  return orders.reduce((tensor, { axis }, k) => putBack(tensor, axis, cores[network.nodes.length + k].data), merged);
}
