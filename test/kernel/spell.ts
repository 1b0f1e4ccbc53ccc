/** Short spelling of kernels for tests, and fixed contents of buffers. */
import type { Access, Index, Kernel, RandomKey, Statement, Term, TileAxis } from '../../compiler/values/kernel.ts';
import { kernelKey } from '../../compiler/values/print-kernel.ts';
import type { Scalar, ScalarFunction } from '../../compiler/values/program.ts';
import { wordAt } from '../../compiler/values/random.ts';

export interface Sample {
  readonly name: string;
  readonly kernel: Kernel;
  readonly args: readonly number[];
  /** Contents before the run, in the order of the kernel's buffers. */
  readonly buffers: readonly Float64Array[];
  /** Number of blocks and contents after it; only written buffers are given. */
  readonly blocks: number;
  readonly expected: ReadonlyMap<number, Float64Array>;
}

export const read = (operand: number): Scalar => ({ is: 'read', operand });
export const number = (value: number): Scalar => ({ is: 'number', value });
export const at = (axis: number): Scalar => ({ is: 'coordinate', axis });
export const apply = (f: ScalarFunction, ...a: Scalar[]): Scalar => ({ is: 'apply', f, a });
export const f = (name: 'add' | 'mul' | 'min' | 'ceildiv', x: Index, y: Index): Index => ({ f: name, a: [x, y] });
export const term = (index: Index, stride: Index): Term => ({ index, stride });
export const axis = (name: string, extent: number | 'whole', base: Index, size: Index): TileAxis => ({ name, extent, base, size });
export const from = (buffer: number, ...terms: Term[]): Access => ({ buffer, terms });
export const load = (tile: string, axes: TileAxis[], access: Access, element: 'f32' | 'i32' = 'f32'): Statement => ({
  is: 'read',
  tile,
  axes,
  element,
  from: access,
});
export interface MapExtras {
  readonly coordinates?: Index[];
  readonly keys?: RandomKey[];
}
export const map = (
  tile: string,
  axes: TileAxis[],
  value: Scalar,
  tiles: string[],
  { coordinates = [], keys = [] }: MapExtras = {},
): Statement => ({
  is: 'map',
  tile,
  axes,
  element: 'f32',
  value,
  tiles,
  coordinates,
  keys,
});
export const loop = (index: string, start: Index, to: Index, step: number, body: Statement[]): Statement => ({
  is: 'loop',
  index,
  from: start,
  to,
  step,
  body,
});
export const fold = (tile: string, source: string, combine: 'sum' | 'max', over: string): Statement => ({
  is: 'fold',
  tile,
  element: 'f32',
  source,
  combine,
  over,
  lanes: 16,
});
export const write = (tile: string, to: Access): Statement => ({ is: 'write', tile, to });
export const buffer = (name: string, use: 'read' | 'write' | 'update' = 'read', element: 'f32' | 'i32' = 'f32') => ({ name, element, use });
export const kernel = (
  form: Kernel['form'],
  buffers: Kernel['buffers'],
  args: string,
  grid: readonly (readonly [string, Index])[],
  body: readonly Statement[],
): Kernel => {
  const parts = { form, buffers, args: args.split(' '), grid: grid.map(([index, blocks]) => ({ index, blocks })), body };
  return { key: kernelKey(parts), ...parts };
};

/** Values in [-1, 1) from a fixed stream, multiples of 2^-12, so that f32 holds them exactly. */
export function numbers(length: number, seed: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => ((wordAt([seed, 77], 0, i) % 8192) - 4096) / 4096);
}
export const ints = (length: number, below: number, seed: number) =>
  Float64Array.from({ length }, (_, i) => wordAt([seed, 78], 0, i) % below);
export const zeros = (length: number) => new Float64Array(length);
export const fill = (length: number, value: (i: number) => number) => Float64Array.from({ length }, (_, i) => value(i));

export const rowsLoop = (body: Statement[], size: Index = 'R') => [
  loop('r', f('mul', 'g', 16), f('min', size, f('add', f('mul', 'g', 16), 16)), 1, body),
];
export const rowGrid = [['g', f('ceildiv', 'R', 16)]] as const;
