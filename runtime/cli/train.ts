/** `bondsmith train`: a new run, or an old one that goes on. */
import { resolve } from 'node:path';
import { applyEvents } from '../../compiler/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { Place, Sources } from '../../grammar/diagnostic.ts';
import type { OpenedCheckpoint } from '../checkpoint/checkpoint.ts';
import { FileProblem } from '../checkpoint/files.ts';
import type { RunRecord } from '../checkpoint/record.ts';
import { VERSION } from '../checkpoint/version.ts';
import type { Feed } from '../data/feed.ts';
import { describeInput } from '../data/feed.ts';
import { describeModel } from '../explain/describe.ts';
import { curvesIn } from '../train/listeners/curves.ts';
import { metricsIn } from '../train/listeners/metrics.ts';
import { progressOn } from '../train/listeners/progress.ts';
import { traceTo } from '../train/listeners/trace.ts';
import { train } from '../train/loop.ts';
import type { TrainResult } from '../train/request.ts';
import { checkPlanning, folderAt } from '../train/run-state.ts';
import type { Listener } from '../train/stream.ts';
import type { Teacher } from '../train/teacher.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { calibrated } from './calibration.ts';
import type { Context } from './context.ts';
import { command, Problem, UsageError } from './context.ts';
import { decompositionRecords } from './decompositions.ts';
import { threadsOption } from './engines.ts';
import { openGiven } from './given.ts';
import { tellLeftOut } from './left-out.ts';
import { bestTaskResults } from './measured.ts';
import { type Onward, onwardFrom } from './onward.ts';
import type { Values } from './options.ts';
import { count, flag, named, number, useOnly } from './options.ts';
import type { RunSettings } from './prepare.ts';
import { feedFor, groupsOf, prepare } from './prepare.ts';
import { profiled, profileOption } from './profile.ts';
import { placeText } from './program.ts';
import { resultText } from './result-text.ts';
import {
  DEFAULT_STEPS,
  dataOptions,
  differingSettings,
  modelOptions,
  readRun,
  settingsFrom,
  settingsPath,
  writeSettings,
} from './settings.ts';
import { keepTokenizer } from './task.ts';
import { teacherOf } from './teacher.ts';
import { keepHeld, openTrained } from './trained.ts';
import { loadByName } from './weights.ts';

const options = {
  ...modelOptions,
  ...dataOptions,
  out: named('<folder>', 'the run folder: run.json, metrics.jsonl, loss.svg, checkpoint and best weights'),
  teacher: named(
    '<path>',
    'compare each step with this trained model (a run folder, a checkpoint, a published folder): logits and hidden results, as settings say',
  ),
  steps: count('<count>', `optimiser steps (default ${DEFAULT_STEPS}); with --resume: in all`, { least: 1 }),
  loss: named('<name>', 'the loss to train, where the model has several'),
  rate: number('<number>', "the optimiser's learning rate, whatever --config says (default 3e-4)", { least: 0 }),
  config: named('<file>', 'the other settings (JSON): optimiser, groups, schedule, clip, accumulate, evaluate, checkpoint, stop'),
  resume: named(
    '<folder>',
    'go on with a run, bit for bit as if it had not stopped; the profile of its machine goes with it, unless --engine names another engine',
  ),
  threads: threadsOption,
  profile: profileOption,
  trace: named('<file>', 'write every event of the run into this file, one line of JSON each'),
  json: flag('print the result as JSON'),
};
type Given = Values<typeof options>;

export const trainCommand = command({
  name: 'train',
  argument: '[file]',
  summary: 'Train a model, or go on with a run',
  options,
  examples: [
    'bondsmith train model.bond --variant Mpo --text book.txt --out runs/mpo --steps 2000 --batch 32 --seed 1',
    'bondsmith train --resume runs/mpo',
    'bondsmith train model.bond --text book.txt --out runs/fast --machine machine.json',
  ],
  run: ([file], given, context) => run(file, given, { ...context, threads: given.threads, profile: given.profile }),
});

