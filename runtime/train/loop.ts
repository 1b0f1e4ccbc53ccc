/**
 * The training loop: steps, evaluations, checkpoints, and the ways to stop. It decides what happens next and tells it as a stream of
 * events; programs do the arithmetic, listeners show and record, the host gives files and a clock.
 */

import type { Taken } from '../../compiler/values/decision.ts';
import { encodeCheckpoint } from '../checkpoint/checkpoint.ts';
import { diagnose, firstNotFinite, firstText } from './diagnose.ts';
import type { StepResults, Stop, Stopped } from './evaluate.ts';
import { STOPPED } from './evaluate.ts';
import { checkGiven } from './events/choose.ts';
import type { Change } from './events/event.ts';
import { EventClock } from './events/index.ts';
import { totalOf } from './footprint.ts';
import type { TrainRequest, TrainResult } from './request.ts';
import { NotFinite } from './request.ts';
import type { LoopState } from './run-state.ts';
import { checkpointOf, checkSame, stageAfter, startOf } from './run-state.ts';
import { rateShare } from './schedule.ts';
import type { State, TrainSession } from './session.ts';
import { openSession } from './session.ts';
import type { TrainEvent } from './stream.ts';
import { Stream } from './stream.ts';
import { transported } from './transport.ts';
import { UsageWatch } from './usage.ts';

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

/** Parameters and moments after a step, in memory of the host: saved, and what a diagnosis begins from. */
interface Snapshot {
  readonly step: number;
  readonly state: State;
}

class Loop {
  /** With the present model and its groups. */
  #request: TrainRequest;
  #session: TrainSession;
  readonly #events: EventClock;
  readonly #stream: Stream;
  readonly #usage = new UsageWatch();
  readonly #started: number;
  readonly #predicted: number;
  #state: LoopState = { step: 0, waited: 0, bonds: {} };
  #first = 0;
  #asked = 0;
  /** Whoever listens has heard of the run: what ends before is told by its error alone. */
  #begun = false;
  /** The latest that is whole. */
  #good: Snapshot | undefined;
  /** A checkpoint on its way to the disk. */
  #writing: Promise<void> = Promise.resolve();
  /** Steps of the last checkpoint that was handed over, and of the last that has arrived. */
  #handed = -1;
  #saved = -1;
  /** What the latest event measured, for the record of the next step. */
  #changed: Readonly<Record<string, number>> = {};
  #loss: number | undefined;
  #validation: StepResults | undefined;

  constructor(request: TrainRequest, session: TrainSession) {
    this.#request = request;
    this.#session = session;
    this.#predicted = totalOf(session.memory);
    this.#events = new EventClock(request.resume?.state.events);
    this.#stream = new Stream(request.listeners ?? []);
    this.#started = request.host.now();
  }

  /** Asks the host at most ten times a second, since each question costs a turn of its events. */
  readonly #stop: Stop = async () => {
    const { host } = this.#request;
    const now = host.now();
    if (now - this.#asked < 100) return false;
    this.#asked = now;
    return host.interrupted('step');
  };

