/**
 * A model in the memory of an engine, with its optimiser: does one step, evaluates, and hands its state out and in. It chooses scalars,
 * gates and data; all arithmetic on tensors is in the programs.
 */
import type { CompiledStep, Layout } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { inOrder } from '../../compiler/values/program.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { Feed } from '../data/feed.ts';
import type { Engine, Space, Values } from '../engine/engine.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { TrainConfig } from './config.ts';
import type { StepResults, Stop, Stopped } from './evaluate.ts';
import { STOPPED, wholeOf } from './evaluate.ts';
import type { Footprint } from './footprint.ts';
import type { Group } from './host-values.ts';
import { hostBits, rampScalars, stepScalars } from './host-values.ts';
import type { MicroPlan } from './micro.ts';
import type { Programs } from './programs.ts';
import { programsOf, stepsPerEpoch } from './programs.ts';
import type { Runner } from './runner.ts';
import { makeRunner, numbersOf, setAll } from './runner.ts';
import type { Teacher } from './teacher.ts';
import { isOfTeacher, nameInStep } from './teacher.ts';
import type { Trainings } from './trainings.ts';
import { batchAt } from './trainings.ts';

export interface TrainSessionRequest {
  readonly model: Model;
  readonly engine: Engine;
  readonly feed: Feed;
  readonly config: TrainConfig;
  readonly groups: readonly Group[];
  readonly steps: number;
  readonly seed: Words;
  /** Compared with in each step of training; no part of the model, its state or its evaluation. */
  readonly teacher?: Teacher | undefined;
}
/** The persistent space by member name. */
export type State = ReadonlyMap<string, Values>;

export interface TrainSession {
  readonly layout: Layout;
  /** What it takes of the engine's memory. Programs of other turns take another's place when they come. */
  readonly memory: Footprint;
  /** Of training at present, and where something is held out of evaluation. */
  readonly steps: readonly CompiledStep[];
  /** `step` counts from 0; ticks are `step * accumulate` onwards. */
  step(step: number): Promise<StepResults>;
  /** The same; where `stop` is true between micro-batches the step is not done, and nothing has changed. */
  step(step: number, stop: Stop): Promise<StepResults | Stopped>;
  /** `loss`, and each loss and metric of the model, of the held-out rows that the settings say; undefined where nothing is held out. */
  evaluate(stop?: Stop): Promise<StepResults | Stopped | undefined>;
  /** First values of parameters by id, row-major; the optimiser's state becomes zero. */
  load(values: readonly HostTensor[]): void;
  state(): Promise<State>;
  restore(state: (name: string) => ArrayLike<number> | undefined): void;
  /** What `step` runs for one of its micro-batches, with the inputs that it has: for a diagnosis. */
  inputsOf(
    step: number,
    micro: number,
  ): {
    readonly compiled: CompiledStep;
    readonly inputs: ReadonlyMap<string, ArrayLike<number>>;
    readonly bits: Readonly<Record<string, boolean>>;
    /** Values of parameters that are no part of the state. */
    readonly constants: ReadonlyMap<string, ArrayLike<number>>;
  };
  release(): void;
}

/**
 * Compiles what step `first` (from 0) and evaluation need, checks the memory it takes, and only then allocates. Throws MemoryLimit,
 * SizeError, LossError.
 */
export async function openSession(request: TrainSessionRequest, first = 0): Promise<TrainSession> {
  const { engine, teacher } = request;
  const programs = programsOf(request, first);
  const { layout, memory, trainings, counting, evaluation } = programs;
  const persistent = engine.allocate(layout.size);
  const constants = new Map(teacher?.model.parameters.map((parameter) => [nameInStep(parameter), teacher.values[parameter.id].data]));
  for (const { name, address, type } of layout.members) {
    const values = constants.get(name);
    if (values !== undefined) engine.write(persistent, address.offset, values, type.dtype);
  }
  const own = { ...layout, members: layout.members.filter(({ name }) => !isOfTeacher(name)) };
  await trainings.runnerAt(first, engine, persistent);
  const runners = {
    counting: counting && { run: await makeRunner(engine, counting.step, persistent), scalars: counting.scalars },
    evaluation: evaluation && (await makeRunner(engine, evaluation.step, persistent)),
  };
  return new EngineSession({ request, programs, layout: own, memory, constants, persistent, runners });
}

interface Runners {
  /** Counts the kept positions of a step's micro-batches; `scalars`: what becomes of each count. */
  readonly counting?: { readonly run: Runner; readonly scalars: MicroPlan['scalars'] };
  readonly evaluation?: Runner;
}

interface Opened {
  readonly request: TrainSessionRequest;
  readonly layout: Layout;
  readonly memory: Footprint;
  readonly constants: ReadonlyMap<string, ArrayLike<number>>;
  readonly persistent: Space;
  readonly programs: Programs;
  readonly runners: Runners;
}

class EngineSession implements TrainSession {
  readonly layout: Layout;
  readonly memory: Footprint;
  readonly #constants: Opened['constants'];
  readonly #request: TrainSessionRequest;
  readonly #persistent: Space;
  readonly #programs: Programs;
  readonly #trainings: Trainings;
  readonly #runners: Runners;
  #shares: Readonly<Record<string, number>> = {};

