/**
 * When events act, and what they remember: decisions, the losses that conditions look at, events that are over. All of it is in the
 * checkpoint. An event acts before a step, so a checkpoint after step n never holds an event that was due then, and a resumed run
 * decides it itself.
 */
import type { Taken } from '../../../compiler/values/decision.ts';
import type { Event, EventId, Model } from '../../../compiler/values/model.ts';
import type { EventRecord } from '../../checkpoint/record.ts';
import type { StepResults } from '../evaluate.ts';
import { stepsPerEpoch } from '../programs.ts';
import { clockSteps } from '../schedule.ts';
import type { TrainSessionRequest } from '../session.ts';
import { choose } from './choose.ts';
import type { Decide, Outcome, Scene } from './event.ts';
import { grow } from './grow.ts';
import { ImportanceSums } from './importance.ts';
import { squeeze } from './squeeze.ts';

/** Kinds that change the model; the others (turns, ramps) set bits and numbers of a step. */
const kinds: { readonly [K in Event['is']]?: Decide<Extract<Event, { is: K }>> } = { squeeze, grow, choose };
/** Steps of the moving average of the loss, and of the mean that `reference` is. */
const WINDOW = 10;

type Moment = Pick<Scene, 'step' | 'state' | 'request' | 'session'>;

export class EventClock {
  #taken: readonly Taken[];
  #losses: readonly number[];
  readonly #references: Map<EventId, number>;
  readonly #ended: Map<EventId, string>;
  readonly #sums: ImportanceSums;

  constructor(record: EventRecord | undefined) {
    this.#taken = record?.taken ?? [];
    this.#losses = record?.losses ?? [];
    this.#references = new Map(record?.references);
    this.#ended = new Map(record?.ended);
    this.#sums = new ImportanceSums(record?.importance);
  }

  get taken(): readonly Taken[] {
    return this.#taken;
  }

  /** For the checkpoint; undefined where the model has no such events. */
  record({ model, config }: TrainSessionRequest): EventRecord | undefined {
    if (this.#taken.length === 0 && !model.schedule.some(({ is }) => is in kinds)) return undefined;
    const { moments } = config.events;
    const [references, ended, importance] = [[...this.#references], [...this.#ended], this.#sums.record()];
    return { taken: this.#taken, losses: this.#losses, references, ended, importance, moments };
  }

  /** What the step just done gave: remembers what events ask of it, and hands back what is for the record. */
  observe(model: Model, results: StepResults): StepResults {
    this.#losses = [...this.#losses, results.loss].slice(-WINDOW);
    return this.#sums.observe(model, results);
  }

  /** Ids of the events that act before step `step` (from 0), in the order of the text. */
  due(step: number, request: TrainSessionRequest): EventId[] {
    const epoch = stepsPerEpoch(request);
    const open = request.model.schedule.filter(({ id, is }) => is in kinds && !this.#ended.has(id));
    return open.filter(({ at }) => (step === 0 ? at.every === 0 : step % clockSteps(at, epoch) === 0)).map(({ id }) => id);
  }

  async decide(id: EventId, moment: Moment): Promise<Outcome> {
    const { model, config } = moment.request;
    const event = model.schedule.find((candidate) => candidate.id === id)!;
    const loss = mean(this.#losses);
    if (event.is !== 'choose' && !this.#references.has(id)) this.#references.set(id, config.events.reference ?? loss);
    const taken = this.#taken.filter((one) => one.event === id);
    const decide = kinds[event.is] as Decide;
    const reference = this.#references.get(id) ?? loss;
    const recovers = config.events.while === 'waits';
    const outcome = await decide({ ...moment, event, model, taken, loss, reference, recovers, sums: this.#sums.of(id) });
    if (outcome.is === 'end') this.#ended.set(id, outcome.said);
    return outcome;
  }

  /** Remembers a decision, once it is carried out. */
  take(taken: Taken): void {
    this.#taken = [...this.#taken, taken];
    if (taken.event !== undefined) this.#sums.clear(taken.event);
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
