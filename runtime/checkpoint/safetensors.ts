/**
 * The safetensors format (github.com/huggingface/safetensors): eight bytes of header length, a JSON header that names each tensor's type,
 * shape and bytes, then the bytes. Files come from strangers, so nothing of the header is believed before it is checked: lengths,
 * types, shapes, overflow, overlaps, gaps, names that occur twice. Data are read tensor by tensor, when asked for. Files that we alone
 * write end with fingerprints of all before: a bit that turned on a disk is an error, and not other weights.
 */
import type { Files } from './files.ts';
import { FileProblem } from './files.ts';
import { Fingerprint } from './fingerprint.ts';
import type { RealType } from './types.ts';
import { encodeReal, knownTypes, readerOf, widthOf } from './types.ts';

/** Longest header that is read, in bytes; the reference implementation has the same limit. */
const LONGEST_HEADER = 100_000_000;
const MOST_AXES = 64;
/** The last tensor of a file with fingerprints: a row of two words for the header, and one for each tensor. */
const CHECKS = 'bondsmith/fingerprints';

export interface StoredTensor {
  readonly name: string;
  /** As the file says; values of a type that is not known are refused when they are read. */
  readonly type: string;
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}
export interface TensorFile {
  readonly path: string;
  /** In the order of the file. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether it has fingerprints; then what is read is what was written. */
  readonly checked: boolean;
  /** Values in f64, row-major; 64-bit integers beyond 2^53 are refused. Throws FileProblem where there is no such tensor. */
  read(name: string): Float64Array;
}
/** What is written. */
export interface TensorToStore {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Int32Array;
  /** How the values are kept; by default as `data` has them. */
  readonly type?: RealType;
}

/** Reads and checks the header. Throws FileProblem that says what is wrong with it. */
export function openTensors(files: Files, path: string): TensorFile {
  const size = files.size(path);
  if (size === undefined) throw new FileProblem(path, 'no such file');
  if (size < 8) throw new FileProblem(path, `a safetensors file has at least 8 bytes, this one has ${size}`);
  const view = viewOf(files.read(path, 0, 8));
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > LONGEST_HEADER)
    throw new FileProblem(
      path,
      `the header says that it has ${length} bytes, at most ${LONGEST_HEADER} are read: this is hardly a .safetensors file`,
    );
  if (8 + length > size)
    throw new FileProblem(path, `the header says that it has ${length} bytes, the file ends after ${size - 8}: it is cut off`);
  const text = decodeHeader(path, files.read(path, 8, length));
  const { tensors, metadata } = checkedHeader(path, text, 8 + length, size);
  const checks = checksOf(files, path, 8 + length, tensors);
  const read = (name: string) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new FileProblem(path, `no tensor ${name}`);
    const bytes = files.read(path, tensor.offset, tensor.bytes);
    checks?.(name, bytes);
    return decode(path, tensor, bytes);
  };
  return { path, tensors, metadata, checked: checks !== undefined, read };
}

/** Takes the fingerprints out of the tensors; what is read is compared with them. Throws FileProblem where the header is not as written. */
function checksOf(files: Files, path: string, header: number, tensors: Map<string, StoredTensor>) {
  const stored = tensors.get(CHECKS);
  if (stored === undefined) return undefined;
  tensors.delete(CHECKS);
  if (stored.type !== 'I32' || stored.shape.join() !== `${tensors.size + 1},2`) throw new FileProblem(path, 'its fingerprints are damaged');
  const words = decode(path, stored, files.read(path, stored.offset, stored.bytes));
  const rows = new Map([...tensors.keys()].map((name, k) => [name, k + 1]));
  const check = (row: number, bytes: Uint8Array, what: string) => {
    const [low, high] = new Fingerprint().add(bytes).words();
    if (words[2 * row] !== low || words[2 * row + 1] !== high)
      throw new FileProblem(path, `${what} is damaged: it is not what was written`);
  };
  check(0, files.read(path, 0, header), 'the header');
  return (name: string, bytes: Uint8Array) => check(rows.get(name)!, bytes, `tensor ${name}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeHeader(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileProblem(path, 'the header is not UTF-8');
  }
}

function checkedHeader(path: string, text: string, start: number, size: number) {
  const header = parseObject(path, text);
  const twice = repeatedKey(text);
  if (twice !== undefined) throw new FileProblem(path, `the header has the name ${JSON.stringify(twice)} twice`);
  let metadata: Readonly<Record<string, string>> = {};
  const tensors: StoredTensor[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = checkedMetadata(path, entry);
    else tensors.push(checkedTensor(path, name, entry, start, size));
  }
  tensors.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = start;
  for (const tensor of tensors) {
    if (tensor.offset < end) throw new FileProblem(path, `tensor ${tensor.name} overlaps the one before it`);
    if (tensor.offset > end) throw new FileProblem(path, `${tensor.offset - end} bytes before tensor ${tensor.name} belong to no tensor`);
    end = tensor.offset + tensor.bytes;
  }
  if (end !== size) throw new FileProblem(path, `${size - end} bytes at the end belong to no tensor`);
  return { tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])), metadata };
}

function parseObject(path: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileProblem(path, `the header is not JSON (${(error as Error).message})`);
  }
  if (!isObject(value)) throw new FileProblem(path, 'the header is not a JSON object');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkedMetadata(path: string, entry: unknown): Record<string, string> {
  if (!isObject(entry) || !Object.values(entry).every((value) => typeof value === 'string')) {
    throw new FileProblem(path, '__metadata__ is not an object of strings');
  }
  return entry as Record<string, string>;
}

function checkedTensor(path: string, name: string, entry: unknown, start: number, size: number): StoredTensor {
  const refuse = (message: string) => new FileProblem(path, `tensor ${name}: ${message}`);
  if (!isObject(entry)) throw refuse('its entry is not an object');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string')
    throw refuse(dtype === undefined ? 'it has no dtype' : `type ${JSON.stringify(dtype).slice(0, 80)} is not a name`);
  if (!Array.isArray(shape) || shape.length > MOST_AXES || !shape.every(isCount))
    throw refuse(shape === undefined ? 'it has no shape' : `${JSON.stringify(shape).slice(0, 80)} is not a shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) throw refuse('data_offsets is not a pair of counts');
  const [from, to] = offsets as [number, number];
  const width = widthOf(dtype);
  const bytes = width === undefined ? to - from : (shape as number[]).reduce((product, extent) => product * extent, width);
  if (!Number.isSafeInteger(bytes)) throw refuse(`shape [${shape.join(', ')}] is too large`);
  if (to < from || to - from !== bytes)
    throw refuse(`shape [${shape.join(', ')}] of ${dtype} has ${bytes} bytes, its offsets give ${to - from}`);
  if (start + to > size) throw refuse(`it ends at byte ${start + to}, the file at ${size}: the file is cut off`);
  return { name, type: dtype, shape: shape as number[], offset: start + from, bytes };
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The first key that occurs twice in one object; JSON.parse would silently take the last. The text is JSON. */
function repeatedKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const found = text[at];
    if (found === '{') open.push(new Set());
    else if (found === '[') open.push(undefined);
    else if (found === '}' || found === ']') open.pop();
    if (found !== '"') continue;
    const end = endOfString(text, at);
    const key = text.slice(at + 1, end);
    at = end;
    const next = text.slice(end + 1, end + 64).trimStart();
    const keys = open.at(-1);
    if (keys === undefined || !(next === '' ? text.slice(end + 1).trimStart() : next).startsWith(':')) continue;
    if (keys.has(key)) return key;
    keys.add(key);
  }
  return undefined;
}

