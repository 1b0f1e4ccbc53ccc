/**
 * Errors of the elementary functions of the WASM kernels over classes of f32: the numbers of some binades of one sign. Used by the test,
 * which takes samples, and by `bench/functions.ts`, which takes all.
 */
import type { ScalarFunction } from '../../compiler/values/program.ts';
import { applyFunction } from '../../compiler/values/scalar.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { apply, read } from '../kernel/spell.ts';
import { runLine } from './elementwise.ts';

export const functions = ['exp', 'log', 'tanh', 'sigmoid', 'erf', 'sin', 'cos', 'sqrt'] as const satisfies readonly ScalarFunction[];

/** Numbers of one sign whose biased exponents lie in [from, to]; 0 is 0 and the subnormal numbers, 255 infinity and NaN. */
export interface Class {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}
export const classes: readonly Class[] = [
  { name: '0 and subnormal', from: 0, to: 0 },
  { name: 'to 2^-32', from: 1, to: 94 },
  { name: 'to 2^-8', from: 95, to: 118 },
  { name: 'to 1', from: 119, to: 126 },
  { name: 'to 16', from: 127, to: 130 },
  { name: 'to 128', from: 131, to: 133 },
  { name: 'to 2^23', from: 134, to: 149 },
  { name: 'to 2^64', from: 150, to: 190 },
  { name: 'to the greatest', from: 191, to: 254 },
  { name: 'infinity, NaN', from: 255, to: 255 },
];

export interface Worst {
  /** Of the exact result, whose last place is at least that of the least normal number. */
  readonly units: number;
  readonly absolute: number;
  readonly at: number;
}

const words = new Int32Array(1);
const floats = new Float32Array(words.buffer);

/** Distance of f32 numbers next to x. */
export function lastPlace(x: number): number {
  floats[0] = Math.abs(x);
  return 2 ** (Math.max(1, Math.min(254, words[0] >>> 23)) - 150);
}

/** Every `step`-th number of the class from the `first` on, up to `most`. */
export function* numbersOf({ from, to }: Class, negative: boolean, step: number, most = 2 ** 20): Generator<Float64Array> {
  const end = (to + 1) * 2 ** 23;
  for (let first = from * 2 ** 23; first < end; first += step * most) {
    const count = Math.min(most, Math.ceil((end - first) / step));
    yield Float64Array.from({ length: count }, (_, k) => {
      words[0] = first + step * k + (negative ? -(2 ** 31) : 0);
      return floats[0];
    });
  }
}

/**
 * The greatest error at the points; a result that should be no number or infinite and is not, or the other way round, counts as infinite.
 * 0 for what is below the normal numbers is as decided and counts as right.
 */
export async function worstOf(engine: Engine, f: ScalarFunction, x: Float64Array): Promise<Worst> {
  const found = await runLine({ engine, value: apply(f, read(0)), operands: [x] });
  let worst: Worst = { units: 0, absolute: 0, at: 0 };
  for (let i = 0; i < x.length; i++) {
    const exact = applyFunction(f, [x[i]]);
    const [absolute, units] = errorOf(found[i], exact);
    if (units > worst.units) worst = { units, absolute, at: x[i] };
  }
  return worst;
}

function errorOf(found: number, exact: number): readonly [absolute: number, units: number] {
  const rounded = Math.fround(exact);
  const isRight = Object.is(found, rounded) || found === rounded || (found === 0 && Math.abs(exact) < 2 ** -126);
  if (isRight) return [0, 0];
  const absolute = Math.abs(found - exact);
  return Number.isFinite(absolute) ? [absolute, absolute / lastPlace(exact)] : [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
}