  constructor({ request, programs, layout, memory, constants, persistent, runners }: Opened) {
    this.#request = request;
    this.layout = layout;
    this.#constants = constants;
    this.#persistent = persistent;
    this.#programs = programs;
    this.#trainings = programs.trainings;
    this.#runners = runners;
    this.memory = memory;
  }

  get steps(): readonly CompiledStep[] {
    return this.#everyOne().map(({ step }) => step);
  }

  #everyOne(): Runner[] {
    const { counting, evaluation } = this.#runners;
    return [...this.#trainings.runners, counting?.run, evaluation].filter((run) => run !== undefined);
  }

  async step(step: number): Promise<StepResults>;
  async step(step: number, stop: Stop): Promise<StepResults | Stopped>;
  async step(step: number, stop: Stop = () => false): Promise<StepResults | Stopped> {
    const { config, feed, seed } = this.#request;
    const training = await this.#trainings.runnerAt(step, this.#request.engine, this.#persistent);
    const gates = this.#bits(step);
    const first = step * config.accumulate;
    const results = new Map<string, number>();
    this.#shares = await this.#sharesOf(step, gates);
    setAll(training, this.#scalars(step));
    setAll(training, this.#shares);
    training.begin({ seed, tick: first, gates });
    for (let tick = first; tick < first + config.accumulate; tick++) {
      if (tick > first && (await stop())) return STOPPED;
      setAll(training, batchAt(feed, tick).batch);
      training.run({ seed, tick, gates });
      for (const name of numbersOf(training.step.batch)) {
        results.set(name, (results.get(name) ?? 0) + (await training.readNumber(name)) / config.accumulate);
      }
    }
    training.end({ seed, tick: first, gates });
    for (const name of numbersOf(training.step.end)) results.set(name, await training.readNumber(name));
    this.#runners.evaluation?.stale();
    return Object.fromEntries(results);
  }

  /** Reciprocals of the counts over all micro-batches, times their number, since gradients are averaged over them. */
  async #sharesOf(step: number, gates: Readonly<Record<string, boolean>>): Promise<Record<string, number>> {
    const { counting } = this.#runners;
    if (counting === undefined) return {};
    const { config, feed, seed } = this.#request;
    const { run, scalars } = counting;
    const counts = new Map<string, number>();
    for (let tick = step * config.accumulate; tick < (step + 1) * config.accumulate; tick++) {
      setAll(run, feed.train(tick));
      run.run({ seed, tick, gates });
      for (const [result, scalar] of scalars) counts.set(scalar, (counts.get(scalar) ?? 0) + (await run.readNumber(result)));
    }
    return Object.fromEntries([...counts].map(([scalar, count]) => [scalar, count === 0 ? 0 : config.accumulate / count]));
  }

  async evaluate(stop?: Stop): Promise<StepResults | Stopped | undefined> {
    const { feed, seed, config } = this.#request;
    const run = this.#runners.evaluation;
    if (run === undefined) return undefined;
    const { evaluation, remainder } = this.#programs;
    const makeRemainder = () => makeRunner(this.#request.engine, remainder!, this.#persistent);
    return wholeOf(run, evaluation!.plan, feed, seed, config.evaluate.rows, makeRemainder, stop);
  }

  load(values: readonly HostTensor[]): void {
    const byName = new Map(this.#request.model.parameters.map((parameter) => [parameter.names[0], values[parameter.id].data]));
    this.restore((name) => byName.get(name));
  }

  async state(): Promise<State> {
    const members = this.layout.members.map(async ({ name, address, type }) => {
      return [name, await this.#request.engine.read(this.#persistent, address.offset, address.length, type.dtype)] as const;
    });
    return new Map(await Promise.all(members));
  }

  restore(state: (name: string) => ArrayLike<number> | undefined): void {
    for (const { name, address, type } of this.layout.members) {
      const values = state(name) ?? new Float64Array(address.length);
      if (values.length !== address.length) throw new RangeError(`${name} has ${address.length} values, ${values.length} are given`);
      this.#request.engine.write(this.#persistent, address.offset, values, type.dtype);
    }
    this.#stale();
  }

  #stale(): void {
    for (const runner of this.#everyOne()) runner.stale();
  }

  inputsOf(step: number, micro: number) {
    const { config, feed } = this.#request;
    const scalars = Object.entries({ ...this.#scalars(step), ...this.#shares }).map(([name, value]) => [name, [value]] as const);
    const inputs = new Map<string, ArrayLike<number>>([
      ...Object.entries(batchAt(feed, step * config.accumulate + micro).batch),
      ...scalars,
    ]);
    return { compiled: this.#trainings.compiledAt(step), inputs, bits: this.#bits(step), constants: this.#constants };
  }

  release(): void {
    for (const runner of this.#everyOne()) runner.release();
    this.#request.engine.release(this.#persistent);
  }

  #scalars(step: number): Record<string, number> {
    const { config, groups, steps, model } = this.#request;
    return { ...stepScalars(config, groups, step, steps), ...rampScalars(model, step, stepsPerEpoch(this.#request)) };
  }

  #bits(step: number): Record<string, boolean> {
    const steps = [this.#trainings.compiledAt(step), ...this.steps];
    const names = [...new Set(steps.flatMap((compiled) => inOrder(compiled).flatMap(({ gates }) => gates)))];
    return hostBits(this.#request.model, names, this.#request.seed, step, stepsPerEpoch(this.#request));
  }
}
