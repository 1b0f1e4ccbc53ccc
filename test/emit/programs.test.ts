/** Every operation and random programs, forward and backward, on the WASM engine: within the error bound of f32 around `reference`. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom, randomProgram, sampleProgram } from '../../compiler/program/random-program.ts';
import type { Program } from '../../compiler/values/program.ts';
import { runProgram } from '../../runtime/engine/run-program.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { context } from '../kernel/check.ts';
import { routed, shapes, valuesOf } from '../kernel/routed.ts';
import { boundedOutputs } from './bound.ts';

const engine = await wasmEngine();

/** Returns how many elements had a finite bound, and of how many. */
async function check(program: Program, values: ReadonlyMap<string, Float64Array>): Promise<{ finite: number; all: number }> {
  const found = await runProgram(engine, program, values, context);
  const count = { finite: 0, all: 0 };
  for (const { name, value, error } of boundedOutputs(program, table, values, context)) {
    const y = found.get(name)!;
    value.forEach((r, i) => {
      count.all++;
      if (!(error[i] < Number.POSITIVE_INFINITY)) return;
      count.finite++;
      const isWithin = Object.is(y[i], r) || Math.abs(y[i] - r) <= error[i];
      assert.ok(isWithin, `${program.name}, ${name}[${i}]: ${y[i]} is ${Math.abs(y[i] - r)} from ${r}, allowed are ${error[i]}`);
    });
  }
  return count;
}

for (const operation of table.keys()) {
  if (operation === 'call') continue;
  test(`${operation}: 12 samples`, async () => {
    const total = { finite: 0, all: 0 };
    for (let seed = 100; seed < 112; seed++) {
      const { program, values } = sampleProgram(operation, pickFrom(seed));
      const { finite, all } = await check(program, values);
      total.finite += finite;
      total.all += all;
    }
    assert.ok(total.finite > 0.9 * total.all, `${total.finite} of ${total.all} elements have a bound`);
  });
}

test('40 random programs with their gradients', async () => {
  let bounded = 0;
  for (let seed = 0; seed < 40; seed++) {
    const { program, values, wanted } = randomProgram(seed, 4 + (seed % 12));
    const joint = differentiate(program, table, { wanted, loss: 'loss' }).program;
    const { finite, all } = await check(joint, values);
    if (finite > 0.9 * all) bounded++;
  }
  assert.ok(bounded >= 20, `${bounded} of 40 programs have a bound`);
});

for (const [name, shape] of Object.entries(shapes)) {
  test(`rows that look up tables: ${name}`, async () => {
    const program = routed(shape);
    const { finite, all } = await check(program, valuesOf(program));
    assert.is(finite, all);
  });
}

test.run();
