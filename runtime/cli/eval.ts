/** `bondsmith eval`: losses and metrics of a run, or of given weights, over all held-out data. */
import { resolve } from 'node:path';
import { FileProblem } from '../checkpoint/files.ts';
import type { StepResults } from '../train/evaluate.ts';
import { evaluate } from '../train/evaluate.ts';
import { calibrated } from './calibration.ts';
import type { Context } from './context.ts';
import { command, UsageError } from './context.ts';
import { threadsOption } from './engines.ts';
import { openGiven } from './given.ts';
import { tellLeftOut } from './left-out.ts';
import { taskMetricsOf } from './measured.ts';
import type { Values } from './options.ts';
import { count, flag, named, useOnly } from './options.ts';
import { feedFor, prepare } from './prepare.ts';
import { profiled, profileOption } from './profile.ts';
import { dataOptions, holdsRun, modelOptions, settingsFrom, withLoss } from './settings.ts';
import { readsTexts } from './task.ts';
import { heldFeed, openTrained, valuesOf } from './trained.ts';
import { loadByName } from './weights.ts';

const options = {
  ...modelOptions,
  ...dataOptions,
  loss: named('<name>', 'the loss, where the model has several'),
  rows: count('<count>', 'the first so many held-out rows (default: all)', { least: 1 }),
  last: flag('of a run: the weights of the last step, not those of the lowest validation loss'),
  threads: threadsOption,
  profile: profileOption,
  json: flag('print {"loss": ..., ...}'),
};
type Given = Values<typeof options>;

export const evalCommand = command({
  name: 'eval',
  argument: '<run or file>',
  summary: 'Evaluate a run folder, or a model with given weights, on held-out data',
  options,
  examples: ['bondsmith eval runs/mpo', 'bondsmith eval model.bond --variant Mpo --from weights.safetensors --text book.txt'],
  run: ([target], given, context) => run(target, given, { ...context, threads: given.threads, profile: given.profile }),
});

async function run(target: string, given: Given, context: Context): Promise<number> {
  const isRun = holdsRun(context.files, target);
  const results = isRun ? await ofRun(resolve(target), given, context) : await ofFile(target, given, context);
  const lines = Object.entries(results).map(([name, value]) => `${name} ${value.toFixed(6)}\n`);
  context.out(given.json ? `${JSON.stringify(results)}\n` : lines.join(''));
  return 0;
}

async function ofRun(folder: string, given: Given, outer: Context): Promise<StepResults> {
  const context = { ...outer, engine: given.engine };
  const { last, loss, rows = 0, text, data, batch } = given;
  const used = ['last', 'loss', 'rows', 'engine', 'threads', 'profile', 'json', 'text', 'data', 'batch'];
  useOnly(given, used, `${folder} is a run, which has its model and how it is computed; give the .bond file for others`);
  if (text !== undefined && data !== undefined) throw new UsageError('--text and --data: one of them');
  const trained = openTrained(context, folder, last ? 'last' : 'best');
  const { model, base, checkpoint, vocabulary } = trained;
  const settings = { ...trained.settings, batch: batch ?? trained.settings.batch };
  context.err(`${checkpoint.file.path}, after step ${checkpoint.state.step}\n`);
  const config = loss === undefined ? settings.config : withLoss(settings.config, loss);
  const other = text !== undefined || data !== undefined;
  const ownTokenizer = readsTexts(settings) ? { tokenizer: folder } : {};
  const named = { ...settings, ...ownTokenizer, text: text && resolve(text), data: data && resolve(data), validation: undefined };
  const { feed } = other
    ? feedFor(context, named, base, vocabulary, undefined, 'evaluate all', undefined, trained.record.labels)
    : { feed: heldFeed(context, { ...trained, settings }) };
  tellLeftOut(context, model, feed);
  return profiled(context, settings, trained.sources, async (engine) => {
    const values = valuesOf(trained);
    const results = await evaluate(engine, model, values, feed, config, rows);
    return rows > 0 ? results : { ...results, ...(await taskMetricsOf(engine, model, values, settings, feed, results)) };
  });
}

async function ofFile(file: string, given: Given, context: Context): Promise<StepResults> {
  if (context.files.size(file) === undefined) throw new FileProblem(file, 'there is neither a run folder nor a file of this name');
  if (given.last) useOnly({ last: true }, [], 'a file has no last step, --last is of a run');
  const settings = settingsFrom(file, given, context);
  const prepared = prepare(context, settings, 'evaluate held out');
  if (settings.from === undefined) context.err('no --from: the model has its first values, drawn from the seed\n');
  const weights = settings.from === undefined ? undefined : openGiven(context.files, settings.from, settings.names);
  const measured = await calibrated(context, settings, prepared);
  const { model, values } = loadByName(context, prepared.model, settings.seed, weights, measured);
  tellLeftOut(context, model, prepared.feed);
  return profiled(context, settings, prepared.sources, async (engine) => {
    const results = await evaluate(engine, model, values, prepared.feed, settings.config, given.rows ?? 0);
    if (given.rows !== undefined) return results;
    return { ...results, ...(await taskMetricsOf(engine, model, values, settings, prepared.feed, results)) };
  });
}
