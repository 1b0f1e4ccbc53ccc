/**
 * Text as training data: characters are code points, the vocabulary is those of the text in ascending order, the last tenth is held out.
 */
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import type { Batch, Feed } from './feed.ts';
import { checkInputSizes, DataError, describeInput, drawBelow, openAxis, sizeOf } from './feed.ts';

const HELD_OUT = 0.1;
/** The longest string of the host. */
const LONGEST = 0x1fffffe8;

/** Decodes UTF-8. Throws DataError with line and byte of the first invalid place; `name` is for the message. */
export function decodeText(bytes: Uint8Array, name: string): string {
  if (bytes.length > LONGEST)
    throw new DataError(
      `${name} has ${bytes.length} bytes; a text has at most ${LONGEST} (512 MiB), since it is held as one string; split it`,
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const at = firstInvalid(bytes);
    const line = 1 + bytes.subarray(0, at).reduce((lines, byte) => (byte === 10 ? lines + 1 : lines), 0);
    const value = at < bytes.length ? `byte 0x${bytes[at].toString(16).padStart(2, '0')}` : 'the end of the file';
    throw new DataError(`${name}: not UTF-8 in line ${line}, at byte ${at}: ${value} cannot stand there; convert the text to UTF-8`);
  }
}

/** Position of the first byte that no UTF-8 text has there (RFC 3629). */
function firstInvalid(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at];
    const length =
      lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (length === 0) return at;
    for (let k = 1; k < length; k++) {
      const low = k === 1 ? (lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80) : 0x80;
      const high = k === 1 ? (lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf) : 0xbf;
      if (at + k >= bytes.length || bytes[at + k] < low || bytes[at + k] > high) return at + k;
    }
    at += length;
  }
  return bytes.length;
}

