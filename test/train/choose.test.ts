/** Choosing in training on a small transformer: what counts, what is chosen when, what stays as it was, and resuming. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyEvents, table } from '../../compiler/index.ts';
import type { Chosen, Taken } from '../../compiler/values/decision.ts';
import type { Model } from '../../compiler/values/model.ts';
import { storedValues } from '../../runtime/api/saved.ts';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { SettingsError } from '../../runtime/checkpoint/schema.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { evaluate } from '../../runtime/train/evaluate.ts';
import { choose } from '../../runtime/train/events/choose.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import { stageAfter } from '../../runtime/train/run-state.ts';
import { openSession } from '../../runtime/train/session.ts';
import { transported } from '../../runtime/train/transport.ts';
import { modelOf } from '../check/program.ts';
import { load } from '../check/variants.ts';
import { isLong } from '../long.ts';
import type { TestHost, TestRequest } from './fixture.ts';
import { memoryFiles, requestFor, testHost } from './fixture.ts';

const sizes = { vocab: 17, width: 8, heads: 2, depth: 2, inner: 16, context: 8 };
const kinds = ['query', 'up'];
const wasm = await wasmEngine();

/** Two kinds of matrices in two blocks, chosen as `how` says. */
function gpt(how: string, more = ''): Model {
  const text = `edition 1
use "./models.bond" { CharGpt }
variant V of CharGpt {
  decompose block[l].{query, up} as mpo[ends, ends](n = 3) choosing ${how}
  ${more}
}`;
  return modelOf(text, 'V', { load, set: sizes });
}
const dynamic = () => gpt('1 over l by taylor every 4 steps until 2', 'train block[*].{query, up}.weight with probability 0.7');
/** On the WebAssembly engine, and nothing held out: there is less to compile. */
function requestOf(model: Model, settings: unknown, more: Partial<TestRequest> = {}): TestRequest {
  const request = requestFor(model, settings, { engine: wasm, ...more });
  return { ...request, feed: { ...request.feed, validation: { ...request.feed.validation, rows: 0 } } };
}
const fast = { optimiser: { kind: 'adamw', rate: 0.01 }, checkpoint: { every: 100 } };
/** Training batches as those of an evaluation. */
const held = ({ feed }: TestRequest, count: number) => ({
  ...feed,
  validation: {
    inputs: feed.validation.inputs,
    sizes: feed.sizes,
    rows: count * feed.validation.perBatch,
    axis: feed.validation.axis,
    perBatch: feed.validation.perBatch,
    batch: (from: number) => feed.train(from / feed.validation.perBatch),
  },
});
const decisionsOf = (taken: readonly Taken[]) => taken.map(({ step, decision }) => [step, decision as Chosen] as const);
const weightsOf = (taken: readonly Taken[]) => decisionsOf(taken).map(([step, { weights }]) => [step, weights.length]);
const checkpointOf = (request: TestRequest) => openCheckpoint(request.host.files, request.folder.checkpoint);

test('every so many steps the greatest of each group, until there are enough', async () => {
  const request = requestOf(dynamic(), fast, { steps: 13 });
  const session = await openSession(request);
  session.load(request.values());
  const sums: Record<string, number> = {};
  for (let step = 0; step < 4; step++) {
    const results = await session.step(step);
    for (const [name, value] of Object.entries(results))
      if (name.startsWith('taylor ')) sums[name.slice(7)] = (sums[name.slice(7)] ?? 0) + Math.abs(value);
  }
  assert.is(Object.keys(sums).length, 4);
  const { taken } = await train(request);
  assert.equal(weightsOf(taken), [
    [4, 2],
    [8, 2],
  ]);
  const [[, first], [, second]] = decisionsOf(taken);
  assert.equal(first.importance, sums);
  assert.is(Object.keys(second.importance).length, 2);
  for (const { weights, importance } of [first, second]) {
    for (const [k, kind] of kinds.entries()) {
      const group = Object.entries(importance).filter(([path]) => path.includes(`.${kind}.`));
      assert.is(weights[k], group.sort((a, b) => b[1] - a[1])[0][0]);
    }
  }
  assert.is(new Set([...first.weights, ...second.weights]).size, 4);
  const lines = readMeasurements(request.host.files, request.folder.metrics);
  assert.is(lines[4][`chosen ${first.weights[0]}`], first.importance[first.weights[0]]);
  assert.ok(lines[4].choice_error < 1e-12);
  assert.equal(lines.filter((line) => Object.keys(line).some((name) => name.startsWith('taylor '))).length, 0);
  const model = applyEvents(request.model, taken);
  assert.equal(model.schedule, []);
  assert.equal(
    model.parameters.map(({ id }) => id),
    [...model.parameters.keys()],
  );
  const chosen = model.weights.filter(({ terms }) => terms[0].is === 'network');
  assert.equal(chosen.map(({ path }) => path).sort(), [...first.weights, ...second.weights].sort());
  storedValues(model, checkpointOf(request).file);
});

