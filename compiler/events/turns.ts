/** The model of one position of its turns: what is trained now, and nothing else. */
import type { EventId, Model, Parameter } from '../values/model.ts';

/**
 * Parameters in a turn that is not now are constants of the step: their gradients need no plan, and what only they make is kept from step
 * to step. `now` has the present value of every turn. Names and shapes stay, so the layout of the whole model serves.
 */
export function modelInTurns(model: Model, now: ReadonlyMap<EventId, number>): Model {
  return { ...model, parameters: model.parameters.map((parameter) => inTurn(parameter, now)) };
}

function inTurn(parameter: Parameter, now: ReadonlyMap<EventId, number>): Parameter {
  const { update } = parameter;
  if (update.frozen || update.turn === undefined) return parameter;
  const { turn, ...always } = update;
  return { ...parameter, update: now.get(turn.clock) === turn.value ? always : { frozen: true } };
}
