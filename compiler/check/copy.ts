/**
 * Copies of layer instances, for `untie` and `wrap`. The first copy is the instance itself under its new path. A tensor of the copy starts
 * as the original does; one that is shared with tensors outside the instance stays shared with them, and what is one tensor inside the
 * instance is one in the copy.
 */
import { countMember } from './count.ts';
import type { Draft, DraftWeight, Instance, MemberNode } from './draft.ts';
import { type Slot, slotsOf } from './tensor/slots.ts';
import { type Network, resolve, type Tensor, type Use, useOf } from './tensor/tensor.ts';

/** The instance under its new path the first time, copies of it afterwards. */
export function takeOrCopy(draft: Draft, existing: { readonly instance: Instance; taken: boolean }, path: string): Instance {
  const { instance } = existing;
  if (existing.taken) return copyInstance(draft, instance, path);
  existing.taken = true;
  moveInstance(draft, instance, path);
  return instance;
}

/** Renames the instance and all beneath it. */
export function moveInstance(draft: Draft, instance: Instance, path: string): void {
  const from = instance.path;
  const renamed = (name: string) => path + name.slice(from.length);
  const visit = (at: Instance): void => {
    at.path = renamed(at.path);
    for (const node of at.members.values()) visitNode(node);
  };
  const visitNode = (node: MemberNode): void => {
    if (node.is === 'instance') visit(node.instance);
    if (node.is === 'family') for (const item of node.items) visitNode(item);
    if (node.is === 'weight') draft.weights[node.weight]!.path = renamed(draft.weights[node.weight]!.path);
  };
  visit(instance);
}

/** A second instance like it. */
export function copyInstance(draft: Draft, instance: Instance, path: string): Instance {
  const renamed = (name: string) => path + name.slice(instance.path.length);
  const useIn = tensorCopier(draft, weightsOf(instance));
  const copyNode = (node: MemberNode, outer: Instance): MemberNode => {
    if (node.is === 'instance') return { is: 'instance', instance: copy(node.instance, outer) };
    if (node.is === 'family') return { ...node, items: node.items.map((item) => copyNode(item, outer)) };
    if (node.is !== 'weight') return node;
    const original = draft.weights[node.weight]!;
    countMember(draft, original.place, renamed(original.path));
    const id = draft.weights.length;
    const terms: DraftWeight['terms'] = original.terms.map((term) => ({ ...term, use: useIn(term.use) }));
    draft.weights.push({ ...original, id, path: renamed(original.path), terms });
    return { is: 'weight', weight: id };
  };
  const copy = (at: Instance, outer: Instance | undefined): Instance => {
    countMember(draft, at.place, renamed(at.path));
    const made: Instance = { ...at, path: renamed(at.path), members: new Map(), ...(at.outer && outer ? { outer } : {}) };
    for (const [name, node] of at.members) made.members.set(name, copyNode(node, made));
    return made;
  };
  return copy(instance, instance.outer);
}

/** Positions of the weights beneath. */
function weightsOf(instance: Instance): Set<number> {
  const found = new Set<number>();
  const visit = (node: MemberNode): void => {
    if (node.is === 'weight') found.add(node.weight);
    if (node.is === 'family') for (const item of node.items) visit(item);
    if (node.is === 'instance') for (const child of node.instance.members.values()) visit(child);
  };
  for (const child of instance.members.values()) visit(child);
  return found;
}

/** What uses of the copies are: of a tensor that stands `inside` alone a copy, of any other the tensor itself under one more name. */
function tensorCopier(draft: Draft, inside: ReadonlySet<number>): (use: Use) => Use {
  const slots = slotsOf(draft);
  const alone = (tensor: Tensor): boolean => (slots.get(tensor) ?? []).every(isInside);
  const isInside = (slot: Slot): boolean => (slot.is === 'term' ? inside.has(slot.weight) : alone(slot.owner));
  const copies = new Map<Tensor, Tensor>();
  const add = (original: Tensor, changes: Partial<Tensor>): Tensor => {
    const copy: Tensor = { ...original, id: draft.tensors.length, decided: new Map(original.decided), members: [], ...changes };
    draft.tensors.push(copy);
    copies.set(original, copy);
    return copy;
  };
  const follow = (member: Tensor, to: Use): Tensor => {
    const copy = add(member, { same: to });
    resolve(to).tensor.members.push(copy);
    return copy;
  };
  /** Of a tensor that stands for others, with all of them. */
  const whole = (original: Tensor): void => {
    const { origin } = original;
    const copy = add(original, { origin: origin.is === 'seeded' ? origin : { is: 'copy', of: origin } });
    for (const member of original.members) {
      if (member === original) copy.members.push(copy);
      else follow(member, { ...resolve(useOf(member)), tensor: copy });
    }
    const { body } = original;
    if (body === undefined) return;
    const [first, ...more] = body.terms;
    const copied = <P extends { readonly use: Use }>(part: P): P => ({ ...part, use: useIn(part.use) });
    const within = ({ nodes, places, orders, ...term }: Network): Network => ({
      ...term,
      nodes: nodes.map(copied),
      ...(places === undefined ? {} : { places: places.map(copied) }),
      ...(orders === undefined ? {} : { orders: orders.map(copied) }),
    });
    copy.body = { ...body, terms: [within(first), ...more.map(within)] };
  };
  const useIn = (use: Use): Use => {
    const { tensor } = use;
    if (!copies.has(tensor)) {
      const root = resolve(useOf(tensor));
      if (alone(root.tensor)) whole(root.tensor);
      else follow(tensor, root);
    }
    return { ...use, tensor: copies.get(tensor)! };
  };
  return useIn;
}
