/** The kernels written by hand, printed as WGSL and run on a Vulkan driver, give what plain loops give. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Address, Launch, Schedule, SpaceName } from '../../compiler/values/kernel.ts';
import type { Dtype } from '../../compiler/values/program.ts';
import { webgpuEngine } from '../../runtime/engine/webgpu/engine.ts';
import { type Sample, samples } from '../kernel/samples.ts';
import { gpuDevice } from './device.ts';

const dtypeOf = (sample: Sample, buffer: number): Dtype => (sample.kernel.buffers[buffer].element === 'f32' ? 'real' : 'int');

/** One launch; offset tables lie in their space, all else in the persistent one, one after another. */
function scheduleOf(sample: Sample): Schedule {
  const sizes: Record<SpaceName, number> = { persistent: 0, inputs: 0, results: 0, saved: 0, folded: 0, scratch: 0, tables: 0 };
  const tables: Schedule['tables'][number][] = [];
  const buffers = sample.kernel.buffers.map(({ name }, k): Address => {
    const space = name === 'tables' ? 'tables' : 'persistent';
    const address = { space, offset: sizes[space], length: sample.buffers[k].length } as const;
    sizes[space] += address.length;
    if (space === 'tables') tables.push({ offset: address.offset, dtype: 'i32', values: [...sample.buffers[k]] });
    return address;
  });
  const launch: Launch = { kernel: 0, args: sample.args, buffers, blocks: sample.blocks, wave: 0, label: sample.name, keys: [] };
  return { kernels: [sample.kernel], launches: [launch], sizes, tables, checksum: '' };
}

const device = await gpuDevice();
if (device === undefined) test('without a driver nothing runs', () => assert.is(device, undefined));
else {
  const engine = webgpuEngine(device);
  for (const sample of samples()) {
    test(sample.name, async () => {
      const schedule = scheduleOf(sample);
      const program = { name: sample.name, nodes: [], outputs: [] };
      const layout = { members: [], size: schedule.sizes.persistent };
      const executable = { key: '', name: sample.name, program, schedule, layout, places: new Map(), gates: [] };
      const persistent = engine.allocate(schedule.sizes.persistent);
      const addresses = schedule.launches[0].buffers;
      addresses.forEach(({ space, offset }, k) => {
        if (space === 'persistent') engine.write(persistent, offset, sample.buffers[k], dtypeOf(sample, k));
      });
      device.pushErrorScope('validation');
      const loaded = await engine.load(executable);
      loaded.bind({ persistent }).run({ seed: [0, 0], tick: 0 });
      const error = await device.popErrorScope();
      assert.is(error?.message ?? '', '');
      for (const [buffer, expected] of sample.expected) {
        const found = await engine.read(persistent, addresses[buffer].offset, expected.length, dtypeOf(sample, buffer));
        const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]) / Math.max(1, Math.abs(value))), 0);
        assert.ok(worst < 2e-5, `${sample.kernel.buffers[buffer].name}: ${worst}`);
      }
      loaded.release();
      engine.release(persistent);
    });
  }
}
test.after(() => device?.destroy());
test.run();
