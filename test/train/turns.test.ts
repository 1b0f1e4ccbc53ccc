/** Turns: each has a program of its own that trains what is in turn and nothing else, and a run resumes across a change of turn. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import { openSession } from '../../runtime/train/session.ts';
import { modelOf } from '../check/program.ts';
import { load } from '../check/variants.ts';
import type { TestRequest } from './fixture.ts';
import { memoryFiles, requestFor, testHost } from './fixture.ts';

const sizes = { vocab: 17, width: 16, heads: 2, depth: 1, inner: 32, context: 8 };
const settings = { optimiser: { kind: 'adamw', rate: 0.01 }, evaluate: { every: 100, rows: 4 }, checkpoint: { every: 100 } };

function gpt(statements: string): Model {
  const text = `edition 1
use "./models.bond" { CharGpt }
variant V of CharGpt {
  decompose block[1].up as mpo[2*4*4, 4*2*2](b = 3)
  ${statements}
}`;
  return modelOf(text, 'V', { load, set: sizes });
}
const inTurn = 'freeze all except block[1].up  train T[k] of block[1].up in turn over k every 2 steps';
const cores = [1, 2, 3].map((k) => `block[1].up.weight.T[${k}]`);

test('a turn compiles once, for its own gradients: the states of a step are those of its core', async () => {
  const request = requestFor(gpt(inTurn), settings);
  const session = await openSession(request);
  session.load(request.values());
  const programs = [];
  for (let step = 0; step < 8; step++) {
    const before = await session.state();
    await session.step(step);
    const after = await session.state();
    const changed = [...after].flatMap(([name, values]) => (values.some((value, k) => value !== before.get(name)![k]) ? [name] : []));
    const core = cores[[0, 1, 2, 1][Math.floor(step / 2)]];
    assert.equal(changed.filter((name) => name.includes('.T[')).sort(), [core, `${core}.m`, `${core}.v`], `step ${step}`);
    programs.push(session.steps[0]);
  }
  assert.is(programs[0], programs[1]);
  assert.is(programs[2], programs[6]);
  assert.is(new Set(programs).size, 3);
  const gradients = programs[0].batch.program.outputs.flatMap(({ kind, name }) => (kind === 'state' ? [name] : []));
  assert.ok(!gradients.some((name) => name.includes('T[2]') || name.includes('T[3]')), gradients.join());
  session.release();
});

test('interrupted at and around a change of turn and of a ramp, a resumed run equals an uninterrupted one, bit for bit', async () => {
  const model = gpt(
    'train T[k] of block[1].up in turn over k every 2 steps  train block[1].query.weight where @out < (4 to 16 by 4 every 3 steps)',
  );
  const engine = await wasmEngine();
  const losses = (request: TestRequest) => readMeasurements(request.host.files, request.folder.metrics).map(({ loss }) => loss);
  const whole = requestFor(model, settings, { engine, steps: 7 });
  await train(whole);
  for (const after of [2, 3, 5]) {
    const files = memoryFiles();
    const first = requestFor(model, settings, { engine, steps: 7, host: testHost(files, after - 1) });
    assert.is((await train(first)).step, after);
    const second = requestFor(model, settings, {
      engine,
      steps: 7,
      host: testHost(files),
      resume: openCheckpoint(files, first.folder.checkpoint),
    });
    await train(second);
    assert.equal(losses(second), losses(whole));
    const [a, b] = [files, whole.host.files].map((disk) => openCheckpoint(disk, 'run/checkpoint.safetensors').file);
    for (const name of a.tensors.keys()) assert.equal(a.read(name), b.read(name));
  }
});

test.run();
