/** What every statement of a variant works with. */
import { type Place, Refused } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Event } from '../../values/model.ts';
import type { Draft, DraftWeight, StaticValue } from '../draft.ts';
import { bindText, type SelectionScope, type WeightMatch } from '../selector.ts';
import { type Names, namesOf } from '../static.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** One variant body, with what all bodies of a chain have in common. */
export interface VariantContext extends SelectionScope {
  readonly draft: Draft;
  readonly names: Names;
  /** Of this body: its own options and lets. */
  readonly options: ReadonlyMap<string, StaticValue>;
  readonly common: Common;
  /** Distinguishes this body: what an inner body said may be overridden, what this one said may not. */
  readonly body: tree.Variant;
  /** Recipes around this body, outermost first. */
  readonly applying: readonly tree.Variant[];
}
export type ResizeEvent = Extract<Event, { is: 'squeeze' | 'grow' }>;
export interface Common {
  /** Events that make bonds smaller or larger. */
  resized: ResizeEvent[];
  /** What has to wait until all statements have acted: events that depend on the final tree. */
  readonly late: (() => void)[];
  /** Statements that choose the bonds of several weights together, and where one of them promises a loss. */
  budgets: number;
  promised?: Place;
  /** Parameters that events will add; their ids follow those of the model. */
  added: number;
  /** Weights that training may decompose, with the statements that say so. */
  readonly chosen: { readonly weight: DraftWeight; readonly place: Place }[];
  /** Adapters, for the warning where one does not start at zero. */
  readonly adapted: { readonly weight: DraftWeight; readonly adapter: Tensor; readonly place: Place }[];
}

/** The context for one member of a family: expressions of the statement know the values that its selection bound. */
export function ofMember(context: VariantContext, { bindings }: Pick<WeightMatch, 'bindings'>): VariantContext {
  return bindings.size === 0 ? context : { ...context, names: withBindings(context.names, bindings) };
}

/** Does `act` for one member. What is refused says for which: `with l = 3`. */
export function forMember<Result>(
  context: VariantContext,
  match: Pick<WeightMatch, 'bindings' | 'choice'>,
  act: (member: VariantContext) => Result,
): Result {
  const { bindings, choice } = match;
  try {
    return act(ofMember(context, match));
  } catch (thrown) {
    if (!(thrown instanceof Refused) || bindings.size === 0) throw thrown;
    const label = { place: choice.place, text: `with ${bindText(bindings)}` };
    throw new Refused(thrown.diagnostics.map((one) => ({ ...one, secondary: [...one.secondary, label] })));
  }
}

/** With the values that a selection bound to its variables. */
export function withBindings(names: Names, bindings: ReadonlyMap<string, number>): Names {
  return namesOf(bindings, names);
}
