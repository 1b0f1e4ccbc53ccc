/**
 * Copies of layer instances, for `untie` and `wrap`. The first copy is the instance itself under its new path. A tensor of the copy starts
 * as the original does; one that is shared with tensors outside the instance stays shared with them.
 */
import type { Term } from '../values/model.ts';
import type { Draft, DraftParameter, DraftWeight, Instance, MemberNode } from './draft.ts';

/** The instance under its new path the first time, copies of it afterwards. */
export function takeOrCopy(draft: Draft, existing: { readonly instance: Instance; taken: boolean }, path: string): Instance {
  const { instance } = existing;
  if (existing.taken) return copyInstance(draft, instance, path);
  existing.taken = true;
  moveInstance(draft, instance, path);
  return instance;
}

/** Renames the instance and all beneath it; what was put beside it under its old path keeps its name. */
export function moveInstance(draft: Draft, instance: Instance, path: string): void {
  const from = instance.path;
  const renamed = (name: string) => (isWithin(name, from) ? path + name.slice(from.length) : name);
  const weights = new Set<DraftWeight>();
  const visit = (at: Instance): void => {
    at.path = renamed(at.path);
    for (const node of at.members.values()) visitNode(node);
  };
  const visitNode = (node: MemberNode): void => {
    if (node.is === 'instance') visit(node.instance);
    if (node.is === 'family') for (const item of node.items) visitNode(item);
    if (node.is === 'weight') weights.add(draft.weights[node.weight]!);
  };
  visit(instance);
  const own = [...weights].map((weight) => weight.path);
  const move = (name: string) => (own.some((weight) => isWithin(name, weight)) ? renamed(name) : name);
  // A layer that is being put around it may have tensors of the same names by now: only the instance's own are renamed.
  for (const id of new Set([...weights].flatMap(({ terms }) => terms.flatMap(parametersOf)))) {
    const parameter = draft.parameters[id]!;
    parameter.names = parameter.names.map(move);
  }
  for (const weight of weights) weight.path = renamed(weight.path);
}

function parametersOf(term: Term): readonly number[] {
  return term.is === 'dense' ? [term.parameter] : term.nodes.map(({ parameter }) => parameter);
}

/** A second instance like it. */
export function copyInstance(draft: Draft, instance: Instance, path: string): Instance {
  const copies = new Map<number, number>();
  const inside = (name: string) => isWithin(name, instance.path);
  const renamed = (name: string) => (inside(name) ? path + name.slice(instance.path.length) : name);
  const parameterOf = (id: number): number => {
    const known = copies.get(id);
    if (known !== undefined) return known;
    const original = draft.parameters[id]!;
    const copy = original.names.every(inside) ? copyParameter(draft, original, renamed) : original.id;
    if (copy === original.id) original.names.push(...original.names.filter(inside).map(renamed));
    copies.set(id, copy);
    return copy;
  };
  const termOf = (term: Term): Term => {
    if (term.is === 'dense') return { ...term, parameter: parameterOf(term.parameter) };
    return { ...term, nodes: term.nodes.map((node) => ({ ...node, parameter: parameterOf(node.parameter) })) };
  };
  const copyNode = (node: MemberNode, outer: Instance): MemberNode => {
    if (node.is === 'instance') return { is: 'instance', instance: copy(node.instance, outer) };
    if (node.is === 'family') return { ...node, items: node.items.map((item) => copyNode(item, outer)) };
    if (node.is !== 'weight') return node;
    const original = draft.weights[node.weight]!;
    const id = draft.weights.length;
    draft.weights.push({ ...original, id, path: renamed(original.path), terms: original.terms.map(termOf) });
    return { is: 'weight', weight: id };
  };
  const copy = (at: Instance, outer: Instance | undefined): Instance => {
    const made: Instance = { ...at, path: renamed(at.path), members: new Map(), ...(at.outer && outer ? { outer } : {}) };
    for (const [name, node] of at.members) made.members.set(name, copyNode(node, made));
    return made;
  };
  return copy(instance, instance.outer);
}

function copyParameter(draft: Draft, original: DraftParameter, renamed: (name: string) => string): number {
  const id = draft.parameters.length;
  draft.parameters.push({
    ...original,
    id,
    names: original.names.map(renamed),
    origin: { is: 'copy', of: original.origin },
    decided: new Map(original.decided),
  });
  return id;
}

function isWithin(name: string, path: string): boolean {
  return name === path || name.startsWith(`${path}.`);
}
