/** The kernels written by hand give what plain loops give. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runBlock } from '../../compiler/kernel/interpreter.ts';
import { blocksOf } from '../../compiler/values/index-value.ts';
import { samples } from './samples.ts';

for (const sample of samples()) {
  test(sample.name, () => {
    assert.is(blocksOf(sample.kernel, sample.args), sample.blocks);
    for (let block = 0; block < sample.blocks; block++) runBlock(sample.kernel, sample.args, sample.buffers, block);
    for (const [buffer, expected] of sample.expected) {
      const found = sample.buffers[buffer];
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]) / Math.max(1, Math.abs(value))), 0);
      assert.ok(worst < 1e-12, `${sample.kernel.buffers[buffer].name}: ${worst}`);
    }
  });
}

test.run();
