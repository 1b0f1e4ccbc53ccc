/** The loop on the reference engine: it learns, records, stops in every way there is, and resumes bit for bit. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { FileProblem } from '../../runtime/checkpoint/files.ts';
import { MemoryLimit } from '../../runtime/engine/engine.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import { NotFinite } from '../../runtime/train/request.ts';
import { ResumeError } from '../../runtime/train/run-state.ts';
import { openSession } from '../../runtime/train/session.ts';
import type { TestHost, TestRequest } from './fixture.ts';
import { bigramModel, memoryFiles, requestFor, testHost } from './fixture.ts';

const fast = { optimiser: { kind: 'adamw', rate: 0.03 }, evaluate: { every: 10, rows: 0 }, checkpoint: { every: 10 } };
const hostOf = (request: TestRequest) => request.host as TestHost;
const losses = (request: TestRequest) => readMeasurements(request.host.files, request.folder.metrics).map((line) => line.loss);

test('it learns, and writes metrics, picture and checkpoints', async () => {
  const request = requestFor(bigramModel(), fast);
  const result = await train(request);
  assert.is(result.stopped, 'finished');
  assert.is(result.step, 30);
  const lines = readMeasurements(request.host.files, request.folder.metrics);
  assert.is(lines.length, 30);
  assert.ok(lines[29].loss < 0.8 * lines[0].loss, `${lines[0].loss} -> ${lines[29].loss}`);
  assert.ok(lines[9].validation_loss > 0 && lines[8].validation_loss === undefined);
  assert.ok(lines.every((line) => line.gradient_norm > 0 && line.rate > 0));
  assert.is(result.validation!.loss, lines[29].validation_loss);
  const picture = new TextDecoder().decode(hostOf(request).files.content.get('run/loss.svg'));
  assert.match(picture, /<svg.*polyline/s);
  assert.is(openCheckpoint(request.host.files, 'run/checkpoint.safetensors').state.step, 30);
  assert.ok(openCheckpoint(request.host.files, 'run/best.safetensors').state.loop.best! <= lines[9].validation_loss);
  assert.match(hostOf(request).written.at(-1)!, /30\/30 {2}loss .* tokens\/s {2}0:00 left/);
});

test('equal seeds give equal losses, bit for bit; another seed gives others', async () => {
  const runs = [requestFor(bigramModel(), fast), requestFor(bigramModel(), fast)];
  for (const request of runs) await train(request);
  assert.equal(losses(runs[0]), losses(runs[1]));
  const other = requestFor(bigramModel(), fast, { seed: [12, 0] });
  await train(other);
  assert.not.equal(losses(other), losses(runs[0]));
});

for (const settings of [
  fast,
  { ...fast, accumulate: 2 },
  { ...fast, optimiser: { kind: 'sgd', rate: 0.5 }, schedule: { kind: 'cosine', warmup: 5 } },
]) {
  test(`interrupted and resumed equals uninterrupted, bit for bit: ${JSON.stringify(settings.optimiser)} ${'accumulate' in settings}`, async () => {
    const model = bigramModel({ gate: 0 });
    const whole = requestFor(model, settings);
    await train(whole);
    const files = memoryFiles();
    const first = requestFor(model, settings, { host: testHost(files, 12) });
    const stopped = await train(first);
    assert.is(stopped.stopped, 'interrupted');
    assert.is(stopped.step, 13);
    // What a kill leaves behind after the last checkpoint: more lines, and half a line.
    files.append('run/metrics.jsonl', '{"step":14,"loss":9}\n{"step":15,"lo');
    const second = requestFor(model, settings, { host: testHost(files), resume: openCheckpoint(files, first.folder.checkpoint) });
    await train(second);
    assert.equal(losses(second), losses(whole));
    const [a, b] = [files, hostOf(whole).files].map((disk) => openCheckpoint(disk, 'run/checkpoint.safetensors'));
    for (const name of a.file.tensors.keys()) assert.equal(a.file.read(name), b.file.read(name));
    assert.equal(a.state, b.state);
  });
}

test('asked to stop within an evaluation or between micro-batches: saved as it was, and the run goes on to the same end', async () => {
  const model = bigramModel({ gate: 0 });
  const settings = { ...fast, accumulate: 3 };
  const whole = requestFor(model, settings);
  await train(whole);
  const expected = openCheckpoint(hostOf(whole).files, 'run/checkpoint.safetensors');
  let [found, waiting] = [0, true];
  for (let asked = 1; waiting; asked++) {
    const files = memoryFiles();
    // Every question within a step is put: the clock is slow.
    let [clock, questions] = [0, 0];
    const slow = { ...testHost(files), now: () => (clock += 200) };
    const first = requestFor(model, settings, {
      host: { ...slow, interrupted: (within) => within === 'step' && ++questions === asked * 7 },
    });
    const stopped = await train(first);
    if (stopped.stopped !== 'interrupted') {
      waiting = false;
      continue;
    }
    found += openCheckpoint(files, first.folder.checkpoint).state.pending === undefined ? 0 : 1;
    const second = requestFor(model, settings, { host: testHost(files), resume: openCheckpoint(files, first.folder.checkpoint) });
    await train(second);
    assert.equal(losses(second), losses(whole));
    const { file, state } = openCheckpoint(files, first.folder.checkpoint);
    for (const name of file.tensors.keys()) assert.equal(file.read(name), expected.file.read(name));
    assert.equal(state, expected.state);
  }
  assert.ok(found > 0, 'no evaluation was interrupted');
});

test('accumulation over k micro-batches equals the mean of their gradients: one step of SGD', async () => {
  const model = bigramModel();
  const sgd = { optimiser: { kind: 'sgd', rate: 0.1, momentum: 0 }, clip: 0 };
  const after = async (settings: unknown, steps: number) => {
    const request = requestFor(model, settings);
    const session = await openSession(request);
    session.load(request.values());
    for (let step = 0; step < steps; step++) await session.step(step);
    return { state: await session.state(), values: request.values() };
  };
  const two = await after({ ...sgd, accumulate: 2 }, 1);
  const first = await after(sgd, 1);
  const request = requestFor(model, sgd);
  const session = await openSession({ ...request, feed: { ...request.feed, train: (tick) => request.feed.train(tick + 1) } });
  session.load(request.values());
  await session.step(0);
  const second = await session.state();
  for (const name of ['embed', 'head']) {
    two.state.get(name)!.forEach((value, k) => {
      assert.ok(Math.abs(value - (first.state.get(name)![k] + second.get(name)![k]) / 2) < 1e-12);
    });
  }
});

test('a gate that is closed leaves its parameter as it was, moments too', async () => {
  const request = requestFor(bigramModel({ gate: 0 }), fast);
  const session = await openSession({ ...request, model: { ...request.model, gates: [{ ...request.model.gates[0], probability: 0 }] } });
  session.load(request.values());
  for (let step = 0; step < 3; step++) await session.step(step);
  const state = await session.state();
  assert.equal([...state.get('head')!], [...request.values()[1].data]);
  assert.ok(state.get('head.m')!.every((value) => value === 0));
  assert.ok(state.get('embed.m')!.some((value) => value !== 0));
});

test('early stopping after evaluations without progress', async () => {
  const request = requestFor(bigramModel(), { ...fast, evaluate: { every: 2, rows: 4 }, stop: { patience: 3, delta: 100 } });
  const result = await train(request);
  assert.is(result.stopped, 'early');
  assert.is(result.step, 8);
});

test('a loss that becomes NaN stops, names operation and step, and keeps the last good checkpoint', async () => {
  const request = requestFor(bigramModel(), {
    ...fast,
    optimiser: { kind: 'sgd', rate: 1e200, momentum: 0 },
    clip: 0,
    checkpoint: { every: 1 },
  });
  const error = await train({ ...request, describePlace: () => 'test.bond:3:4' }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, NotFinite);
  const { message, step } = error as NotFinite;
  assert.match(message, /is (NaN|-?Infinity) in step \d+; first in step \d+: \w+.* gave (NaN|-?Infinity) at test.bond:3:4/);
  const kept = openCheckpoint(request.host.files, request.folder.checkpoint);
  assert.ok(kept.state.step < step);
  assert.ok(kept.file.read('embed').every(Number.isFinite));
});

test('a full disk while saving is an error that says so', async () => {
  const files = memoryFiles();
  let saves = 0;
  const full = {
    ...files,
    async replaceLater(path: string, chunks: Iterable<Uint8Array>) {
      if (path.endsWith('checkpoint.safetensors') && ++saves > 1) throw new FileProblem(path, 'the disk is full; nothing was written over');
      files.replace(path, chunks);
    },
  };
  const request = requestFor(bigramModel(), fast, { host: testHost(full) });
  await train(request).then(
    () => assert.unreachable('should fail'),
    (error: Error) => assert.match(error.message, /checkpoint.safetensors: the disk is full/),
  );
  assert.is(openCheckpoint(files, request.folder.checkpoint).state.step, 0);
});

test('a model over the memory limit is refused before anything is allocated', async () => {
  const request = requestFor(bigramModel(), { ...fast, memory: 1000 });
  let allocated = 0;
  const engine = { ...request.engine, host: request.engine.host, allocate: () => assert.unreachable(`allocated ${++allocated}`) as never };
  await train({ ...request, engine }).then(
    () => assert.unreachable('should fail'),
    (error: Error) => {
      assert.instance(error, MemoryLimit);
      assert.match(error.message, /this needs [\d.]+ KiB of engine memory, 1000 bytes are available; it is [\d.]+ KiB a training step, /);
    },
  );
});

test('a checkpoint of another model is refused with the tensors that differ', async () => {
  const files = memoryFiles();
  await train(requestFor(bigramModel(), fast, { host: testHost(files), steps: 2 }));
  const resume = openCheckpoint(files, 'run/checkpoint.safetensors');
  const model = bigramModel();
  const changed = { ...model, parameters: model.parameters.map((p) => (p.names[0] === 'head' ? { ...p, names: ['tail'] } : p)) };
  for (const [other, reason] of [
    [changed, /tail +\[17, 6\] +- +missing/],
    [{ ...model, digest: 'other' }, /made by another text of Bigram/],
  ] as const) {
    await train(requestFor(other, fast, { host: testHost(files), resume })).then(
      () => assert.unreachable('should fail'),
      (error: Error) => assert.ok(error instanceof ResumeError && reason.test(error.message), error.message),
    );
  }
});

test.run();
