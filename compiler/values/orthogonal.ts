/**
 * Where a core can be made orthogonal without changing a function: Q R at the core, and R goes over the bond into its neighbour. That
 * holds for a bond that joins the same two tensors wherever either stands.
 */
import type { NetworkNode, NetworkTerm, Parameter, ParameterId, Term } from './model.ts';

/** The tensor that takes R, and which of its legs the bond is. */
export interface Receiver {
  readonly parameter: ParameterId;
  readonly leg: number;
}
interface Networks {
  readonly weights: readonly { readonly terms: readonly Term[] }[];
}
interface Constrained extends Networks {
  readonly parameters: readonly Pick<Parameter, 'id' | 'orthogonal'>[];
}

/** Who takes R of `parameter` over its leg `columns`, or why nobody can. A dense tensor has no neighbour: undefined. */
export function receiverOf({ weights }: Networks, parameter: ParameterId, columns: number): Receiver | string | undefined {
  const terms = weights.flatMap((weight) => weight.terms);
  if (terms.some((term) => term.is === 'dense' && term.parameter === parameter)) return undefined;
  const networks = terms.filter((term) => term.is === 'network');
  const found = networks.flatMap((term) => uses(term, parameter).map((node) => over(term, node, columns)));
  const [first] = found;
  if (typeof first === 'string' || first === undefined) return first ?? 'it stands in no network';
  const differs = found.some((other) => typeof other === 'string' || other.parameter !== first.parameter || other.leg !== first.leg);
  if (differs) return 'it has other neighbours in other places';
  if (first.parameter === parameter) return 'the bond joins it with itself';
  const back = networks.flatMap((term) => uses(term, first.parameter).map((node) => over(term, node, first.leg)));
  const elsewhere = back.some((other) => typeof other === 'string' || other.parameter !== parameter || other.leg !== columns);
  return elsewhere ? 'its neighbour stands in other places too' : first;
}

const uses = (term: NetworkTerm, parameter: ParameterId): NetworkNode[] => term.nodes.filter((node) => node.parameter === parameter);

/** The other end of a node's leg. */
function over(term: NetworkTerm, node: NetworkNode, position: number): Receiver | string {
  const leg = node.legs[position];
  if (term.legs.find(({ id }) => id === leg)!.outer !== undefined) return 'the leg is no bond, so nobody can take what is not orthogonal';
  const ends = term.nodes.flatMap((other) => other.legs.flatMap((id, at) => (id === leg ? [{ node: other, at }] : [])));
  const [end, more] = ends.filter((other) => other.node !== node || other.at !== position);
  if (end === undefined || more !== undefined) return 'the bond does not join two cores';
  return { parameter: end.node.parameter, leg: end.at };
}

/**
 * Orthogonal parameters in the order in which R travels: each before the one that takes its R. Those that send R in a circle are left
 * out: none of them can be made orthogonal last.
 */
export function gaugeOrder(model: Constrained): ParameterId[] {
  const constrained = model.parameters.filter(({ orthogonal }) => orthogonal !== undefined);
  const waiting = new Map(constrained.map(({ id }) => [id, 0]));
  const next = new Map<ParameterId, ParameterId>();
  for (const { id, orthogonal } of constrained) {
    const receiver = receiverOf(model, id, orthogonal!);
    if (receiver === undefined || typeof receiver === 'string' || !waiting.has(receiver.parameter)) continue;
    next.set(id, receiver.parameter);
    waiting.set(receiver.parameter, waiting.get(receiver.parameter)! + 1);
  }
  const ready = constrained.map(({ id }) => id).filter((id) => waiting.get(id) === 0);
  for (const id of ready) {
    const to = next.get(id);
    if (to === undefined) continue;
    waiting.set(to, waiting.get(to)! - 1);
    if (waiting.get(to) === 0) ready.push(to);
  }
  return ready;
}
