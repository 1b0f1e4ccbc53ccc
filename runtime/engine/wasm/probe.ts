/** Which arithmetic the host's relaxed multiply-add has: found by one product on which rounding once and rounding twice differ. */
import { assemble } from '../../../compiler/emit/wasm/index.ts';

/** (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24; rounded after the product it is 0. */
export const probeText = `(module (func (export "probe") (param $a f32) (param $c f32) (result f32)
  (f32x4.extract_lane 0 (f32x4.relaxed_madd (f32x4.splat (local.get $a)) (f32x4.splat (local.get $a)) (f32x4.splat (local.get $c))))))`;

/** False on hosts without relaxed SIMD as well. */
export async function hasFusedMultiplyAdd(): Promise<boolean> {
  const bytes = assemble(probeText);
  if (!WebAssembly.validate(bytes)) return false;
  const { instance } = await WebAssembly.instantiate(bytes);
  const probe = instance.exports.probe as (a: number, c: number) => number;
  return probe(1 + 2 ** -12, -(1 + 2 ** -11)) === 2 ** -24;
}
