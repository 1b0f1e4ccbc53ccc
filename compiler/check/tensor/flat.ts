/** A weight as the Model knows it: its uses resolved, bodies within bodies spliced into one network. Parameters are ids of tensors. */
import type { DenseTerm, NetworkLeg, NetworkNode, NetworkTerm, Places, WeightAxis } from '../../values/model.ts';
import type { Draft, DraftWeight } from '../draft.ts';
import { worse } from '../topology/flatten.ts';
import { type Leg, type Network, resolve, type Tensor, type Use } from './tensor.ts';

/** `use`: of the tensor, by that place; it knows what the core is called there. `top`: not within a core that was decomposed again. */
export interface FlatNode extends NetworkNode {
  readonly use: Use;
  readonly top: boolean;
}
/**
 * `of`: position in the weight's own list of terms, the base first; of a sum all terms of the base have one. `body`: what it was made from.
 * `places`: of single entries, the values of its one node, their positions by axis of the weight.
 */
export type FlatNetwork = Omit<NetworkTerm, 'nodes'> & {
  readonly nodes: readonly FlatNode[];
  readonly places?: readonly Places[];
  readonly of: number;
  readonly body: Network;
};
export type FlatTerm = (DenseTerm & { readonly of: number }) | FlatNetwork;

export function termsOf({ terms }: Pick<DraftWeight, 'terms'>): FlatTerm[] {
  return terms.flatMap(({ use, scale }, of): FlatTerm[] => {
    const seen = resolve(use);
    const { tensor, perm } = seen;
    if (tensor.body === undefined) return [{ is: 'dense', parameter: tensor.id, perm, scale, of }];
    return tensor.body.terms.map((body) => ({ ...networkTerm(body, seen, scale), of, body }));
  });
}

/** What paths call a term: of a sum by the name that it has there, an adapter as the statement that added it says. */
export function termName({ terms }: Pick<DraftWeight, 'terms'>, term: FlatTerm): string | undefined {
  return term.of > 0 ? terms[term.of]!.name : term.is === 'dense' ? undefined : term.name;
}

/** Of all terms that have one, in order. */
export function termNames(weight: Pick<DraftWeight, 'terms'>): string[] {
  return termsOf(weight).flatMap((term) => termName(weight, term) ?? []);
}

/** The network of a tensor as one that uses it sees it. */
export function networkTerm(body: Network, { perm, at = [] }: Pick<Use, 'perm' | 'at'>, scale: number): Omit<FlatNetwork, 'of' | 'body'> {
  const { name, topology, truncate, drawn, places, orders } = body;
  const { legs, nodes, exact, fit } = spliced(body);
  return {
    is: 'network',
    ...(name === undefined ? {} : { name }),
    topology,
    nodes,
    legs: legs.map((leg): NetworkLeg => {
      if (leg.outer === undefined) return leg;
      const [axis, factor] = leg.outer;
      if (axis >= at.length) return { ...leg, outer: [perm.indexOf(axis), factor] };
      return { ...leg, outer: [axis - at.length, factor], at: digitOf(at[axis]!, body.axes[axis]!.factors, factor) };
    }),
    exact,
    fit,
    scale,
    ...(truncate === undefined ? {} : { truncate }),
    ...(drawn === undefined ? {} : { drawn }),
    ...(orders === undefined
      ? {}
      : {
          orders: orders.map(({ name, leg, use }) => ({ name, axis: perm.indexOf(leg), parameter: resolve(use).tensor.id })),
        }),
    ...(places === undefined
      ? {}
      : { places: perm.map((leg) => ({ name: places[leg]!.name, parameter: resolve(places[leg]!.use).tensor.id })) }),
  };
}

/** The digit of a position in a factored axis, most significant first. */
export function digitOf(position: number, factors: readonly number[], factor: number): number {
  const after = factors.slice(factor + 1).reduce((product, size) => product * size, 1);
  return Math.floor(position / after) % factors[factor]!;
}

type Spliced = Pick<Network, 'legs' | 'exact' | 'fit'> & { readonly nodes: readonly FlatNode[] };