async function run(file: string | undefined, given: Given, context: Context): Promise<number> {
  const { resume: resumed, steps, machine, engine } = given;
  if ((file === undefined) === (resumed === undefined)) throw new UsageError('train wants a file, or --resume and a run folder');
  if (resumed !== undefined)
    useOnly(given, ['resume', 'steps', 'engine', 'machine', 'threads', 'profile', 'trace', 'json'], 'a resumed run goes on as it began');
  const { trace } = given;
  const extra =
    trace === undefined
      ? []
      : [
          traceTo(
            (line) => context.files.append(trace, line),
            () => context.now(),
          ),
        ];
  const result =
    resumed === undefined
      ? await begin(file!, given, context, extra)
      : await goOn(context, resolve(resumed), { steps, machine, engine }, extra);
  if (given.json) context.out(`${JSON.stringify(result)}\n`);
  else context.out(resultText(result));
  return result.stopped === 'interrupted' ? 130 : 0;
}

export interface RunResult extends TrainResult {
  readonly folder: string;
  /** Metrics of the task over all held-out rows, with the weights of the lowest validation loss. */
  readonly task?: Readonly<Record<string, number>>;
  readonly parameters: { readonly total: number; readonly trainable: number; readonly dense: number };
}

async function begin(file: string, given: Given, context: Context, extra: readonly Listener[]): Promise<RunResult> {
  const { out } = given;
  if (out === undefined) throw new UsageError('--out FOLDER is missing: where the run is to be kept');
  return startRun(context, settingsFrom(file, given, context), resolve(out), extra);
}

/** Checks everything, then makes the folder and trains. Throws where the folder holds a run already. */
export async function startRun(
  context: Context,
  settings: RunSettings,
  folder: string,
  extra: readonly Listener[] = [],
): Promise<RunResult> {
  refuseHeld(context, folder);
  const prepared = prepare(context, settings);
  const { feed, vocabulary, fingerprint, program, labels } = prepared;
  const decided = { ...settings, set: prepared.set };
  // Values are drawn once it is known that the model fits; given ones may decide bonds, so they are read now.
  const given = settings.from === undefined ? undefined : openGiven(context.files, settings.from, settings.names);
  const taught = teacherOf(context, settings, vocabulary?.characters.join('') ?? '');
  const measured = await calibrated(context, settings, prepared);
  const loaded = given && loadByName(context, prepared.model, settings.seed, given, measured);
  const model = loaded?.model ?? prepared.model;
  const values = () => (loaded ?? loadByName(context, model, settings.seed, undefined)).values;
  const record: RunRecord = {
    version: VERSION,
    program,
    settings: { ...decided },
    vocabulary: vocabulary?.characters.join('') ?? '',
    labels,
    data: fingerprint,
    sizes: feed.sizes,
    inputs: model.inputs.map((input) => describeInput(model, input)),
    ...(loaded === undefined || loaded.decompositions.length === 0 ? {} : { decomposed: decompositionRecords(loaded) }),
    ...(taught === undefined ? {} : { teacher: taught.fingerprint }),
  };
  const seeded = loaded?.seeded;
  return runWith(
    context,
    { folder, settings: decided, record, model, sources: prepared.sources, feed, values, seeded, teacher: taught?.teacher },
    extra,
  );
}

function refuseHeld({ files }: Context, folder: string): void {
  if (files.size(folderAt(folder).checkpoint) === undefined) return;
  throw new FileProblem(folder, 'it holds a run already; go on with --resume, or give another folder');
}

/** Goes on; what is not named is as the run began. */
export async function goOn(context: Context, folder: string, onward: Onward = {}, extra: readonly Listener[] = []): Promise<RunResult> {
  const { files } = context;
  if (files.size(folder) === undefined) throw new FileProblem(folder, 'no such folder');
  const release = files.lock(folder);
  try {
    const trained = openTrained(context, folder, 'last');
    const { record, settings: began, checkpoint, base, sources, taken, vocabulary } = trained;
    const edited = differingSettings(readRun(files, folder), began);
    if (edited.length > 0)
      throw new Problem(
        `${settingsPath(folder)} was edited: ${edited.join('; ')}; put it back (--steps changes the number of steps), or begin a new run --from the checkpoint`,
      );
    const { settings, moved } = onwardFrom(context, began, onward);
    const { step, pending } = checkpoint.state;
    if (step >= settings.steps && pending === undefined) return nothingToDo(context, folder, step, applyEvents(base, taken), taken);
    const own = settings.task === undefined ? settings : { ...settings, tokenizer: folder };
    const { feed } = feedFor(context, own, base, vocabulary, undefined, 'train', record.data, record.labels);
    const next = { ...record, settings: { ...settings } };
    const teacher = teacherOf(context, settings, record.vocabulary, record.teacher)?.teacher;
    return await runWith(
      context,
      { folder, settings, record: next, model: base, sources, feed, values: () => [], teacher, resume: checkpoint, moved },
      extra,
    );
  } finally {
    release();
  }
}

