/** Tasks on the command line: which one, its rows as batches, and its metrics for given values. */
import { join } from 'node:path';
import type { Model } from '../../compiler/values/model.ts';
import { callFunction } from '../api/call.ts';
import { FileProblem } from '../checkpoint/files.ts';
import { readJsonObject } from '../checkpoint/hub/config.ts';
import { isPublished } from '../checkpoint/hub/folder.ts';
import { readSettings } from '../checkpoint/schema.ts';
import type { Examples } from '../data/examples.ts';
import type { Feed, Wanted } from '../data/feed.ts';
import { wantedBy } from '../data/feed.ts';
import { readColumns } from '../data/files.ts';
import { fingerprintOf } from '../data/fingerprint.ts';
import type { Column, Columns, Labels, Reading } from '../data/memory.ts';
import type { TensorRequest } from '../data/tensors.ts';
import { examplesOf, tensorFeed } from '../data/tensors.ts';
import { longestRow } from '../data/texts.ts';
import type { Engine } from '../engine/engine.ts';
import { taskColumns } from '../tasks/columns.ts';
import { taskMetrics } from '../tasks/metrics.ts';
import type { Task } from '../tasks/presets.ts';
import { presets, taskRecord } from '../tasks/presets.ts';
import { readTaskRows } from '../tasks/rows.ts';
import { readTokenizerFiles, writeTokenizerFiles } from '../tokens/files.ts';
import { checkFits, Tokenizer } from '../tokens/tokenizer.ts';
import type { TrainConfig } from '../train/config.ts';
import type { StepResults } from '../train/evaluate.ts';
import { chosenLosses } from '../train/evaluate.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import type { ImageColumns } from './images.ts';
import { imageColumns, isFolder } from './images.ts';
import type { Purpose, RunSettings } from './prepare.ts';

/** A preset, or a task that a user wrote (a .json file). Throws Problem, FileProblem, SettingsError. */
export function taskNamed(context: Context, name: string): Task {
  const preset = presets.find((one) => one.name === name);
  if (preset !== undefined) return preset;
  if (name.endsWith('.json')) return readSettings(taskRecord, readJsonObject(context.files, name), name);
  throw new Problem(`there is no task ${name}; there are ${presets.map((one) => one.name).join(', ')}, or a task of yours in a .json file`);
}

/** Options of a model that follow from a task: how many classes it has, one where a number is predicted. */
export function decidedByTask(task: Task | undefined): Record<string, number> {
  return task?.label === undefined ? {} : { classes: task.labels?.length ?? 1 };
}

/**
 * The tokenizer of a run: of `--tokenizer`, else of the published checkpoint that it begins from. `inputs`: those that take its tokens.
 * Throws Problem, FileProblem.
 */
export function tokenizerOf(
  context: Context,
  { tokenizer, from }: Pick<RunSettings, 'tokenizer' | 'from'>,
  model: Model,
  inputs: readonly string[] = ['ids'],
): Tokenizer {
  const folder = tokenizer ?? from;
  const files = folder === undefined ? undefined : readTokenizerFiles(context.files, folder);
  if (folder === undefined || files === undefined)
    throw new Problem(
      `${folder ?? 'nothing'} has no tokenizer: give a published checkpoint with --from, or a folder with tokenizer.json with --tokenizer`,
    );
  const own = new Tokenizer(files, folder);
  for (const { name, index } of model.inputs) {
    const vocab = index === undefined || !inputs.includes(name) ? undefined : model.axes[index].size;
    if (typeof vocab === 'number') checkFits(own, vocab, folder);
  }
  return own;
}

/** Whether rows have texts that become tokens. */
export const readsTexts = ({ task, config }: Pick<RunSettings, 'task' | 'config'>) =>
  task !== undefined || Object.keys(config.data.texts).length > 0;

/** How rows of like length come together, where the settings say so. */
export function bucketsOf({ data, accumulate }: TrainConfig, { needed }: Wanted): TensorRequest['buckets'] {
  return data.buckets === undefined ? undefined : { count: data.buckets, accumulate, read: needed };
}

/** How columns are read as the settings of a run say. Throws Problem, FileProblem. */
export function readingOf(
  context: Context,
  settings: Pick<RunSettings, 'tokenizer' | 'from' | 'longer' | 'config' | 'task'>,
  model: Model,
): Pick<Reading, 'said' | 'texts'> {
  const { config, task, longer = 'refuse' } = settings;
  const { data: said, sizes } = config;
  if (!readsTexts(settings)) return { said };
  const inputs = Object.keys(said.texts);
  for (const input of model.inputs) if (inputs.includes(input.name)) longestRow(model, input, sizes);
  return { said, texts: { tokenizer: tokenizerOf(context, settings, model, task === undefined ? inputs : ['ids']), longer, sizes } };
}

