/** How often each part of a step runs: what is frozen once for each set of values, what micro-batches share once a step. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, compileStep, table } from '../../compiler/index.ts';
import type { Executable } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { wasm } from '../../compiler/values/target.ts';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import { openSession } from '../../runtime/train/session.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { requestFor, text } from './fixture.ts';

/** The engine, and how often it ran each program. */
function counting(engine: Engine): { engine: Engine; runs: Map<Executable, number> } {
  const runs = new Map<Executable, number>();
  const load: Engine['load'] = async (executable) => {
    const loaded = await engine.load(executable);
    const bind: typeof loaded.bind = (spaces) => {
      const bound = loaded.bind(spaces);
      const run: typeof bound.run = (call) => {
        runs.set(executable, (runs.get(executable) ?? 0) + 1);
        bound.run(call);
      };
      return { run, release: () => bound.release() };
    };
    return { executable, bind, release: () => loaded.release() };
  };
  const own = ['allocate', 'release', 'write', 'copy', 'read', 'usage', 'close'] as const;
  const same = Object.fromEntries(own.map((name) => [name, engine[name].bind(engine)])) as Pick<Engine, (typeof own)[number]>;
  return { engine: { ...same, needs: engine.needs, name: engine.name, target: engine.target, host: engine.host, load }, runs };
}

const corpus = readFileSync(new URL('../corpus/models.bond', import.meta.url), 'utf8');
const vocab = new Set(text).size;
function modelOf(changes: string): Model {
  const source = `edition 1
    use "./models.bond" { CharGpt }
    variant Tiny of CharGpt(vocab = ${vocab}, width = 8, heads = 2, depth = 1, inner = 16, context = 8) {
      decompose block[*].up as mpo[4*4, 2*4](b = 6)
      decompose block[*].down as mpo[2*4, 4*4](b = 6)
      ${changes}
    }`;
  const { model, diagnostics } = check({ file: 'tiny.bond', text: source, load: () => corpus, name: 'Tiny' });
  assert.ok(model, diagnostics.map(({ message }) => message).join('\n'));
  return model!;
}
const groupsOf = (model: Model) => [
  { name: 'all', parameters: model.parameters.filter((p) => !p.update.frozen).map((p) => p.id), rate: 0.01, decay: 0 },
];
async function sessionOf(engine: Engine, model: Model, settings: unknown) {
  const { engine: counted, runs } = counting(engine);
  const session = await openSession(requestFor(model, settings, { engine: counted, groups: groupsOf(model) }));
  session.load(initialise(model, [3, 0]).values);
  const [training, evaluation] = session.steps;
  return { session, training, evaluation, count: (part: Executable | undefined) => runs.get(part!) ?? 0 };
}

for (const [name, engineOf] of [
  ['reference', async () => referenceEngine(table)],
  ['wasm', async () => wasmEngine()],
] as const) {
  test(`${name}: frozen parameters are folded once, and again when they are set; an evaluation folds the weights that it meets`, async () => {
    const { session, training, evaluation, count } = await sessionOf(await engineOf(), modelOf('freeze block[*].up'), {
      evaluate: { rows: 8 },
    });
    const folds = () => [count(training.frozen), count(evaluation.frozen)];
    for (const step of [0, 1, 2]) await session.step(step);
    assert.equal(folds(), [1, 0]);
    const first = await session.evaluate();
    assert.equal(await session.evaluate(), first);
    assert.equal(folds(), [1, 1]);
    assert.is(count(evaluation.batch), 4);
    await session.step(3);
    const second = await session.evaluate();
    assert.not.equal(second, first);
    assert.equal(folds(), [1, 2]);
    const state = await session.state();
    session.restore((member) => state.get(member));
    assert.equal(await session.evaluate(), second);
    await session.step(4);
    assert.equal(folds(), [2, 3]);
    session.release();
  });
}

test('accumulation begins and ends once a step, and its parts have what the whole has', async () => {
  const { session, training, count } = await sessionOf(referenceEngine(table), modelOf(''), { accumulate: 4 });
  for (const step of [0, 1, 2]) {
    const results = await session.step(step);
    assert.ok(Number.isFinite(results.loss) && results.gradient_norm > 0);
  }
  assert.equal([training.begin, training.batch, training.end].map(count), [3, 12, 3]);
  const updates = (part: Executable | undefined) => part!.program.nodes.filter(({ origin }) => origin.section === 'update').length;
  assert.is(updates(training.batch), 0);
  assert.ok(updates(training.end) > 0 && training.end!.schedule(wasm).launches.length > 0);
  session.release();
});

test('what two parts name lies at one place, also where the part between them does not name it', () => {
  const source = `edition 1
    model Square(width = 8) {
      axis batch
      input x[batch, width], y[batch, width]
      map: linear[width -> width](biased = false)
      loss error = mean((map(x) - y) ^ 2)
    }
    variant Cores of Square { decompose map as mpo[2*2*2, 2*2*2](b = 4) }`;
  const { model } = check({ file: 'cores.bond', text: source, load: () => undefined, name: 'Cores' });
  const optimiser = { kind: 'sgd', clip: true, groups: groupsOf(model!) } as const;
  const options = { entries: [{ name: 'error', weight: 1 }], sizes: { batch: 16 }, mode: 'train', accumulate: 2, optimiser } as const;
  const { begin, batch, end } = compileStep(model!, options);
  const skipped = [...end!.places.keys()].filter((key) => key.startsWith('folded ') && !batch.places.has(key));
  assert.ok(skipped.length > 0);
  for (const key of skipped) assert.equal(end!.places.get(key), begin!.places.get(key), key);
});

test('runs with frozen cores and micro-batches resume bit for bit', async () => {
  const model = modelOf('freeze central of block[*].up');
  const groups = groupsOf(model);
  const settings = { accumulate: 2, evaluate: { every: 4, rows: 4 }, checkpoint: { every: 4 } };
  const losses = async (steps: number[]) => {
    const request = requestFor(model, settings, { groups });
    for (const [k, until] of steps.entries()) {
      const resume = k === 0 ? undefined : openCheckpoint(request.host.files, request.folder.checkpoint);
      await train({ ...request, steps: until, resume });
    }
    return readMeasurements(request.host.files, request.folder.metrics).map(({ loss, validation_loss }) => [loss, validation_loss]);
  };
  assert.equal(await losses([4, 8]), await losses([8]));
});

test.run();
