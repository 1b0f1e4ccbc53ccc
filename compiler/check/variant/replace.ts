/**
 * `replace S with LAYER[...](...)`: another layer of the same signature in its place. The weights that stood there are dropped; what the
 * other layer calls the same, in the same shape, takes the values that are given under that name. A statement on what would be dropped is
 * not undone without a word (B641).
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft, DraftWeight, Instance, MemberNode } from '../draft.ts';
import { instantiateLayer, resolveLayer } from '../instantiate.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import { type InstanceMatch, selectInstances } from '../selector.ts';
import { coresOf, resolve, type Tensor } from '../tensor/tensor.ts';
import { givenTo } from '../walk.ts';
import type { VariantContext } from './context.ts';
import { layerAt } from './layer-at.ts';
import { forwardOf, signatureKey, textOf } from './signature.ts';

export function applyReplace(context: VariantContext, change: tree.Replace): void {
  for (const match of selectInstances(change.selection, context, { expressions: givenTo(change.with) })) replaceOne(context, change, match);
}

function replaceOne(context: VariantContext, change: tree.Replace, match: InstanceMatch): void {
  const { draft } = context;
  const { holder, instance: old, parent, scope } = layerAt(context, match, change.selection.place, change.place);
  const dropped = weightsIn(draft, old);
  refuseUndoing(context, change, old, dropped);
  const earlier = draft.tensors.length;
  const layer = resolveLayer(draft, change.with, scope);
  const made = instantiateLayer(draft, { layer, reference: change.with }, scope, old.path, parent);
  checkSignatures(draft, change, old, made);
  made.changed = { by: 'replace', place: change.place, body: context.body };
  holder.instance = made;
  takeGiven(draft, change, draft.tensors.slice(earlier), dropped);
  drop(draft, new Set(dropped));
}

/** The weights of an instance and of all beneath it. */
function weightsIn(draft: Draft, instance: Instance): DraftWeight[] {
  const of = (node: MemberNode): DraftWeight[] => {
    if (node.is === 'weight') return [draft.weights[node.weight]!];
    if (node.is === 'family') return node.items.flatMap(of);
    return node.is === 'instance' ? weightsIn(draft, node.instance) : [];
  };
  return [...instance.members.values()].flatMap(of);
}

function checkSignatures(draft: Draft, change: tree.Replace, old: Instance, made: Instance): void {
  const [before, after] = [forwardOf(old), forwardOf(made)];
  if (before !== undefined && after !== undefined && signatureKey(draft, old, before) === signatureKey(draft, made, after)) return;
  const said = (instance: Instance, forward: tree.Forward | undefined): string =>
    forward === undefined ? `${instance.declaration!.name.name} has no forward` : textOf(forward);
  const standing = ({ axes, declaration }: Instance) =>
    (declaration?.axes?.parameters ?? []).map(({ name }) => `${name.name} = ${draft.table.name(draft.table.root(axes.get(name.name)!))}`);
  refuse({
    code: 'B641',
    message: `${made.declaration!.name.name} does not take and give what ${old.declaration!.name.name} at \`${old.path}\` does`,
    at: change.with.place,
    label: `${said(made, after)}, with ${standing(made).join(', ')}`,
    also: [{ place: before?.signature.place ?? old.place, text: `${said(old, before)}, with ${standing(old).join(', ')}` }],
    hint: 'a layer in its place has the same parameters and results, on the same axes',
  });
}

function refuseUndoing(context: VariantContext, change: tree.Replace, old: Instance, dropped: readonly DraftWeight[]): void {
  const undone = changedIn(context, old) ?? dropped.map((weight) => statedOn(context, weight)).find((found) => found !== undefined);
  if (undone === undefined) return;
  refuse({
    code: 'B641',
    message: `\`${old.path}\` is replaced, and a statement before this one is about it`,
    at: change.selection.place,
    label: 'would undo that',
    also: [{ place: undone.place, text: undone.text }],
    hint: 'replace first, or build on a variant without that statement',
  });
}

