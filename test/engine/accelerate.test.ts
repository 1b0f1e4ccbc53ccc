/** Products fused to 256 bits: the same bits as without, and not used where the fused functions are wrong. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pickFrom } from '../../compiler/program/random-program.ts';
import { accelerate } from '../../runtime/cli/accelerate.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import type { Accelerate } from '../../runtime/engine/wasm/micro.ts';
import { firstDifference } from '../emit/elementwise.ts';
import { leftModes, type Product, productSample, rightModes } from '../emit/product.ts';
import { runSample } from '../kernel/launch.ts';
import { runningStep } from './tiny.ts';

const usual: Product = {
  batch: 2,
  m: 61,
  n: 75,
  k: 300,
  left: 'k',
  right: 'n',
  tile: [48, 64, 256],
  causal: false,
  bias: false,
  seed: 8,
};

async function check(engine: Engine, product: Product): Promise<void> {
  const sample = engine.host === 'fused' ? productSample(product).fused : productSample(product).split;
  const found = (await runSample(engine, sample)).get(4)!;
  assert.is(firstDifference(found, sample.expected.get(4)!), -1, sample.name);
}

for (const fused of [true, false]) {
  test(`the chain law with ${fused ? 'fused multiply-add' : 'multiply and add'}`, async () => {
    const engine = await wasmEngine({ fused, accelerate });
    const pick = pickFrom(fused ? 1 : 2);
    for (const [k, left] of leftModes.entries()) {
      const right = rightModes[k % rightModes.length];
      for (const bias of [true, false]) {
        const [m, n, depth] = [pick.integer(1, 70), pick.integer(1, 70), pick.integer(1, 320)];
        await check(engine, { ...usual, left, right, m, n, k: depth, bias, seed: k + 1 });
      }
    }
  });
}

test('losses of ten steps are the same bits', async () => {
  const losses = await Promise.all(
    [accelerate, undefined].map(async (hook) => {
      const { bound, read } = await runningStep(await wasmEngine({ accelerate: hook }));
      const found: number[] = [];
      for (let tick = 0; tick < 10; tick++) {
        bound.run({ seed: [1, 2], tick });
        found.push((await read('result loss'))[0]);
      }
      return found;
    }),
  );
  assert.equal(losses[0], losses[1]);
});

test('wrong functions are not used', async () => {
  const asked: boolean[] = [];
  const broken: Accelerate = (make, fuse) => {
    asked.push(fuse);
    return fuse ? { exports: { rows: () => {}, panel: () => {} } } : make();
  };
  const engine = await wasmEngine({ fused: true, accelerate: broken });
  assert.equal(asked, [false, false, true]);
  await check(engine, usual);
});

test('functions that are no faster are not used, and memory is left clean', async () => {
  const engine = await wasmEngine({ fused: true, accelerate: (make) => make() });
  await check(engine, usual);
  const space = engine.allocate(1000);
  assert.equal([...new Set(await engine.read(space, 0, 1000, 'real'))], [0]);
});

test.run();