test('the function is the same after a choice, and so is what each weight is', async () => {
  const still = { ...fast, optimiser: { kind: 'sgd', rate: 1e-30, momentum: 0 } };
  const losses: number[] = [];
  for (const steps of [4, 5]) {
    const request = requestOf(dynamic(), still, { steps });
    const { taken } = await train(request);
    assert.is(taken.length, steps - 4);
    const model = applyEvents(request.model, taken);
    losses.push((await evaluate(wasm, model, storedValues(model, checkpointOf(request).file), held(request, 4), request.config, 0)).loss);
  }
  assert.ok(Math.abs(losses[0] - losses[1]) < 1e-5 * losses[0], losses.join(' '));
});

test('first moments of cores are the gradients of cores, second are of squares; groups and gates are those of the tensor', async () => {
  const settings = { ...fast, clip: 0, optimiser: { kind: 'adamw', rate: 1e-30, decay: 0, beta1: 1e-9, beta2: 0.5 } };
  const model = gpt('1 over l by taylor every 1 steps until 1', 'train block[*].up.weight with probability 1');
  const base = requestOf(model, settings, { engine: referenceEngine(table) });
  const isUp = (id: number) => /up|norm/.test(model.parameters[id].names[0]);
  const all = base.groups[0];
  const groups = [
    { ...all, name: 'slow', parameters: all.parameters.filter(isUp) },
    { ...all, parameters: all.parameters.filter((id) => !isUp(id)) },
  ];
  const request = { ...base, groups };
  const session = await openSession(request);
  session.load(request.values());
  await session.step(0);
  const state = await session.state();
  const event = model.schedule[0];
  assert.ok(event.is === 'choose');
  const outcome = await choose({ event, model, step: 1, state, taken: [], loss: 0, reference: 0, sums: new Map(), session, request });
  assert.ok(outcome.is === 'change');
  const next = stageAfter(request, { step: 1, event: event.id, decision: outcome.decision });
  const after = await openSession(next);
  const moved = { from: model, to: next.model, state, tensors: outcome.tensors, moments: 'transport' } as const;
  after.restore(transported(moved));
  const before = await after.state();
  await after.step(0);
  const gradients = await after.state();
  assert.is(outcome.tensors.size, 6);
  for (const [name, { value }] of outcome.tensors) {
    assert.equal(before.get(name), value.data, name);
    const [m, g, v] = [before.get(`${name}.m`)!, gradients.get(`${name}.m`)!, before.get(`${name}.v`)!];
    const size = Math.max(...g.map(Math.abs));
    assert.ok(size > 1e-6 && m.every((entry, k) => Math.abs(entry - g[k]) < 1e-8 * size), name);
    assert.ok(v.every((entry) => entry >= 0) && v.some((entry) => entry > 0), name);
    const { id, update } = next.model.parameters.find(({ names }) => names[0] === name)!;
    assert.is(next.groups.find(({ parameters }) => parameters.includes(id))!.name, name.includes('.up.') ? 'slow' : 'all');
    assert.is(!update.frozen && update.gate !== undefined, name.includes('.up.'));
  }
  const reset = transported({ ...moved, moments: 'reset' });
  assert.is(reset(`${[...outcome.tensors.keys()][0]}.m`), undefined);
});