type Stated = { readonly place: Place; readonly text: string };

/** Layers that a statement put there; what an inner variant replaced may be replaced again. */
function changedIn(context: VariantContext, instance: Instance): Stated | undefined {
  const { changed, path } = instance;
  if (changed !== undefined && (changed.by === 'wrap' || changed.body === context.body))
    return { place: changed.place, text: changed.by === 'wrap' ? `wraps what is in ${path}` : `replaced ${path}` };
  const within = (node: MemberNode): Stated | undefined => {
    if (node.is === 'instance') return changedIn(context, node.instance);
    return node.is === 'family' ? node.items.map(within).find((found) => found !== undefined) : undefined;
  };
  return [...instance.members.values()].map(within).find((found) => found !== undefined);
}

/** A statement that decomposed, adapted or shared a weight, or lets training decompose it. */
function statedOn({ common }: VariantContext, weight: DraftWeight): Stated | undefined {
  const { path, terms } = weight;
  const adapted = common.adapted.find((one) => one.weight === weight);
  if (adapted !== undefined) return { place: adapted.place, text: `adapts ${path}` };
  const chosen = common.chosen.find((one) => one.weight === weight);
  if (chosen !== undefined) return { place: chosen.place, text: `may decompose ${path}` };
  const of = (tensor: Tensor): Stated | undefined => {
    if (tensor.joined !== undefined) return { place: tensor.joined, text: `makes ${path} one tensor with others` };
    if (tensor.body?.by !== undefined) return { place: tensor.body.selected, text: `decomposes ${path}` };
    return coresOf(tensor)
      .map(of)
      .find((found) => found !== undefined);
  };
  return terms.map(({ use }) => of(resolve(use).tensor)).find((found) => found !== undefined);
}

/** Given values go to a new tensor of the old name where the shape is the old one too; elsewhere the name means another tensor. */
function takeGiven({ report }: Draft, change: tree.Replace, made: readonly Tensor[], dropped: readonly DraftWeight[]): void {
  const shapes = new Map(dropped.map(({ path, axes }) => [path, axes.map(({ size }) => size).join()] as const));
  const kept: string[] = [];
  for (const tensor of made) {
    const { origin, law, legs } = tensor;
    const shape = origin.is === 'checkpoint' ? shapes.get(origin.path) : undefined;
    if (origin.is !== 'checkpoint' || shape === undefined) continue;
    if (shape === legs.map(({ size }) => size).join()) kept.push(origin.path);
    else {
      tensor.origin = { is: 'fresh', path: `${origin.path} replaced` };
      tensor.init = { law, scale: 1 };
    }
  }
  if (kept.length === 0) return;
  const message = `the new layer has ${listed(kept, 4)} in the same shape: values that are given under that name go there`;
  report.take([diagnostic({ code: 'N603', severity: 'note', message, at: change.with.place, label: 'named as before' })]);
}

/** Takes the weights out and numbers the others anew. Tensors that nothing uses are dropped by `finish`. */
function drop(draft: Draft, dropped: ReadonlySet<DraftWeight>): void {
  const { weights, spoiled, root } = draft;
  const kept = weights.filter((weight) => !dropped.has(weight));
  const renumbered = new Map(kept.map(({ id }, position) => [id, position]));
  const visit = (node: MemberNode): void => {
    if (node.is === 'weight') node.weight = renumbered.get(node.weight)!;
    if (node.is === 'family') for (const item of node.items) visit(item);
    if (node.is === 'instance') for (const inner of node.instance.members.values()) visit(inner);
  };
  for (const node of root.members.values()) visit(node);
  const stillSpoiled = [...spoiled].flatMap((id) => renumbered.get(id) ?? []);
  spoiled.clear();
  for (const id of stillSpoiled) spoiled.add(id);
  for (const weight of kept) weight.id = renumbered.get(weight.id)!;
  weights.splice(0, weights.length, ...kept);
}
