/** The kernels written by hand, printed as WGSL and run on a Vulkan driver, give what plain loops give. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { webgpuEngine } from '../../runtime/engine/webgpu/engine.ts';
import { runSample, worstError } from '../kernel/launch.ts';
import { samples } from '../kernel/samples.ts';
import { gpuDevice } from './device.ts';

const device = await gpuDevice();
if (device === undefined) test('without a driver nothing runs', () => assert.is(device, undefined));
else {
  const engine = webgpuEngine(device);
  for (const sample of samples()) {
    test(sample.name, async () => {
      device.pushErrorScope('validation');
      const found = await runSample(engine, sample);
      assert.is((await device.popErrorScope())?.message ?? '', '');
      for (const [buffer, expected] of sample.expected) {
        const worst = worstError(expected, found.get(buffer)!);
        assert.ok(worst < 2e-5, `${sample.kernel.buffers[buffer].name}: ${worst}`);
      }
    });
  }
}
test.after(() => device?.destroy());
test.run();
