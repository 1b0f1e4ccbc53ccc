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

test.run();
