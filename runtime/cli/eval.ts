/** `bondsmith eval`: losses and metrics of a run, or of given weights, over all held-out data. */
import { resolve } from 'node:path';
import { openTensors } from '../checkpoint/safetensors.ts';
import type { StepResults } from '../train/evaluate.ts';
import { evaluate } from '../train/evaluate.ts';
import type { CommandSpec, Context, Options } from './context.ts';
import { flagOption, numberOption, textOption } from './context.ts';
import { engineFor } from './engines.ts';
import { prepare } from './prepare.ts';
import { dataOptions, modelOptions, settingsFrom, settingsPath } from './settings.ts';
import { openTrained } from './trained.ts';
import { loadByName } from './weights.ts';

export const evalCommand: CommandSpec = {
  usage: 'eval <run or file>',
  summary: 'Evaluate a run folder, or a model with given weights, on held-out data',
  options: [
    ...modelOptions,
    ...dataOptions,
    ['--loss <name>', 'the loss, where the model has several'],
    ['--config <file>', 'other settings (JSON), as for train'],
    ['--batches <count>', 'only so many batches (default: all)'],
    ['--last', 'the weights of the last step, not those of the lowest validation loss'],
    ['--json', 'print {"loss": ..., ...}'],
  ],
  examples: ['bondsmith eval runs/mpo', 'bondsmith eval model.bond --variant Mpo --from weights.safetensors --text book.txt'],
  run: async (args, options, context) => run(args[0], options, context),
};

async function run(target: string, options: Options, context: Context): Promise<number> {
  const batches = numberOption(options, 'batches', { least: 1 }) ?? 0;
  const isRun = context.files.size(settingsPath(target)) !== undefined;
  const results = isRun ? await ofRun(resolve(target), batches, options, context) : await ofFile(target, batches, options, context);
  const lines = Object.entries(results).map(([name, value]) => `${name} ${value.toFixed(6)}\n`);
  context.out(flagOption(options, 'json') ? `${JSON.stringify(results)}\n` : lines.join(''));
  return 0;
}

async function ofRun(folder: string, batches: number, options: Options, context: Context): Promise<StepResults> {
  const { model, values, feed, settings, checkpoint } = openTrained(context, folder, flagOption(options, 'last') ? 'last' : 'best');
  context.err(`${checkpoint.file.path}, after step ${checkpoint.state.step}\n`);
  return evaluate(await engineFor(context, settings), model, values, feed, settings.config, batches);
}

async function ofFile(file: string, batches: number, options: Options, context: Context): Promise<StepResults> {
  const settings = settingsFrom(file, options, context);
  const prepared = prepare(context, settings);
  if (settings.from === undefined) context.err('no --from: the model has its first values, drawn from the seed\n');
  const given = settings.from === undefined ? undefined : openTensors(context.files, textOption(options, 'from')!);
  const { model, values } = loadByName(context, prepared.model, settings.seed, given);
  return evaluate(await engineFor(context, settings), model, values, prepared.feed, settings.config, batches);
}
