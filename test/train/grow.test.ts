/** Growing in training: the function and the moments that were stay, sizes and files follow, and resuming around it is bit for bit. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyEvents, table } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { networksOf } from '../../compiler/values/term.ts';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import type { Outcome } from '../../runtime/train/events/event.ts';
import { grow } from '../../runtime/train/events/grow.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import { mergeWeight } from '../../runtime/weights/merge.ts';
import { distance, type HostTensor, norm } from '../../runtime/weights/tensor.ts';
import { smallModel } from './bigrams.ts';
import { memoryFiles, requestFor, type TestHost, type TestRequest, testHost } from './fixture.ts';

const settings = { optimiser: { kind: 'adamw', rate: 0.02 }, checkpoint: { every: 10_000 } };
const tied =
  'decompose {mix, rotate} as mpo[2*2*2, 2*2*2](b = 2)\n  tie T[2] of mix = T[2] of rotate\n  grow b of {mix, rotate} by 1 every 2 steps until b == 4';
const bondsOf = (model: Model) =>
  model.weights.flatMap((weight) =>
    networksOf(weight).flatMap(({ network }) => network.legs.flatMap(({ outer, size }) => (outer ? [] : [size]))),
  );
const lossesOf = (request: TestRequest) => readMeasurements(request.host.files, request.folder.metrics).map(({ loss }) => loss);
const saidBy = (request: TestRequest) => (request.host as TestHost).written.join('');

/** What a growth makes of first values, and moments that are all 1. */
function grown(statements: string): {
  before: Model;
  after: Model;
  values: readonly HostTensor[];
  next: readonly HostTensor[];
  outcome: Outcome;
} {
  const before = smallModel(statements);
  const request = requestFor(before, settings);
  const values = request.values();
  const state = new Map(before.parameters.map(({ id, names }) => [names[0], values[id]!.data]));
  const event = before.schedule.find((one) => one.is === 'grow')!;
  const outcome = grow({ event, model: before, step: 4, state, taken: [], loss: 1, reference: 1, sums: new Map(), request } as never);
  assert.is(outcome.is, 'change');
  if (outcome.is !== 'change') throw new Error('no change');
  const after = applyEvents(before, [{ step: 4, event: event.id, decision: outcome.decision }]);
  const next = after.parameters.map(({ id, names, legs }) => {
    const fresh = outcome.tensors.get(names[0]);
    const value = fresh?.value ?? values[id]!;
    assert.equal(
      value.shape,
      legs.map(({ size }) => size),
    );
    const ones = fresh?.moment(() => ({ shape: values[id]!.shape, data: new Float64Array(values[id]!.data.length).fill(1) }), true);
    if (ones !== undefined)
      assert.is(
        ones.data.reduce((sum, x) => sum + x, 0),
        values[id]!.data.length,
        'moments of new entries are zeros',
      );
    return value;
  });
  return { before, after, values, next, outcome };
}

for (const [name, statements] of [
  ['a chain', 'decompose mix as mpo[2*2*2, 2*2*2](b = 2)\n  grow b of mix by 2'],
  ['one bond of a chain', 'decompose mix as mpo[2*2*2, 2*2*2](b = 2)\n  grow b[2] of mix by 1'],
  ['shared cores', tied],
  ['a ring', 'decompose mix as ring[2*2*2, 2*2*2](b = 2)\n  grow b of mix by 2 until b == 5'],
  ['a bond of three cores', 'decompose mix as cp[2*2*2, 2*2*2](r = 3)\n  grow r of mix by 2 until r == 8'],
  ['a core that stands along the chain', `decompose mix as same[1*2*2*2, 1*2*2*2](b = (2, 2, 2))\n  grow b of mix by 1 until b == 3`],
  ['above the full size, as asked', 'decompose mix as mpo[2*4, 2*4](b = 4)\n  grow b of mix by 3 until b == 7'],
] as const) {
  test(`the weight is what it was, and every new index counts once trained: ${name}`, () => {
    const { before, after, values, next } = grown(statements);
    assert.ok(bondsOf(after).every((size, k) => size >= bondsOf(before)[k]!) && bondsOf(after).join() !== bondsOf(before).join());
    for (const [k, weight] of before.weights.entries()) {
      const [old, now] = [mergeWeight(before, values, weight), mergeWeight(after, next, after.weights[k]!)];
      assert.ok(distance(now.data, old.data) <= 1e-14 * norm(old.data), weight.path);
    }
    // One step along the zeros: where they move, the weight moves.
    const moved = next.map(({ shape, data }) => ({ shape, data: data.map((x) => (x === 0 ? 0.1 : x)) }));
    const changed = after.weights.some((weight, k) => {
      const [old, now] = [mergeWeight(before, values, before.weights[k]!), mergeWeight(after, moved, weight)];
      return distance(now.data, old.data) > 1e-3 * norm(old.data);
    });
    assert.ok(changed);
  });
}

