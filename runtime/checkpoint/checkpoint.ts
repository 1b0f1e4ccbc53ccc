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
  readonly format: 1;
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
  /** Vocabulary of a text, or empty. */
  readonly vocabulary: string;
  /** Absent where the schedule changes nothing. */
  readonly events?: EventRecord;
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
  const states = checkpoint.optimiser.map((tensor) => ({ ...tensor, name: STATE + tensor.name }));
  files.replace(path, encodeTensors([...checkpoint.parameters, ...states], { [KEY]: JSON.stringify(checkpoint.state) }));
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
  if (!isRunState(state)) throw new FileProblem(path, 'its record of the run lacks fields or is of another version');
  return { file, state, optimiser: (name) => (file.tensors.has(STATE + name) ? file.read(STATE + name) : undefined) };
}

function isRunState(value: unknown): value is RunState {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  const texts = ['model', 'digest', 'host', 'profile', 'vocabulary'].every((key) => typeof record[key] === 'string');
  const counts = ['edition', 'step', 'tick'].every((key) => Number.isSafeInteger(record[key]) && (record[key] as number) >= 0);
  const objects = ['factors', 'bonds', 'loop'].every((key) => typeof record[key] === 'object' && record[key] !== null);
  const seed = record.seed;
  const words = Array.isArray(seed) && seed.length === 2 && seed.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32);
  const events = record.events === undefined || isEventRecord(record.events);
  return record.format === 1 && texts && counts && objects && words && events && Array.isArray(record.layout);
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
