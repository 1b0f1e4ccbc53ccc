/** `bondsmith tune`: measures the best few trees of each layer in the step and keeps what won in a profile. */
import type { Model } from '../../compiler/values/model.ts';
import type { TunedLayer, Tuning } from '../plan/tune.ts';
import { tune } from '../plan/tune.ts';
import { machineOption, onlyProfiles, processorTime } from './calibrate.ts';
import type { Context } from './context.ts';
import { command, Problem } from './context.ts';
import { openEngine } from './engines.ts';
import type { Values } from './options.ts';
import { count, flag, named, sizes } from './options.ts';
import { outPath } from './out.ts';
import { loadModel } from './program.ts';
import { modelOptions, settingsFrom } from './settings.ts';
import { stepOptions } from './step-options.ts';

const options = {
  ...modelOptions,
  size: sizes('<axis=size>', 'size of an open axis, as batch=32: what is tuned for one size is not taken for another'),
  machine: machineOption,
  loss: named('<name>', 'the loss of the step; default: the only one'),
  config: named('<file>', 'settings of the run (JSON), as for train'),
  eval: flag('tune the evaluation of the loss, not the training step'),
  candidates: count('<count>', 'trees of each layer that are measured (default 4)', { least: 2, most: 64 }),
  turns: count('<count>', 'runs of each, whose median counts (default 9)', { least: 1, most: 1000 }),
  out: named('<file>', 'the profile that is written'),
  json: flag('print {"profile", "layers"}'),
};

export const tuneCommand = command({
  name: 'tune',
  argument: '<file>',
  summary: 'Measure the best few plans of each layer in the step, the rebuilt weight among them, and keep what won in a profile',
  options,
  examples: [
    'bondsmith tune model.bond --variant Mpo --size batch=32 --out tuned.json',
    'bondsmith train model.bond --variant Mpo --text book.txt --out runs/mpo --machine tuned.json',
  ],
  run: async ([file], given, context) => run(file, given, context),
});

async function run(file: string, given: Values<typeof options>, context: Context): Promise<number> {
  const { variant, set, candidates: many = 4, turns = 9, json } = given;
  const out = outPath(given.out, 'tune', [file]);
  onlyProfiles(out, context);
  const { model } = loadModel(context, { file, name: variant, set });
  const tuning = await measured(model, file, given, { many, turns }, context);
  context.files.replace(out, [new TextEncoder().encode(`${JSON.stringify(tuning.profile, null, 1)}\n`)]);
  context.out(json ? `${JSON.stringify(tuning)}\n` : textOf(tuning, out));
  return 0;
}

async function measured(
  model: Model,
  file: string,
  given: Values<typeof options>,
  { many, turns }: { many: number; turns: number },
  context: Context,
): Promise<Tuning> {
  const settings = settingsFrom(file, given, context);
  const { profile, ...step } = stepOptions(model, settings, given.eval, context);
  if (profile === undefined) throw new Problem(`${file}: nothing to tune: this engine is not planned by time`);
  const progress = (path: string, done: number, all: number) => context.err(`${done + 1} of ${all}: ${path}\n`);
  const engine = await openEngine('wasm', settings.config.memory);
  const tuning = await tune(model, { ...step, profile }, engine, { many, turns, clock: processorTime, progress });
  if (tuning.layers.length === 0) throw new Problem(`${file}: nothing to tune: no layer of ${model.name} has a choice of plans`);
  return tuning;
}

const time = (seconds: number) => (seconds >= 1 ? `${seconds.toFixed(2)} s` : `${(1e3 * seconds).toPrecision(3)} ms`);

function textOf({ layers }: Tuning, out: string): string {
  return [...layers.map(lineOf), `${out} has the plans that won: give it with --machine`, ''].join('\n');
}

function lineOf({ path, count, candidates, chosen }: TunedLayer): string {
  const more = count === 1 ? '' : ` and ${count - 1} more like it`;
  const [first, won] = [candidates[0].step_seconds, candidates[chosen].step_seconds];
  const of = `${candidates.length} plans`;
  if (chosen === 0) return `${path}${more}: the predicted plan is the best of ${of}, a step takes ${time(first)}`;
  return `${path}${more}: another of ${of} won, a step takes ${time(won)} in place of ${time(first)}`;
}
