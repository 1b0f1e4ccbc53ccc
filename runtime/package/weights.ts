/** Values of a safetensors file that this package's own build wrote: f32, f16 or bf16, found by name. */
import { PackageError } from './error.ts';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** By name. Throws PackageError where a tensor is missing, or is none of this shape. */
export function valuesIn(
  bytes: Uint8Array,
  wanted: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Map<string, Float32Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength < 8 ? 0 : Number(view.getBigUint64(0, true));
  if (length === 0 || 8 + length > bytes.byteLength) throw new PackageError('the weights are no safetensors file');
  const header = new Map<string, Entry>(Object.entries(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))));
  return new Map(
    wanted.map(({ name, shape }) => {
      const entry = header.get(name);
      if (entry === undefined) throw new PackageError(`the weights have no tensor ${name}`);
      if (entry.shape.join() !== shape.join())
        throw new PackageError(`the weights have ${name} of shape [${entry.shape.join(', ')}], expected is [${shape.join(', ')}]`);
      const [from, to] = entry.data_offsets;
      return [
        name,
        decoded(
          entry.dtype,
          view.buffer.slice(view.byteOffset + 8 + length + from, view.byteOffset + 8 + length + to) as ArrayBuffer,
          name,
        ),
      ];
    }),
  );
}

function decoded(dtype: string, data: ArrayBuffer, name: string): Float32Array {
  if (dtype === 'F32') return new Float32Array(data);
  if (dtype === 'BF16') return new Float32Array(Uint32Array.from(new Uint16Array(data), (half) => half << 16).buffer);
  if (dtype === 'F16') return Float32Array.from(new Uint16Array(data), fromHalf);
  throw new PackageError(`the weights have ${name} as ${dtype}; F32, F16 and BF16 are read`);
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
