/** Types that tensors are written in, as the command line calls them. */
import type { RealType } from '../checkpoint/types.ts';

const types = { f64: 'F64', f32: 'F32', f16: 'F16', bf16: 'BF16' } as const satisfies Record<string, RealType>;
export type DataType = keyof typeof types;
export const dtypes: readonly DataType[] = ['f64', 'f32', 'f16', 'bf16'];

export function typeOf(name: DataType): RealType {
  return types[name];
}
