/**
 * Folders of images as columns: `image`, numbers from 0 to 1, and `label`, the name of the folder that an image lies in. What decodes them
 * is installed by whoever has images; nothing else needs it.
 */
import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import { readWhole } from '../checkpoint/files.ts';
import { DataError, describeInput } from '../data/feed.ts';
import type { Columns, Reading } from '../data/memory.ts';
import { columnsOf, namesIn } from '../data/memory.ts';
import type { Pixels } from '../data/pixels.ts';
import { asInput, resized } from '../data/pixels.ts';
import { PLAIN } from '../data/settings.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import { problemAt } from './node-files.ts';

/** Whether rows are to be looked for in a folder. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

export interface ImageColumns extends Columns {
  /** Where each row is from. */
  readonly paths: readonly string[];
}

/**
 * `order`: one after another by name; `mixed`: such that each part of the rows has about the same share of every label, since the last ones
 * are held out. Throws DataError that names the file, Problem where what decodes it is not installed.
 */
export function imageColumns(
  { files }: Pick<Context, 'files'>,
  folder: string,
  model: Model,
  reading: Reading,
  order: 'by name' | 'mixed',
): ImageColumns {
  const { said = PLAIN } = reading;
  const names = namesIn(model, said);
  const input = model.inputs.find(({ name }) => (names.get(name) ?? name) === 'image');
  if (input === undefined || input.type !== 'real' || input.axes.length < 3 || input.axes.length > 4)
    throw new DataError(
      `${folder} has the columns image and label: ${model.name} wants an input image[batch, rows, cols], or with channels last; say in data.columns which one it is`,
    );
  const rows = rowsIn(folder);
  if (order === 'mixed') rows.sort((a, b) => a.share - b.share || (a.path < b.path ? -1 : 1));
  const shape = shapeOf(model, input);
  const first = shape.some((size) => size === undefined) ? decoded(files, rows[0].path) : undefined;
  const [height, width] = [shape[0] ?? first!.height, shape[1] ?? first!.width];
  const channels = input.axes.length === 3 ? 1 : (shape[2] ?? first!.channels);
  const each = height * width * channels;
  if (each * rows.length > 2 ** 31) throw new DataError(`${folder}: ${rows.length} images of ${each} numbers are more than 2^31 numbers`);
  const data = new Float32Array(rows.length * each);
  rows.forEach(({ path }, k) => {
    const found = decoded(files, path);
    const isOther = found.height !== height || found.width !== width;
    if (isOther && said.images.size === 'refuse')
      throw new DataError(
        `${path} is ${found.height} x ${found.width}, ${describeInput(model, input)} is ${height} x ${width}; \`"images": { "size": "resize" }\` in the data settings makes it so large`,
      );
    const own = asInput(found, channels);
    if (typeof own === 'string') throw new DataError(`${path} ${own}`);
    data.set(isOther ? resized(own, height, width).data : own.data, k * each);
  });
  const size = input.axes.length === 3 ? [height, width] : [height, width, channels];
  const labels = rows.flatMap(({ label }) => (label === undefined ? [] : [label]));
  const given = { image: { shape: [rows.length, ...size], data }, ...(labels.length > 0 ? { label: labels } : {}) };
  const read = columnsOf(model, given, { ...reading, place: (row) => rows[row]?.path ?? folder });
  return { ...read, paths: rows.map(({ path }) => path) };
}

/** Sizes of the image's own axes; undefined where they are open. */
function shapeOf(model: Model, { axes }: ModelInput): (number | undefined)[] {
  return axes.slice(1).map((axis) => {
    const { size } = model.axes[axis];
    return typeof size === 'number' ? size : undefined;
  });
}

interface Row {
  readonly path: string;
  readonly label?: string;
  /** Of its label's rows, how many come before it. */
  readonly share: number;
}

