/**
 * Every operation, and random programs forward and backward, on a Vulkan driver: within the f32 error bound around `reference`, times
 * four, since WGSL promises 2.5 units for a division and 5 for exp of [-1, 1] where the WASM kernels round once or stay below 2.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../compiler/index.ts';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { pickFrom, randomProgram, sampleProgram } from '../../compiler/program/random-program.ts';
import type { Program } from '../../compiler/values/program.ts';
import { runProgram } from '../../runtime/engine/run-program.ts';
import { boundedOutputs } from '../emit/bound.ts';
import { context } from '../kernel/check.ts';
import { routed, shapes, valuesOf } from '../kernel/routed.ts';
import { type Gpu, gpuTests } from './device.ts';

/** Share of elements that have a bound. */
async function compare({ device, engine }: Gpu, program: Program, values: ReadonlyMap<string, Float64Array>): Promise<number> {
  device.pushErrorScope('validation');
  const found = await runProgram(engine, program, values, context);
  assert.is((await device.popErrorScope())?.message ?? '', '');
  const bounded = boundedOutputs(program, table, values, context);
  let finite = 0;
  for (const { name, value, error } of bounded) {
    const y = found.get(name)!;
    value.forEach((r, i) => {
      if (!(error[i] < Number.POSITIVE_INFINITY)) return;
      finite++;
      const isWithin = y[i] === r || Math.abs(y[i] - r) <= 4 * error[i];
      assert.ok(isWithin, `${program.name}, ${name}[${i}]: ${y[i]} is ${Math.abs(y[i] - r)} from ${r}, allowed are ${4 * error[i]}`);
    });
  }
  return finite / bounded.reduce((sum, { value }) => sum + value.length, 0);
}

const onGpu = await gpuTests();

for (const operation of table.keys()) {
  if (operation === 'call') continue;
  onGpu(`${operation}: samples`, async (gpu) => {
    let share = 0;
    for (let seed = 100; seed < 104; seed++) {
      const { program, values } = sampleProgram(operation, pickFrom(seed));
      share += await compare(gpu, program, values);
    }
    assert.ok(share > 3, `${share} of 4`);
  });
}

for (const name of ['one pick', 'two picks and a further axis', 'tables made of cores']) {
  onGpu(`rows that look up tables: ${name}`, async (gpu) => {
    const program = routed(shapes[name]);
    assert.is(await compare(gpu, program, valuesOf(program)), 1);
  });
}

onGpu('random programs with their gradients', async (gpu) => {
  let bounded = 0;
  for (let seed = 0; seed < 8; seed++) {
    const { program, values, wanted } = randomProgram(seed, 4 + seed);
    if ((await compare(gpu, differentiate(program, table, { wanted, loss: 'loss' }).program, values)) > 0.9) bounded++;
  }
  assert.ok(bounded >= 4, `${bounded} of 8 programs have a bound`);
});

test.run();
