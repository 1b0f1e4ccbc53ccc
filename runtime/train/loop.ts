/**
 * The training loop: steps, evaluations, records, checkpoints, and the ways to stop. It decides what happens next; programs do the
 * arithmetic, the host gives files, a clock and a terminal.
 */
import type { Taken } from '../../compiler/values/decision.ts';
import type { Place } from '../../grammar/diagnostic.ts';
import type { OpenedCheckpoint } from '../checkpoint/checkpoint.ts';
import type { Files } from '../checkpoint/files.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { describeNode, diagnose, firstNotFinite } from './diagnose.ts';
import type { StepResults } from './evaluate.ts';
import { checkGiven } from './events/choose.ts';
import type { Change } from './events/event.ts';
import { EventClock } from './events/index.ts';
import type { Measurement } from './metrics.ts';
import { chart, lossCurves, measurementLine, readMeasurements } from './metrics.ts';
import type { Progress, Terminal } from './progress.ts';
import { progressOn } from './progress.ts';
import type { LoopState, RunFolder } from './run-state.ts';
import { checkSame, saveRun, stageAfter, startOf } from './run-state.ts';
import { rateShare } from './schedule.ts';
import type { Session, SessionRequest, State } from './session.ts';
import { openSession } from './session.ts';
import { transported } from './transport.ts';
import { UsageWatch } from './usage.ts';

export interface TrainHost {
  readonly files: Files;
  readonly terminal: Terminal;
  /** Milliseconds. */
  now(): number;
  /** True once the user asked to stop. A promise where the host must first look at its events: steps alone never give it the turn. */
  interrupted(): boolean | Promise<boolean>;
}
export interface TrainRequest extends SessionRequest {
  /** First values by parameter id; asked for once it is known that the model fits the engine's memory. */
  values(): readonly HostTensor[];
  readonly folder: RunFolder;
  readonly resume?: OpenedCheckpoint;
  readonly host: TrainHost;
  /** For messages: `model.bond:12:5`. */
  readonly describePlace?: (place: Place) => string;
}
export interface TrainResult {
  readonly stopped: 'finished' | 'early' | 'interrupted';
  /** Steps done, those before a resume included. */
  readonly step: number;
  readonly loss: number;
  /** The last evaluation: `loss` and metrics. */
  readonly validation?: StepResults;
  readonly best?: number;
  readonly seconds: number;
  readonly unitsPerSecond: number;
  /** What events decided, those before a resume included. */
  readonly taken: readonly Taken[];
}
/** A loss or gradient that is not finite. The last good checkpoint stays. */
export class NotFinite extends Error {
  readonly step: number;
  constructor(step: number, message: string) {
    super(message);
    this.name = 'NotFinite';
    this.step = step;
  }
}
/** Steps between marks of the state in engine memory; at most so many are run again for a diagnosis. */
const MARK_EVERY = 16;
/** Weight of the newest step in the speed shown. */
const SPEED_SHARE = 0.1;

/**
 * Runs to the last step, or until it is told to stop. `request.model` is that of the text; a resumed run begins with the model that the
 * decisions of its checkpoint make of it. Throws NotFinite, ResumeError, MemoryLimit, FileProblem, SettingsError.
 */
export async function train(request: TrainRequest): Promise<TrainResult> {
  checkGiven(request.model, request.config);
  const taken = request.resume?.state.events?.taken ?? [];
  const now = taken.reduce(stageAfter, request);
  if (request.resume !== undefined) checkSame(request.resume, now.model);
  const loop = new Loop(now, await openSession(now, request.resume?.state.step));
  try {
    return await loop.run();
  } finally {
    loop.release();
  }
}

class Loop {
  /** With the present model and its groups. */
  #request: TrainRequest;
  #session: Session;
  readonly #events: EventClock;
  readonly #progress: Progress;
  readonly #started: number;
  #measured: Measurement[] = [];
  #state: LoopState = { step: 0, waited: 0, bonds: {} };
  #first = 0;
  #marked = -MARK_EVERY;
  /** What the latest event measured, for the record of the next step. */
  #changed: Readonly<Record<string, number>> = {};
  readonly #usage = new UsageWatch();
  #saved = -1;
  #loss = Number.NaN;
  #validation: StepResults | undefined;
  #speed = 0;

