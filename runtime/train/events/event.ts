/**
 * What an event of the schedule is in training: one file for each kind decides, when it is due, what becomes of the model and says what
 * the new parameters and their moments are made of. The loop closes the session and opens one of the next model.
 */
import type { Decision, Taken } from '../../../compiler/values/decision.ts';
import type { Event, Model } from '../../../compiler/values/model.ts';
import type { HostTensor } from '../../weights/tensor.ts';
import type { State, TrainSession, TrainSessionRequest } from '../session.ts';
import type { Counts } from './importance.ts';

/** What is known when an event is due: before step `step` (from 0) of the present model. */
export interface Scene<E extends Event = Event> {
  readonly event: E;
  readonly model: Model;
  readonly step: number;
  /** Parameters and moments by member name, as the checkpoint has them. */
  readonly state: State;
  /** Decisions of this event so far. */
  readonly taken: readonly Taken[];
  /** Mean of the latest losses, and of those before the event began. */
  readonly loss: number;
  readonly reference: number;
  /** `while loss ...` waits where it no longer holds, in place of ending the event. */
  readonly recovers?: boolean;
  /** What steps measured of candidates since the last choice. */
  readonly sums: Counts;
  /** Of the present model: for what deciding must evaluate. */
  readonly session: TrainSession;
  readonly request: TrainSessionRequest;
}

/** Values and moments of a parameter of the next model that is not a present parameter as it is. */
export interface NewTensor {
  readonly value: HostTensor;
  /**
   * The linear map J from old gradients to the new one, applied to the first moments that `read` gives by name of a present parameter
   * (undefined where it has none), or with `squared` J∘J to the second. Undefined where the new tensor has no past: zeros.
   */
  moment(read: (name: string) => HostTensor | undefined, squared: boolean): HostTensor | undefined;
}

export interface Change {
  readonly is: 'change';
  readonly decision: Decision;
  /** By canonical name in the next model; parameters that are not here keep value and moments under their name. */
  readonly tensors: ReadonlyMap<string, NewTensor>;
  /** For the log: `squeeze b[1] of up 8 -> 7`. */
  readonly said: string;
  /** Into the record of the next step. */
  readonly measured: Readonly<Record<string, number>>;
}
export type Outcome =
  | Change
  /** Nothing now. */
  | { readonly is: 'wait' }
  /** Never again, and why. */
  | { readonly is: 'end'; readonly said: string };

/** Deterministic in the scene: a resumed run decides the same. */
export type Decide<E extends Event = Event> = (scene: Scene<E>) => Outcome | Promise<Outcome>;
