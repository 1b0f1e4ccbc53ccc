/** The commands as functions, for programs: the same settings, checks and files, without a command line. */
import { resolve } from 'node:path';
import type { Model } from '../../compiler/values/model.ts';
import type { Profile } from '../../compiler/values/plan.ts';
import { Refused } from '../../grammar/diagnostic.ts';
import { readSettings } from '../checkpoint/schema.ts';
import type { Longer } from '../data/texts.ts';
import type { Task } from '../tasks/presets.ts';
import { taskRecord } from '../tasks/presets.ts';
import type { TrainConfig } from '../train/config.ts';
import { readConfig } from '../train/config.ts';
import type { StepResults } from '../train/evaluate.ts';
import { evaluate as evaluateValues } from '../train/evaluate.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import type { EngineName } from './engines.ts';
import { DEFAULT_ENGINE, shippedProfile, withEngine } from './engines.ts';
import type { WriteOptions } from './generate.ts';
import { writeText } from './generate.ts';
import { knownOf, openGiven } from './given.ts';
import { nodeContext, stoppable } from './host.ts';
import type { RunSettings } from './prepare.ts';
import { checkFile } from './program.ts';
import { DEFAULT_BATCH, DEFAULT_EXAMPLES, DEFAULT_STEPS, withLoss } from './settings.ts';
import { readsTexts, taskNamed } from './task.ts';
import type { RunResult } from './train.ts';
import { goOn, startRun } from './train.ts';
import { heldFeed, openTrained, valuesOf } from './trained.ts';

export interface CompileOptions {
  /** Path of the .bond file; with `text`, the name under which places show it. */
  readonly file: string;
  /** The program itself, instead of the file's. */
  readonly text?: string;
  /** A model or a variant; may be absent where the file has only one. */
  readonly variant?: string;
  readonly set?: Readonly<Record<string, number | boolean>>;
  /** Names of the tensors that given weights will have. */
  readonly source?: ReadonlySet<string>;
}

/**
 * From a program to its model, with every size a number and every statement of the variant applied; nothing is allocated. Give the model
 * to `compileStep` or `compileFunction` for an executable. Throws Refused with all diagnostics, FileProblem where a file cannot be read.
 */
export function compile(options: CompileOptions, context: Context = nodeContext()): Model {
  const { variant, ...request } = options;
  const { model, diagnostics, names } = checkFile(context.files, { ...request, name: variant });
  const wrong = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (wrong.length > 0) throw new Refused(wrong);
  if (model !== undefined) return model;
  throw new Problem(`${options.file} has ${[...names.variants, ...names.models].join(', ') || 'no model'}; say which with variant`);
}

export interface TrainOptions {
  readonly file: string;
  readonly variant?: string;
  readonly set?: Readonly<Record<string, number | boolean>>;
  /** One of the two: a UTF-8 text, or tensors (safetensors) with examples along the first axis of each. */
  readonly text?: string;
  readonly data?: string;
  /** What `data` is: a folder of texts and labels, as `glue/rte`; or a task of one's own, a record or its file. */
  readonly task?: string | Task;
  /** Folder of the tokenizer of texts, where `from` has none; and what becomes of texts that are too long. */
  readonly tokenizer?: string;
  readonly longer?: Longer;
  /** Held-out tensors; default: the last tenth of `data`. */
  readonly validation?: string;
  /** Given weights (safetensors, or the folder of a published checkpoint), and a map of their names. */
  readonly from?: string;
  readonly names?: string;
  /** Examples for what is decomposed `by inputs` or `to loss`, how many, and whether layers before are decomposed by then. */
  readonly calibrate?: string;
  readonly examples?: number;
  readonly onDecomposed?: boolean;
  /** A run folder, checkpoint or published folder that each step is compared with; `config.teacher` says how. */
  readonly teacher?: string;
  /** The run folder. */
  readonly out: string;
  /** Optimiser steps, default 1000. */
  readonly steps?: number;
  /** Examples per (micro-)batch, default 32. */
  readonly batch?: number;
  /** Up to 2^53, default 1. */
  readonly seed?: number;
  readonly engine?: EngineName;
  /** Plans are by the times that it predicts; default: the one shipped for the engine. */
  readonly profile?: Profile;
  /** As in run.json (`readConfig` lists its keys and defaults). */
  readonly config?: unknown;
}

