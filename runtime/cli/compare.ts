/** `bondsmith compare`: variants side by side, each trained with several seeds on the same data: a table of means and spreads, and a plot. */
import { join, resolve } from 'node:path';
import { FileProblem, readText } from '../checkpoint/files.ts';
import type { Curve } from '../train/metrics.ts';
import { chart, lossCurves, readMeasurements } from '../train/metrics.ts';
import type { Context } from './context.ts';
import { command, Problem, UsageError } from './context.ts';
import { threadsOption } from './engines.ts';
import type { Values } from './options.ts';
import { count, flag, named, nameList, number } from './options.ts';
import type { RunSettings } from './prepare.ts';
import { dataOptions, differingSettings, holdsRun, modelOptions, settingsFrom, settingsIn } from './settings.ts';
import type { RunResult } from './train.ts';
import { goOn, startRun } from './train.ts';

const { variant: _variant, ...programOptions } = modelOptions;
const { seed: _seed, ...sharedData } = dataOptions;
const options = {
  variants: nameList('<names>', 'variants or models of the file, with commas between'),
  seeds: count('<count>', 'runs of each, with the seeds 1, 2, ... (default 3)', { least: 1, most: 1000 }),
  ...programOptions,
  ...sharedData,
  out: named('<folder>', 'a run folder for each, and compare.jsonl, compare.md, compare.svg; what is there already goes on'),
  steps: count('<count>', 'optimiser steps of each run (default 1000)', { least: 1 }),
  loss: named('<name>', 'the loss to train, where the model has several'),
  rate: number('<number>', "the optimiser's learning rate, whatever --config says (default 3e-4)", { least: 0 }),
  config: named('<file>', 'the other settings (JSON), as train takes them'),
  threads: threadsOption,
  json: flag('print the table as JSON'),
};
type Given = Values<typeof options>;

export const compareCommand = command({
  name: 'compare',
  argument: '<file>',
  summary: 'Train variants with several seeds each, and compare them',
  options,
  examples: ['bondsmith compare model.bond --variants Dense,Mpo,Lora --seeds 5 --text book.txt --steps 500 --out runs/compared'],
  run: ([file], given, context) => run(file, given, { ...context, threads: given.threads }),
});

/** One finished run. `results`: losses and metrics over the held-out rows. */
interface Line {
  readonly variant: string;
  readonly seed: number;
  readonly parameters: RunResult['parameters'];
  readonly results: Readonly<Record<string, number>>;
}
interface Compared {
  readonly variant: string;
  readonly runs: number;
  readonly parameters: RunResult['parameters'];
  readonly mean: Readonly<Record<string, number>>;
  /** Standard deviations, with one run less than there are in the denominator; absent for a single run. */
  readonly spread?: Readonly<Record<string, number>>;
}

async function run(file: string, given: Given, context: Context): Promise<number> {
  const { variants: names, seeds = 3, out } = given;
  if (names === undefined) throw new UsageError('compare wants --variants A,B,C');
  if (out === undefined) throw new UsageError('--out FOLDER is missing: where the runs are to be kept');
  const folder = resolve(out);
  const settings = (variant: string, seed: number) => ({ ...settingsFrom(file, { ...given, variant }, context), seed: [seed, 0] as const });
  checkSame(context, folder, settings(names[0], 1));
  const lines = doneIn(context, folder);
  // Seed by seed, so that a comparison that is cut short compares the same seeds.
  for (let seed = 1; seed <= seeds; seed++) {
    for (const variant of names) {
      if (lines.some((line) => line.variant === variant && line.seed === seed)) continue;
      const result = await oneRun(context, settings(variant, seed), join(folder, `${variant}-${seed}`));
      if (result.stopped === 'interrupted') {
        context.err('interrupted and saved; the same command goes on\n');
        return 130;
      }
      const line: Line = { variant, seed, parameters: result.parameters, results: { ...result.validation, ...result.task } };
      context.files.append(join(folder, 'compare.jsonl'), `${JSON.stringify(line)}\n`);
      lines.push(line);
    }
  }
  const table = names.map((variant) =>
    compared(
      variant,
      lines.filter((line) => line.variant === variant && line.seed <= seeds),
    ),
  );
  const text = markdown(table);
  const write = (name: string, content: string) => context.files.replace(join(folder, name), [new TextEncoder().encode(content)]);
  write('compare.md', text);
  write('compare.svg', chart('validation loss, mean of the seeds', 'step', 'loss', curvesOf(context, folder, names, seeds)));
  context.out(given.json ? `${JSON.stringify(table)}\n` : text);
  return 0;
}