function nothingToDo(context: Context, folder: string, step: number, model: Model, taken: readonly Taken[]): RunResult {
  context.err(`nothing to do: the run has done ${step} steps; --steps with more goes on\n`);
  const { parameters } = describeModel(model);
  return { stopped: 'finished', step, seconds: 0, unitsPerSecond: 0, taken, folder, parameters, memory: { predicted: 0, peak: 0 } };
}

interface RunParts {
  readonly folder: string;
  readonly settings: RunSettings;
  readonly record: RunRecord;
  /** Of the text, before any event. */
  readonly model: Model;
  readonly sources: Sources;
  readonly feed: Feed;
  readonly values: () => readonly HostTensor[];
  readonly seeded?: Words | undefined;
  readonly teacher?: Teacher | undefined;
  readonly resume?: OpenedCheckpoint;
  readonly moved?: boolean;
}

async function runWith(context: Context, parts: RunParts, extra: readonly Listener[]): Promise<RunResult> {
  const { folder, settings, record, model, sources, feed, values, seeded, teacher, resume, moved = false } = parts;
  const { files } = context;
  const { config, steps, seed, set } = settings;
  const groups = groupsOf(context, settings, model, set, record.program);
  const { parameters } = describeModel(applyEvents(model, resume?.state.events?.taken ?? []));
  const counts = `${model.name}: ${parameters.total.toLocaleString('en')} parameters, dense ${parameters.dense.toLocaleString('en')}`;
  const alphabet = record.vocabulary === '' ? '' : `, vocabulary of ${[...record.vocabulary].length} characters`;
  context.err(`${counts}${alphabet}, ${steps} steps on engine ${settings.engine}\n`);
  tellLeftOut(context, model, feed);
  return profiled(context, settings, sources, async (engine) => {
    if (resume !== undefined && !moved) checkPlanning(resume, engine);
    const paths = folderAt(folder);
    let release = () => {};
    const opened = () => {
      if (resume === undefined) {
        files.makeFolder(folder);
        release = files.lock(folder);
        refuseHeld(context, folder);
        keepHeld(context, paths, model, feed);
        keepTokenizer(context, settings, folder);
      }
      refuseUnwritable(files, [paths.checkpoint, paths.best]);
      writeSettings(files, folder, settings);
      // From here on a signal saves.
      void context.interrupted('step');
    };
    const listeners = [
      metricsIn(files, paths.metrics),
      curvesIn(files, paths.curve, paths.metrics),
      progressOn(context.terminal, () => context.now()),
      ...extra,
    ];
    const describePlace = (place: Place) => placeText(place, sources);
    const request = {
      model,
      engine,
      feed,
      config,
      groups,
      steps,
      seed,
      values,
      seeded,
      teacher,
      folder: paths,
      record,
      resume,
      moved,
      host: context,
    };
    try {
      const result = await train({ ...request, listeners, opened, describePlace });
      const measured = result.stopped === 'interrupted' ? {} : await bestTaskResults(context, engine, settings, folder, feed);
      return { ...result, ...measured, folder, parameters: describeModel(applyEvents(model, result.taken)).parameters };
    } finally {
      release();
    }
  });
}

/** Where a checkpoint goes must not be a folder or a circle of links: that is told before hours of training, not after. */
function refuseUnwritable(files: Context['files'], paths: readonly string[]): void {
  for (const path of paths) if ((files.size(path) ?? 0) > 0) files.read(path, 0, 1);
}
