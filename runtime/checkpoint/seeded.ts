/**
 * Seeded tensors are stored in no checkpoint: its metadata say by which seed, generator and streams their values are drawn again. What is
 * written for others (merge, build) holds the values, and says the same of them.
 */
import type { Model, Parameter, Path } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { seededValue } from '../weights/draw.ts';
import { FileProblem } from './files.ts';
import type { TensorFile } from './safetensors.ts';

const KEY = 'bondsmith.seeded';
/** Of `compiler/values/random.ts`. A file of another one is refused: its values cannot be drawn here. */
const GENERATOR = 'threefry2x32-20';

export interface SeededRecord {
  readonly generator: string;
  readonly seed: Words;
  /** By the first name of each tensor. */
  readonly streams: readonly (readonly [name: Path, stream: Path])[];
}

/** Whether a checkpoint holds its values; undefined is no parameter. */
export const isStored = (parameter: Parameter | undefined): boolean => parameter !== undefined && parameter.origin.is !== 'seeded';

/** What a file says of the seeded tensors among these; undefined where none is. */
export function seededRecord(parameters: readonly Parameter[], seed: Words): SeededRecord | undefined {
  const streams = parameters.flatMap(({ names, origin }) => (origin.is === 'seeded' ? [[names[0], origin.stream] as const] : []));
  return streams.length === 0 ? undefined : { generator: GENERATOR, seed, streams };
}

export function seededMetadata(record: SeededRecord | undefined): Record<string, string> {
  return record === undefined ? {} : { [KEY]: JSON.stringify(record) };
}

/** Throws FileProblem where the record is none, or of another generator. */
export function seededIn({ path, metadata }: Pick<TensorFile, 'path' | 'metadata'>): SeededRecord | undefined {
  const text = metadata[KEY];
  if (text === undefined) return undefined;
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    throw new FileProblem(path, 'its record of seeded tensors is not JSON');
  }
  if (!isRecord(record)) throw new FileProblem(path, 'its record of seeded tensors lacks fields or has others');
  if (record.generator === GENERATOR) return record;
  throw new FileProblem(path, `its seeded tensors were drawn by ${record.generator}, and ${GENERATOR} is all that is known here`);
}

function isRecord(value: unknown): value is SeededRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { generator, seed, streams } = value as Record<string, unknown>;
  const isWord = (word: unknown) => Number.isInteger(word) && (word as number) >= 0 && (word as number) < 2 ** 32;
  const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
  const words = Array.isArray(seed) && seed.length === 2 && seed.every(isWord);
  return typeof generator === 'string' && words && Array.isArray(streams) && streams.every(isPair);
}

/** The seed of a seeded parameter in the file; undefined where the file says none, or draws it from another stream. */
export function seedIn(file: TensorFile, { names, origin }: Parameter): Words | undefined {
  const record = seededIn(file);
  const found = record?.streams.some(([name, stream]) => names.includes(name) && origin.is === 'seeded' && stream === origin.stream);
  return found ? record!.seed : undefined;
}

/** The value of a seeded parameter that a checkpoint does not store. Throws FileProblem where it does not say how it is drawn. */
export function drawnAgain(file: TensorFile, parameter: Parameter): Float64Array {
  const seed = seedIn(file, parameter);
  if (seed === undefined) throw new FileProblem(file.path, `it neither holds ${parameter.names[0]} nor says how it is drawn`);
  return seededValue(parameter, seed).data;
}

/** How far single precision may take a value from what was drawn. */
const ROUNDING = 1e-6;

/**
 * The seed by which seeded tensors of a model are drawn that starts from a file: the one that the file says, else `seed`. Throws
 * FileProblem where the file has them from other streams, or holds values that are not drawn so.
 */
export function seedFrom(file: TensorFile, model: Model, seed: Words): Words {
  const own = model.parameters.filter(({ origin }) => origin.is === 'seeded');
  const record = seededIn(file);
  const said = record?.streams.filter(([name]) => own.some(({ names }) => names.includes(name))) ?? [];
  for (const [name, stream] of said) {
    const parameter = own.find(({ names }) => names.includes(name))!;
    if (parameter.origin.is === 'seeded' && parameter.origin.stream !== stream)
      throw new FileProblem(file.path, `it draws ${name} from the stream ${stream}, ${model.name} from ${parameter.origin.stream}`);
  }
  const chosen = said.length > 0 ? record!.seed : seed;
  for (const parameter of own) {
    const name = parameter.names.find((one) => file.tensors.has(one));
    if (name !== undefined) checkDrawn(file, name, seededValue(parameter, chosen).data, model);
  }
  return chosen;
}

function checkDrawn(file: TensorFile, name: Path, drawn: Float64Array, model: Model): void {
  const held = file.read(name);
  const largest = drawn.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (held.length === drawn.length && held.every((value, k) => Math.abs(value - drawn[k]) <= ROUNDING * largest)) return;
  throw new FileProblem(
    file.path,
    `${name} is seeded in ${model.name}, and the values that the file holds are of another seed: give that with --seed, or a file that says it`,
  );
}
