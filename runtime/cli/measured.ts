/** Metrics of a task beside the losses of an evaluation, and at the end of a run. */
import type { Model } from '../../compiler/values/model.ts';
import type { Feed } from '../data/feed.ts';
import type { Engine } from '../engine/engine.ts';
import type { StepResults } from '../train/evaluate.ts';
import { evaluate } from '../train/evaluate.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import type { RunSettings } from './prepare.ts';
import { taskResults } from './task.ts';
import { openTrained, valuesOf } from './trained.ts';

/** Over all held-out rows; nothing where the settings have no task. */
export async function taskMetricsOf(
  engine: Engine,
  model: Model,
  values: readonly HostTensor[],
  { task }: RunSettings,
  feed: Pick<Feed, 'validation'>,
  results: StepResults,
): Promise<StepResults> {
  return task === undefined ? {} : taskResults(engine, model, values, task, feed, results);
}

/** The same of a run that has ended, with the weights of the lowest validation loss. */
export async function bestTaskResults(
  context: Context,
  engine: Engine,
  settings: RunSettings,
  folder: string,
  feed: Feed,
): Promise<{ readonly task?: StepResults }> {
  const { task, config } = settings;
  if (task === undefined || feed.validation.rows === 0) return {};
  const { model, ...trained } = openTrained({ ...context, err: () => undefined }, folder, 'best');
  const values = valuesOf({ model, ...trained });
  const results = task.metrics.includes('perplexity') ? await evaluate(engine, model, values, feed, config, 0) : {};
  return { task: await taskMetricsOf(engine, model, values, settings, feed, results) };
}
