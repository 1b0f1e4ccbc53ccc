/**
 * Events that change the model: the model after a decision, as a pure function, so that a resumed run has the very model of the run that
 * took it. What deciding needs (values, losses) is the business of training.
 */
import type { Taken } from '../values/decision.ts';
import { hash } from '../values/hash.ts';
import type { Model } from '../values/model.ts';
import { choose } from './choose.ts';
import { squeeze } from './squeeze.ts';

/** The next model. Its digest is of the decisions too. Throws RangeError where the decision is of another model. */
export function applyEvent(model: Model, { decision, event }: Taken): Model {
  const next = decision.is === 'squeeze' ? squeeze(model, decision) : choose(model, decision, event);
  return { ...next, digest: hash(`${model.digest} ${JSON.stringify(decision)}`) };
}

/** The model after all of them, in their order. Throws as `applyEvent`. */
export function applyEvents(model: Model, taken: readonly Taken[]): Model {
  return taken.reduce(applyEvent, model);
}
