/** The settings of a run: from the command line and a file, into `run.json` of the run folder, and back. */
import { resolve } from 'node:path';
import { modelDefaults } from '../api/origin.ts';
import type { Files } from '../checkpoint/files.ts';
import { FileProblem, readText } from '../checkpoint/files.ts';
import { words } from '../checkpoint/record.ts';
import { absent, anything, either, list, number, object, oneOf, readSettings, record, text, truth } from '../checkpoint/schema.ts';
import { LONGER } from '../data/texts.ts';
import { taskRecord } from '../tasks/presets.ts';
import type { TrainConfig } from '../train/config.ts';
import { readConfig, trainSettings } from '../train/config.ts';
import { folderAt } from '../train/run-state.ts';
import { machineOption, profileFrom, profileIn } from './calibrate.ts';
import type { Context } from './context.ts';
import { Problem, UsageError } from './context.ts';
import { DEFAULT_ENGINE, ENGINES } from './engines.ts';
import { knownOf, openGiven } from './given.ts';
import type { Values } from './options.ts';
import { choice, count, flag, named, seed, settings, sizes } from './options.ts';
import type { RunSettings } from './prepare.ts';
import { readsTexts, taskNamed } from './task.ts';

export const DEFAULT_STEPS = 1000;
export const DEFAULT_BATCH = 32;
export const DEFAULT_EXAMPLES = 128;

/** Options that say which model and which data: of train, eval and explain alike. */
export const modelOptions = {
  variant: named('<name>', 'a variant or a model of the file; may be left out where there is only one'),
  set: settings('<option=value>', 'set an option of the model or variant; may be repeated'),
};
export const dataOptions = {
  text: named('<file>', 'train on a UTF-8 text; the option `vocab` of the model is set from it, its last tenth is held out'),
  task: named('<task>', 'what --data is: a folder of texts and labels, as glue/rte; or a task of yours (JSON)'),
  tokenizer: named('<folder>', 'of --task, or of data.texts in the settings: the tokenizer, where --from has none'),
  longer: choice(LONGER, '<what>', 'of texts: those longer than the model, or --size time, allows: refuse or cut (default refuse)'),
  data: named(
    '<file>',
    'train on columns, one for each input by name, rows along the first axis: .safetensors, .npz, .csv, .tsv or .jsonl; or a folder of images, by label',
  ),
  validation: named('<file>', 'held-out rows in a file of their own; default: the last tenth of --data'),
  calibrate: named('<file>', 'examples, as those of --text or --data, for weights that are decomposed `by inputs` or `to loss`'),
  examples: count('<count>', `so many of them (default ${DEFAULT_EXAMPLES})`, { least: 1 }),
  'on-decomposed': flag('take inputs of the examples behind layers that are decomposed already, one layer after another'),
  from: named(
    '<file>',
    'given weights (.safetensors, or the folder of a published checkpoint): what the variant decomposes, and first values by name',
  ),
  names: named('<file>', 'of --from: a map from its names to those of the model (JSON)'),
  batch: count('<count>', `examples per batch (default ${DEFAULT_BATCH})`, { least: 1 }),
  seed: seed('one number for first values, order of data, dropout and gates (default 1)'),
  size: sizes('<axis=size>', 'size of an open axis, as time=128'),
  engine: choice(ENGINES, '<name>', ENGINES.join(' or ')),
  machine: machineOption,
};
/** What commands hand on of theirs. */
export type SettingsGiven = Partial<Values<typeof modelOptions & typeof dataOptions>> & {
  readonly teacher?: string;
  readonly steps?: number;
  readonly loss?: string;
  readonly rate?: number;
  readonly config?: string;
};

export function settingsFrom(file: string, given: SettingsGiven, context: Context): RunSettings {
  const path = (value: string | undefined) => (value === undefined ? undefined : resolve(value));
  const { variant, set = {}, text: book, data, validation, steps = DEFAULT_STEPS, batch = DEFAULT_BATCH, seed: start = [1, 0] } = given;
  if (book !== undefined && data !== undefined) throw new UsageError('--text and --data: one of them');
  if (validation !== undefined && data === undefined) throw new UsageError('--validation holds out tensors beside those of --data');
  const { examples, calibrate, longer, 'on-decomposed': onDecomposed } = given;
  const task = given.task === undefined ? undefined : taskNamed(context, given.task);
  const ofTask = { tokenizer: given.tokenizer, longer };
  if (task !== undefined && data === undefined) throw new UsageError(`--task ${task.name} wants its rows: --data FOLDER`);
  if (task !== undefined && calibrate !== undefined) throw new UsageError('--calibrate takes examples as tensors, not those of --task');
  if (examples !== undefined && calibrate === undefined) throw new UsageError('--examples says how many of --calibrate DATA');
  if (onDecomposed && calibrate === undefined) throw new UsageError('--on-decomposed is of the inputs of --calibrate DATA');
  const planning = planningFrom(given, context);
  for (const [name, value] of Object.entries(ofTask))
    if (value !== undefined && !readsTexts({ task, config: planning.config }))
      throw new UsageError(`--${name} is of --task, or of data.texts in the settings, which are not given`);
  const [from, names] = [path(given.from), path(given.names)];
  if (names !== undefined && from === undefined) throw new UsageError('--names maps the tensors of --from, which is not given');
  return {
    file: resolve(file),
    variant,
    set,
    text: path(book),
    data: path(data),
    validation: path(validation),
    ...(task === undefined ? {} : { task }),
    ...(readsTexts({ task, config: planning.config }) ? { tokenizer: path(given.tokenizer), longer } : {}),
    from,
    ...(calibrate === undefined
      ? {}
      : { calibrate: path(calibrate), examples: examples ?? DEFAULT_EXAMPLES, ...(onDecomposed ? { onDecomposed } : {}) }),
    ...(names === undefined ? {} : { names }),
    ...(given.teacher === undefined ? {} : { teacher: path(given.teacher) }),
    ...knownOf(from === undefined ? undefined : openGiven(context.files, from, names)),
    steps,
    batch,
    seed: start,
    ...planning,
    config: task === undefined || planning.config.losses !== undefined ? planning.config : withLoss(planning.config, task.loss),
  };
}

