/** One map over a line of elements as a kernel and run on an engine: how the tests of printed functions get their values. */
import type { Element } from '../../compiler/values/kernel.ts';
import type { Scalar } from '../../compiler/values/program.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { runSample } from '../kernel/launch.ts';
import { axis, buffer, f, from, kernel, load, type MapExtras, map, term, write, zeros } from '../kernel/spell.ts';

export interface Line {
  readonly engine: Engine;
  readonly value: Scalar;
  readonly operands: readonly Float64Array[];
  readonly elements?: readonly Element[];
  readonly extras?: MapExtras;
  /** Arguments beyond the length. */
  readonly args?: Readonly<Record<string, number>>;
  readonly result?: Element;
}

/** y[i] = value of the operands at i. */
export async function runLine({
  engine,
  value,
  operands,
  elements = [],
  extras,
  args = {},
  result = 'f32',
}: Line): Promise<ArrayLike<number>> {
  const { length } = operands[0];
  const i = axis('i', 512, f('mul', 'gi', 512), 'I');
  const names = operands.map((_, k) => `x${k}`);
  const made = map('y', [i], value, names, extras);
  const body = [
    ...names.map((name, k) => load(name, [i], from(k, term('i', 1)), elements[k] ?? 'f32')),
    made.is === 'map' ? { ...made, element: result } : made,
    write('y', from(operands.length, term('i', 1))),
  ];
  const buffers = [...names.map((name, k) => buffer(name, 'read', elements[k] ?? 'f32')), buffer('y', 'write', result)];
  const found = await runSample(engine, {
    name: 'line',
    kernel: kernel('points', buffers, ['I', ...Object.keys(args)].join(' '), [['gi', f('ceildiv', 'I', 512)]], body),
    args: [length, ...Object.values(args)],
    buffers: [...operands, zeros(length)],
    blocks: Math.ceil(length / 512),
    expected: new Map([[operands.length, zeros(length)]]),
  });
  return found.get(operands.length)!;
}

/** First position at which two arrays differ in value (NaN equals NaN, 0 does not equal -0), or -1. */
export function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { length } = a;
  if (b.length !== length) return 0;
  return Array.from({ length }, (_, i) => i).find((i) => !Object.is(a[i], b[i])) ?? -1;
}