export interface Vocabulary {
  /** Distinct characters, ascending by code point; the position is the id. */
  readonly characters: readonly string[];
  encode(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
}

/** The vocabulary of a text, or of the characters that a checkpoint recorded (the two are the same function). */
export function vocabularyOf(text: string): Vocabulary {
  const characters = [...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const ids = new Map(characters.map((character, id) => [character, id]));
  const encode = (input: string) => {
    const result = new Int32Array(input.length);
    let length = 0;
    for (const character of input) {
      const id = ids.get(character);
      if (id === undefined)
        throw new DataError(`the character ${JSON.stringify(character)} is not in the vocabulary of ${characters.length} characters`);
      result[length++] = id;
    }
    return result.subarray(0, length);
  };
  return { characters, encode, decode: (input) => Array.from(input, (id) => characters[id]).join('') };
}

export interface TextRequest {
  readonly model: Model;
  readonly text: string;
  /** Those that are read; default: all of the model. */
  readonly inputs?: readonly ModelInput[];
  /** For messages. */
  readonly name: string;
  readonly batch: number;
  /** Characters per example under the name of the model's time axis; default: the greatest that it allows. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly seed: Words;
  readonly vocabulary?: Vocabulary;
  /** All of the text is evaluated, none is trained on. */
  readonly evaluated?: boolean;
}

/**
 * Batches for a model with two inputs over the same two open axes and one vocabulary: the text, and the text one character ahead.
 * Examples begin anywhere in the first nine tenths; validation goes through the last tenth window by window.
 */
export function textFeed(request: TextRequest): Feed & { readonly vocabulary: Vocabulary } {
  const { model, name, batch } = request;
  if (request.text.length === 0) throw new DataError(`${name} is empty; give a text of some thousand characters`);
  const [ids, next] = textInputs(model, request.inputs ?? model.inputs);
  const vocabulary = request.vocabulary ?? vocabularyOf(request.text);
  const codes = vocabulary.encode(request.text);
  const [batchAxis, timeAxis] = ids.axes;
  const context = contextOf(request, timeAxis);
  const vocab = sizeOf(model, ids.index!);
  if (typeof vocab === 'number' && vocab < vocabulary.characters.length) {
    const axis = model.axes[ids.index!].name;
    throw new DataError(`${name} has ${vocabulary.characters.length} different characters, the model's ${axis} is ${vocab}; set ${axis}`);
  }
  const border = codes.length - Math.floor(codes.length * HELD_OUT);
  const [training, held] = request.evaluated ? [codes, codes] : [codes.subarray(0, border), codes.subarray(border)];
  if (Math.min(training.length, held.length) < context + 1) {
    const least = request.evaluated ? context + 1 : Math.ceil((context + 1) / HELD_OUT);
    const why = request.evaluated ? '' : ', because a tenth is held out';
    throw new DataError(
      `${name} has ${codes.length} characters; with a context of ${context} it needs at least ${least}${why}; set a smaller context`,
    );
  }
  const rows = (from: (row: number) => number, source: Int32Array, count: number) =>
    windows(ids.name, next.name, source, from, count, context);
  const places = training.length - context;
  const windowsHeld = Math.floor((held.length - 1) / context);
  const perBatch = Math.min(batch, windowsHeld);
  const sizes = (examples: number) => ({ [model.axes[batchAxis].name]: examples, [model.axes[timeAxis].name]: context });
  checkInputSizes(model, sizes(batch));
  return {
    vocabulary,
    sizes: sizes(batch),
    unit: 'tokens',
    unitsPerBatch: batch * context,
    batchesPerEpoch: Math.max(1, Math.floor(training.length / (batch * context))),
    train: (tick) => rows((row) => drawBelow(request.seed, 'data/text', tick, row, places), training, batch),
    validation: {
      inputs: [ids.name, next.name],
      rows: windowsHeld,
      axis: model.axes[batchAxis].name,
      perBatch,
      sizes: sizes(perBatch),
      batch: (first, count) => rows((row) => Math.min(first + row, windowsHeld - 1) * context, held, count),
    },
  };
}

function windows(ids: string, next: string, source: Int32Array, from: (row: number) => number, count: number, context: number): Batch {
  const now = new Int32Array(count * context);
  const ahead = new Int32Array(count * context);
  for (let row = 0; row < count; row++) {
    const start = from(row);
    now.set(source.subarray(start, start + context), row * context);
    ahead.set(source.subarray(start + 1, start + 1 + context), row * context);
  }
  return { [ids]: now, [next]: ahead };
}

/** The two inputs of a model of text. Throws DataError where it has others. */
function textInputs(model: Model, inputs: readonly ModelInput[]): readonly [ModelInput, ModelInput] {
  const [ids, next] = inputs;
  const fits =
    inputs.length === 2 &&
    ids.axes.length === 2 &&
    ids.axes.join() === next.axes.join() &&
    ids.axes.every((axis) => openAxis(model, axis) !== undefined) &&
    ids.index !== undefined &&
    ids.index === next.index;
  if (fits) return [ids, next];
  const found = inputs.map((input) => describeInput(model, input)).join(', ');
  throw new DataError(
    `a text feeds two inputs over the same two open axes, such as ids[batch, time] in vocab, next[batch, time] in vocab; ` +
      `${model.name} has ${found || 'none'}; use --data FILE.safetensors`,
  );
}

function contextOf({ model, sizes = {} }: TextRequest, timeAxis: number): number {
  const { name, size } = model.axes[timeAxis];
  const most = typeof size === 'number' ? size : size.max;
  const unknown = Object.keys(sizes).find((other) => other !== name);
  if (unknown !== undefined) throw new DataError(`a size is given for ${unknown}; the size to choose here is that of ${name}`);
  const context = sizes[name];
  if (context === undefined && most === undefined)
    throw new DataError(`the model does not bound ${name}; give its size, for example --size ${name}=64`);
  if (context !== undefined && most !== undefined && context > most)
    throw new DataError(`${name} is to be ${context}, the model allows at most ${most}`);
  return context ?? most!;
}
