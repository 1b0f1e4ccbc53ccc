/**
 * Arrays as NumPy writes them: .npz is a zip of .npy files, each with a header in Python's notation (numpy.lib.format). `np.savez` stores
 * them as they are; compressed ones are refused, since unpacking is the host's business.
 */

import { DataError } from './feed.ts';
import type { Column } from './memory.ts';

/** Arrays by name. Throws DataError. */
export function readNpz(bytes: Uint8Array, name: string): Map<string, Column> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refuse = (message: string) => new DataError(`${name}: ${message}`);
  let end = bytes.length - 22;
  while (end >= 0 && end > bytes.length - 70_000 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw refuse('it is no .npz file: the end of a zip archive is missing');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const found = new Map<string, Column>();
  for (let k = 0; k < count; k++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) throw refuse('its list of files is broken');
    const [method, size] = [view.getUint16(at + 10, true), view.getUint32(at + 24, true)];
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const own = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)).replace(/\.npy$/, '');
    const local = view.getUint32(at + 42, true);
    if (method !== 0) throw refuse(`${own} is compressed; write it with np.savez in place of np.savez_compressed`);
    if (local + 30 > bytes.length) throw refuse(`${own} begins behind the end of the file`);
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (size === 0xffffffff || from + size > bytes.length) throw refuse(`${own} is cut off`);
    found.set(own, readNpy(bytes.subarray(from, from + size), `${name}: ${own}`));
    at += 46 + nameLength + extra + comment;
  }
  return found;
}

const readers: Readonly<Record<string, readonly [bytes: number, (view: DataView, at: number) => number]>> = {
  f8: [8, (view, at) => view.getFloat64(at, true)],
  f4: [4, (view, at) => view.getFloat32(at, true)],
  i8: [8, (view, at) => Number(view.getBigInt64(at, true))],
  i4: [4, (view, at) => view.getInt32(at, true)],
  i2: [2, (view, at) => view.getInt16(at, true)],
  i1: [1, (view, at) => view.getInt8(at)],
  u8: [8, (view, at) => Number(view.getBigUint64(at, true))],
  u4: [4, (view, at) => view.getUint32(at, true)],
  u2: [2, (view, at) => view.getUint16(at, true)],
  u1: [1, (view, at) => view.getUint8(at)],
  b1: [1, (view, at) => view.getUint8(at)],
};

function readNpy(bytes: Uint8Array, name: string): Column {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || new TextDecoder('latin1').decode(bytes.subarray(1, 6)) !== 'NUMPY')
    throw new DataError(`${name} is no .npy array`);
  const start = bytes[6] === 1 ? 10 : 12;
  const length = bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const [, order, type] = /'descr':\s*'([<>|=])(\w\d+)'/.exec(header) ?? [];
  const [, sizes] = /'shape':\s*\(([\d,\s]*)\)/.exec(header) ?? [];
  if (type === undefined || sizes === undefined) throw new DataError(`${name}: its header says no type and shape that are read here`);
  if (!Object.hasOwn(readers, type) || order === '>')
    throw new DataError(`${name} is of type ${order}${type}; read are little-endian ${Object.keys(readers).join(', ')}`);
  if (/'fortran_order':\s*True/.test(header)) throw new DataError(`${name} lies column by column; write it with np.ascontiguousarray`);
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const [step, get] = readers[type];
  if (start + length + count * step > bytes.length)
    throw new DataError(`${name} is cut off: [${shape.join(', ')}] of ${type} does not fit`);
  const read = (_: unknown, k: number) => get(view, start + length + k * step);
  const integers = !type.startsWith('f') && !type.endsWith('8') && type !== 'u4';
  return { shape, data: integers ? Int32Array.from({ length: count }, read) : Float64Array.from({ length: count }, read) };
}
