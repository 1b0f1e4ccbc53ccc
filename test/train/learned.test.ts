/**
 * `learn mask of ... keep`: gradients against the definition of the straight-through estimator, masks that move, frozen values under a
 * mask, a run that was interrupted, and what is left when the mask is fixed.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stepProgram, table } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { underLearnedMask, withFirstScores, withFixedMasks } from '../../runtime/weights/learned.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { run } from '../program/run.ts';
import { smallModel } from './bigrams.ts';
import { memoryFiles, requestFor, type TestRequest, testHost } from './fixture.ts';

const masked = `decompose mix as mpo[2*4, 4*2](b = 4)
  learn mask of T[2] of mix keep 0.3
  learn mask of rotate.weight keep 0.5`;
const sizes = { batch: 3, time: 5 };
const batch = {
  ids: Float64Array.from({ length: 15 }, (_, k) => (7 * k) % 17),
  next: Float64Array.from({ length: 15 }, (_, k) => (5 * k + 3) % 17),
};
type Values = Readonly<Record<string, Float64Array>>;

function lossOf(model: Model, values: Values): number {
  const program = stepProgram(model, { entries: [{ name: 'next_token', weight: 1 }], sizes, mode: 'eval' });
  return run(program, { ...batch, ...values })['result next_token']![0]!;
}
function gradientsOf(model: Model, values: Values): Values {
  const program = stepProgram(model, { entries: [{ name: 'next_token', weight: 1 }], sizes, mode: 'train', phase: 'gradients' });
  return run(program, { ...batch, ...values });
}
const named = (model: Model, values: readonly HostTensor[]): Record<string, Float64Array> =>
  Object.fromEntries(model.parameters.map(({ id, names }) => [names[0]!, values[id]!.data]));
const called = (model: Model, name: string) => model.parameters.find(({ names }) => names[0] === name)!;

test('forward the core under its mask; backward the core gets its share, the scores what a factor in place of the mask would get', () => {
  const model = smallModel(masked);
  const plain = smallModel(masked.split('\n')[0]!);
  const { values } = initialise(model, [3, 0]);
  const own = named(model, values);
  // Scores of their own, so that nothing depends on where they start.
  for (const { id, names, learned } of model.parameters)
    if (learned !== undefined) own[`${names[0]}.scores`] = values[id]!.data.map((_, k) => Math.sin(7 * k + 1));
  const given = model.parameters.map(({ names, legs }) => ({ shape: legs.map(({ size }) => size), data: own[names[0]!]! }));
  const under = named(
    model,
    model.parameters.map((parameter) => underLearnedMask(parameter, given, given[parameter.id]!)),
  );
  assert.is(lossOf(model, own), lossOf(plain, under));
  const gradients = gradientsOf(model, own);
  for (const name of ['mix.weight.T[2]', 'rotate.weight']) {
    const core = own[name]!;
    const kept = under[name]!.map((value) => (value === 0 ? 0 : 1));
    assert.is(
      kept.reduce((sum, one) => sum + one, 0),
      name === 'rotate.weight' ? 32 : 10,
    );
    for (const k of core.keys()) {
      const moved = (by: number) => lossOf(plain, { ...under, [name]: under[name]!.map((value, at) => (at === k ? value + by : value)) });
      const slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      assert.ok(Math.abs(gradients[`gradient ${name}`]![k]! - kept[k]! * slope) < 1e-9, `${name} ${k}`);
      assert.ok(Math.abs(gradients[`gradient ${name}.scores`]![k]! - core[k]! * slope) < 1e-9, `scores of ${name} ${k}`);
    }
  }
});

test('scores start as the sizes of the first values, those aside that are given', () => {
  const model = smallModel(masked);
  const { values } = initialise(model, [3, 0]);
  const [core, scores] = ['rotate.weight', 'rotate.weight.scores'].map((name) => called(model, name));
  assert.equal(values[scores!.id]!.data, values[core!.id]!.data.map(Math.abs));
  const other = values.map(({ shape, data }) => ({ shape, data: data.map((value) => 2 * value) }));
  const started = withFirstScores(model, other, ({ names }) => names[0] === 'rotate.weight.scores');
  assert.is(started[scores!.id], other[scores!.id]);
  assert.equal(started[called(model, 'mix.weight.T[2].scores').id]!.data, other[called(model, 'mix.weight.T[2]').id]!.data.map(Math.abs));
});

const settings = { optimiser: { kind: 'adamw', rate: 0.02, decay: 0.01 }, clip: 1, checkpoint: { every: 10_000 } };
const losses = (request: TestRequest) => readMeasurements(request.host.files, request.folder.metrics).map(({ loss }) => loss);
async function trained(model: Model, engine: Engine, steps: number) {
  const request = requestFor(model, settings, { engine, steps });
  await train(request);
  const { file } = openCheckpoint(request.host.files, request.folder.checkpoint);
  const values = model.parameters.map(({ names, legs }) => ({
    shape: legs.map(({ size }) => size),
    data: Float64Array.from(file.read(names[0]!)),
  }));
  return { values, told: losses(request) };
}
const chosen = (model: Model, values: readonly HostTensor[], name: string): number[] => {
  const core = called(model, name);
  return [...underLearnedMask(core, values, { ...values[core.id]!, data: values[core.id]!.data.map(() => 1) }).data];
};

test('200 steps: the mask moves, keeps as many entries as before, and the loss falls; the engines choose alike', async () => {
  const model = smallModel(masked);
  const first = initialise(model, [11, 0]).values;
  const { values, told } = await trained(model, await wasmEngine(), 200);
  assert.ok(told.at(-1)! < told[0]! - 0.5, `${told[0]} to ${told.at(-1)}`);
  for (const [name, count] of [
    ['mix.weight.T[2]', 10],
    ['rotate.weight', 32],
  ] as const) {
    const [before, after] = [first, values].map((own) => chosen(model, own, name));
    assert.is(
      after!.reduce((sum, one) => sum + one, 0),
      count,
    );
    assert.not.equal(after, before, `the mask of ${name} never moved`);
  }
  const few = await Promise.all([await wasmEngine(), referenceEngine(table)].map((engine) => trained(model, engine, 8)));
  for (const { id, names } of model.parameters) {
    const [a, b] = few.map((one) => one.values[id]!.data);
    const apart = a!.reduce((most, value, k) => Math.max(most, Math.abs(value - b![k]!)), 0);
    assert.ok(apart < 1e-4, `${names[0]}: ${apart}`);
  }
});

test('frozen values under a learned mask: they stay as they are, and the loss falls by the choice alone', async () => {
  const model = smallModel('learn mask of embed, head.weight keep 0.5\n  init embed, head.weight ~ normal(1)\n  freeze all');
  const first = initialise(model, [11, 0]).values;
  const { values, told } = await trained(model, await wasmEngine(), 200);
  for (const { id, names, update } of model.parameters)
    if (update.frozen) assert.equal(values[id]!.data, Float64Array.from(Float32Array.from(first[id]!.data)), names[0]);
  const mean = (own: readonly number[]) => own.reduce((sum, loss) => sum + loss, 0) / own.length;
  const [before, after] = [mean(told.slice(0, 20)), mean(told.slice(-20))];
  assert.ok(after < before - 0.1, `${before} to ${after}`);
});

test('interrupted and resumed equals uninterrupted, bit for bit: checkpoints hold the scores', async () => {
  const model = smallModel(masked);
  const engine = await wasmEngine();
  const whole = requestFor(model, settings, { engine, steps: 6 });
  await train(whole);
  const files = memoryFiles();
  const first = requestFor(model, settings, { engine, steps: 6, host: testHost(files, 2) });
  await train(first);
  const resume = openCheckpoint(files, first.folder.checkpoint);
  const second = requestFor(model, settings, { engine, steps: 6, host: testHost(files), resume });
  await train(second);
  assert.equal(losses(second), losses(whole));
  const [again, last] = [files, whole.host.files].map((own) => openCheckpoint(own, whole.folder.checkpoint).file);
  assert.ok(last!.tensors.has('rotate.weight.scores') && last!.tensors.has('optimiser/rotate.weight.scores.m'));
  for (const tensor of last!.tensors.keys()) assert.equal(again!.read(tensor), last!.read(tensor));
});

test('fixed, a mask is zeros: of the merged weight and of a model without scores', () => {
  const model = smallModel(masked);
  const { values } = initialise(model, [3, 0]);
  const rotate = mergeWeight(model, values, model.weights.find(({ path }) => path === 'rotate.weight')!);
  assert.is(rotate.data.filter((value) => value === 0).length, 32);
  const dense = smallModel('');
  const merged = Object.fromEntries(model.weights.map((weight) => [weight.path, mergeWeight(model, values, weight).data]));
  const loss = lossOf(model, named(model, values));
  assert.ok(Math.abs(lossOf(dense, merged) - loss) < 1e-12);
  const fixed = withFixedMasks(model, values);
  assert.ok(fixed.model.parameters.every(({ learned, role }) => learned === undefined && role !== 'scores'));
  assert.is(lossOf(fixed.model, named(fixed.model, fixed.values)), loss);
});

test.run();
