/**
 * A checkpoint is one safetensors file that holds a run: parameters under their paths (so any tool reads them as weights), the optimiser's
 * state under `optimiser/`, and in the metadata all that a run needs to go on as if it had not stopped. It is replaced as a whole.
 */
import type { Model, Parameter } from '../../compiler/values/model.ts';
import type { Files } from './files.ts';
import { FileProblem } from './files.ts';
import type { RunState } from './record.ts';
import { runState } from './record.ts';
import type { StoredTensor, TensorFile, TensorToStore } from './safetensors.ts';
import { encodeTensors, openTensors } from './safetensors.ts';
import { problemsOf, shown } from './schema.ts';
import { drawnAgain, type SeededRecord, seededMetadata, seedIn } from './seeded.ts';

const KEY = 'bondsmith';
const STATE = 'optimiser/';
const FORMAT = 2;

export interface Checkpoint {
  readonly state: RunState;
  readonly parameters: readonly TensorToStore[];
  /** Named as in the layout: `PATH.m`. */
  readonly optimiser: readonly TensorToStore[];
  /** Of the tensors that are drawn again and stored nowhere. */
  readonly seeded?: SeededRecord | undefined;
}

/** Writes the whole checkpoint or nothing. Throws FileProblem. */
export function saveCheckpoint(files: Files, path: string, checkpoint: Checkpoint): void {
  files.replace(path, encodeCheckpoint(checkpoint));
}

/** Its bytes, piece by piece. */
export function encodeCheckpoint({ state, parameters, optimiser, seeded }: Checkpoint): Iterable<Uint8Array> {
  const states = optimiser.map((tensor) => ({ ...tensor, name: STATE + tensor.name }));
  return encodeTensors([...parameters, ...states], { [KEY]: JSON.stringify(state), ...seededMetadata(seeded) }, true);
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
  const state = stateIn(path, text);
  if (!file.checked) throw new FileProblem(path, 'its fingerprints are missing, so nobody knows whether it is as it was written');
  return { file, state, optimiser: (name) => (file.tensors.has(STATE + name) ? file.read(STATE + name) : undefined) };
}

const OLD =
  'bondsmith 0.1 wrote it, whose runs do not hold their program and data and cannot be gone on with; its weights can: train or eval the program with --from this file';

function stateIn(path: string, text: string): RunState {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FileProblem(path, 'its record of the run is not JSON');
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (format === 1) throw new FileProblem(path, OLD);
  if (typeof format === 'number' && format > FORMAT) throw new FileProblem(path, `it is of format ${format}; a newer bondsmith wrote it`);
  const read = problemsOf(runState, value);
  if ('problems' in read) throw new FileProblem(path, `its record of the run is damaged: ${read.problems[0]}`);
  const { run } = read.value;
  if (run !== undefined && !run.program.texts.some(([name]) => name === run.program.file))
    throw new FileProblem(path, `its record of the run is damaged: there is no text of ${shown(run.program.file)}`);
  return read.value;
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
    if (found === undefined && parameter.origin.is === 'seeded' && seedIn(file, parameter) !== undefined) continue;
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

/** The value of a parameter: as the file has it, or drawn again. Throws FileProblem. */
export function parameterValue(file: TensorFile, parameter: Parameter): Float64Array {
  const stored = storedParameter(file, parameter.names);
  return stored === undefined && parameter.origin.is === 'seeded'
    ? drawnAgain(file, parameter)
    : file.read(stored?.name ?? parameter.names[0]);
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
