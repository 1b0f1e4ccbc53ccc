/** Every kernel of the char-gpt step, dense, with bond 8 and with experts, and of its evaluation, is valid WGSL: Dawn's null back end compiles it. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep } from '../../compiler/index.ts';
import type { CompiledStep, StepOptions } from '../../compiler/values/executable.ts';
import { inOrder } from '../../compiler/values/program.ts';
import { webgpu } from '../../compiler/values/target.ts';
import { webgpuEngine } from '../../runtime/engine/webgpu/engine.ts';
import { nullDevice } from './device.ts';
import '../verified.ts';

const file = new URL('../../examples/char-gpt/char-gpt.bond', import.meta.url);
const text = `${readFileSync(file, 'utf8')}
variant Experts of CharGpt {
  wrap block[1].mix in mixture[width, expert = 4, pick = 2]
  wrap block[2].mix in mixture[width, expert = 4, pick = 1](router = switch(balance = 0.01, capacity = 1.25))
  decompose block[2].mix.each[*] as mpo[8*16, 8*16](b = 64)
  share central of block[2].mix.each[x] over x
}
`;

function compiled(name: string, mode: StepOptions['mode']): CompiledStep {
  const { model } = check({ file: 'char-gpt.bond', text, load: () => undefined, name });
  const groups = [{ name: 'all', parameters: model!.parameters.map(({ id }) => id) }];
  const entries = mode === 'train' ? ['next_token'] : ['next_token', 'accuracy'];
  const sizes = { batch: 8, time: 256 };
  const optimiser = { kind: 'adamw', clip: true, groups } as const;
  return compileStep(model!, { entries: entries.map((entry) => ({ name: entry, weight: 1 })), sizes, mode, optimiser });
}

const device = await nullDevice();

test('the null back end is there, and refuses what is wrong', async () => {
  assert.ok(device);
  device!.pushErrorScope('validation');
  device!.createShaderModule({ code: '@compute @workgroup_size(64) fn main() { let x: f32 = 1i; }' });
  assert.match((await device!.popErrorScope())?.message ?? '', /cannot assign|type/);
});

for (const [name, mode] of [
  ['CharGpt', 'train'],
  ['CharGpt', 'eval'],
  ['Bond8', 'train'],
  ['Bond8', 'eval'],
  ['Experts', 'train'],
  ['Experts', 'eval'],
] as const) {
  test(`${name}, ${mode}`, async () => {
    const step = compiled(name, mode);
    assert.ok(step.batch.schedule(webgpu()).kernels.length > 10);
    assert.ok(step.frozen !== undefined, 'position encodings are folded');
    for (const part of inOrder(step)) {
      device!.pushErrorScope('validation');
      const loaded = await webgpuEngine(device!).load(part);
      assert.is((await device!.popErrorScope())?.message ?? '', '');
      loaded.release();
    }
  });
}

test.after(() => device?.destroy());
test.run();
