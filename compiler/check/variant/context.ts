/** What every statement of a variant works with. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { DecompositionId, WeightId } from '../../values/model.ts';
import type { Draft, DraftParameter, StaticValue } from '../draft.ts';
import type { Found, SelectionScope } from '../selector.ts';
import { type Names, namesOf } from '../static.ts';

/** One variant body, with what all bodies of a chain have in common. */
export interface VariantContext extends SelectionScope {
  readonly draft: Draft;
  readonly names: Names;
  readonly common: Common;
  /** Distinguishes this body: what an inner body said may be overridden, what this one said may not. */
  readonly body: tree.Variant;
}
export interface Common {
  /** Equal plans on equal origins give equal cores; the key is topology, factors, sizes and truncation. */
  readonly plans: Map<string, DecompositionId>;
  /** What decomposed a weight, and the dense parameter that it was. */
  readonly decomposed: Map<WeightId, { readonly body: tree.Variant; readonly place: Place; readonly dense: DraftParameter }>;
}

/** Names of a body: its options and lets, then the options of the model, then what the file defines. */
export function variantNames(draft: Draft, variant: tree.Variant, options: ReadonlyMap<string, StaticValue>): Names {
  const file = draft.program.names(draft.program.scopeOf(variant.place));
  return {
    get: (name, place) => options.get(name) ?? draft.root.options.get(name) ?? file.get(name, place),
    known: () => [...options.keys(), ...draft.root.options.keys(), ...file.known()],
  };
}

/** With the values that a selection bound to its variables. */
export function withBindings(names: Names, bindings: ReadonlyMap<string, number>): Names {
  return namesOf(bindings, names);
}

export function bindTargets(context: VariantContext, name: string, found: readonly Found[]): VariantContext {
  return { ...context, targets: new Map([[name, found]]) };
}
