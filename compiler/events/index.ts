/**
 * Events that change the model: the model after a decision, as a pure function, so that a resumed run has the very model of the run that
 * took it. What deciding needs (values, losses) is the business of training.
 */
import { BondsmithError } from '../../grammar/error.ts';
import type { Decision, Taken } from '../values/decision.ts';
import { hash } from '../values/hash.ts';
import type { Model } from '../values/model.ts';
import { choose } from './choose.ts';
import { resize } from './resize.ts';

/** A decision that is none of this model: its text was changed, or its record was. */
export class DecisionError extends BondsmithError {
  constructor(message: string) {
    super('decision', message);
    this.name = 'DecisionError';
  }
}

/** The next model. Its digest is of the decisions too. Throws DecisionError where the decision is of another model. */
export function applyEvent(model: Model, taken: Taken): Model {
  const { decision, event, step } = taken;
  try {
    return applied(model, decision, event);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DecisionError(
      `what was decided after step ${step} does not fit ${model.name}: ${error.message}; the run began with another text`,
    );
  }
}

function applied(model: Model, decision: Decision, event: Taken['event']): Model {
  const next = decision.is === 'choose' ? choose(model, decision, event) : resize(model, decision);
  return { ...next, digest: hash(`${model.digest} ${JSON.stringify(decision)}`) };
}

/** The model after all of them, in their order. Throws as `applyEvent`. */
export function applyEvents(model: Model, taken: readonly Taken[]): Model {
  return taken.reduce(applyEvent, model);
}
