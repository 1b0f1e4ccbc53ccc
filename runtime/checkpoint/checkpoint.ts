/**
 * A checkpoint is one safetensors file that holds a run: parameters under their paths (so any tool reads them as weights), the optimiser's
 * state under `optimiser/`, and in the metadata all that a run needs to go on as if it had not stopped. It is replaced as a whole.
 */
import type { Taken } from '../../compiler/values/decision.ts';
import { isTaken } from '../../compiler/values/decision.ts';
import type { EventId, Model } from '../../compiler/values/model.ts';
import type { Files } from './files.ts';
import { FileProblem } from './files.ts';
import type { StoredTensor, TensorFile, TensorToStore } from './safetensors.ts';
import { encodeTensors, openTensors } from './safetensors.ts';

const KEY = 'bondsmith';
const STATE = 'optimiser/';

/** Everything beside tensors. Numbers are exact; all of it is JSON. */
export interface RunState {
  readonly format: 2;
  /** What the run is of and how it began: with it a checkpoint stands alone. Absent where a program of the user's saves by itself. */
  readonly run?: RunRecord;
  readonly model: string;
  readonly edition: number;
  /** Of the resolved model: a checkpoint of another model is refused. */
  readonly digest: string;
  /** Optimiser steps done, and micro-batches drawn since the run began. */
  readonly step: number;
  readonly tick: number;
  readonly seed: readonly [number, number];
  /** Arithmetic class of the engine: bits are promised within one class only. */
  readonly host: string;
  readonly profile: string;
  /** Members of the persistent space in their order. */
  readonly layout: readonly string[];
  /** Factor lists of every decomposed weight by path and axis, and bond sizes by path and bond as the run began; events changed them since. */
  readonly factors: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly bonds: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What the loop itself keeps: best validation loss, patience. */
  readonly loop: Readonly<Record<string, number>>;
  /** Absent where the schedule changes nothing. */
  readonly events?: EventRecord;
}
/** All that a run needs beside tensors: nothing of it lies elsewhere. */
export interface RunRecord {
  /** Of the package that wrote it. */
  readonly version: string;
  /** The main file, and every text by its path, those that it uses too. */
  readonly program: { readonly file: string; readonly texts: readonly (readonly [path: string, text: string])[] };
  /** As run.json has them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Characters of the text that it learns, in the order of their ids; empty for other data. */
  readonly vocabulary: string;
  /** Names of labels by axis, where the data give names. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Of the data that it learns: another text or file is not gone on with. Absent where nothing was recorded. */
  readonly data?: string;
  /** Of open axes in a batch, by name. */
  readonly sizes: Readonly<Record<string, number>>;
  /** What it takes, for readers that have no compiler: `ids[batch, time] in vocab`. */
  readonly inputs: readonly string[];
}
/** What events that change the model did and know: with the text it gives the model of the checkpoint. */
export interface EventRecord {
  readonly taken: readonly Taken[];
  /** The latest, newest last: of these is the moving average. */
  readonly losses: readonly number[];
  /** What `reference` is for each event that began. */
  readonly references: readonly (readonly [EventId, number])[];
  /** Events that are over, and why. */
  readonly ended: readonly (readonly [EventId, string])[];
  /** How much candidates of choices count, summed since the last choice, by event and path of the weight. */
  readonly importance: readonly (readonly [EventId, readonly (readonly [string, number])[]])[];
  /** What became of moments. */
  readonly moments: string;
}
export interface Checkpoint {
  readonly state: RunState;
  readonly parameters: readonly TensorToStore[];
  /** Named as in the layout: `PATH.m`. */
  readonly optimiser: readonly TensorToStore[];
}

/** Writes the whole checkpoint or nothing. Throws FileProblem. */
export function saveCheckpoint(files: Files, path: string, checkpoint: Checkpoint): void {
  files.replace(path, encodeCheckpoint(checkpoint));
}

/** Its bytes, piece by piece. */
export function encodeCheckpoint({ state, parameters, optimiser }: Checkpoint): Iterable<Uint8Array> {
  const states = optimiser.map((tensor) => ({ ...tensor, name: STATE + tensor.name }));
  return encodeTensors([...parameters, ...states], { [KEY]: JSON.stringify(state) });
}

export interface OpenedCheckpoint {
  readonly file: TensorFile;
  readonly state: RunState;
  /** By the name in the layout; undefined where there is none. */
  optimiser(name: string): Float64Array | undefined;
}