const accumulated = { ...fast, accumulate: 2 };
let whole: TestRequest | undefined;
for (const [name, stops, engine] of [
  ['while sums grow', 5, wasm],
  ...(isLong ? ([['just before a choice', 3, wasm]] as const) : []),
  ['after two choices', 9, wasm],
  ['while sums grow, in double precision', 5, referenceEngine(table)],
] as const) {
  test(`interrupted ${name} and resumed equals uninterrupted, bit for bit`, async () => {
    const request = (host: TestHost, more: Partial<TestRequest> = {}) =>
      requestOf(dynamic(), accumulated, { steps: 10, engine, host, ...more });
    if (whole?.engine !== engine) {
      whole = request(testHost());
      await train(whole);
    }
    const files = memoryFiles();
    const first = request(testHost(files, stops));
    assert.is((await train(first)).step, stops + 1);
    const second = request(testHost(files), { resume: openCheckpoint(files, first.folder.checkpoint) });
    await train(second);
    const [lines, expected] = [second, whole].map(({ host, folder }) =>
      readMeasurements(host.files, folder.metrics).map((line) => ({ ...line, seconds: 0 })),
    );
    assert.equal(lines, expected);
    const [a, b] = [checkpointOf(second), checkpointOf(whole)];
    assert.equal([...a.file.tensors.keys()], [...b.file.tensors.keys()]);
    for (const tensor of a.file.tensors.keys()) assert.equal(a.file.read(tensor), b.file.read(tensor), tensor);
    assert.equal(a.state, b.state);
  });
}

test('before the first step: by the change of the loss without the weight', async () => {
  const request = requestOf(gpt('1 over l by ablation'), { ...fast, events: { batches: 3 } }, { steps: 1, engine: referenceEngine(table) });
  const { taken } = await train(request);
  assert.equal(weightsOf(taken), [[0, 2]]);
  const [[, { importance }]] = decisionsOf(taken);
  const { model, engine, config } = request;
  const values = request.values();
  const loss = async (without?: string) => {
    const zeroed = values.map((value, id) =>
      model.parameters[id].names[0] === without ? { ...value, data: value.data.map(() => 0) } : value,
    );
    return (await evaluate(engine, model, zeroed, held(request, 3), config, 0)).loss;
  };
  const whole = await loss();
  for (const [path, count] of Object.entries(importance)) assert.ok(Math.abs(count - Math.abs(whole - (await loss(path)))) < 1e-12, path);
});

for (const criterion of ['taylor', 'fisher', 'random']) {
  test(`before the first step: by ${criterion}, again the same`, async () => {
    const runs = [
      requestOf(gpt(`1 over l by ${criterion}`), fast, { steps: 1 }),
      requestOf(gpt(`1 over l by ${criterion}`), fast, { steps: 1 }),
    ];
    const decisions = [];
    for (const request of runs) decisions.push((await train(request)).taken);
    assert.equal(decisions[0], decisions[1]);
    assert.equal(weightsOf(decisions[0]), [[0, 2]]);
    assert.ok(Object.values(decisionsOf(decisions[0])[0][1].importance).every((count) => count > 0));
  });
}

test('by numbers of the settings, under paths of weights or of layers', async () => {
  const importance = { 'block[2].query': 1, 'block[1].up.weight': 2, 'block[2].up': 1.5 };
  const { taken } = await train(requestOf(gpt('1 over l by given'), { ...fast, events: { importance } }, { steps: 1 }));
  assert.equal(decisionsOf(taken)[0][1].weights, ['block[2].query.weight', 'block[1].up.weight']);
});

test('numbers of the settings that are of no candidate, or missing, are named before anything runs', async () => {
  const importance = { 'block[2].qery': 1, 'block[1].up': 1 };
  const request = requestOf(gpt('1 over l by given'), { ...fast, events: { importance } });
  await train(request).then(
    () => assert.unreachable('should be refused'),
    (error: Error) => {
      assert.instance(error, SettingsError);
      assert.match(error.message, /events\.importance\["block\[2\]\.qery"\] is no candidate .* did you mean `block\[2\]\.query`/);
      assert.match(error.message, /says nothing of block\[l\]\.query\.weight/);
      assert.not.match(error.message, /says nothing of block\[l\]\.up/);
    },
  );
  assert.is(request.host.files.size(request.folder.checkpoint), undefined);
});

test.run();
