/** Losses and metrics over held-out data, in training and without it. */

import { compileStep, layoutOf } from '../../compiler/index.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { Feed } from '../data/feed.ts';
import { DataError, describeInput } from '../data/feed.ts';
import type { Engine } from '../engine/engine.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { TrainConfig } from './config.ts';
import { checkMemory, footprintOf } from './footprint.ts';
import type { Runner } from './runner.ts';
import { makeRunner, numbersOf, rowsOf, setAll } from './runner.ts';
import { KEPT, planWhole } from './whole.ts';
import type { WholePlan } from './whole-sums.ts';
import { WholeSums } from './whole-sums.ts';

/** Of one step, by name: `loss`, each loss and penalty, `gradient_norm` where gradients are clipped. */
export type StepResults = Readonly<Record<string, number>>;
/** A loss was asked for that the model does not have, or none where there are several. */
export class LossError extends BondsmithError {
  constructor(message: string) {
    super('loss', message);
    this.name = 'LossError';
  }
}

/** Losses and their weights: those of the settings, or the model's only one. Throws LossError that names the losses there are. */
export function chosenLosses(model: Model, config: TrainConfig): { name: string; weight: number }[] {
  const losses = model.entries.filter((entry) => entry.kind === 'loss').map((entry) => entry.name);
  if (config.losses === undefined) {
    if (losses.length === 1) return [{ name: losses[0], weight: 1 }];
    throw new LossError(
      losses.length === 0
        ? `${model.name} has no loss to train`
        : `${model.name} has the losses ${losses.join(', ')}; choose one with --loss`,
    );
  }
  const unknown = Object.keys(config.losses).find((name) => !losses.includes(name));
  if (unknown !== undefined) throw new LossError(`${model.name} has no loss ${unknown}; it has ${losses.join(', ')}`);
  return Object.entries(config.losses).map(([name, weight]) => ({ name, weight }));
}

/** 0: all. */
function rowsTaken({ rows }: Feed['validation'], most: number): number {
  return most === 0 ? rows : Math.min(most, rows);
}

/** Metrics that read what the data do not have; they are not told. */
export function metricsLeftOut(model: Model, { validation }: Pick<Feed, 'validation'>): { metric: string; lacks: string }[] {
  return model.entries.flatMap(({ name, kind, inputs }) => {
    const lacking = inputs.find((input) => !validation.inputs.includes(input.name));
    return kind !== 'metric' || lacking === undefined ? [] : [{ metric: name, lacks: describeInput(model, lacking) }];
  });
}

/** Throws DataError where a loss reads what the data do not have. */
function checkRead(model: Model, losses: readonly { readonly name: string }[], { validation }: Pick<Feed, 'validation'>): void {
  for (const { name, inputs } of model.entries.filter((entry) => losses.some((loss) => loss.name === entry.name))) {
    const lacking = inputs.find((input) => !validation.inputs.includes(input.name));
    if (lacking !== undefined) throw new DataError(`${name} reads ${describeInput(model, lacking)}, which the held-out rows do not have`);
  }
}

/**
 * How the first `most` held-out rows of a feed (0: all) are evaluated: the losses with their weights, and every metric that reads nothing
 * else than the data have.
 */
export function evaluationOf(model: Model, config: TrainConfig, { validation }: Pick<Feed, 'validation'>, most: number): WholePlan {
  const losses = chosenLosses(model, config);
  checkRead(model, losses, { validation });
  const out = new Set(metricsLeftOut(model, { validation }).map(({ metric }) => metric));
  const metrics = model.entries.filter(({ kind, name }) => kind === 'metric' && !out.has(name)).map(({ name }) => ({ name }));
  const { axis, sizes, perBatch } = validation;
  const rows = rowsTaken(validation, most);
  return planWhole(model, [...losses, ...metrics], axis, sizes, rows % perBatch !== 0);
}

export function evaluationOptions({ entries }: WholePlan, { validation }: Pick<Feed, 'validation'>): StepOptions {
  return { entries, sizes: validation.sizes, mode: 'eval' };
}

/** Whether to end early: asked between batches. */
export type Stop = () => boolean | Promise<boolean>;
/** In place of results, where somebody asked to stop before there were any. */
export const STOPPED = 'stopped';
export type Stopped = typeof STOPPED;

/** Makes the program of the plain entries for the last rows, of the sizes that `lastSizes` says. */
export type Remainder = () => Promise<Runner>;