/** Cores that were decomposed again give way to their own cores, whose outer legs are the legs of the core. */
function spliced(body: Network): Spliced {
  const legs: NetworkLeg[] = [...body.legs];
  let { exact, fit } = body;
  const nodes = body.nodes.flatMap(({ name, use, legs: own }): FlatNode[] => {
    const { tensor, perm } = resolve(use);
    /** By leg of the tensor. */
    const places = tensor.legs.map((_, leg) => own[perm.indexOf(leg)]!);
    if (tensor.body === undefined) return [{ name, parameter: tensor.id, legs: places, use, top: true }];
    const inner = spliced(onlyTerm(tensor));
    const ids = inner.legs.map((leg) => {
      if (leg.outer !== undefined) return places[leg.outer[0]]!;
      const bond = leg.bond === undefined ? undefined : `${use.tensor.core?.name ?? ''}.${leg.bond}`;
      return legs.push({ ...leg, id: legs.length, bond }) - 1;
    });
    exact &&= inner.exact;
    fit = worse(fit, inner.fit);
    return inner.nodes.map((node) => ({ ...node, name: `${name}.${node.name}`, legs: node.legs.map((leg) => ids[leg]!), top: false }));
  });
  return { nodes, legs, exact, fit };
}

/** A core is one network: a sum in its place is refused. */
function onlyTerm({ body }: Tensor): Network {
  if (body!.terms.length > 1) throw new Error('a core is a sum');
  return body!.terms[0];
}

/** Axes of the weight with the factors that its network gives them, the first where it is a sum. */
export function factoredAxes({ axes, terms }: DraftWeight): WeightAxis[] {
  const { tensor, perm } = resolve(terms[0]!.use);
  return axes.map((axis, k) => ({ ...axis, ...(tensor.body?.terms[0].axes[perm[k]!] ?? { factors: [axis.size] }) }));
}

/** The tensors that are stored: each once, in the order of making. */
export function leavesOf(draft: Draft): Tensor[] {
  const ids = new Set(draft.weights.flatMap((weight) => termsOf(weight).flatMap(parametersOf)));
  return [...ids].sort((a, b) => a - b).map((id) => draft.tensors[id]!);
}

/** Of them and of the scores of learned masks. */
export function storedCount(draft: Draft): number {
  const leaves = leavesOf(draft);
  return leaves.length + leaves.filter(({ learned }) => learned !== undefined).length;
}

export function parametersOf(term: FlatTerm): readonly number[] {
  return term.is === 'dense'
    ? [term.parameter]
    : [...term.nodes, ...(term.places ?? []), ...(term.orders ?? [])].map(({ parameter }) => parameter);
}

/** A leg as one user of a tensor sees it: `leg` is its position in the tensor, `at` that of a member on a leg of its family. */
export interface SeenLeg extends Leg {
  readonly leg: number;
  readonly at?: number;
}

/**
 * Legs of a tensor by the names that a weight knows: of a dense tensor its own axes, of a core the axes of the topology as if it had been
 * made for this weight, which matters where the weight is the transpose of another.
 */
export function seenLegs(weight: DraftWeight, term: FlatTerm, node?: FlatNode): SeenLeg[] {
  if (term.is === 'dense') return term.perm.map((leg, k) => ({ name: weight.axes[k]!.name, size: weight.axes[k]!.size, leg }));
  const { tensor, perm } = resolve(node!.use);
  const { names } = term.body;
  const family = resolve(weight.terms[term.of]!.use).at?.length ?? 0;
  return node!.use.tensor.legs.map(({ name }, k) => {
    const leg = perm[k]!;
    const { outer, at: position } = term.legs[node!.legs[leg]!]!;
    const index = name.includes('[') ? name.slice(name.indexOf('[')) : '';
    const seen = outer === undefined || !node!.top ? name : `${names[outer[0] + family]}${index}`;
    return { name: seen, size: tensor.legs[leg]!.size, leg, ...(position === undefined ? {} : { at: position }) };
  });
}