/** Throws FileProblem where the file is no checkpoint of ours. Tensors stay on disk until read. */
export function openCheckpoint(files: Files, path: string): OpenedCheckpoint {
  const file = openTensors(files, path);
  const text = file.metadata[KEY];
  if (text === undefined) throw new FileProblem(path, 'it holds weights but no run; give it with --from');
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    throw new FileProblem(path, 'its record of the run is not JSON');
  }
  if (formatOf(state) === 1) throw new FileProblem(path, OLD);
  if (!isRunState(state)) throw new FileProblem(path, 'its record of the run lacks fields or is of another version');
  return { file, state, optimiser: (name) => (file.tensors.has(STATE + name) ? file.read(STATE + name) : undefined) };
}

const OLD =
  'bondsmith 0.1 wrote it, whose runs do not hold their program and data and cannot be gone on with; its weights can: train or eval the program with --from this file';

function formatOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>).format : undefined;
}

function isRunRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { version, program, settings, vocabulary, labels, data, sizes, inputs } = value as Record<string, unknown>;
  const { file, texts } = (typeof program === 'object' && program !== null ? program : {}) as Record<string, unknown>;
  const isText = (one: unknown) => Array.isArray(one) && one.length === 2 && one.every((part) => typeof part === 'string');
  const objects = [settings, labels, sizes].every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
  const words = [version, vocabulary, file].every((one) => typeof one === 'string');
  return (
    words &&
    objects &&
    Array.isArray(texts) &&
    texts.every(isText) &&
    texts.some(([path]) => path === file) &&
    (data === undefined || typeof data === 'string') &&
    Array.isArray(inputs)
  );
}

function isRunState(value: unknown): value is RunState {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  const texts = ['model', 'digest', 'host', 'profile'].every((key) => typeof record[key] === 'string');
  const counts = ['edition', 'step', 'tick'].every((key) => Number.isSafeInteger(record[key]) && (record[key] as number) >= 0);
  const objects = ['factors', 'bonds', 'loop'].every((key) => typeof record[key] === 'object' && record[key] !== null);
  const seed = record.seed;
  const words = Array.isArray(seed) && seed.length === 2 && seed.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32);
  const events = record.events === undefined || isEventRecord(record.events);
  return (
    record.format === 2 &&
    (record.run === undefined || isRunRecord(record.run)) &&
    texts &&
    counts &&
    objects &&
    words &&
    events &&
    Array.isArray(record.layout)
  );
}

function isEventRecord(value: unknown): value is EventRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { taken, losses, references, ended, importance, moments } = value as Record<string, unknown>;
  const lists = [taken, losses, references, ended, importance].every(Array.isArray);
  return lists && typeof moments === 'string' && (taken as unknown[]).every(isTaken);
}

/** Names of weights in a file: what can be decomposed or loaded. */
export function weightNames(file: TensorFile): Set<string> {
  return new Set([...file.tensors.keys()].filter((name) => !name.startsWith(STATE)));
}

export interface Difference {
  readonly name: string;
  readonly kind: 'missing' | 'extra' | 'misshapen';
  readonly expected?: readonly number[];
  readonly found?: readonly number[];
}

/** How the parameters of a file differ from those of a model; a parameter may be stored under any of its names. */
export function compareWithModel(file: TensorFile, model: Model): Difference[] {
  const differences: Difference[] = [];
  const used = new Set<string>();
  for (const parameter of model.parameters) {
    const expected = parameter.legs.map((leg) => leg.size);
    const found = storedParameter(file, parameter.names);
    for (const name of parameter.names) used.add(name);
    if (found === undefined) differences.push({ name: parameter.names[0], kind: 'missing', expected });
    else if (found.shape.join() !== expected.join())
      differences.push({ name: found.name, kind: 'misshapen', expected, found: found.shape });
  }
  for (const name of weightNames(file)) {
    if (!used.has(name)) differences.push({ name, kind: 'extra', found: file.tensors.get(name)!.shape });
  }
  return differences;
}

/** The stored tensor of a parameter under the first of its names that the file has. */
export function storedParameter(file: TensorFile, names: readonly string[]): StoredTensor | undefined {
  for (const name of names) {
    const tensor = file.tensors.get(name);
    if (tensor !== undefined) return tensor;
  }
  return undefined;
}

/** A table of at most `most` rows: name, what the model has, what the file has. */
export function differenceTable(differences: readonly Difference[], most = 20): string {
  const shape = (sizes?: readonly number[]) => (sizes === undefined ? '-' : `[${sizes.join(', ')}]`);
  const rows = [
    ['tensor', 'in the model', 'in the file', ''],
    ...differences.slice(0, most).map(({ name, expected, found, kind }) => [name, shape(expected), shape(found), kind]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  if (differences.length > most) lines.push(`  and ${differences.length - most} more`);
  return lines.join('\n');
}
