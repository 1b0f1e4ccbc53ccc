/** The kernels written by hand, printed as WASM for both arithmetic classes, give what plain loops give. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { runSample, worstError } from '../kernel/launch.ts';
import { samples } from '../kernel/samples.ts';

for (const fused of [true, false]) {
  const engine = await wasmEngine({ fused });
  for (const sample of samples()) {
    test(`${sample.name}, ${engine.host}`, async () => {
      const found = await runSample(engine, sample);
      for (const [buffer, expected] of sample.expected) {
        const worst = worstError(expected, found.get(buffer)!);
        assert.ok(worst < 2e-5, `${sample.kernel.buffers[buffer].name}: ${worst}`);
      }
    });
  }
}

test.run();
