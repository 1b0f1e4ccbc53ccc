/** `bondsmith train`: from a program and data to a trained model in a run folder, and on from there. */
import { resolve } from 'node:path';
import { applyEvents } from '../../compiler/index.ts';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { FileProblem } from '../checkpoint/files.ts';
import { openTensors } from '../checkpoint/safetensors.ts';
import type { TrainResult } from '../train/loop.ts';
import { train } from '../train/loop.ts';
import { compact, duration } from '../train/progress.ts';
import { checkPlanning, folderAt } from '../train/run-state.ts';
import { profileAt } from './calibrate.ts';
import type { Context } from './context.ts';
import { command, UsageError } from './context.ts';
import { describeModel } from './describe.ts';
import { engineFor } from './engines.ts';
import type { Values } from './options.ts';
import { count, flag, named, number, useOnly } from './options.ts';
import type { RunSettings } from './prepare.ts';
import { groupsOf, prepare } from './prepare.ts';
import { placeText } from './program.ts';
import { DEFAULT_STEPS, dataOptions, modelOptions, readRun, settingsFrom, writeSettings } from './settings.ts';
import { loadByName } from './weights.ts';

const options = {
  ...modelOptions,
  ...dataOptions,
  out: named('<folder>', 'the run folder: run.json, metrics.jsonl, loss.svg, checkpoint and best weights'),
  steps: count('<count>', `optimiser steps (default ${DEFAULT_STEPS}); with --resume: in all`, { least: 1 }),
  loss: named('<name>', 'the loss to train, where the model has several'),
  rate: number('<number>', "the optimiser's learning rate, whatever --config says (default 3e-4)", { least: 0 }),
  config: named('<file>', 'the other settings (JSON): optimiser, groups, schedule, clip, accumulate, evaluate, checkpoint, stop'),
  resume: named('<folder>', 'go on with a run, bit for bit as if it had not stopped; its profile goes with it'),
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
    'bondsmith train model.bond --text book.txt --out runs/fast --profile machine.json',
  ],
  run: ([file], given, context) => run(file, given, context),
});

async function run(file: string | undefined, given: Given, context: Context): Promise<number> {
  const { resume: resumed, steps, profile } = given;
  if ((file === undefined) === (resumed === undefined)) throw new UsageError('train wants a file, or --resume and a run folder');
  if (resumed !== undefined) useOnly(given, ['resume', 'steps', 'profile', 'json'], 'a resumed run goes on as it began');
  const result = resumed === undefined ? await begin(file!, given, context) : await goOn(context, resolve(resumed), steps, profile);
  if (given.json) context.out(`${JSON.stringify(result)}\n`);
  else context.out(resultText(result));
  return result.stopped === 'interrupted' ? 130 : 0;
}

export interface RunResult extends TrainResult {
  readonly folder: string;
  readonly parameters: { readonly total: number; readonly trainable: number; readonly dense: number };
}

async function begin(file: string, given: Given, context: Context): Promise<RunResult> {
  const { out } = given;
  if (out === undefined) throw new UsageError('--out FOLDER is missing: where the run is to be kept');
  return startRun(context, settingsFrom(file, given, context), resolve(out));
}

/** Checks everything, then makes the folder and trains. Throws where the folder holds a run already. */
export async function startRun(context: Context, settings: RunSettings, folder: string): Promise<RunResult> {
  if (context.files.size(`${folder}/checkpoint.safetensors`) !== undefined) {
    throw new FileProblem(folder, 'it holds a run already; go on with --resume, or give another folder');
  }
  const prepared = prepare(context, settings);
  const decided = { ...settings, set: prepared.set };
  const given = settings.from === undefined ? undefined : openTensors(context.files, settings.from);
  const { model, values } = loadByName(context, prepared.model, settings.seed, given);
  return runWith(context, decided, folder, { ...prepared, model }, () => values);
}

/** Goes on to `steps` in all; everything else is as the run began. A profile may be named again, if it is the same. */
export async function goOn(context: Context, folder: string, steps?: number, profile?: string): Promise<RunResult> {
  const before = readRun(context.files, folder);
  const named = profile === undefined ? {} : { profile: profileAt(profile, context) };
  const settings = { ...before, steps: steps ?? before.steps, ...named };
  const resume = openCheckpoint(context.files, folderAt(folder, '').checkpoint);
  const prepared = prepare(context, settings, resume.state.bonds);
  return runWith(context, settings, folder, prepared, () => [], resume);
}

async function runWith(
  context: Context,
  settings: RunSettings,
  folder: string,
  { model, sources, feed, vocabulary, set }: ReturnType<typeof prepare>,
  values: Parameters<typeof train>[0]['values'],
  resume?: ReturnType<typeof openCheckpoint>,
): Promise<RunResult> {
  const { config, steps, seed } = settings;
  const characters = vocabulary?.characters.join('') ?? '';
  if (resume !== undefined && resume.state.vocabulary !== characters)
    throw new FileProblem(settings.text ?? folder, 'the text is not the one that the run began with');
  const groups = groupsOf(context, settings, model, set);
  const before = resume?.state.events?.taken ?? [];
  const { parameters } = describeModel(applyEvents(model, before));
  const counts = `${model.name}: ${parameters.total.toLocaleString('en')} parameters, dense ${parameters.dense.toLocaleString('en')}`;
  const alphabet = vocabulary === undefined ? '' : `, vocabulary of ${vocabulary.characters.length} characters`;
  context.err(`${counts}${alphabet}, ${steps} steps on engine ${settings.engine}\n`);
  const engine = await engineFor(context, settings);
  if (resume !== undefined) checkPlanning(resume, engine);
  context.files.makeFolder(folder);
  writeSettings(context.files, folder, settings);
  const request = { model, engine, feed, config, groups, steps, seed, values, folder: folderAt(folder, characters), resume, host: context };
  const result = await train({ ...request, describePlace: (place) => placeText(place, sources) });
  return { ...result, folder, parameters: describeModel(applyEvents(model, result.taken)).parameters };
}

/** By a layer, under its path, or along a row: the metrics hold it, the last line would be long. */
const isReported = (name: string) => /[.[]/.test(name);
function resultText({ stopped, step, loss, validation, seconds, unitsPerSecond, folder }: RunResult): string {
  const how = { finished: 'finished', early: 'stopped early, the validation loss no longer fell', interrupted: 'interrupted and saved' }[
    stopped
  ];
  const held =
    validation === undefined
      ? ''
      : Object.entries(validation)
          .filter(([name]) => !isReported(name))
          .map(([name, value]) => `, validation ${name} ${value.toFixed(4)}`)
          .join('');
  const next = stopped === 'interrupted' ? `go on with: bondsmith train --resume ${folder}\n` : '';
  return `${how} after step ${step} in ${duration(seconds)} (${compact(unitsPerSecond)}/s): loss ${loss.toFixed(4)}${held}\nsaved in ${folder}\n${next}`;
}
