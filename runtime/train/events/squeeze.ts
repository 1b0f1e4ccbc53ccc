/** Squeezing in training: the conditions of the statement decide whether, its criterion which bond. */
import type { Event } from '../../../compiler/values/model.ts';
import type { Outcome, Scene } from './event.ts';

type Squeeze = Extract<Event, { is: 'squeeze' }>;

export function squeeze(_scene: Scene<Squeeze>): Outcome {
  return { is: 'wait' };
}
