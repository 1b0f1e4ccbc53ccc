/** Losses and metrics over held-out data, in training and without it. */
import { compileStep, layoutOf } from '../../compiler/index.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { Feed } from '../data/feed.ts';
import type { Engine } from '../engine/engine.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { TrainConfig } from './config.ts';
import type { Runner } from './runner.ts';
import { checkMemory, makeRunner, numbersOf, rowsOf, setAll } from './runner.ts';

/** Of one step, by name: `loss`, each loss and penalty, `gradient_norm` where gradients are clipped. */
export type StepResults = Readonly<Record<string, number>>;
/** A loss was asked for that the model does not have, or none where there are several. */
export class LossError extends Error {
  constructor(message: string) {
    super(message);
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

/** What is compiled for an evaluation: the losses that are trained, and every metric. */
export function evaluationOptions(model: Model, losses: StepOptions['entries'], feed: Feed): StepOptions {
  const metrics = model.entries.filter((entry) => entry.kind === 'metric').map(({ name }) => ({ name, weight: 0 }));
  return { entries: [...losses, ...metrics], sizes: feed.validation.sizes, mode: 'eval' };
}

/** Means over held-out batches, those of a row under `NAME[1]`, `NAME[2]`, ...; `batches` 0: all of them. */
export async function meanOver(run: Runner, feed: Feed, seed: Words, batches: number): Promise<StepResults> {
  const count = batches === 0 ? feed.validation.count : Math.min(batches, feed.validation.count);
  const sums: Record<string, number> = {};
  for (let index = 0; index < count; index++) {
    setAll(run, feed.validation.batch(index));
    run.run({ seed, tick: index });
    const add = (name: string, value: number) => {
      sums[name] = (sums[name] ?? 0) + value / count;
    };
    for (const name of numbersOf(run.step.batch)) add(name, await run.readNumber(name));
    for (const name of rowsOf(run.step.batch))
      for (const [k, value] of [...(await run.read(name))].entries()) add(`${name}[${k + 1}]`, value);
  }
  return sums;
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
  const layout = layoutOf(model);
  const step = compileStep(model, { ...options, ...engine.planning, layout });
  checkMemory(engine, layout.size, [step], memory);
  const persistent = engine.allocate(layout.size);
  const byName = new Map(model.parameters.map(({ id, names }) => [names[0], values[id].data]));
  const members = new Map(layout.members.map((member) => [member.name, member]));
  const put = (name: string, data: ArrayLike<number>) => {
    const { address, type } = members.get(name)!;
    engine.write(persistent, address.offset, data, type.dtype);
  };
  for (const [name, data] of byName) put(name, data);
  const runner = await makeRunner(engine, step, persistent);
  return {
    ...runner,
    write(name, data) {
      put(name, data);
      runner.stale();
    },
    release() {
      runner.release();
      engine.release(persistent);
    },
  };
}

/** Evaluates given values by parameter id. Throws LossError, MemoryLimit, and Error where nothing is held out. */
export async function evaluate(
  engine: Engine,
  model: Model,
  values: readonly HostTensor[],
  feed: Feed,
  config: TrainConfig,
  batches: number,
): Promise<StepResults> {
  const runner = await fixedRunner(engine, model, evaluationOptions(model, chosenLosses(model, config), feed), values, config.memory);
  try {
    return await meanOver(runner, feed, [0, 0], batches);
  } finally {
    runner.release();
  }
}