/**
 * Columns of a file or of a folder of images, and a note of texts that lost their end. `order`: of images. Throws DataError, FileProblem,
 * Problem.
 */
export function columnsAt(
  context: Context,
  path: string,
  model: Model,
  reading: Reading,
  order: 'by name' | 'mixed' = 'mixed',
): Columns & Partial<ImageColumns> {
  if (isFolder(path)) return imageColumns(context, path, model, reading, order);
  const { files, err } = context;
  const read = readColumns(files, path, model, reading);
  const [column] = read.columns.values();
  if (read.cut > 0) err(`note: ${path}: ${read.cut} of ${column.shape[0]} rows lost the end of a text\n`);
  return read;
}

/** Copies the tokenizer into the run folder, which stands alone then. */
export function keepTokenizer(context: Context, settings: RunSettings, folder: string): void {
  const { tokenizer, from } = settings;
  const at = tokenizer ?? (from !== undefined && isPublished(context.files, from) ? from : undefined);
  if (at === undefined) return;
  try {
    const found = readTokenizerFiles(context.files, at);
    if (found !== undefined) writeTokenizerFiles(context.files, folder, found);
  } catch (error) {
    if (readsTexts(settings) || !(error instanceof FileProblem)) throw error;
    context.err(`note: the run has no tokenizer: ${error.message}\n`);
  }
}

interface TaskData {
  readonly feed: Feed;
  readonly fingerprint: string;
  readonly labels: Labels;
}

/** Throws DataError, Problem, FileProblem. */
export function taskFeed(context: Context, settings: RunSettings, task: Task, model: Model, purpose: Purpose): TaskData {
  const { data, validation, batch, seed, config, longer = 'refuse' } = settings;
  const most = longestRow(
    model,
    model.inputs.find(({ name }) => name === 'ids'),
    config.sizes,
  );
  const tokenizer = tokenizerOf(context, settings, model);
  const wanted = wantedBy(
    model,
    chosenLosses(model, config).map(({ name }) => name),
  );
  const read = (path: string): Examples => {
    const rows = readTaskRows(context.files, path, task, true);
    const { columns, cut } = taskColumns(model, wanted.needed, task, rows, tokenizer, most, longer);
    if (cut > 0) context.err(`note: ${path}: ${cut} of ${rows.texts.length} rows were cut to ${most} tokens\n`);
    if (rows.empty.length > 0) context.err(`note: ${rows.empty.length} rows have an empty text, the first ${rows.empty[0]}\n`);
    return examplesOf(model, columns, path);
  };
  const folder = context.files.size(join(data!, task.train)) !== undefined || context.files.size(join(data!, task.held)) !== undefined;
  const heldAt = validation ?? (folder ? join(data!, task.held) : undefined);
  const evaluated = purpose !== 'train';
  const examples = read(folder ? join(data!, evaluated ? task.held : task.train) : data!);
  const whole = purpose === 'evaluate all' || (folder && evaluated && validation === undefined);
  const held = whole ? examples : heldAt === undefined ? undefined : read(heldAt);
  const feed = tensorFeed({ model, examples, held, batch, seed, evaluated, buckets: bucketsOf(config, wanted) });
  return { feed, fingerprint: fingerprintOf(examples.columns), labels: task.labels === undefined ? {} : { classes: task.labels } };
}

/** The metrics of a task over all held-out rows. Throws FunctionError where the model gives no scores. */
export async function taskResults(
  engine: Engine,
  model: Model,
  values: readonly HostTensor[],
  task: Task,
  { validation }: Pick<Feed, 'validation'>,
  results: StepResults,
): Promise<Record<string, number>> {
  const { rows, perBatch } = validation;
  const perplexity: Record<string, number> =
    task.metrics.includes('perplexity') && Number.isFinite(results.loss) ? { perplexity: Math.exp(results.loss) } : {};
  const entry = model.entries.find(({ name, kind }) => name === 'scores' && kind === 'function');
  if (task.label === undefined || rows === 0 || entry === undefined) return perplexity;
  const all = validation.batch(0, rows);
  const columns = entry.inputs.map(({ name }): [string, Column] => [name, { shape: [rows, all[name].length / rows], data: all[name] }]);
  const scores = Object.values(await callFunction(engine, model, values, entry, new Map(columns), perBatch))[0];
  const each = scores.data.length / rows;
  const byRow = Array.from({ length: rows }, (_, row) => Array.from({ length: each }, (_, k) => scores.data[row * each + k]));
  return { ...perplexity, ...taskMetrics(task, byRow, all[task.labels === undefined ? 'value' : 'label']) };
}
