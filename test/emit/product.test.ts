/** The chain law: one accumulator for each element, k ascending; bits do not depend on tiles, blocks of k, storage or arithmetic of the rest. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pickFrom } from '../../compiler/program/random-program.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { runSample } from '../kernel/launch.ts';
import { times } from '../long.ts';
import { firstDifference } from './elementwise.ts';
import { leftModes, type Product, productSample, rightModes } from './product.ts';

const engines = { fused: await wasmEngine({ fused: true }), split: await wasmEngine({ fused: false }) };

async function check(product: Product, classes: readonly ('fused' | 'split')[] = ['fused', 'split']): Promise<void> {
  const samples = productSample(product);
  for (const host of classes) {
    const sample = samples[host];
    const expected = sample.expected.get(4)!;
    const found = (await runSample(engines[host], sample)).get(4)!;
    const where = firstDifference(found, expected);
    assert.is(where, -1, `${host} ${sample.name}: element ${where} is ${found[where]}, not ${expected[where]}`);
  }
}

const usual = { batch: 1, tile: [48, 64, 256], causal: false, bias: false, seed: 1 } as const;

for (const left of leftModes) {
  test(`left side '${left}' with right sides, every third or in a long run all, ragged shapes from 1 to 70`, async () => {
    const pick = pickFrom(leftModes.indexOf(left));
    for (const [position, right] of rightModes.entries()) {
      if ((position + leftModes.indexOf(left)) % times(3, 1) > 0) continue;
      const host = (position + leftModes.indexOf(left)) % 2 === 0 ? 'fused' : 'split';
      for (let round = 0; round < times(1, 3); round++) {
        const [m, n, k] = [pick.integer(1, 70), pick.integer(1, 70), pick.integer(1, 70)];
        const seed = pick.integer(1, 1000);
        await check({ ...usual, left, right, m, n, k, batch: pick.integer(1, 3), bias: position < 3, seed }, [host]);
      }
    }
  });
}

test('every extent near the edges of a micro-kernel', async () => {
  for (let edge = 1; edge <= 18; edge += times(3, 1)) {
    await check({ ...usual, left: 'k', right: 'n', m: edge, n: 19 - edge, k: edge, seed: edge }, ['fused']);
    await check({ ...usual, left: 'm', right: 'k', m: 19 - edge, n: edge, k: 2 * edge, seed: edge }, ['split']);
  }
});

test('different tiles and blocks of k', async () => {
  const pick = pickFrom(9);
  for (const depth of [16, 64, 256]) {
    for (const [m, n] of [
      [48, 16],
      [48, 64],
      [192, 64],
      [7, 48],
    ] as const) {
      const [left, right] = [pick.of(leftModes), pick.of(rightModes)];
      await check({ ...usual, left, right, m: 101, n: 83, k: 301, tile: [m, n, depth], seed: depth + m }, ['fused']);
      await check({ ...usual, left: 'k', right: 'n', m: 101, n: 83, k: 301, tile: [m, n, depth], bias: true, seed: depth + n });
    }
  }
});

test('a loop that ends at the diagonal', async () => {
  for (const left of ['k', 'm', 'computed'] as const) {
    await check({ ...usual, left, right: 'n', m: 90, n: 21, k: 90, tile: [48, 64, 32], causal: true, seed: 4 });
  }
});

test.run();
