/** Which arithmetic the host's relaxed multiply-add has: found by one product on which rounding once and rounding twice differ. */
import { assemble } from '../../../compiler/emit/wasm/index.ts';

/** (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24; rounded after the product it is 0. */
const text = `(module (func (export "probe") (param $a f32) (param $c f32) (result f32)
  (f32x4.extract_lane 0 (f32x4.relaxed_madd (f32x4.splat (local.get $a)) (f32x4.splat (local.get $a)) (f32x4.splat (local.get $c))))))`;

/** False on hosts without relaxed SIMD as well. */
export async function hasFusedMultiplyAdd(): Promise<boolean> {
  const bytes = assemble(text);
  if (!WebAssembly.validate(bytes)) return false;
  const { instance } = await WebAssembly.instantiate(bytes);
  const probe = instance.exports.probe as (a: number, c: number) => number;
  return probe(1 + 2 ** -12, -(1 + 2 ** -11)) === 2 ** -24;
}

/** Why threads cannot share a memory here, if they cannot. */
export function cannotShare(): string | undefined {
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    if (!(buffer instanceof SharedArrayBuffer)) return 'memory cannot be shared';
    Atomics.wait(new Int32Array(buffer), 0, 0, 0);
    return undefined;
  } catch (error) {
    if (typeof SharedArrayBuffer === 'undefined') return 'memory cannot be shared; a page has to be cross-origin isolated';
    return `this thread may not wait for others (${error instanceof Error ? error.message : error}); a page has to open the engine in a worker`;
  }
}
