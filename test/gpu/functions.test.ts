/** Elementary functions of the WGSL kernels on a Vulkan driver: errors over their ranges, whatever the driver's built-ins do. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScalarFunction } from '../../compiler/values/program.ts';
import { applyFunction } from '../../compiler/values/scalar.ts';
import { runLine } from '../emit/elementwise.ts';
import { apply, fill, read } from '../kernel/spell.ts';
import { gpuTests } from './device.ts';

/** Absolute and relative errors that are allowed: the sum of both. WGSL itself promises 3 + 2 |x| units for exp and 2^-21 near 1 for log. */
const ranges: readonly (readonly [f: ScalarFunction, low: number, high: number, absolute: number, relative: number])[] = [
  ['sin', -3, 3, 2 ** -23, 0],
  ['sin', -8000, 8000, 2 ** -23, 0],
  ['cos', -8000, 8000, 2 ** -23, 0],
  ['sin', -1e6, 1e6, 2 ** -22, 0],
  ['cos', 1e6, 1e12, 2 ** -22, 0],
  ['sin', -3e38, 3e38, 2 ** -22, 0],
  ['sigmoid', -80, 80, 0, 200 * 2 ** -23],
  ['sigmoid', -1, 1, 0, 8 * 2 ** -23],
  ['tanh', -1e-3, 1e-3, 0, 4 * 2 ** -24],
  ['tanh', -15, 15, 0, 4 * 2 ** -24],
  ['erf', -1e-3, 1e-3, 0, 4 * 2 ** -24],
  ['erf', -5, 5, 0, 4 * 2 ** -24],
  ['exp', -1, 1, 0, 5 * 2 ** -23],
  ['exp', -20, 0, 0, 43 * 2 ** -23],
  ['log', 0.5, 2, 2 ** -21, 0],
  ['log', 2, 1e6, 0, 3 * 2 ** -23],
  ['sqrt', 0, 100, 0, 4 * 2 ** -23],
];

const onGpu = await gpuTests();
for (const [f, low, high, absolute, relative] of ranges) {
  onGpu(`${f} from ${low} to ${high}`, async ({ engine }) => {
    const x = fill(4000, (i) => Math.fround(low + ((high - low) * (i + 0.5)) / 4000));
    const found = await runLine({ engine, value: apply(f, read(0)), operands: [x] });
    x.forEach((at, i) => {
      const exact = applyFunction(f, [at]);
      const error = Math.abs(found[i] - exact);
      assert.ok(error <= absolute + relative * Math.abs(exact), `${f}(${at}) = ${found[i]}, exactly ${exact}`);
    });
  });
}

onGpu('constants that are subnormal or beyond the greatest number', async ({ engine }) => {
  const value = apply('mul', apply('mul', read(0), { is: 'number', value: 2 ** -127 }), { is: 'number', value: 2 ** 20 });
  const found = await runLine({ engine, value, operands: [fill(2, (i) => 2 ** 100 * (i + 1))] });
  // A driver may take a subnormal number for 0.
  assert.ok([2 ** -7, 0].includes(found[0]) && found[1] === 2 * found[0], `${found[0]}, ${found[1]}`);
  const least = await runLine({
    engine,
    value: apply('max', read(0), { is: 'number', value: Number.NEGATIVE_INFINITY }),
    operands: [fill(1, () => 3)],
  });
  assert.is(least[0], 3);
});

test.run();
