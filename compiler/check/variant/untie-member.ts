/**
 * `untie block[3].attn.query over l`: a member of a family that is one network gets a network of its own, with copies of all cores, cut at
 * its positions. It starts with the values that it had, and what was tied to it stays with it.
 */
import type { LegPosition, NetworkLeg, Provenance } from '../../values/model.ts';
import type { Draft, DraftWeight } from '../draft.ts';
import { addTensor } from '../tensor/add.ts';
import { digitOf } from '../tensor/flat.ts';
import { type Body, type Network, resolve, type Tensor, type Use, useOf } from '../tensor/tensor.ts';
import { isSeeded, refuseSeeded } from './seeded.ts';

/** The terms of a weight that are members of a family over the variable, by position. */
export function membersOver({ terms }: DraftWeight, variable: string): number[] {
  return terms.flatMap(({ use }, k) => {
    const { tensor, at = [] } = resolve(use);
    return at.some((_, axis) => tensor.legs[axis]!.name === variable) ? [k] : [];
  });
}

export function untieMember(draft: Draft, { terms }: DraftWeight, k: number): void {
  const term = terms[k]!;
  const { tensor: stack, at = [], perm } = resolve(term.use);
  const positions = at.map((position, leg): LegPosition => ({ leg, position }));
  const isHere = (tensor: Tensor) => {
    const found = resolve(useOf(tensor));
    return found.tensor === stack && found.at?.join() === at.join();
  };
  const here = stack.members.filter(isHere);
  // What was tied to it before is the same as it, and as the stack only through it.
  const own = here.find(({ same }) => same?.tensor === stack);
  if (own === undefined) {
    // An adapter was never a tensor of one weight.
    terms[k] = { ...term, use: { tensor: cutTensor(draft, stack, positions), perm: perm.map((leg) => leg - at.length) } };
    return;
  }
  const legs = own.same!.perm;
  const others = here.filter((tensor) => tensor !== own);
  stack.members.splice(0, stack.members.length, ...stack.members.filter((tensor) => !here.includes(tensor)));
  delete own.same;
  own.members.splice(0, own.members.length, own, ...others);
  for (const other of others)
    if (other.same!.tensor === stack) other.same = { tensor: own, perm: other.same!.perm.map((leg) => legs.indexOf(leg)) };
  own.body = cutBody(draft, stack.body!, positions, legs);
}

/** A tensor like what lies at positions of another. */
function cutTensor(draft: Draft, whole: Tensor, at: readonly LegPosition[]): Tensor {
  if (isSeeded(whole)) {
    // The same values everywhere, and stored nowhere: one that has no leg of the family stays one tensor.
    if (at.length === 0) return whole;
    const place = whole.declared ?? draft.root.place;
    refuseSeeded(
      draft,
      whole,
      place,
      'a member alone would have a part of it',
      'declare it without the word `seeded`, or leave `untie` out',
    );
  }
  const kept = whole.legs.map((_, leg) => leg).filter((leg) => at.every((gone) => gone.leg !== leg));
  const { origin: of, law, init, role, core, stated } = whole;
  const sizes = whole.legs.map(({ size }) => size);
  const origin: Provenance = at.length === 0 ? { is: 'copy', of } : { is: 'slice', of, sizes, at };
  const tensor = addTensor(draft, {
    legs: kept.map((leg) => whole.legs[leg]!),
    law,
    origin,
    init,
    ...(role === undefined ? {} : { role }),
    ...(core === undefined ? {} : { core }),
    ...(stated === undefined ? {} : { stated }),
  });
  if (whole.body !== undefined) tensor.body = cutBody(draft, whole.body, at, kept);
  return tensor;
}

/** `kept[k]`: the leg that is leg k of the tensor that gets the body. No statement has made it so, so that one may put another in its place. */
function cutBody(draft: Draft, { terms, selected }: Body, at: readonly LegPosition[], kept: readonly number[]): Body {
  const [first, ...others] = terms.map((term) => cutNetwork(draft, term, at, kept));
  return { terms: [first!, ...others], selected };
}

function cutNetwork(draft: Draft, { drawn: _, ...body }: Network, at: readonly LegPosition[], kept: readonly number[]): Network {
  const positions = new Map(at.map(({ leg, position }) => [leg, position]));
  const digits = body.legs.map(({ outer }) => {
    const position = outer && positions.get(outer[0]);
    return position === undefined ? undefined : digitOf(position, body.axes[outer![0]]!.factors, outer![1]);
  });
  const left = body.legs.filter((_, leg) => digits[leg] === undefined);
  const legs = left.map(({ outer, ...leg }, id): NetworkLeg => {
    return { ...leg, id, ...(outer === undefined ? {} : { outer: [kept.indexOf(outer[0]), outer[1]] as const }) };
  });
  const copies = new Map<string, Tensor>();
  const copyOf = (core: Tensor, gone: readonly LegPosition[]): Tensor => {
    const key = JSON.stringify([core.id, gone]);
    const copy = copies.get(key) ?? cutTensor(draft, core, gone);
    copies.set(key, copy);
    return copy;
  };
  const nodes = body.nodes.map(({ name, use, legs: own }) => {
    const { tensor, perm } = resolve(use);
    const gone = own.flatMap((leg, axis): LegPosition[] =>
      digits[leg] === undefined ? [] : [{ leg: perm[axis]!, position: digits[leg] }],
    );
    const stay = own.flatMap((leg, axis) => (digits[leg] === undefined ? [axis] : []));
    const order = tensor.legs.map((_, leg) => leg).filter((leg) => gone.every((other) => other.leg !== leg));
    const copy: Use = { tensor: copyOf(tensor, gone), perm: stay.map((axis) => order.indexOf(perm[axis]!)) };
    return { name, use: copy, legs: stay.map((axis) => left.indexOf(body.legs[own[axis]!]!)) };
  });
  return {
    ...body,
    axes: kept.map((leg) => body.axes[leg]!),
    names: body.names.filter((_, axis) => !positions.has(axis)),
    nodes,
    legs,
  };
}