/** How a step is compiled. */
export function planningFrom(given: SettingsGiven, context: Context): Pick<RunSettings, 'engine' | 'profile' | 'config'> {
  const { engine = DEFAULT_ENGINE } = given;
  return { engine, profile: profileFrom(given.machine, context, engine), config: configFrom(given, context) };
}

/** The file of --config with what the command line sets. */
function configFrom({ config: path, loss, rate, size = {} }: SettingsGiven, context: Context): TrainConfig {
  const value = path === undefined ? {} : parseJson(context.files, path);
  const config = readConfig(value, path ?? 'settings');
  if (rate === 0) throw new UsageError('--rate 0: expected a number above 0');
  const rated = rate === undefined ? config : { ...config, optimiser: { ...config.optimiser, rate } };
  const sized = { ...rated, sizes: { ...rated.sizes, ...size } };
  return loss === undefined ? sized : withLoss(sized, loss);
}

/** The same with one loss alone. */
export function withLoss(config: TrainConfig, loss: string): TrainConfig {
  return { ...config, losses: { [loss]: Object.hasOwn(config.losses ?? {}, loss) ? config.losses![loss] : 1 } };
}

function parseJson(files: Files, path: string): unknown {
  const content = readText(files, path, 2 ** 20);
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new Problem(`${path}: not JSON: ${(error as Error).message}`);
  }
}

export const settingsPath = (folder: string) => folderAt(folder).settings;

/** A folder with a run in it, damaged or not: its checkpoint has all that run.json says. */
export function holdsRun(files: Files, path: string): boolean {
  const { settings: said, checkpoint } = folderAt(path);
  return files.size(said) !== undefined || files.size(checkpoint) !== undefined;
}

export function writeSettings(files: Files, folder: string, settings: RunSettings): void {
  files.replace(settingsPath(folder), [new TextEncoder().encode(`${JSON.stringify(settings, null, 2)}\n`)]);
}

/** What run.json says. Throws FileProblem where the folder holds no run. */
export function readRun(files: Files, folder: string): RunSettings {
  const path = settingsPath(folder);
  if (files.size(path) === undefined) throw new FileProblem(folder, 'it holds no run: there is no run.json in it');
  return settingsIn(parseJson(files, path), path);
}

/** As run.json has them; what the profile is, its own reader says. */
export const runSettings = object({
  file: text,
  variant: absent(text),
  set: record(either(number(), truth, 'a number, true or false')),
  text: absent(text),
  data: absent(text),
  validation: absent(text),
  task: absent(taskRecord),
  tokenizer: absent(text),
  longer: absent(oneOf(LONGER)),
  from: absent(text),
  names: absent(text),
  source: absent(list(text)),
  calibrate: absent(text),
  examples: absent(number({ least: 1, whole: true })),
  onDecomposed: absent(truth),
  teacher: absent(text),
  defaults: absent(modelDefaults),
  steps: number({ least: 1, whole: true }),
  batch: number({ least: 1, whole: true }),
  seed: words,
  engine: oneOf(ENGINES),
  profile: absent(anything),
  config: trainSettings,
});

/** Settings as a run keeps them. Throws SettingsError and Problem. */
export function settingsIn(value: unknown, path: string): RunSettings {
  const read = readSettings(runSettings, value, path);
  return { ...read, profile: read.profile === undefined ? undefined : profileIn(read.profile, path) };
}

/** `batch 64, it began with 32`: what two settings do not have in common. */
export function differingSettings(now: RunSettings, began: RunSettings): string[] {
  const [a, b] = [now, began].map((one) => Object.fromEntries(leaves(JSON.parse(JSON.stringify(one)), '')));
  const said = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
    .map((key) => `${key} ${said(a[key])}, it began with ${said(b[key])}`);
}

function leaves(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, path === '' ? key : `${path}.${key}`));
}
