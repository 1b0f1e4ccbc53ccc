/** A layer that a statement puts another around, or in the place of: where it stands, and the names that the other is written with. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Instance, MemberNode } from '../draft.ts';
import { emptyInstance } from '../instantiate.ts';
import { refuse } from '../refuse.ts';
import type { InstanceMatch } from '../selector.ts';
import type { VariantContext } from './context.ts';
import { itemOf, parentOf } from './untie.ts';

export interface LayerAt {
  readonly holder: Extract<MemberNode, { is: 'instance' }>;
  readonly instance: Instance;
  readonly declaration: tree.Layer;
  readonly parent: Instance;
  /** Names of the variant and values of the selection's variables, then those of the parent. */
  readonly scope: Instance;
}

/** Refuses groups (B604). */
export function layerAt(context: VariantContext, match: InstanceMatch, selected: Place, at: Place): LayerAt {
  const { name, indices } = match.parts.at(-1)!;
  const parent = parentOf(context.draft.root, match);
  const holder = itemOf(
    parent.members.get(name)!,
    indices.map(({ value }) => value),
  );
  const { instance } = match;
  const { declaration } = instance;
  if (holder.is !== 'instance' || declaration === undefined) {
    return refuse({ code: 'B604', message: `\`${instance.path}\` is a group, not a layer`, at: selected, label: 'has no `forward`' });
  }
  const scope = emptyInstance(instance.path, at, [], undefined, parent);
  for (const [option, value] of context.options) scope.options.set(option, value);
  for (const [variable, value] of match.bindings) scope.options.set(variable, { is: 'number', value });
  return { holder, instance, declaration, parent, scope };
}
