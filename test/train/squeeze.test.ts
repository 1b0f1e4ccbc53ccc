/** Squeezing in training on a small transformer: when it acts, when it ends, what it keeps, and resuming around it bit for bit. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyEvents, check, networkOf, table } from '../../compiler/index.ts';
import type { Executable } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { MemoryLimit } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import type { Outcome } from '../../runtime/train/events/event.ts';
import type { SqueezeScene } from '../../runtime/train/events/squeeze.ts';
import { squeeze } from '../../runtime/train/events/squeeze.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import { ResumeError } from '../../runtime/train/run-state.ts';
import type { Moments } from '../../runtime/train/transport.ts';
import type { Squeeze } from '../../runtime/weights/squeeze-choice.ts';
import { isLong } from '../long.ts';
import type { MemoryFiles, TestHost, TestRequest } from './fixture.ts';
import { memoryFiles, requestFor, testHost } from './fixture.ts';

const example = readFileSync(new URL('../../examples/char-gpt/char-gpt.bond', import.meta.url), 'utf8');
/** The transformer of the road with one block, its matrices as operators of bond 4, and what is written in a variant on top. */
function gpt(statements: string): Model {
  const text = `${example}
variant Small of CharGpt {
  decompose block[*].{query, key, value, mix} as mpo[4*4, 4*4](b = 4)
  decompose block[*].up as mpo[4*8, 4*4](b = 4)
  decompose block[*].down as mpo[4*4, 4*8](b = 4)
}
variant Squeezed of Small { ${statements} }`;
  const set = { vocab: 17, width: 16, heads: 2, depth: 1, inner: 32, context: 8 };
  const { model, diagnostics } = check({ file: 'gpt.bond', text, name: 'Squeezed', set, load: () => undefined });
  assert.ok(model !== undefined, diagnostics.map((found) => `${found.message} (${found.primary.text})`).join('\n'));
  return model;
}
const settings = {
  optimiser: { kind: 'adamw', rate: 0.01 },
  evaluate: { every: 4, rows: 8 },
  checkpoint: { every: 1000 },
};
const every4 = 'squeeze b of block by 1 every 4 steps';
const linesOf = (request: TestRequest) => readMeasurements(request.host.files, request.folder.metrics);
const losses = (request: TestRequest) => linesOf(request).map((line) => line.loss);
const saidBy = (request: TestRequest) => (request.host as TestHost).written.join('');
const bondsOf = (model: Model) =>
  model.weights.flatMap(
    (weight) =>
      networkOf(weight)
        ?.legs.filter(({ outer }) => outer === undefined)
        .map(({ size }) => size) ?? [],
  );

test('every 4 steps one bond becomes smaller, in shapes and programs', async () => {
  const model = gpt(every4);
  const request = requestFor(model, settings, { steps: 13 });
  const { taken } = await train(request);
  assert.equal(
    taken.map(({ step }) => step),
    [4, 8, 12],
  );
  assert.is(
    bondsOf(model).reduce((sum, size) => sum + size, 0) - bondsOf(applyEvents(model, taken)).reduce((sum, size) => sum + size, 0),
    3,
  );
  const { file, state } = openCheckpoint(request.host.files, request.folder.checkpoint);
  for (const { names, legs } of applyEvents(model, taken).parameters) {
    const shape = legs.map(({ size }) => size);
    for (const name of [names[0], `optimiser/${names[0]}.m`, `optimiser/${names[0]}.v`]) assert.equal(file.tensors.get(name)!.shape, shape);
  }
  assert.equal(state.events!.taken, taken);
  assert.is(state.events!.moments, 'transport');
  const lines = linesOf(request);
  assert.equal(
    lines.filter((line) => line.squeeze_error !== undefined).map(({ step }) => step),
    [5, 9, 13],
  );
  assert.is(Object.entries(lines[4]).filter(([name, value]) => name.startsWith('bond/b[1] of block[1].') && value === 3).length, 1);
  assert.match(saidBy(request), /step 4: squeeze b\[1\] of block\[1\]\.\w+\.weight 4 -> 3, relative error \d/);
});

test('the function is kept where a direction of the bond holds nothing', async () => {
  const still = { ...settings, optimiser: { kind: 'sgd', rate: 1e-12 } };
  const plain = requestFor(gpt(''), still, { steps: 3 });
  const emptied = () =>
    plain.values().map((tensor, id) => {
      const hollow = plain.model.parameters[id].names[0] === 'block[1].up.weight.T[2]';
      return hollow ? { ...tensor, data: tensor.data.map((x, k) => (k < (3 * tensor.data.length) / 4 ? x : 0)) } : tensor;
    });
  await train({ ...plain, values: emptied });
  const request = requestFor(gpt('squeeze b of block by 1 every 1 steps'), still, { steps: 2, values: emptied });
  const { taken } = await train(request);
  assert.equal(taken[0].decision, {
    is: 'squeeze',
    sizes: [{ weight: 'block[1].up.weight', leg: 4, size: 3 }],
    error: linesOf(request)[1].squeeze_error,
  });
  assert.ok(linesOf(request)[1].squeeze_error < 1e-12);
  assert.ok(Math.abs(losses(request)[1] - losses(plain)[1]) < 1e-9);
});