  async run(): Promise<TrainResult> {
    let stopped: (TrainEvent & { is: 'end' })['stopped'] = 'failed';
    try {
      stopped = await this.#steps();
      if (this.#handed !== this.#state.step) await this.#save('checkpoint');
      await this.#writing;
    } catch (error) {
      stopped = 'failed';
      // What is on its way may still arrive; the reason that is told is the first one.
      await this.#writing.catch(() => undefined);
      throw error;
    } finally {
      if (this.#begun) this.#stream.emit({ is: 'end', step: this.#state.step, stopped });
    }
    const { host, done, model, engine } = this.#request;
    done?.((await this.#snapshot()).state, model);
    const seconds = (host.now() - this.#started) / 1000;
    return {
      stopped: stopped as TrainResult['stopped'],
      step: this.#state.step,
      ...(this.#loss === undefined ? {} : { loss: this.#loss }),
      validation: this.#validation,
      best: this.#state.best,
      seconds,
      unitsPerSecond: ((this.#state.step - this.#first) * this.#unitsPerStep()) / seconds,
      taken: this.#events.taken,
      memory: { predicted: this.#predicted, peak: engine.usage().peak },
    };
  }

  async #steps(): Promise<TrainResult['stopped']> {
    const { host, steps, config, model, feed, opened } = this.#request;
    this.#state = startOf(this.#request, this.#session);
    this.#first = this.#state.step;
    opened?.();
    this.#begun = true;
    const begun = { name: model.name, step: this.#first, steps, unit: feed.unit, unitsPerStep: this.#unitsPerStep() };
    this.#stream.emit({ is: 'begin', ...begun, memory: this.#session.memory });
    if (this.#first === 0) await this.#save('checkpoint');
    else this.#handed = this.#first;
    if (this.#state.pending !== undefined && !(await this.#settle())) return 'interrupted';
    while (this.#state.step < steps) {
      if (await host.interrupted()) return 'interrupted';
      await this.#actDue();
      if (!(await this.#step())) return 'interrupted';
      if (config.stop.patience > 0 && this.#state.waited >= config.stop.patience) return 'early';
    }
    return 'finished';
  }

  release(): void {
    this.#session.release();
  }

  async #actDue(): Promise<void> {
    const { step } = this.#state;
    for (const id of this.#events.due(step, this.#request)) {
      this.#stream.emit({ is: 'doing', step, what: 'deciding' });
      const state = await this.#session.state();
      const outcome = await this.#events.decide(id, { step, state, request: this.#request, session: this.#session });
      if (outcome.is === 'wait') continue;
      const taken = outcome.is === 'change' ? { step, event: id, decision: outcome.decision } : undefined;
      if (outcome.is === 'change') await this.#change(state, taken!, outcome);
      this.#stream.emit({ is: 'decision', step, said: outcome.said, ...(taken === undefined ? {} : { taken }) });
    }
  }

  /**
   * Goes on with the next model, whose best and patience begin anew: losses of another model are no measure of it. Where no session of it
   * can be had, the run is saved as it was.
   */
  async #change(state: State, taken: Taken, { tensors, measured }: Change): Promise<void> {
    const from = this.#request;
    const next = stageAfter(from, taken);
    this.#stream.emit({ is: 'doing', step: taken.step, what: 'compiling' });
    this.#session.release();
    try {
      this.#session = await openSession(next, taken.step);
    } catch (error) {
      this.#session = await openSession(from, taken.step);
      this.#session.restore((name) => state.get(name));
      await this.#save('checkpoint');
      throw error;
    }
    const { moments } = from.config.events;
    this.#session.restore(transported({ from: from.model, to: next.model, state, tensors, moments }));
    this.#request = next;
    this.#events.take(taken);
    this.#changed = { ...this.#changed, ...measured };
    this.#state = { ...this.#state, best: undefined, reached: undefined, waited: 0 };
    this.#good = undefined;
  }

  /** False where somebody asked to stop before it was done. */
  async #step(): Promise<boolean> {
    const { model, config, groups, steps } = this.#request;
    const { step } = this.#state;
    this.#good ??= await this.#snapshot();
    const results = await this.#session.step(step, this.#stop);
    if (results === STOPPED) return false;
    if (!Object.values(results).every(Number.isFinite)) throw await this.#notFinite(step, results);
    this.#loss = results.loss;
    const shown = this.#events.observe(model, results);
    const rate = groups[0].rate * rateShare(config.schedule, step, steps);
    const pending = { loss: results.loss, ...shown, ...this.#changed, rate };
    this.#changed = {};
    this.#state = { ...this.#state, step: step + 1, pending };
    return this.#settle();
  }

  /** What comes after the arithmetic of a step: its evaluation, its record, its save. False where somebody asked to stop before. */
  async #settle(): Promise<boolean> {
    const { config, host, steps } = this.#request;
    const { step, pending } = this.#state;
    this.#state = { ...this.#state, pending: undefined };
    const evaluated = step % config.evaluate.every === 0 || step === steps ? await this.#evaluate() : {};
    if (evaluated === STOPPED) {
      this.#state = { ...this.#state, pending };
      return false;
    }
    const measurement = { step, loss: pending!.loss, ...pending, ...evaluated, seconds: (host.now() - this.#started) / 1000 };
    this.#stream.emit({ is: 'step', step, measurement });
    if (step % config.checkpoint.every === 0) await this.#save('checkpoint');
    return true;
  }

  /** Validation results with names of their own; keeps the best and counts evaluations without progress. */
  async #evaluate(): Promise<Record<string, number> | Stopped> {
    const { config } = this.#request;
    const { step, best, reached = Infinity, waited } = this.#state;
    this.#stream.emit({ is: 'doing', step, what: 'evaluating' });
    const found = await this.#session.evaluate(this.#stop);
    if (found === undefined) return {};
    if (found === STOPPED) return STOPPED;
    this.#validation = found;
    const progress = found.loss < reached - (reached === Infinity ? 0 : config.stop.delta);
    const lowest = best === undefined || found.loss < best;
    this.#state = {
      ...this.#state,
      best: lowest ? found.loss : best,
      reached: progress ? found.loss : reached,
      waited: progress ? 0 : waited + 1,
    };
    this.#stream.emit({ is: 'evaluation', step, results: { ...found }, best: lowest });
    for (const text of this.#usage.observe(found)) this.#stream.emit({ is: 'warning', step, text });
    if (lowest) await this.#save('best');
    return Object.fromEntries(Object.entries(found).map(([name, value]) => [`validation_${name}`, value]));
  }

  readonly #unitsPerStep = () => this.#request.feed.unitsPerBatch * this.#request.config.accumulate;

  /** The present state; a state that is not finite is never written over a good one. */
  async #snapshot(): Promise<Snapshot> {
    const { step } = this.#state;
    if (this.#good?.step === step) return this.#good;
    const state = await this.#session.state();
    const broken = firstNotFinite(state);
    if (broken !== undefined) throw await this.#notFinite(Math.max(0, step - 1), Object.fromEntries([broken]));
    return { step, state };
  }

  /** Hands the present state to the disk and goes on; only one checkpoint at a time is on its way. */
  async #save(which: 'checkpoint' | 'best'): Promise<void> {
    this.#good = await this.#snapshot();
    const { folder, host } = this.#request;
    if (folder === undefined) return;
    const { step } = this.#state;
    this.#stream.emit({ is: 'doing', step, what: 'saving' });
    await this.#writing;
    const checkpoint = checkpointOf(this.#request, this.#session.layout, this.#good.state, this.#state, this.#events);
    this.#writing = host.files.replaceLater(folder[which], encodeCheckpoint(checkpoint)).then(() => {
      if (which === 'checkpoint') this.#saved = step;
      this.#stream.emit({ is: 'checkpoint', step, which });
    });
    // Whoever saves next, or the end of the run, reports a failure.
    this.#writing.catch(() => undefined);
    if (which === 'checkpoint') this.#handed = step;
  }

  async #notFinite(step: number, results: StepResults): Promise<NotFinite> {
    const { engine, seed, config, folder, describePlace } = this.#request;
    const [name, value] = Object.entries(results).find(([, found]) => !Number.isFinite(found))!;
    const text = `${name} is ${value} in step ${step + 1}; looking for the first operation that is not finite`;
    this.#stream.emit({ is: 'warning', step, text });
    const good = this.#good;
    const found =
      good &&
      (await diagnose({
        session: this.#session,
        broken: step,
        marked: good.step,
        state: good.state,
        seed,
        accumulate: config.accumulate,
        single: engine.host !== 'exact',
      }));
    const first = good === undefined ? 'an event had just changed the model' : firstText(found, describePlace);
    await this.#writing.catch(() => undefined);
    const kept =
      folder === undefined ? '' : `the last good checkpoint is ${folder.checkpoint}, after step ${Math.max(this.#saved, this.#first)}; `;
    return new NotFinite(
      step + 1,
      `${name} is ${value} in step ${step + 1}; ${first}; ${kept}try a smaller learning rate, a longer warm-up, or clipping`,
    );
  }
}
