/**
 * `wrap S in LAYER[...](...)`: the wrapped layer becomes the layer-valued option of the wrapper that has no default. Nothing here knows
 * experts: a mixture is a wrapper whose text places its body several times, and each place is a copy of equal start.
 */
import { Refused } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Provenance } from '../../values/model.ts';
import { mostMembers } from '../count.ts';
import type { Draft, StaticValue } from '../draft.ts';
import { instantiateLayer, type LayerUse, resolveLayer } from '../instantiate.ts';
import { refuse } from '../refuse.ts';
import { type InstanceMatch, selectInstances } from '../selector.ts';
import { givenTo } from '../walk.ts';
import type { VariantContext } from './context.ts';
import { layerAt } from './layer-at.ts';

export function applyWrap(context: VariantContext, change: tree.Wrap): void {
  for (const match of selectInstances(change.selection, context, { expressions: givenTo(change.wrapper) })) wrapOne(context, change, match);
}

function wrapOne(context: VariantContext, change: tree.Wrap, match: InstanceMatch): void {
  const { draft } = context;
  const { holder, instance, declaration, parent, scope } = layerAt(context, match, change.selection.place, change.place);
  const layer = resolveLayer(draft, change.wrapper, scope);
  const option = bodyOption(change, layer);
  const value: StaticValue & { is: 'layer' } = {
    is: 'layer',
    name: declaration.name.name,
    declaration,
    existing: { instance, taken: false },
  };
  const { place } = change.wrapper;
  const path = instance.path;
  const earlier = draft.tensors.length;
  const values = new Map([[option.name.name, value]]);
  const made = instantiateLayer(draft, { layer, reference: change.wrapper, values }, scope, path, parent);
  drawApart(draft, earlier);
  if (!value.existing!.taken) {
    // A model that is too large places nothing more, and that has been told.
    if (draft.members > mostMembers) throw new Refused([]);
    refuse({ code: 'B604', message: `${change.wrapper.name.name} does not use the layer that it wraps`, at: place, label: 'never placed' });
  }
  made.changed = { by: 'wrap', place: change.place, body: context.body };
  holder.instance = made;
}

/** What stood here may have been a wrapper too, with tensors of the names that this one's have: draws of their own for the later ones. */
function drawApart({ tensors }: Draft, earlier: number): void {
  const before = tensors.slice(0, earlier).map(({ origin }) => origin);
  const drawn = new Set(before.map(drawnFor));
  for (const tensor of tensors.slice(earlier)) {
    const { origin } = tensor;
    // A copy of a seeded tensor has its very origin.
    if ((origin.is !== 'fresh' && origin.is !== 'seeded') || before.includes(origin)) continue;
    let path = drawnFor(origin)!;
    while (drawn.has(path)) path += ' around';
    tensor.origin = origin.is === 'fresh' ? { is: 'fresh', path } : { is: 'seeded', stream: path };
  }
}

function drawnFor(origin: Provenance): string | undefined {
  if (origin.is === 'copy' || origin.is === 'factor' || origin.is === 'slice') return drawnFor(origin.of);
  if (origin.is === 'seeded') return origin.stream;
  return origin.is === 'fresh' ? origin.path : undefined;
}

/** J31: exactly one option of kind layer without a default. */
function bodyOption(change: tree.Wrap, { declaration }: LayerUse['layer']): tree.Option {
  const open = declaration.options.filter((option) => option.type === 'layer' && option.value === undefined);
  if (open.length === 1) return open[0]!;
  return refuse({
    code: 'B604',
    message: `${declaration.name.name} has ${open.length === 0 ? 'no' : open.length} layer options without a default`,
    at: change.wrapper.place,
    label: open.length === 0 ? 'has no place for the wrapped layer' : 'where does the wrapped layer go?',
    also: [{ place: declaration.name.place, text: 'declared here' }],
    hint: 'a wrapper has one option such as `body: layer`; std has `mixture[...](router = switch)`',
  });
}
