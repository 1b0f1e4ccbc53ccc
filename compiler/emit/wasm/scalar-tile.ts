/** Tiles without axis: one element, held in all four lanes of a vector. */
import type { Statement } from '../../values/kernel.ts';
import { type Expression, known } from './code.ts';
import type { Indices } from './indices.ts';
import type { Value } from './scalar.ts';

export type Scalar = Value;

export function loadScalar(indices: Indices, s: Extract<Statement, { is: 'read' }>): Scalar {
  const { code } = indices;
  const { elements, ok } = indices.offset(s.from, () => true);
  const load = `(v128.load32_splat ${indices.address(s.from.buffer, elements)})`;
  const outside = s.element === 'i32' ? code.ints(s.from.outside ?? 0) : code.floats(s.from.outside ?? 0);
  const value: Expression = known(ok) === 1 ? load : `(if (result v128) ${ok} (then ${load}) (else ${outside}))`;
  return { kind: s.element, code: code.copy(s.tile, 'v128', value) };
}

export function storeScalar(indices: Indices, s: Extract<Statement, { is: 'write' }>, value: Scalar): void {
  const { code } = indices;
  const { elements, ok } = indices.offset(s.to, () => true);
  const pointer = code.let('pointer', 'i32', indices.address(s.to.buffer, elements));
  const element = value.kind === 'i32' ? 'i32x4' : 'f32x4';
  const whole = s.add ? `(${element}.add (v128.load32_splat ${pointer}) ${value.code})` : value.code;
  code.when(ok, () => code.line(`(v128.store32_lane 0 ${pointer} ${whole})`));
}