  constructor(request: TrainRequest, session: Session) {
    const { host } = request;
    this.#request = request;
    this.#session = session;
    this.#events = new EventClock(request.resume?.state.events);
    this.#progress = progressOn(host.terminal, () => host.now());
    this.#started = host.now();
  }

  async run(): Promise<TrainResult> {
    const { host, steps, config, folder } = this.#request;
    this.#state = startOf(this.#request, this.#session);
    this.#first = this.#state.step;
    this.#measured = readMeasurements(host.files, folder.metrics, this.#state.step);
    host.files.replace(folder.metrics, [new TextEncoder().encode(this.#measured.map(measurementLine).join(''))]);
    if (this.#state.step === 0) await this.#save(this.#request.folder.checkpoint);
    let stopped: TrainResult['stopped'] = 'finished';
    while (this.#state.step < steps) {
      await this.#actDue();
      await this.#step();
      if (await host.interrupted()) stopped = 'interrupted';
      else if (config.stop.patience > 0 && this.#state.waited >= config.stop.patience) stopped = 'early';
      if (stopped !== 'finished') break;
    }
    if (this.#saved !== this.#state.step) await this.#save(this.#request.folder.checkpoint);
    this.#draw();
    this.#progress.end();
    const seconds = (host.now() - this.#started) / 1000;
    return {
      stopped,
      step: this.#state.step,
      loss: this.#loss,
      validation: this.#validation,
      best: this.#state.best,
      seconds,
      unitsPerSecond: ((this.#state.step - this.#first) * this.#unitsPerStep()) / seconds,
      taken: this.#events.taken,
    };
  }

  release(): void {
    this.#session.release();
  }

  async #actDue(): Promise<void> {
    const { step } = this.#state;
    for (const id of this.#events.due(step, this.#request)) {
      const state = await this.#session.state();
      const outcome = await this.#events.decide(id, { step, state, request: this.#request, session: this.#session });
      if (outcome.is === 'wait') continue;
      if (outcome.is === 'change') await this.#change(state, { step, event: id, decision: outcome.decision }, outcome);
      this.#progress.say(`step ${step}: ${outcome.said}`);
    }
  }

  /** Goes on with the next model. Where no session of it can be had, the run is saved as it was. */
  async #change(state: State, taken: Taken, { tensors, measured }: Change): Promise<void> {
    const from = this.#request;
    const next = stageAfter(from, taken);
    this.#session.release();
    try {
      this.#session = await openSession(next, taken.step);
    } catch (error) {
      this.#session = await openSession(from, taken.step);
      this.#session.restore((name) => state.get(name));
      await this.#save(from.folder.checkpoint);
      throw error;
    }
    const { moments } = from.config.events;
    this.#session.restore(transported({ from: from.model, to: next.model, state, tensors, moments }));
    this.#request = next;
    this.#events.take(taken);
    this.#changed = { ...this.#changed, ...measured };
    this.#marked = -MARK_EVERY;
  }

  async #step(): Promise<void> {
    const { model, config, host, groups, steps } = this.#request;
    const { step } = this.#state;
    if (step - this.#marked >= MARK_EVERY) {
      this.#session.mark();
      this.#marked = step;
    }
    const before = host.now();
    const results = await this.#session.step(step);
    const seconds = Math.max(1e-9, (host.now() - before) / 1000);
    if (!Object.values(results).every(Number.isFinite)) throw await this.#notFinite(step, results);
    this.#loss = results.loss;
    const shown = this.#events.observe(model, results);
    this.#state = { ...this.#state, step: step + 1 };
    const done = step + 1;
    const evaluated = done % config.evaluate.every === 0 || done === steps ? await this.#evaluate() : {};
    const rate = groups[0].rate * rateShare(config.schedule, step, steps);
    const all = { ...shown, ...this.#changed, rate, ...evaluated };
    this.#changed = {};
    this.#record({ step: done, loss: results.loss, ...all, seconds: (host.now() - this.#started) / 1000 });
    this.#show(seconds);
    if (done % config.checkpoint.every === 0) await this.#save(this.#request.folder.checkpoint);
  }

  /** Validation results with names of their own; keeps the best and counts evaluations without progress. */
  async #evaluate(): Promise<Record<string, number>> {
    const { config, folder } = this.#request;
    const found = await this.#session.evaluate();
    if (found === undefined) return {};
    this.#validation = found;
    for (const warning of this.#usage.observe(found)) this.#progress.say(`step ${this.#state.step}: ${warning}`);
    if (this.#state.best === undefined || found.loss < this.#state.best - config.stop.delta) {
      this.#state = { ...this.#state, best: found.loss, waited: 0 };
      await this.#save(folder.best);
    } else {
      this.#state = { ...this.#state, waited: this.#state.waited + 1 };
    }
    this.#draw();
    return Object.fromEntries(Object.entries(found).map(([name, value]) => [`validation_${name}`, value]));
  }

  #record(measurement: Measurement): void {
    this.#measured.push(measurement);
    this.#request.host.files.append(this.#request.folder.metrics, measurementLine(measurement));
  }

  #show(seconds: number): void {
    const { steps, feed } = this.#request;
    const speed = this.#unitsPerStep() / seconds;
    this.#speed = this.#speed === 0 ? speed : this.#speed * (1 - SPEED_SHARE) + speed * SPEED_SHARE;
    const left = steps - this.#state.step;
    this.#progress.update({
      step: this.#state.step,
      steps,
      loss: this.#loss,
      validation: this.#validation?.loss,
      unitsPerSecond: this.#speed,
      unit: feed.unit,
      secondsLeft: (left * this.#unitsPerStep()) / this.#speed,
    });
  }

  #unitsPerStep(): number {
    return this.#request.feed.unitsPerBatch * this.#request.config.accumulate;
  }

  /** A state that is not finite is never written over a good one. */
  async #save(path: string): Promise<void> {
    const state = await this.#session.state();
    const broken = firstNotFinite(state);
    if (broken !== undefined) throw await this.#notFinite(Math.max(0, this.#state.step - 1), Object.fromEntries([broken]));
    saveRun(this.#request, this.#session, state, this.#state, this.#events, path);
    if (path === this.#request.folder.checkpoint) this.#saved = this.#state.step;
  }

  #draw(): void {
    const { host, folder, model } = this.#request;
    const picture = chart(`${model.name}: loss`, 'step', 'loss', lossCurves(this.#measured));
    host.files.replace(folder.curve, [new TextEncoder().encode(picture)]);
  }

  async #notFinite(step: number, results: StepResults): Promise<NotFinite> {
    const { engine, seed, config, folder, describePlace } = this.#request;
    const [name, value] = Object.entries(results).find(([, found]) => !Number.isFinite(found))!;
    this.#progress.say(`${name} is ${value} in step ${step + 1}; looking for the first operation that is not finite`);
    const single = engine.host !== 'exact';
    const request = { session: this.#session, broken: step, marked: this.#marked, seed, accumulate: config.accumulate, single };
    const found = await diagnose(request);
    const place = found?.node.origin.place;
    const at = place === undefined || describePlace === undefined ? '' : ` at ${describePlace(place)}`;
    const first =
      found === undefined
        ? 'evaluated in double precision the step is finite'
        : `first in step ${found.step + 1}: ${describeNode(found)}${at}`;
    const kept = `the last good checkpoint is ${folder.checkpoint}, after step ${Math.max(this.#saved, this.#first)}`;
    const advice = 'try a smaller learning rate, a longer warm-up, or clipping';
    return new NotFinite(step + 1, `${name} is ${value} in step ${step + 1}; ${first}; ${kept}; ${advice}`);
  }
}
