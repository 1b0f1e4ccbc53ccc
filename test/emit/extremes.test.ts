/** Numbers at the ends of single precision, in losses and their gradients, on both engines that a Node process has. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep, table } from '../../compiler/index.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { makeRunner } from '../../runtime/train/runner.ts';
import { times } from '../long.ts';
import '../verified.ts';

const engines = [referenceEngine(table), await wasmEngine()];
const LEAST = -3.4028234663852886e38;

function modelOf(text: string) {
  const { model, diagnostics } = check({ file: 'm.bond', text, load: () => undefined, name: 'M' });
  assert.ok(model, diagnostics.map(({ message }) => message).join('\n'));
  return model!;
}

/** The loss of rows x of a width, and d loss / d w where w multiplies x. */
async function lossOf(engine: Engine, loss: string, x: ArrayLike<number>, more = ''): Promise<number> {
  const text = `edition 1
    model M(width = ${x.length}) {
      axis batch
      input x[batch, width]
      ${more}
      loss l = ${loss}
    }`;
  const step = compileStep(modelOf(text), { entries: [{ name: 'l', weight: 1 }], sizes: { batch: 1 }, mode: 'eval' });
  const persistent = engine.allocate(step.batch.layout.size);
  const runner = await makeRunner(engine, step, persistent);
  runner.set('x', x);
  runner.run({ seed: [0, 0], tick: 0 });
  const found = await runner.readNumber('loss');
  runner.release();
  engine.release(persistent);
  return found;
}

const nothing = -1e30;
const cases: readonly (readonly [what: string, loss: string, x: readonly number[], expected: number])[] = [
  ['max of a row below -1e30', 'mean(max[width](x))', [-3e38, -2e38], -2e38],
  ['min of a row above 1e30', 'mean(min[width](x))', [3e38, 2e38], 2e38],
  ['max of infinities', 'mean(max[width](x))', [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], Number.NEGATIVE_INFINITY],
  ['max of a column below -1e30', 'mean(max[batch](x))', [-1e38, -1e38], -1e38],
  ['max over nothing', 'mean(max[width](x where x > 9))', [1, 2], nothing],
  ['min over nothing', 'mean(min[width](x where x > 9))', [1, 2], -nothing],
  ['max of what a condition leaves', 'mean(max[width](x where x < -1e30))', [1, -3e38, -2e38], -2e38],
  ['softmax of the least numbers', 'sum(softmax[width](x) ^ 2)', [LEAST, LEAST], 0.5],
  ['softmax beside the least numbers', 'sum(softmax[width](x) ^ 2)', [1, 1, LEAST, LEAST], 0.5],
  ['softmax of the least number under a mask', 'sum(softmax[width](x where @width < 1))', [LEAST, 5], 1],
  ['softmax over nothing', 'sum(softmax[width](x where x > 9))', [1, 2], 0],
  ['logsumexp of the least numbers', 'mean(logsumexp[width](x)) / 1e38', [LEAST, LEAST], LEAST / 1e38],
  ['logsumexp over nothing', 'mean(logsumexp[width](x where x > 9))', [1, 2], nothing],
  ['cross entropy of large scores', 'mean(cross_entropy[width](x, argmax[width](x)))', [1e8, 1e8], Math.LN2],
  ['log of a small probability', 'mean(log(sigmoid(x)))', [-20], -20.000000002061153],
  ['a small probability', 'mean(1e9 * sigmoid(x))', [-20], 1e9 / (1 + Math.exp(20))],
  ['silu far below', 'mean(1e9 * silu(x))', [-20], -20e9 / (1 + Math.exp(20))],
  ['the floor of no number', 'mean(floor(x))', [Number.NaN], Number.NaN],
  ['the floor of a large number', 'mean(floor(x))', [1e20], 1e20],
  ['a bucket at its edge', 'mean(floor(log(x / 8) / log(16) * 8))', [128], 8],
];
for (const [what, loss, x, expected] of cases) {
  test(what, async () => {
    for (const engine of engines) {
      const found = await lossOf(engine, loss, x);
      const isSame = Object.is(found, expected) || Math.abs(found - expected) <= 3e-7 * Math.abs(expected);
      assert.ok(isSame, `${engine.name}: ${found}, expected ${expected}`);
    }
  });
}

