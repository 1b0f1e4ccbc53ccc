/**
 * When events act, and what they remember: decisions, the losses that conditions look at, events that are over. All of it is in the
 * checkpoint. An event acts before a step, so a checkpoint after step n never holds an event that was due then, and a resumed run
 * decides it itself.
 */
import type { Taken } from '../../../compiler/values/decision.ts';
import type { Event, EventId } from '../../../compiler/values/model.ts';
import type { EventRecord } from '../../checkpoint/checkpoint.ts';
import { clockSteps } from '../schedule.ts';
import type { SessionRequest } from '../session.ts';
import { stepsPerEpoch } from '../session.ts';
import type { Decide, Outcome, Scene } from './event.ts';
import { squeeze } from './squeeze.ts';

/** Kinds that change the model; the others (turns, ramps) set bits and numbers of a step. */
const kinds: { readonly [K in Event['is']]?: Decide<Extract<Event, { is: K }>> } = { squeeze };
/** Steps of the moving average of the loss, and of the mean that `reference` is. */
const WINDOW = 10;

type Moment = Pick<Scene, 'step' | 'state' | 'request' | 'session'>;

export class EventClock {
  #taken: readonly Taken[];
  #losses: readonly number[];
  readonly #references: Map<EventId, number>;
  readonly #ended: Map<EventId, string>;

  constructor(record: EventRecord | undefined) {
    this.#taken = record?.taken ?? [];
    this.#losses = record?.losses ?? [];
    this.#references = new Map(record?.references);
    this.#ended = new Map(record?.ended);
  }

  get taken(): readonly Taken[] {
    return this.#taken;
  }

  /** For the checkpoint; undefined where the model has no such events. */
  record({ model, config }: SessionRequest): EventRecord | undefined {
    if (this.#taken.length === 0 && !model.schedule.some(({ is }) => is in kinds)) return undefined;
    const { moments } = config.events;
    return { taken: this.#taken, losses: this.#losses, references: [...this.#references], ended: [...this.#ended], moments };
  }

  /** The loss of the step just done. */
  observe(loss: number): void {
    this.#losses = [...this.#losses, loss].slice(-WINDOW);
  }

  /** Ids of the events that act before step `step` (from 0), in the order of the text. */
  due(step: number, request: SessionRequest): EventId[] {
    if (step === 0) return [];
    const epoch = stepsPerEpoch(request);
    const open = request.model.schedule.filter(({ id, is }) => is in kinds && !this.#ended.has(id));
    return open.filter(({ at }) => step % clockSteps(at, epoch) === 0).map(({ id }) => id);
  }

  async decide(id: EventId, moment: Moment): Promise<Outcome> {
    const { model, config } = moment.request;
    const event = model.schedule.find((candidate) => candidate.id === id)!;
    const loss = mean(this.#losses);
    if (!this.#references.has(id)) this.#references.set(id, config.events.reference ?? loss);
    const taken = this.#taken.filter((one) => one.event === id);
    const decide = kinds[event.is] as Decide;
    const outcome = await decide({ ...moment, event, model, taken, loss, reference: this.#references.get(id)! });
    if (outcome.is === 'end') this.#ended.set(id, outcome.said);
    return outcome;
  }

  /** Remembers a decision, once it is carried out. */
  take(taken: Taken): void {
    this.#taken = [...this.#taken, taken];
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