/** Of a last batch that is smaller and has a program of its own, since bodies mix its rows; undefined where there is none. */
export function lastSizes(plan: WholePlan, { validation }: Pick<Feed, 'validation'>, most: number): StepOptions['sizes'] | undefined {
  const count = rowsTaken(validation, most) % validation.perBatch;
  return count === 0 || plan.plain.length === 0 ? undefined : { ...validation.sizes, [validation.axis]: count };
}

/**
 * Losses and metrics of the first `most` held-out rows, 0: of all, whatever the size of a batch; those of a row under `NAME[1]`,
 * `NAME[2]`, ...
 */
export async function wholeOf(
  run: Runner,
  plan: WholePlan,
  { validation }: Pick<Feed, 'validation'>,
  seed: Words,
  most: number,
  remainder: Remainder,
  stop: Stop = () => false,
): Promise<StepResults | Stopped> {
  const { perBatch } = validation;
  const rows = rowsTaken(validation, most);
  const sums = new WholeSums(plan);
  const resultsOf = ({ step }: Runner) => new Set([...numbersOf(step.batch), ...rowsOf(step.batch)]);
  for (let from = 0; from < rows; from += perBatch) {
    if (await stop()) return STOPPED;
    const count = Math.min(perBatch, rows - from);
    setAll(run, { ...validation.batch(from, perBatch), [KEPT]: [count] });
    run.run({ seed, tick: from / perBatch });
    const own = count < perBatch && plan.plain.length > 0;
    const results = resultsOf(run);
    await sums.add(count, own ? new Set(plan.parts.keys()) : results, run.read);
    if (!own) continue;
    const last = await remainder();
    try {
      setAll(last, validation.batch(from, count));
      last.run({ seed, tick: from / perBatch });
      await sums.add(count, resultsOf(last), last.read);
    } finally {
      last.release();
    }
  }
  return sums.results(rows);
}

/** A program that changes no values; `write` gives a parameter others. */
export interface FixedRunner extends Runner {
  write(parameter: string, values: ArrayLike<number>): void;
}
/** A program of a model on given values: evaluation and generation. The caller releases it. */
export async function fixedRunner(
  engine: Engine,
  model: Model,
  options: StepOptions,
  values: readonly HostTensor[],
  memory = 0,
): Promise<FixedRunner> {
  const { runners, write, release } = await fixedRunners(engine, model, [options], values, memory);
  return { ...runners[0], write, release };
}

/** Several programs on the same values; what functions keep from call to call is common to them, and 0 at first. */
export interface FixedRunners extends Pick<FixedRunner, 'write' | 'release'> {
  readonly runners: readonly Runner[];
}
export async function fixedRunners(
  engine: Engine,
  model: Model,
  each: readonly StepOptions[],
  values: readonly HostTensor[],
  memory = 0,
): Promise<FixedRunners> {
  let layout = layoutOf(model);
  const steps = each.map((options) => {
    const step = compileStep(model, { ...options, ...engine.planning, layout });
    layout = step.batch.layout;
    return step;
  });
  checkMemory(engine, footprintOf(engine.needs, layout.size, [], steps), memory);
  const persistent = engine.allocate(layout.size);
  const members = new Map(layout.members.map((member) => [member.name, member]));
  const put = (name: string, data: ArrayLike<number>) => {
    const { address, type } = members.get(name)!;
    engine.write(persistent, address.offset, data, type.dtype);
  };
  for (const { id, names } of model.parameters) put(names[0], values[id].data);
  const runners: Runner[] = [];
  for (const step of steps) runners.push(await makeRunner(engine, step, persistent));
  return {
    runners,
    write(name, data) {
      put(name, data);
      for (const runner of runners) runner.stale();
    },
    release() {
      for (const runner of runners) runner.release();
      engine.release(persistent);
    },
  };
}

/** Evaluates given values by parameter id over `rows` held-out rows, 0: all. Throws LossError, MemoryLimit, DataError where nothing is held out. */
export async function evaluate(
  engine: Engine,
  model: Model,
  values: readonly HostTensor[],
  feed: Pick<Feed, 'validation'>,
  config: TrainConfig,
  rows: number,
): Promise<StepResults> {
  if (feed.validation.rows === 0) throw new DataError('nothing is held out, so there is nothing to evaluate; give rows with --validation');
  const plan = evaluationOf(model, config, feed, rows);
  const runner = await fixedRunner(engine, plan.model, evaluationOptions(plan, feed), values, config.memory);
  const remainder: Remainder = () =>
    fixedRunner(engine, model, { entries: plan.plain, sizes: lastSizes(plan, feed, rows)!, mode: 'eval' }, values, config.memory);
  try {
    return (await wholeOf(runner, plan, feed, [0, 0], rows, remainder)) as StepResults;
  } finally {
    runner.release();
  }
}
