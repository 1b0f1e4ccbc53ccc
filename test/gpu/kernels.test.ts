/** The kernels written by hand, printed as WGSL and run on a Vulkan driver, give what plain loops give. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runSample, worstError } from '../kernel/launch.ts';
import { samples } from '../kernel/samples.ts';
import { gpuTests } from './device.ts';

const onGpu = await gpuTests();
for (const sample of samples()) {
  onGpu(sample.name, async ({ device, engine }) => {
    device.pushErrorScope('validation');
    const found = await runSample(engine, sample);
    assert.is((await device.popErrorScope())?.message ?? '', '');
    for (const [buffer, expected] of sample.expected) {
      const worst = worstError(expected, found.get(buffer)!);
      assert.ok(worst < 2e-5, `${sample.kernel.buffers[buffer].name}: ${worst}`);
    }
  });
}

test.run();