/**
 * Trains and keeps everything in the run folder, as `bondsmith train` does. Equal options give equal losses, bit for bit, on one kind of
 * machine. Without a context of the caller's, Ctrl-C ends the run after the present step, saved. Throws Problem (the program is refused),
 * DataError, SettingsError, FileProblem, MemoryLimit, NotFinite.
 */
export async function train(options: TrainOptions, context?: Context): Promise<RunResult> {
  if (context === undefined) return stoppable((own) => train(options, own));
  const { file, variant, set = {}, text, data, validation, from, names, out, steps, batch, seed = 1, config = {} } = options;
  const { engine = DEFAULT_ENGINE, profile = shippedProfile(engine) } = options;
  const path = (name: string | undefined) => (name === undefined ? undefined : resolve(name));
  const settings: RunSettings = {
    file: resolve(file),
    variant,
    set,
    text: path(text),
    data: path(data),
    validation: path(validation),
    from: path(from),
    ...(names === undefined ? {} : { names: resolve(names) }),
    ...calibrationOf(options),
    ...(options.teacher === undefined ? {} : { teacher: resolve(options.teacher) }),
    ...knownOf(from === undefined ? undefined : openGiven(context.files, from, names)),
    steps: steps ?? DEFAULT_STEPS,
    batch: batch ?? DEFAULT_BATCH,
    seed: [seed >>> 0, Math.floor(seed / 2 ** 32)],
    engine,
    profile,
    ...textsOf(options, readConfig(config, 'config'), context),
  };
  return startRun(context, settings, resolve(out));
}

/** A task and how its texts are read, with the settings that follow. */
function textsOf({ task: named, data, calibrate, tokenizer, longer }: TrainOptions, config: TrainConfig, context: Context) {
  const task = typeof named === 'string' ? taskNamed(context, named) : named && readSettings(taskRecord, named, 'task');
  const reads = readsTexts({ task, config });
  if (!reads && (tokenizer !== undefined || longer !== undefined))
    throw new Problem('tokenizer and longer are of a task, or of config.data.texts, which are not given');
  if (task !== undefined && data === undefined) throw new Problem(`task ${task.name} wants its rows: data`);
  if (task !== undefined && calibrate !== undefined) throw new Problem('calibrate takes examples as tensors, not those of a task');
  return {
    config: task === undefined || config.losses !== undefined ? config : withLoss(config, task.loss),
    ...(task === undefined ? {} : { task }),
    ...(reads ? { tokenizer: tokenizer && resolve(tokenizer), longer } : {}),
  };
}

function calibrationOf({ calibrate, examples, onDecomposed }: TrainOptions) {
  if (calibrate !== undefined)
    return { calibrate: resolve(calibrate), examples: examples ?? DEFAULT_EXAMPLES, ...(onDecomposed ? { onDecomposed } : {}) };
  if (examples === undefined && !onDecomposed) return {};
  throw new Problem('examples and onDecomposed say how `calibrate` is used, which is not given');
}

/** Goes on with a run as if it had not stopped, to `steps` in all; with another engine within rounding. Stops and throws as `train`, and ResumeError where the model has changed. */
export async function resume(
  folder: string,
  steps?: number,
  context?: Context,
  { engine }: Pick<TrainOptions, 'engine'> = {},
): Promise<RunResult> {
  const run = (own: Context) => goOn(own, resolve(folder), { steps, engine });
  return context === undefined ? stoppable(run) : run(context);
}

/** Losses and metrics of a run over its held-out rows; the first `rows`, 0: all. */
export async function evaluate(folder: string, rows = 0, context: Context = nodeContext()): Promise<StepResults> {
  const trained = openTrained(context, resolve(folder), 'best');
  const { model, settings } = trained;
  const { config } = settings;
  return withEngine(context, settings, (engine) =>
    evaluateValues(engine, model, valuesOf(trained), heldFeed(context, trained), config, rows),
  );
}

export interface GenerateOptions extends Omit<WriteOptions, 'seed' | 'last'> {
  readonly seed?: number;
}

/**
 * Text that a run, a file that `save` wrote or a published checkpoint writes after a prompt, or makes of it. Throws Problem where there is
 * nothing to write with, and as `generateText`.
 */
export async function generate(folder: string, options: GenerateOptions = {}, context: Context = nodeContext()): Promise<string> {
  const { seed = 1, ...more } = options;
  return (await writeText(context, folder, { ...more, seed: [seed >>> 0, Math.floor(seed / 2 ** 32)] })).text;
}
