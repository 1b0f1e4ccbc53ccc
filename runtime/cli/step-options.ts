/** How the step of a run is compiled, for commands that show or measure it without one. */
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { wasm } from '../../compiler/values/target.ts';
import { usualSizes } from '../explain/plans.ts';
import type { TrainConfig } from '../train/config.ts';
import { chosenLosses } from '../train/evaluate.ts';
import { optimiserSpec } from '../train/host-values.ts';
import type { Context } from './context.ts';
import type { RunSettings } from './prepare.ts';
import { groupsOf } from './prepare.ts';

/** Those that are set; 8, or the greatest that is allowed, elsewhere. */
export function sizesFor(model: Model, config: TrainConfig): Record<string, number> {
  return { ...usualSizes(model), ...config.sizes };
}

/** The training step of a run with these settings, or its evaluation. */
export function stepOptions(model: Model, settings: RunSettings, evaluation: boolean, context: Context): StepOptions {
  const { config, set, profile } = settings;
  const sizes = sizesFor(model, config);
  const memory = config.memory === 0 ? {} : { memory: { bytes: config.memory, target: wasm } };
  const common = { entries: chosenLosses(model, config), sizes, profile, ...memory };
  if (evaluation) return { ...common, mode: 'eval' };
  const optimiser = optimiserSpec(config, groupsOf(context, settings, model, set));
  return { ...common, mode: 'train', accumulate: config.accumulate, optimiser };
}
