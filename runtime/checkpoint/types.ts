/** Element types of safetensors files: how many bytes they have, how they are read as numbers, and how real ones are written. */

interface Reading {
  readonly bytes: number;
  /** The number at a byte of the view; `beyond` is told integers that no f64 holds. */
  readonly get: (view: DataView, at: number, beyond: (value: bigint) => never) => number;
}

const readings: Readonly<Record<string, Reading>> = {
  F64: { bytes: 8, get: (view, at) => view.getFloat64(at, true) },
  F32: { bytes: 4, get: (view, at) => view.getFloat32(at, true) },
  F16: { bytes: 2, get: (view, at) => halfToNumber(view.getUint16(at, true)) },
  BF16: { bytes: 2, get: (view, at) => brainToNumber(view.getUint16(at, true)) },
  I64: { bytes: 8, get: (view, at, beyond) => exact(view.getBigInt64(at, true), beyond) },
  U64: { bytes: 8, get: (view, at, beyond) => exact(view.getBigUint64(at, true), beyond) },
  I32: { bytes: 4, get: (view, at) => view.getInt32(at, true) },
  U32: { bytes: 4, get: (view, at) => view.getUint32(at, true) },
  I16: { bytes: 2, get: (view, at) => view.getInt16(at, true) },
  U16: { bytes: 2, get: (view, at) => view.getUint16(at, true) },
  I8: { bytes: 1, get: (view, at) => view.getInt8(at) },
  U8: { bytes: 1, get: (view, at) => view.getUint8(at) },
  BOOL: { bytes: 1, get: (view, at) => view.getUint8(at) },
};
const types = new Map(Object.entries(readings));
export const knownTypes: readonly string[] = [...types.keys()];

/** Bytes of an element; undefined where the type is not known here. */
export function widthOf(type: string): number | undefined {
  return types.get(type)?.bytes;
}

/** The number that begins at a byte. `type` is known. */
export function readerOf(type: string, view: DataView, beyond: (value: bigint) => never): (at: number) => number {
  const { get } = types.get(type)!;
  return (at) => get(view, at, beyond);
}

function exact(value: bigint, beyond: (value: bigint) => never): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : beyond(value);
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a binary32. */
function brainToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** Types that real numbers are written in. */
export const realTypes = ['F64', 'F32', 'F16', 'BF16'] as const;
export type RealType = (typeof realTypes)[number];

/** The nearest number of the type, of two the one with an even last digit. */
export function rounding(type: RealType): (value: number) => number {
  switch (type) {
    case 'F64':
      return (value) => value;
    case 'F32':
      return Math.fround;
    case 'F16':
      return (value) => halfToNumber(numberToHalf(value));
    case 'BF16':
      return (value) => brainToNumber(numberToBrain(value));
  }
}

function numberToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const step = 2 ** (exponent - 10);
  const digits = evenRound(size / step);
  // Digits of a normal number begin with a one that is not kept; 2048 carries into the exponent.
  return sign | (digits < 1024 ? digits : ((exponent + 15) << 10) + (digits - 1024));
}

function evenRound(value: number): number {
  const whole = Math.floor(value);
  const rest = value - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
}

function numberToBrain(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Little-endian bytes. */
export function encodeReal(type: RealType, data: ArrayLike<number>): Uint8Array {
  const width = widthOf(type)!;
  const bytes = new Uint8Array(data.length * width);
  const view = new DataView(bytes.buffer);
  for (let k = 0; k < data.length; k++) {
    if (type === 'F64') view.setFloat64(8 * k, data[k], true);
    else if (type === 'F32') view.setFloat32(4 * k, data[k], true);
    else view.setUint16(2 * k, type === 'F16' ? numberToHalf(data[k]) : numberToBrain(data[k]), true);
  }
  return bytes;
}
