/** A value that is not a number reaches the loss, wherever it stands and whatever reduction it meets: else a broken run looks healthy. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep, table } from '../../compiler/index.ts';
import { normals, streamKey } from '../../compiler/values/random.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { makeRunner } from '../../runtime/train/runner.ts';
import '../verified.ts';

const losses: Readonly<Record<string, string>> = {
  'max of a row': 'mean(max[width](x))',
  'min of a row': 'mean(min[width](x))',
  'max of a column': 'mean(max[batch](x))',
  softmax: 'mean(softmax[width](x) ^ 2)',
  'cross entropy': 'mean(cross_entropy[width](x, y))',
  relu: 'mean(relu(x))',
};
const [batch, width] = [5, 21];

for (const [name, loss] of Object.entries(losses)) {
  test(name, async () => {
    const text = `edition 1
      model M(width = ${width}) {
        axis batch
        input x[batch, width], y[batch] in width
        loss l = ${loss}
      }`;
    const { model, diagnostics } = check({ file: 'm.bond', text, load: () => undefined, name: 'M' });
    assert.ok(model, diagnostics.map(({ message }) => message).join('\n'));
    const step = compileStep(model!, { entries: [{ name: 'l', weight: 1 }], sizes: { batch }, mode: 'eval' });
    for (const engine of [referenceEngine(table), await wasmEngine()]) {
      const runner = await makeRunner(engine, step, engine.allocate(step.batch.layout.size));
      const good = normals(streamKey([1, 2], name, 0), 1, batch * width);
      const lossOf = async (x: ArrayLike<number>): Promise<number> => {
        runner.set('x', x);
        runner.set('y', [0, 3, 20, 7, 1]);
        runner.run({ seed: [0, 0], tick: 0 });
        return runner.readNumber('loss');
      };
      assert.ok(Number.isFinite(await lossOf(good)));
      for (let at = 0; at < good.length; at += 4)
        assert.ok(Number.isNaN(await lossOf(good.map((value, k) => (k === at ? Number.NaN : value)))), `${engine.name} at ${at}`);
      runner.release();
    }
  });
}

test.run();
