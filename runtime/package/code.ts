/** The modules of a package for the engine: nothing is printed or assembled here. */
import type { SizedKernel } from '../../compiler/values/sized.ts';
import type { Code, CodeRequest } from '../engine/wasm/core.ts';
import { checksum } from './checksum.ts';
import { PackageError } from './error.ts';
import type { CarriedFile, CarriedModule, CarriedProgram } from './program.ts';

/** Gives the bytes of a file beside the package's code. */
export type Asset = (file: string) => Promise<Uint8Array>;

/** Throws PackageError where the bytes are not those that were built. */
export async function checkedAsset(asset: Asset, { file, checksum: expected }: CarriedFile): Promise<Uint8Array> {
  const bytes = await asset(file);
  const found = checksum(bytes);
  if (found !== expected)
    throw new PackageError(`${file} is damaged: its checksum is ${found}, that of the file that was built is ${expected}; copy it again`);
  return bytes;
}

export async function carriedCode(program: CarriedProgram, asset: Asset, { memory, shared }: CodeRequest): Promise<Code<SizedKernel>> {
  const { code } = program;
  const fused = await roundsOnce(decode(code.probe));
  const own = fused ? ('fused' as const) : ('plain' as const);
  const walk = await WebAssembly.compile(decode(shared ? code.walkShared : code.walk));
  const microModule = await WebAssembly.compile(forMemory(decode(code.micro[own].bytes), code.micro[own], shared));
  const { exports } = await WebAssembly.instantiate(microModule, { host: { memory } });
  const bytes = Uint8Array.from(await checkedAsset(asset, code.kernels[own]));
  const module = await WebAssembly.compile(forMemory(bytes, code.kernels[own], shared));
  const position = new Map(program.kernels.map((key, k) => [key, `kernel${k}`]));
  const kernels = async (fresh: readonly SizedKernel[]) => ({ module, exports: fresh.map(({ key }) => position.get(key)!) });
  return { fused, walk, micro: { module: microModule, exports }, kernels };
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** The same module for memory that threads share: one byte of its import says so. */
function forMemory(bytes: Uint8Array<ArrayBuffer>, { at }: Pick<CarriedModule, 'at'>, shared: boolean): Uint8Array<ArrayBuffer> {
  if (shared) bytes[at] = 3;
  return bytes;
}

/** (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24; rounded after the product it is 0. False where there is no relaxed SIMD. */
async function roundsOnce(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (!WebAssembly.validate(bytes)) return false;
  const { instance } = await WebAssembly.instantiate(bytes);
  return (instance.exports.probe as (a: number, c: number) => number)(1 + 2 ** -12, -(1 + 2 ** -11)) === 2 ** -24;
}