const turning = `train T[k] of block[*].{query, key} in turn over k every 3 steps
  train block[*].value.weight where @b < (1 to 4 by 1 every 2 steps)
  squeeze b of block[*].{up, down} by 1 choosing largest every 4 steps`;
const sliced = { accumulate: 2, optimiser: { kind: 'sgd', rate: 0.1 }, events: { moments: 'slice' } };
for (const [name, engine, statements, more, stops] of [
  ['wasm', () => wasmEngine(), 'squeeze b of block by 1 every 2 steps', {}, isLong ? [1, 2, 3] : [2]],
  ['wasm, largest under one cap, with turns and a ramp', () => wasmEngine(), turning, {}, [4]],
  ['reference, accumulating, sgd, moments sliced', async () => referenceEngine(table), every4, sliced, [4]],
] as const) {
  test(`interrupted before, at and after a squeeze and resumed equals uninterrupted, bit for bit: ${name}`, async () => {
    const own = { ...settings, ...more };
    const model = gpt(statements);
    const on = await engine();
    const whole = requestFor(model, own, { engine: on, steps: 5 });
    await train(whole);
    const last = openCheckpoint(whole.host.files, whole.folder.checkpoint);
    assert.ok(last.state.events!.taken.length >= 1);
    for (const after of stops) {
      const files = memoryFiles();
      const first = requestFor(model, own, { engine: on, steps: 5, host: testHost(files, after - 1) });
      assert.is((await train(first)).step, after);
      const resume = openCheckpoint(files, first.folder.checkpoint);
      const second = requestFor(model, own, { engine: on, steps: 5, host: testHost(files), resume });
      await train(second);
      assert.equal(losses(second), losses(whole), `after ${after}`);
      const again = openCheckpoint(files, second.folder.checkpoint);
      assert.equal(again.state, last.state);
      for (const tensor of last.file.tensors.keys()) assert.equal(again.file.read(tensor), last.file.read(tensor));
    }
  });
}

/** What a squeeze with a condition does in a given state of affairs. */
function outcomeOf(condition: string, now: Partial<SqueezeScene>): Outcome {
  const request = requestFor(gpt(`squeeze b of block by 1 every 2 steps ${condition}`), settings);
  const { model } = request;
  const values = request.values();
  const state = new Map(model.parameters.map(({ id, names }) => [names[0], values[id].data]));
  const event = model.schedule[0] as Squeeze;
  return squeeze({ event, model, state, taken: [], loss: 3, reference: 3, ...now });
}
const saidOf = (outcome: Outcome) => (outcome.is === 'wait' ? '' : outcome.said);

test('conditions are stop rules: on the mean loss, the share of entries, the error so far', () => {
  const past = (error: number) => ({ step: 1, decision: { is: 'squeeze', sizes: [], error } }) as const;
  const cases: readonly (readonly [string, Partial<SqueezeScene>, Outcome['is'], RegExp])[] = [
    ['while loss < reference + 0.03', {}, 'change', /squeeze b\[1\]/],
    ['while loss < reference + 0.03', { loss: 3.03 }, 'end', /loss 3\.030 \(mean of the last steps\) < 3\.030 no longer holds/],
    ['while loss <= 2', {}, 'end', /loss 3\.000 .* <= 2\.000 no longer holds/],
    ['until loss > reference', { loss: 3.1 }, 'end', /loss 3\.100 .* > 3\.000 is reached/],
    ['until share < 0.6', {}, 'end', /share 0\.4\d+ < 0\.6000 is reached/],
    ['until share < 0.3', {}, 'change', /squeeze/],
    ['until error >= 0.05', { taken: [past(0.03), past(0.03)] }, 'change', /squeeze/],
    ['until error >= 0.05', { taken: [past(0.03), past(0.04)] }, 'end', /error 0\.05000 >= 0\.05000 is reached/],
  ];
  for (const [condition, now, is, said] of cases) {
    const outcome = outcomeOf(condition, now);
    assert.is(outcome.is, is, condition);
    assert.match(saidOf(outcome), said);
  }
});