/** Position of the quote that closes a string: the next one behind an even number of backslashes. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  for (; end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

function decode(path: string, { name, type, bytes: length }: StoredTensor, bytes: Uint8Array): Float64Array {
  const width = widthOf(type);
  if (width === undefined) throw new FileProblem(path, `tensor ${name} is of type ${type}, read are ${knownTypes.join(', ')}`);
  if (type === 'F32' && bytes.byteOffset % 4 === 0) return Float64Array.from(new Float32Array(bytes.buffer, bytes.byteOffset, length / 4));
  const get = readerOf(type, viewOf(bytes), (value) => {
    throw new FileProblem(path, `tensor ${name} has the integer ${value}, which is beyond 2^53`);
  });
  const result = new Float64Array(length / width);
  for (let k = 0; k < result.length; k++) result[k] = get(k * width);
  return result;
}

/**
 * The bytes of a file, piece by piece. Tensors keep their order. Throws RangeError where a shape does not fit its data or a name occurs
 * twice. Written little-endian, the order of the format and of every host that runs this. `checked`: with fingerprints.
 */
export function* encodeTensors(
  tensors: readonly TensorToStore[],
  metadata: Readonly<Record<string, string>> = {},
  checked = false,
): Generator<Uint8Array> {
  const checks = new Int32Array(checked ? 2 * (tensors.length + 1) : 0);
  const header = headerOf(checked ? [...tensors, { name: CHECKS, shape: [tensors.length + 1, 2], data: checks }] : tensors, metadata);
  yield header;
  if (checked) checks.set(new Fingerprint().add(header).words());
  for (const [k, tensor] of tensors.entries()) {
    const bytes = bytesOf(tensor);
    if (checked) checks.set(new Fingerprint().add(bytes).words(), 2 * (k + 1));
    yield bytes;
  }
  if (checked) yield new Uint8Array(checks.buffer);
}

function headerOf(tensors: readonly TensorToStore[], metadata: Readonly<Record<string, string>>): Uint8Array {
  // A user's name is a key: `__proto__` set on an object would be lost.
  const header = new Map<string, unknown>([['__metadata__', { ...metadata }]]);
  let offset = 0;
  for (const tensor of tensors) {
    const { name, shape, data } = tensor;
    if (header.has(name)) throw new RangeError(`two tensors are called ${name}`);
    if (shape.reduce((product, size) => product * size, 1) !== data.length)
      throw new RangeError(`${name}: ${data.length} values do not fill [${shape}]`);
    const length = data.length * widthOf(typeOf(tensor))!;
    header.set(name, { dtype: typeOf(tensor), shape: [...shape], data_offsets: [offset, offset + length] });
    offset += length;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text, 8);
  viewOf(padded).setBigUint64(0, BigInt(padded.length - 8), true);
  return padded;
}

function typeOf({ type, data }: TensorToStore): string {
  return type ?? (data instanceof Float64Array ? 'F64' : data instanceof Float32Array ? 'F32' : 'I32');
}

function bytesOf({ type, data }: TensorToStore): Uint8Array {
  if (type === undefined) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return encodeReal(type, data);
}
