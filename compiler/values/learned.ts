/** Learned masks: of a core only the entries with the greatest scores count, the others are 0. */
import type { Learned, Model, Parameter, ParameterId } from './model.ts';
import { elements } from './shape.ts';

/** How many entries stay, one at least; the share is of what is there once bonds have been chosen. */
export function keptOf({ share }: Pick<Learned, 'share'>, legs: Parameter['legs']): number {
  return Math.max(1, Math.round(share * elements(legs)));
}

/** What the scores of a core are called in checkpoints: a core has no parts of its own. */
export const scoresName = (core: string): string => `${core}.scores`;

/** The scores of learned masks, each with the core that they are of. */
export function scoredBy({ parameters }: Pick<Model, 'parameters'>): ReadonlyMap<ParameterId, Parameter> {
  return new Map(parameters.flatMap((core) => (core.learned === undefined ? [] : [[core.learned.scores, core] as const])));
}

/** Parameters that a selection trains: scores are in no weight, so they go with their cores. */
export function withScores(model: Pick<Model, 'parameters'>, selected: (parameter: Parameter) => boolean): Parameter[] {
  const cores = scoredBy(model);
  return model.parameters.filter((parameter) => selected(cores.get(parameter.id) ?? parameter));
}