test('a loss that is too high ends a squeeze, or is waited for until it has recovered; other conditions end it either way', async () => {
  const recovers = true;
  assert.is(outcomeOf('while loss < reference + 0.03', { loss: 3.03, recovers }).is, 'wait');
  assert.is(outcomeOf('while loss < reference + 0.03', { loss: 3.02, recovers }).is, 'change');
  assert.is(outcomeOf('until loss > reference', { loss: 3.1, recovers }).is, 'end');
  assert.is(outcomeOf('until share < 0.6', { recovers }).is, 'end');
  const model = gpt('squeeze b of block by 1 every 2 steps while loss < reference + 0.03');
  const waiting = requestFor(model, { ...settings, events: { reference: 0, while: 'waits' } }, { steps: 5 });
  assert.equal((await train(waiting)).taken, []);
  assert.not.match(saidBy(waiting), /no more squeezing/);
  const lower = requestFor(model, { ...settings, events: { reference: 100, while: 'waits' } }, { steps: 5 });
  assert.is((await train(lower)).taken.length, 2);
});

test('a squeeze that has ended stays so after a resume, with its reference', async () => {
  const model = gpt('squeeze b of block by 1 every 2 steps while loss < reference + 0.03');
  const strict = { ...settings, events: { reference: 0 } };
  const files = memoryFiles();
  const first = requestFor(model, strict, { steps: 3, host: testHost(files) });
  assert.equal((await train(first)).taken, []);
  assert.match(saidBy(first), /step 2: no more squeezing: loss \d\.\d+ \(mean of the last steps\) < 0\.03000 no longer holds/);
  const resume = openCheckpoint(files, first.folder.checkpoint);
  assert.equal(resume.state.events!.references, [[0, 0]]);
  const second = requestFor(model, strict, { steps: 5, host: testHost(files), resume });
  assert.equal((await train(second)).taken, []);
  assert.not.match(saidBy(second), /squeez/);
});

test('nothing is left to squeeze: said once, nothing lost', async () => {
  const request = requestFor(gpt('squeeze b of block[1].up by 3 every 1 steps'), settings, { steps: 5 });
  const { taken, step } = await train(request);
  assert.is(taken.length, 1);
  assert.is(step, 5);
  assert.is(saidBy(request).match(/no more squeezing: every bond of it has size 1/g)!.length, 1);
});

test('policies of moments: transported, sliced, reset', async () => {
  const moments = async (policy: Moments) => {
    const request = requestFor(
      gpt('squeeze b of block[1].up by 1 every 4 steps'),
      { ...settings, events: { moments: policy } },
      { steps: 5 },
    );
    await train(request);
    const { file, state } = openCheckpoint(request.host.files, request.folder.checkpoint);
    assert.is(state.events!.moments, policy);
    return file.read('optimiser/block[1].up.weight.T[1].v');
  };
  const [carried, sliced, none] = await Promise.all([moments('transport'), moments('slice'), moments('reset')]);
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  assert.ok(sum(none) < sum(carried) && sum(none) < sum(sliced));
  assert.not.equal(carried, sliced);
});

test('where no session of the next model can be had, the run is saved as it was', async () => {
  const request = requestFor(gpt('squeeze b of block by 1 every 2 steps'), settings, { steps: 6 });
  const entries = ({ layout }: Executable) => layout.members.reduce((sum, { address }) => sum + address.length, 0);
  const { engine } = request;
  let first: number | undefined;
  const load: Engine['load'] = (executable) => {
    first ??= entries(executable);
    if (entries(executable) !== first) throw new MemoryLimit(2, 1);
    return engine.load(executable);
  };
  const own = (key: string | symbol): unknown => Reflect.get(engine, key);
  const narrow = new Proxy(engine, {
    get: (_, key) => (key === 'load' ? load : typeof own(key) === 'function' ? (own(key) as () => unknown).bind(engine) : own(key)),
  });
  await train({ ...request, engine: narrow }).then(
    () => assert.unreachable('should fail'),
    (error: Error) => assert.instance(error, MemoryLimit),
  );
  const kept = openCheckpoint(request.host.files, request.folder.checkpoint);
  assert.is(kept.state.step, 2);
  assert.equal(kept.state.events!.taken, []);
  const resumed = requestFor(request.model, settings, { steps: 6, host: testHost(request.host.files as MemoryFiles), resume: kept });
  assert.is((await train(resumed)).taken.length, 2);
});

test('decisions of another text are refused', async () => {
  const files = memoryFiles();
  const model = gpt(every4);
  await train(requestFor(model, settings, { steps: 5, host: testHost(files) }));
  const resume = openCheckpoint(files, 'run/checkpoint.safetensors');
  const other = { ...model, digest: 'other' };
  await train(requestFor(other, settings, { steps: 8, host: testHost(files), resume })).then(
    () => assert.unreachable('should fail'),
    (error: Error) => assert.instance(error, ResumeError),
  );
});

test.run();
