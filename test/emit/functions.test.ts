/** Elementary functions of the WASM kernels: errors over their ranges, special values, the same bits in both arithmetic classes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScalarFunction } from '../../compiler/values/program.ts';
import { applyFunction } from '../../compiler/values/scalar.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { apply, fill, read } from '../kernel/spell.ts';
import { firstDifference, runLine } from './elementwise.ts';
import { classes, functions, numbersOf, lastPlace as ulp, worstOf } from './function-table.ts';

const [fused, split] = [await wasmEngine({ fused: true }), await wasmEngine({ fused: false })];
const evaluate = (f: ScalarFunction, x: Float64Array, engine = fused) => runLine({ engine, value: apply(f, read(0)), operands: [x] });

const between = (low: number, high: number, count: number) =>
  fill(count, (i) => Math.fround(low + ((high - low) * (i + 0.5)) / count)).filter((x) => x >= low && x <= high);
/** Positive numbers of every binade from 2^low to 2^high. */
const binades = (low: number, high: number, each: number) =>
  fill((high - low) * each, (i) => Math.fround(2 ** (low + Math.floor(i / each)) * (1 + ((i % each) + 0.37) / each)));
const bothSigns = (x: Float64Array) => Float64Array.from([...x, ...x.map((value) => -value)]);

const ranges: readonly (readonly [ScalarFunction, string, Float64Array])[] = [
  ['exp', 'down to the normal numbers', between(-87.3, 88.7, 40000)],
  ['exp', 'near 0', bothSigns(binades(-30, 1, 300))],
  ['log', 'all binades', binades(-126, 128, 60)],
  ['log', 'subnormal numbers', binades(-148, -126, 20)],
  ['log', 'near 1', between(0.5, 2, 30000)],
  ['tanh', 'to its limits', between(-12, 12, 30000)],
  ['tanh', 'near 0', bothSigns(binades(-40, 0, 200))],
  ['erf', 'to its limits', between(-5, 5, 30000)],
  ['erf', 'near 0', bothSigns(binades(-40, 0, 200))],
];

for (const [f, where, x] of ranges) {
  test(`${f} ${where}: at most 2 ulp`, async () => {
    const found = await evaluate(f, x);
    let worst = { error: 0, x: 0 };
    for (let i = 0; i < x.length; i++) {
      const exact = applyFunction(f, [x[i]]);
      const error = Math.abs(found[i] - exact) / ulp(exact);
      if (!(error <= worst.error)) worst = { error, x: x[i] };
    }
    assert.ok(worst.error <= 2, `${worst.error} ulp at ${worst.x}`);
  });
}

/** All classes of f32 in samples of both signs; `node bench/functions.ts` takes every number. */
for (const f of functions) {
  test(`${f} over all of f32: at most 2 units in the last place`, async () => {
    for (const each of classes) {
      const step = Math.floor(((each.to - each.from + 1) * 2 ** 23) / 4001);
      for (const negative of [false, true]) {
        for (const x of numbersOf(each, negative, step)) {
          const { units, at } = await worstOf(fused, f, x);
          assert.ok(units <= 2, `${units} at ${at}, ${each.name}`);
        }
      }
    }
  });
}

test('the log of a small probability', async () => {
  const sigmoid = apply('sigmoid', read(0));
  const found = await runLine({ engine: fused, value: apply('log', sigmoid), operands: [Float64Array.of(-20, -60, -87)] });
  for (const [k, x] of [-20, -60, -87].entries()) assert.ok(Math.abs(found[k] / x - 1) < 2e-7, `${found[k]} at ${x}`);
});

test('special values', async () => {
  const cases: readonly (readonly [ScalarFunction, readonly number[], readonly number[]])[] = [
    ['exp', [0, -88, -1e30, Number.NEGATIVE_INFINITY, 89, 1e30], [1, 0, 0, 0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]],
    ['log', [1, 0, -1, Number.POSITIVE_INFINITY], [0, Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY]],
    ['tanh', [0, 30, -30, 1e30, -1e30], [0, 1, -1, 1, -1]],
    ['erf', [0, 6, -6, 1e30, -1e30], [0, 1, -1, 1, -1]],
    ['sin', [0], [0]],
    ['cos', [0], [1]],
  ];
  for (const [f, x, expected] of cases) assert.equal([...Array.from(await evaluate(f, Float64Array.from(x)))], expected, f);
});

test('NaN goes through', async () => {
  for (const f of [...functions, 'floor'] as const) {
    assert.equal((await evaluate(f, Float64Array.of(1, Number.NaN)))[1], Number.NaN, f);
  }
});

test('both arithmetic classes give the same bits', async () => {
  const far = classes.flatMap((each) => [...numbersOf(each, false, Math.floor(((each.to - each.from + 1) * 2 ** 23) / 499))]);
  const x = bothSigns(Float64Array.from([...between(-20, 20, 5000), ...far.flatMap((numbers) => [...numbers])]));
  for (const f of [...functions, 'floor'] as const) {
    assert.is(firstDifference(await evaluate(f, x), await evaluate(f, x, split)), -1, f);
  }
});

test.run();