/** A folder holds one comparison: what is not the variant or the seed must be as it was. */
function checkSame({ files }: Context, folder: string, settings: RunSettings): void {
  const path = join(folder, 'compare.json');
  const { variant: _, set: __, source: ___, defaults: ____, ...shared } = settings;
  if (files.size(path) === undefined) {
    files.makeFolder(folder);
    files.replace(path, [new TextEncoder().encode(`${JSON.stringify({ ...shared, set: {} }, null, 2)}\n`)]);
    return;
  }
  let before: unknown;
  try {
    before = JSON.parse(readText(files, path, 2 ** 22));
  } catch (error) {
    throw error instanceof FileProblem ? error : new FileProblem(path, `it is not JSON (${(error as Error).message})`);
  }
  const differences = differingSettings({ ...shared, set: {} }, settingsIn(before, path));
  if (differences.length > 0) throw new Problem(`${folder} holds another comparison: ${differences.join('; ')}; give another --out`);
}

/** Runs that are done; a line that a kill cut off is dropped. */
function doneIn({ files }: Context, folder: string): Line[] {
  const path = join(folder, 'compare.jsonl');
  if (files.size(path) === undefined) return [];
  return readText(files, path)
    .split('\n')
    .flatMap((line): Line[] => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Line];
      } catch {
        return [];
      }
    });
}

async function oneRun(context: Context, settings: RunSettings, folder: string): Promise<RunResult> {
  context.err(`${folder}\n`);
  if (!holdsRun(context.files, folder)) return startRun(context, settings, folder);
  const result = await goOn(context, folder);
  if (result.validation !== undefined || result.stopped === 'interrupted') return result;
  throw new Problem(`${folder} is done, and compare.jsonl has no line of it; remove that folder, and it is run again`);
}

function compared(variant: string, lines: readonly Line[]): Compared {
  const names = Object.keys(lines[0].results).filter((name) => !/[.[]/.test(name));
  const of = (measure: (values: readonly number[]) => number) =>
    Object.fromEntries(names.map((name) => [name, measure(lines.map(({ results }) => results[name]))]));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));
  const common = { variant, runs: lines.length, parameters: lines[0].parameters, mean: of(mean) };
  return lines.length === 1 ? common : { ...common, spread: of(deviation) };
}

function markdown(table: readonly Compared[]): string {
  const names = [...new Set(table.flatMap(({ mean }) => Object.keys(mean)))];
  const rows = table.map(({ variant, runs, parameters, mean, spread }) => [
    variant,
    String(runs),
    parameters.total.toLocaleString('en'),
    parameters.trainable.toLocaleString('en'),
    ...names.map((name) =>
      mean[name] === undefined ? '-' : `${mean[name].toFixed(4)}${spread === undefined ? '' : ` ± ${spread[name].toFixed(4)}`}`,
    ),
  ]);
  const header = ['variant', 'runs', 'parameters', 'trained', ...names];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [line(header), line(header.map((_, k) => (k === 0 ? '---' : '---:'))), ...rows.map(line)].join('');
}

const COLOURS = ['#4c78a8', '#e45756', '#54a24b', '#f58518', '#b279a2', '#72b7b2', '#9d755d', '#ff9da6'];

/** Validation losses by step, the mean over the seeds that have the step. */
function curvesOf({ files }: Context, folder: string, names: readonly string[], seeds: number): Curve[] {
  return names.map((variant, k) => {
    const byStep = new Map<number, number[]>();
    for (let seed = 1; seed <= seeds; seed++) {
      const measured = lossCurves(readMeasurements(files, join(folder, `${variant}-${seed}`, 'metrics.jsonl')));
      for (const [step, loss] of measured.find(({ label }) => label === 'validation')?.points ?? [])
        byStep.set(step, [...(byStep.get(step) ?? []), loss]);
    }
    const points = [...byStep]
      .sort(([a], [b]) => a - b)
      .map(([step, losses]) => [step, losses.reduce((sum, loss) => sum + loss, 0) / losses.length] as const);
    return { label: variant, colour: COLOURS[k % COLOURS.length], points };
  });
}
