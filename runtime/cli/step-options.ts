/** How the step of a run is compiled, for commands that show or measure it without one. */
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { wasm } from '../../compiler/values/target.ts';
import { didYouMean } from '../../grammar/nearest.ts';
import { usualSizes } from '../explain/plans.ts';
import type { TrainConfig } from '../train/config.ts';
import { chosenLosses } from '../train/evaluate.ts';
import { optimiserSpec } from '../train/host-values.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import type { RunSettings } from './prepare.ts';
import { groupsOf } from './prepare.ts';

/** Those that are set; 8, or the greatest that is allowed, elsewhere. Throws Problem for one that no open axis has. */
export function sizesFor(model: Model, config: TrainConfig): Record<string, number> {
  const usual = usualSizes(model);
  const names = Object.keys(usual);
  const unknown = Object.keys(config.sizes).find((name) => !names.includes(name));
  if (unknown === undefined) return { ...usual, ...config.sizes };
  const hint = didYouMean(unknown, names) ?? (names.length === 0 ? 'all its axes have a size' : `it has ${names.join(', ')}`);
  throw new Problem(`a size is given for ${unknown}: ${model.name} has no open axis of that name; ${hint}`);
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