test('bonds grow at their clock up to the size that was asked for, in shapes, records and the log; then it is said once', async () => {
  const model = smallModel(tied);
  const request = requestFor(model, settings, { engine: await wasmEngine(), steps: 9 });
  const { taken } = await train(request);
  assert.equal(
    taken.map(({ step }) => step),
    [2, 4],
  );
  const after = applyEvents(model, taken);
  assert.equal(bondsOf(after), [4, 4, 4, 4]);
  const { file } = openCheckpoint(request.host.files, request.folder.checkpoint);
  for (const { names, legs } of after.parameters) {
    const shape = legs.map(({ size }) => size);
    for (const name of [names[0], `optimiser/${names[0]}.m`, `optimiser/${names[0]}.v`]) assert.equal(file.tensors.get(name)!.shape, shape);
  }
  const lines = readMeasurements(request.host.files, request.folder.metrics);
  assert.is(lines[2]!['bond/b[1] of mix.weight'], 3);
  assert.match(saidBy(request), /step 2: grow b\[1\] of mix\.weight 2 -> 3/);
  assert.is(saidBy(request).match(/no more growing: every bond of it has its greatest size/g)!.length, 1);
  // The loss does not jump: the same model without growth had the same losses until the first step after it.
  const still = requestFor(smallModel(tied.split('\n').slice(0, 2).join('\n')), settings, { engine: await wasmEngine(), steps: 3 });
  await train(still);
  assert.equal(lossesOf(request).slice(0, 2), lossesOf(still).slice(0, 2));
  assert.ok(Math.abs(lossesOf(request)[2]! - lossesOf(still)[2]!) < 1e-6);
});

test('stop rules are those of squeeze', async () => {
  const statements = 'decompose mix as mpo[2*2*2, 2*2*2](b = 2)\n  grow b of mix by 1 every 1 steps until share > 0.5';
  const request = requestFor(smallModel(statements), settings, { steps: 5 });
  const { taken } = await train(request);
  assert.is(taken.length, 1);
  assert.match(saidBy(request), /no more growing: share 0\.\d+ > 0\.5000 is reached/);
});

for (const [name, make, more] of [
  ['wasm', () => wasmEngine(), {}],
  [
    'reference, accumulating, sgd, moments sliced',
    async () => referenceEngine(table),
    { accumulate: 2, optimiser: { kind: 'sgd', rate: 0.1, momentum: 0.5 }, events: { moments: 'slice' } },
  ],
] as const) {
  test(`interrupted before, at and after a growth and resumed equals uninterrupted, bit for bit: ${name}`, async () => {
    const own = { ...settings, ...more };
    const model = smallModel(tied);
    const engine = await make();
    const whole = requestFor(model, own, { engine, steps: 5 });
    await train(whole);
    const last = openCheckpoint(whole.host.files, whole.folder.checkpoint);
    assert.is(last.state.events!.taken.length, 2);
    for (const after of [1, 2, 3]) {
      const files = memoryFiles();
      const first = requestFor(model, own, { engine, steps: 5, host: testHost(files, after - 1) });
      assert.is((await train(first)).step, after);
      const resume = openCheckpoint(files, first.folder.checkpoint);
      const second = requestFor(model, own, { engine, steps: 5, host: testHost(files), resume });
      await train(second);
      assert.equal(lossesOf(second), lossesOf(whole), `after ${after}`);
      const again = openCheckpoint(files, second.folder.checkpoint);
      assert.equal(again.state, last.state);
      for (const tensor of last.file.tensors.keys()) assert.equal(again.file.read(tensor), last.file.read(tensor));
    }
  });
}

test.run();
