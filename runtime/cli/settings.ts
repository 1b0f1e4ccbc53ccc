/** The settings of a run: from the command line and a file, into `run.json` of the run folder, and back. */
import { resolve } from 'node:path';
import { weightNames } from '../checkpoint/checkpoint.ts';
import type { Files } from '../checkpoint/files.ts';
import { FileProblem, readText } from '../checkpoint/files.ts';
import { openTensors } from '../checkpoint/safetensors.ts';
import type { TrainConfig } from '../train/config.ts';
import { readConfig } from '../train/config.ts';
import { profileFrom, profileIn, profileOption } from './calibrate.ts';
import type { Context, Options } from './context.ts';
import { numberOption, Problem, seedOption, settingsOption, sizesOption, textOption, UsageError } from './context.ts';
import { engineName } from './engines.ts';
import type { RunSettings } from './prepare.ts';

export const DEFAULT_STEPS = 1000;
export const DEFAULT_BATCH = 32;

/** Options that say which model and which data: of train, eval and explain alike. */
export const modelOptions = [
  ['--variant <name>', 'a variant or a model of the file; may be left out where there is only one'],
  ['--set <option=value>', 'set an option of the model or variant; may be repeated'],
] as const;
export const dataOptions = [
  ['--text <file>', 'train on a UTF-8 text; the option `vocab` of the model is set from it, its last tenth is held out'],
  ['--data <file>', 'train on tensors (.safetensors): one for each input, examples along the first axis'],
  ['--validation <file>', 'held-out tensors; default: the last tenth of --data'],
  ['--from <file>', 'given weights (.safetensors): what the variant decomposes, and first values by name'],
  ['--batch <count>', `examples per batch (default ${DEFAULT_BATCH})`],
  ['--seed <number>', 'one number for first values, order of data, dropout and gates (default 1)'],
  ['--size <axis=size>', 'size of an open axis, as time=128'],
  ['--engine <name>', 'wasm or reference'],
  profileOption,
] as const;

export function settingsFrom(file: string, options: Options, context: Context): RunSettings {
  const path = (name: string) => {
    const value = textOption(options, name);
    return value === undefined ? undefined : resolve(value);
  };
  const [text, data, from] = [path('text'), path('data'), path('from')];
  if (text !== undefined && data !== undefined) throw new UsageError('--text and --data: one of them');
  const engine = engineName(textOption(options, 'engine'));
  return {
    file: resolve(file),
    variant: textOption(options, 'variant'),
    set: settingsOption(options, 'set'),
    text,
    data,
    validation: path('validation'),
    from,
    source: from === undefined ? undefined : [...weightNames(openTensors(context.files, from))],
    steps: numberOption(options, 'steps', { least: 1 }) ?? DEFAULT_STEPS,
    batch: numberOption(options, 'batch', { least: 1 }) ?? DEFAULT_BATCH,
    seed: seedOption(options) ?? [1, 0],
    engine,
    profile: profileFrom(options, context, engine),
    config: configFrom(options, context),
  };
}

/** The file of --config with what the command line sets. */
function configFrom(options: Options, context: Context): TrainConfig {
  const path = textOption(options, 'config');
  const config = readConfig(path === undefined ? {} : parseJson(context.files, path), path ?? 'settings');
  const loss = textOption(options, 'loss');
  return {
    ...config,
    sizes: { ...config.sizes, ...sizesOption(options, 'size') },
    ...(loss === undefined ? {} : { losses: { [loss]: config.losses?.[loss] ?? 1 } }),
  };
}

function parseJson(files: Files, path: string): unknown {
  const text = readText(files, path, 2 ** 20);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(`${path}: not JSON: ${(error as Error).message}`);
  }
}

export const settingsPath = (folder: string) => `${folder}/run.json`;

export function writeSettings(files: Files, folder: string, settings: RunSettings): void {
  files.replace(settingsPath(folder), [new TextEncoder().encode(`${JSON.stringify(settings, null, 2)}\n`)]);
}

/** Throws FileProblem where the folder holds no run. */
export function readRun(files: Files, folder: string): RunSettings {
  const path = settingsPath(folder);
  if (files.size(path) === undefined) throw new FileProblem(folder, 'it holds no run: there is no run.json in it');
  const value = parseJson(files, path);
  if (!isSettings(value)) throw new FileProblem(path, 'it lacks settings of a run, or is of another version');
  const { profile } = value;
  const planned = profile === undefined ? {} : { profile: profileIn(profile, path) };
  return { ...value, ...planned, engine: engineName(value.engine), config: readConfig(value.config, path) };
}

function isSettings(value: unknown): value is RunSettings {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  const counts = ['steps', 'batch'].every((key) => Number.isSafeInteger(record[key]));
  return (
    typeof record.file === 'string' &&
    typeof record.engine === 'string' &&
    typeof record.set === 'object' &&
    counts &&
    Array.isArray(record.seed)
  );
}
