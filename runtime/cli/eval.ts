/** `bondsmith eval`: losses and metrics of a run, or of given weights, over all held-out data. */
import { resolve } from 'node:path';
import { openTensors } from '../checkpoint/safetensors.ts';
import type { StepResults } from '../train/evaluate.ts';
import { evaluate } from '../train/evaluate.ts';
import type { Context } from './context.ts';
import { command } from './context.ts';
import { engineFor } from './engines.ts';
import type { Values } from './options.ts';
import { count, flag, named, useOnly } from './options.ts';
import { prepare } from './prepare.ts';
import { dataOptions, modelOptions, settingsFrom, settingsPath, withLoss } from './settings.ts';
import { openTrained } from './trained.ts';
import { loadByName } from './weights.ts';

const options = {
  ...modelOptions,
  ...dataOptions,
  loss: named('<name>', 'the loss, where the model has several'),
  rows: count('<count>', 'the first so many held-out rows (default: all)', { least: 1 }),
  last: flag('of a run: the weights of the last step, not those of the lowest validation loss'),
  json: flag('print {"loss": ..., ...}'),
};
type Given = Values<typeof options>;

export const evalCommand = command({
  name: 'eval',
  argument: '<run or file>',
  summary: 'Evaluate a run folder, or a model with given weights, on held-out data',
  options,
  examples: ['bondsmith eval runs/mpo', 'bondsmith eval model.bond --variant Mpo --from weights.safetensors --text book.txt'],
  run: ([target], given, context) => run(target, given, context),
});

async function run(target: string, given: Given, context: Context): Promise<number> {
  const isRun = context.files.size(settingsPath(target)) !== undefined;
  const results = isRun ? await ofRun(resolve(target), given, context) : await ofFile(target, given, context);
  const lines = Object.entries(results).map(([name, value]) => `${name} ${value.toFixed(6)}\n`);
  context.out(given.json ? `${JSON.stringify(results)}\n` : lines.join(''));
  return 0;
}

async function ofRun(folder: string, given: Given, context: Context): Promise<StepResults> {
  const { last, loss, rows = 0 } = given;
  useOnly(given, ['last', 'loss', 'rows', 'json'], `${folder} is a run, which has its model and its data; give the .bond file for others`);
  const { model, values, feed, settings, checkpoint } = openTrained(context, folder, last ? 'last' : 'best');
  context.err(`${checkpoint.file.path}, after step ${checkpoint.state.step}\n`);
  const config = loss === undefined ? settings.config : withLoss(settings.config, loss);
  return evaluate(await engineFor(context, settings), model, values, feed, config, rows);
}

async function ofFile(file: string, given: Given, context: Context): Promise<StepResults> {
  if (given.last) useOnly({ last: true }, [], 'a file has no last step, --last is of a run');
  const settings = settingsFrom(file, given, context);
  const prepared = prepare(context, settings);
  if (settings.from === undefined) context.err('no --from: the model has its first values, drawn from the seed\n');
  const weights = given.from === undefined ? undefined : openTensors(context.files, given.from);
  const { model, values } = loadByName(context, prepared.model, settings.seed, weights);
  return evaluate(await engineFor(context, settings), model, values, prepared.feed, settings.config, given.rows ?? 0);
}
