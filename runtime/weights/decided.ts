/** What given weights and events in training decided since the text of a model. */
import { applyEvents, networkOf, withBonds } from '../../compiler/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import type { Model } from '../../compiler/values/model.ts';
import { BondsmithError } from '../../grammar/error.ts';
import { sizesFrom } from './bonds.ts';

export interface Decided {
  /** By path of the weight and name of the bond, before any event: as `bondsOf` gives them. */
  readonly bonds: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** In their order. */
  readonly taken: readonly Taken[];
}

/** Throws BondsmithError for a model that is no longer that of its text: statements of the text are about that. */
export function refuseChanged({ name }: Model, { taken }: Pick<Decided, 'taken'> = { taken: [] }): void {
  if (taken.length === 0) return;
  const why = `events in training have changed ${name} since, ${taken.length} times`;
  throw new BondsmithError(
    'changed',
    `${why}; a recipe is applied to the model of its text: merge it to weights, and adapt a model that has those`,
  );
}

/** The model of a text as it was decided. */
export const decidedModel = (model: Model, { bonds, taken }: Decided): Model => applyEvents(withDecidedBonds(model, bonds), taken);

/** Bonds that the text leaves to a policy, as a checkpoint has them. */
export function withDecidedBonds(model: Model, bonds: Decided['bonds']): Model {
  const open = new Set(model.weights.filter((weight) => networkOf(weight)?.truncate !== undefined).map((weight) => weight.path));
  const decided = Object.fromEntries(Object.entries(bonds).filter(([path]) => open.has(path)));
  return Object.keys(decided).length === 0 ? model : withBonds(model, sizesFrom(model, decided));
}