function rowsIn(folder: string): Row[] {
  const entries = entriesOf(folder);
  const inside = entries.filter((name) => isFolder(join(folder, name)));
  if (inside.length > 0 && inside.length < entries.length)
    throw new DataError(`${folder} has images beside folders of images; a label is the name of a folder, so put each into one`);
  const of = (at: string, label?: string) => {
    const names = entriesOf(at);
    return names.map(
      (name, k): Row => ({ path: join(at, name), share: (k + 0.5) / names.length, ...(label === undefined ? {} : { label }) }),
    );
  };
  const rows = inside.length === 0 ? of(folder) : inside.flatMap((label) => of(join(folder, label), label));
  if (rows.length === 0) throw new DataError(`${folder} has no images`);
  return rows;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (error) {
    throw problemAt(folder, error);
  }
}

/** Who decodes an ending. */
const LIBRARIES: readonly (readonly [RegExp, string, (library: never, bytes: Uint8Array) => Pixels])[] = [
  [/\.png$/i, 'fast-png', decodePng],
  [/\.jpe?g$/i, 'jpeg-js', decodeJpeg],
];

function decoded(files: Context['files'], path: string): Pixels {
  const found = LIBRARIES.find(([ending]) => ending.test(path));
  if (found === undefined) throw new DataError(`${path} is no image that is read here: .png, .jpg, .jpeg`);
  const [, name, decode] = found;
  const library = libraryCalled(name, path);
  const bytes = readWhole(files, path, 2 ** 28);
  try {
    return decode(library as never, bytes);
  } catch (error) {
    throw new DataError(`${path} cannot be decoded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const libraries = new Map<string, unknown>();

function libraryCalled(name: string, path: string): unknown {
  const known = libraries.get(name);
  if (known !== undefined) return known;
  try {
    const found: unknown = createRequire(import.meta.url)(name);
    libraries.set(name, found);
    return found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Problem(`${path} is decoded by ${name}, which is not installed: npm install ${name}`);
  }
}

/** Pixels of one image, whatever its header says. */
const MOST_PIXELS = 1e8;

interface FastPng {
  decode(bytes: Uint8Array): { width: number; height: number; depth: number; channels: number; data: ArrayLike<number>; palette?: unknown };
  convertIndexedToRgb(image: unknown): ArrayLike<number>;
}

function decodePng(library: FastPng, bytes: Uint8Array): Pixels {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixels = bytes.length < 24 ? 0 : header.getUint32(16) * header.getUint32(20);
  if (pixels > MOST_PIXELS) throw new Error(`its header says ${pixels} pixels, at most ${MOST_PIXELS} are read`);
  const image = library.decode(bytes);
  const { width, height, depth } = image;
  if (image.palette !== undefined) {
    const data = library.convertIndexedToRgb(image);
    return { width, height, channels: data.length / (width * height), most: 255, data };
  }
  const { channels } = image;
  const data = depth < 8 ? unpacked(image.data, width * channels, height, depth) : image.data;
  return { width, height, channels, most: 2 ** depth - 1, data };
}

/** Several numbers in a byte, each line in whole bytes. */
function unpacked(bytes: ArrayLike<number>, perLine: number, lines: number, depth: number): Uint8Array {
  const found = new Uint8Array(perLine * lines);
  const bytesPerLine = Math.ceil((perLine * depth) / 8);
  for (let line = 0; line < lines; line++)
    for (let k = 0; k < perLine; k++) {
      const bit = k * depth;
      const byte = bytes[line * bytesPerLine + (bit >> 3)];
      found[line * perLine + k] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  return found;
}

interface JpegJs {
  decode(bytes: Uint8Array, options: object): { width: number; height: number; data: Uint8Array };
}

function decodeJpeg(library: JpegJs, bytes: Uint8Array): Pixels {
  const { width, height, data } = library.decode(bytes, { useTArray: true, formatAsRGBA: false, maxResolutionInMP: MOST_PIXELS / 1e6 });
  return { width, height, channels: data.length / (width * height), most: 255, data };
}
