/** Terms of weights: the factors that they have, their bonds in one numbering, the same under other ids of parameters. */
import type { DecompositionSpec, NetworkTerm, ParameterId, Places, Summand, Term, Weight, WeightAxis } from './model.ts';

/** The axes of a weight with the factors of one of its networks: terms of a sum, and adapters, have their own. */
export function factoredBy<Axis extends Pick<WeightAxis, 'size'>>(
  { legs }: Pick<NetworkTerm, 'legs'>,
  axes: readonly Axis[],
): (Axis & Pick<WeightAxis, 'factors' | 'padded'>)[] {
  return axes.map((axis, k) => {
    const own = legs.filter(({ outer }) => outer?.[0] === k).sort((a, b) => a.outer![1] - b.outer![1]);
    const factors = own.map(({ size }) => size);
    const product = factors.reduce((all, factor) => all * factor, 1);
    return { ...axis, factors, padded: product === axis.size ? undefined : product };
  });
}

/** A network of a weight. Leg k of it is leg `from + k` of the weight: so bonds of all of its networks are told apart by one number. */
export interface NumberedNetwork {
  readonly network: NetworkTerm;
  readonly from: number;
}

/** The networks whose bonds a policy or an event may change: the one of a weight, or all of the sum that it was decomposed as. Adapters come after them. */
export function networksOf({ terms }: Pick<Weight, 'terms'>): NumberedNetwork[] {
  const networks = terms.filter((term) => term.is === 'network');
  const own = networks[0]?.name === undefined ? networks.slice(0, 1) : networks.filter(({ name }) => name !== undefined);
  let from = 0;
  return own.map((network) => {
    const numbered = { network, from };
    from += network.legs.length;
    return numbered;
  });
}

/** The network that has a leg of the weight, and which one it is there. */
export function legOf(weight: Pick<Weight, 'terms'>, leg: number): { readonly network: NetworkTerm; readonly leg: number } | undefined {
  const found = networksOf(weight).findLast(({ from }) => from <= leg);
  return found === undefined || found.network.legs[leg - found.from] === undefined
    ? undefined
    : { network: found.network, leg: leg - found.from };
}

/** What a bond is called in records and for people: `b[1]`, of a term of a sum `mpo.b[1]`. */
export function bondNameOf({ name }: Pick<NetworkTerm, 'name'>, { bond, id }: NetworkTerm['legs'][number]): string {
  const own = bond ?? String(id);
  return name === undefined ? own : `${name}.${own}`;
}

/** The networks that a tensor becomes the sum of. */
export function summandsOf(spec: DecompositionSpec): readonly [Summand, ...Summand[]] {
  return [spec, ...(spec.plus ?? [])];
}

/** The tensors that a term is made of, by place, as they are called within it; a dense one has no name. */
export function partsOf(term: Term): readonly Places[] {
  if (term.is === 'dense') return [{ name: '', parameter: term.parameter }];
  return term.is === 'sparse' ? [term.values, ...term.places] : [...term.nodes, ...(term.orders ?? [])];
}

/** The numbers of the cores of a summand, and what they are called in it: in the order in which a decomposition gives them. */
export function coresOf({ nodes, places = [], orders = [] }: Pick<Summand, 'nodes' | 'places' | 'orders'>): readonly Places[] {
  return [...nodes, ...places, ...orders];
}

/** The same term with the parameters that `to` gives for its own. */
export function renumberTerm<T extends Term>(term: T, to: (id: ParameterId) => ParameterId): T {
  if (term.is === 'dense') return { ...term, parameter: to(term.parameter) };
  const moved = <P extends Places>(part: P): P => ({ ...part, parameter: to(part.parameter) });
  if (term.is === 'sparse') return { ...term, values: moved(term.values), places: term.places.map(moved) };
  const { orders } = term;
  return { ...term, nodes: term.nodes.map(moved), ...(orders === undefined ? {} : { orders: orders.map(moved) }) };
}