test('a mean over many equal numbers keeps six digits', async () => {
  const count = times(3_000_000, 30_000_000);
  const found = await lossOf(engines[1], 'mean(x)', new Float32Array(count).fill(0.1));
  assert.ok(Math.abs(found / Math.fround(0.1) - 1) < 1e-6, String(found));
});

test('a NaN at any place of a maximum is not hidden', async () => {
  for (const at of [0, 1, 15, 16, 17, 63, 64, 66]) {
    const x = Array.from({ length: 67 }, (_, k) => (k === at ? Number.NaN : k));
    for (const engine of engines) assert.ok(Number.isNaN(await lossOf(engine, 'mean(max[width](x))', x)), `${engine.name} at ${at}`);
  }
});

test('a row whose router scores are no numbers is written, not left as it was', async () => {
  const text = `edition 1
    model M(width = 8) {
      axis batch
      input x[batch, width]
      body: mlp[width, inner = 16]
      loss l = mean(body(x) ^ 2)
    }
    variant V of M { wrap body in mixture[width, expert = 3, pick = 1] }`;
  const { model, diagnostics } = check({ file: 'm.bond', text, load: () => undefined, name: 'V' });
  assert.ok(model, diagnostics.map(({ message }) => message).join('\n'));
  const step = compileStep(model!, { entries: [{ name: 'l', weight: 1 }], sizes: { batch: 6 }, mode: 'eval' });
  const good = Float64Array.from({ length: 48 }, (_, k) => Math.sin(k));
  for (const engine of engines) {
    const persistent = engine.allocate(step.batch.layout.size);
    engine.write(
      persistent,
      0,
      Float32Array.from({ length: persistent.elements }, (_, k) => Math.cos(k)),
      'real',
    );
    const runner = await makeRunner(engine, step, persistent);
    const lossAt = (x: ArrayLike<number>) => {
      runner.set('x', x);
      runner.run({ seed: [0, 0], tick: 0 });
      return runner.readNumber('loss');
    };
    assert.ok(Number.isFinite(await lossAt(good)), engine.name);
    assert.ok(Number.isNaN(await lossAt(good.map((value, k) => (k >> 3 === 2 ? Number.NaN : value)))), engine.name);
    runner.release();
    engine.release(persistent);
  }
});

/** One step of plain gradient descent of `loss` in w, started from `w`: the gradient at rate 1. */
async function gradientOf(engine: Engine, loss: string, w: number, x = 1): Promise<number> {
  const text = `edition 1
    model M {
      axis batch
      input x[batch]
      w: [] ~ ones
      loss l = ${loss}
    }`;
  const optimiser = { kind: 'sgd', momentum: 0, nesterov: false, clip: false, groups: [{ name: '', parameters: [0] }] } as const;
  const model = modelOf(text);
  const step = compileStep(model, { entries: [{ name: 'l', weight: 1 }], sizes: { batch: 1 }, mode: 'train', optimiser });
  const persistent = engine.allocate(step.batch.layout.size);
  const runner = await makeRunner(engine, step, persistent);
  const { address } = step.batch.layout.members.find(({ name }) => name === 'w')!;
  engine.write(persistent, address.offset, [w], 'real');
  runner.set('x', [x]);
  for (const [key, { name }] of step.batch.places)
    if (key.startsWith('input ') && name !== 'x') runner.set(name, [name.includes('decay') ? 0 : 1]);
  runner.run({ seed: [1, 2], tick: 0 });
  const [after] = await engine.read(persistent, address.offset, 1, 'real');
  runner.release();
  engine.release(persistent);
  return w - after;
}

test('the slope of relu at what is no number is none; dropout of everything is 0 with slope 0', async () => {
  for (const engine of engines) {
    assert.ok(Number.isNaN(await gradientOf(engine, 'mean(relu(w + x))', 1, Number.NaN)), engine.name);
    assert.is(await gradientOf(engine, 'mean(relu(w + x))', -2), 0, engine.name);
    assert.is(await gradientOf(engine, 'mean(relu(w + x))', 2), 1, engine.name);
    assert.is(await gradientOf(engine, 'mean(dropout(w * x, 1))', 2), 0, engine.name);
    assert.ok(Math.abs((await gradientOf(engine, 'mean(log(sigmoid(w * x)))', -20)) - 1) < 1e-6, engine.name);
  }
});

test.run();
