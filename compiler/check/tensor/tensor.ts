/**
 * Tensor and use: all that statements of a variant work on. A tensor is stored once; weights and networks use it, each with its own order
 * of legs. Tie and share make two tensors one (union-find), decompose gives a tensor a network of uses for a body, for every user at once,
 * and a core that is decomposed again is the same thing one level down. No tensor holds a name: `slots.ts` derives them.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Budget, Law, Mask, NetworkLeg, Policy, Provenance, Start, Update } from '../../values/model.ts';

export interface Leg {
  readonly name: string;
  readonly size: number;
}
export interface CoreName {
  readonly name: string;
  readonly indices: readonly number[];
}
export interface Tensor {
  /** Position in `Draft.tensors`: order of making. */
  readonly id: number;
  /** Named as where it was made: axes of a weight, legs of a topology. */
  readonly legs: readonly Leg[];
  /** As declared; what a network in its place is drawn like. */
  readonly law: Law;
  /** Of positions on an axis of this size, which no statement sees; absent: reals. */
  readonly positions?: number;
  readonly role?: string;
  /** Of a core: `T[3]`, of one within a nested topology with what that is called, `left[1].T[3]`. */
  readonly core?: CoreName & { readonly within?: readonly CoreName[] };
  /** Of a core whose topology states its own variance: its law for a standard deviation of the whole tensor. */
  readonly stated?: (deviation: number) => Law;
  origin: Provenance;
  /** Of a seeded tensor: where it is said so. */
  readonly declared?: Place;
  init: Start;
  update: Update;
  keep?: Mask;
  /** The leg that stays orthonormal against all others. */
  orthogonal?: number;
  /** The share of its entries that a learned mask keeps. */
  learned?: number;
  /** The statement that last decided on each state kind, for contradictions. */
  readonly decided: Map<'update' | 'init' | 'keep' | 'orthogonal' | 'learn' | 'squeeze', Place>;
  /** A leaf has none. */
  body?: Body;
  /** It was made one with another: its axis k is axis `perm[k]` of that. Only `resolve` reads this. */
  same?: Use;
  /** All that are one with it, itself first; the order of their names. Of a tensor that is `same` as another it means nothing. */
  readonly members: Tensor[];
  /** The statement that last made it one with others. */
  joined?: Place;
}
/** Axis k of what uses the tensor is leg `perm[k]` of it. A member of a family is a use of the stack: `at` its positions on the first legs. */
export interface Use {
  readonly tensor: Tensor;
  readonly perm: readonly number[];
  readonly at?: readonly number[];
}
/** What is in place of entries: a network, or several that are added up. */
export interface Body {
  readonly terms: readonly [Network, ...Network[]];
  /** The selection of the statement that made it, and the variant that it stands in; a layer that declares its weight so has none, nor has a member of a family that was untied. */
  readonly selected: Place;
  readonly by?: tree.Variant;
}
export interface Network {
  /** Of a term of a sum, and of one that the text names: paths lead through it. */
  readonly name?: string;
  readonly topology: string;
  /** Of the tensor's legs, in their order. */
  readonly axes: readonly { readonly factors: readonly number[]; readonly padded?: number }[];
  /** Of the topology's axes, in the order of its declaration. */
  readonly names: readonly string[];
  /** `legs[k]` is where axis k of the use lies. */
  readonly nodes: readonly { readonly name: string; readonly use: Use; readonly legs: readonly number[] }[];
  /** `outer: [leg, factor]` of the tensor. */
  readonly legs: readonly NetworkLeg[];
  /** Legs of the tensor that it has in another order. */
  readonly orders?: readonly { readonly name: string; readonly leg: number; readonly use: Use }[];
  /** Of entries that stand alone, the values of its one node: their positions, by leg of the tensor. */
  readonly places?: readonly { readonly name: string; readonly use: Use }[];
  readonly exact: boolean;
  readonly fit: 'sweep' | 'als' | 'descent';
  readonly truncate?: Policy | Budget;
  /** Root mean square that a draw of it is to have. */
  drawn?: number | undefined;
  /** Mean square that its cores have by laws of their own, whatever the law of the whole; absent where they follow that. */
  readonly fixed?: number;
  /** The topology in the text that made it. */
  readonly at: Place;
}

export function useOf(tensor: Tensor): Use {
  return { tensor, perm: tensor.legs.map((_, k) => k) };
}

/** The use of the one tensor that stands for all that are one with it. */
export function resolve(use: Use): Use {
  let found = use;
  for (let next = found.tensor.same; next !== undefined; next = found.tensor.same) {
    const { perm, at = found.at } = next;
    found = { tensor: next.tensor, perm: found.perm.map((leg) => perm[leg]!), ...(at === undefined ? {} : { at }) };
  }
  return found;
}

/** Whether two uses are of the same entries, whatever the order of their axes. */
export function sameEntries(a: Use, b: Use): boolean {
  const [mine, other] = [resolve(a), resolve(b)];
  return mine.tensor === other.tensor && mine.at?.join() === other.at?.join();
}

/**
 * Makes the tensor of `from` that of `to`, axis k of the one axis k of the other. Gives `twisted` where they are one already with their axes
 * in another order, `within` where the one is a part of the other, and `apart` where they are two members of one family: none of it can be.
 */
export function unite(from: Use, to: Use, at: Place): 'done' | 'twisted' | 'within' | 'apart' {
  const [mine, other] = [resolve(from), resolve(to)];
  if (mine.tensor === other.tensor) {
    if (!sameEntries(mine, other)) return 'apart';
    return mine.perm.every((leg, k) => leg === other.perm[k]) ? 'done' : 'twisted';
  }
  if (mine.tensor.body !== undefined) throw new Error('a tensor with a body cannot become another');
  if (holds(other.tensor, mine.tensor)) return 'within';
  const perm = mine.perm.map((_, leg) => other.perm[mine.perm.indexOf(leg)]!);
  mine.tensor.same = { ...other, perm };
  other.tensor.members.push(...mine.tensor.members);
  other.tensor.joined = at;
  return 'done';
}

/** Whether the body of `whole`, at any depth, uses `part`. */
export function holds(whole: Tensor, part: Tensor): boolean {
  return coresOf(whole).some((core) => core === part || holds(core, part));
}

/** The uses of a network, of nodes and of positions, as they are called in it. */
export function partsIn({
  nodes,
  places = [],
  orders = [],
}: Pick<Network, 'nodes' | 'places' | 'orders'>): readonly { readonly name: string; readonly use: Use }[] {
  return [...nodes, ...places, ...orders];
}

/** The distinct tensors in the body. */
export function coresOf({ body }: Tensor): Tensor[] {
  const nodes = (body?.terms ?? []).flatMap(partsIn);
  return [...new Set(nodes.map(({ use }) => resolve(use).tensor))];
}
