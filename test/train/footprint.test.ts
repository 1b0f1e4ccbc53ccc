/** The memory that is predicted, against what the engine had: the linear memory of WebAssembly, which never shrinks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileStep, isTrainable } from '../../compiler/index.ts';
import { wasm } from '../../compiler/values/target.ts';
import type { Context } from '../../runtime/cli/context.ts';
import { nodeContext, nodeFiles } from '../../runtime/cli/host.ts';
import { nodeWorker } from '../../runtime/cli/workers.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { needsOf } from '../../runtime/engine/wasm/needs.ts';
import { compile, encodeTensors, train } from '../../runtime/index.ts';
import { openRuns } from '../../runtime/plan/runs.ts';
import { footprintOf, totalOf } from '../../runtime/train/footprint.ts';
import { corpusText, corpusVariants, examples, variantsText } from '../corpus/programs.ts';
import '../verified.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith-footprint-'));
test.after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'variants.bond');
writeFileSync(file, variantsText('small'));
writeFileSync(join(folder, 'models.bond'), corpusText('models.bond'));
const silent = () => {};
const quiet: Context = { ...nodeContext(), out: silent, err: silent, terminal: { columns: 80, write: silent } };

const losses: Readonly<Record<string, Record<string, number>>> = { Bert: { masked: 1, task: 1 }, Gpt2: { next_token: 1 } };
/** Batches, larger than elsewhere so that scratch of threads is not all there is; threads. */
const cases = [
  ['Mpoe', 64, 1],
  ['BertLora', 96, 3],
  ['TiedDecomposed', 64, 2],
  ['Filters', 128, 1],
] as const;

for (const [name, batch, threads] of cases) {
  test(`${name} on ${threads === 1 ? 'one thread' : `${threads} threads`}`, async () => {
    const variant = corpusVariants('small').find((one) => one.name === name)!;
    const { set, model } = variant;
    const data = join(folder, `${name}.safetensors`);
    // Of the rows held out the last batch is not whole.
    nodeFiles().replace(data, encodeTensors(examples(compile({ file, variant: name, set }, quiet), { ...variant, batch: 2 * batch })));
    const config = {
      ...(losses[model] === undefined ? {} : { losses: losses[model] }),
      evaluate: { every: 1, rows: 0 },
      checkpoint: { every: 100 },
    };
    const out = join(folder, name);
    const { memory } = await train({ file, variant: name, set, data, out, steps: 2, batch, config }, { ...quiet, threads });
    const { own } = needsOf(threads);
    // Scratch is known anyhow: what else there is has to be right alone, but for the last page of 64 KiB.
    const [predicted, measured] = [memory.predicted - own, memory.peak - own];
    assert.ok(predicted > 2 ** 20, `${predicted} bytes show nothing`);
    assert.ok(
      Math.abs(measured - predicted) <= 0.05 * measured + 65536,
      `predicted ${predicted}, measured ${measured}: off by ${((100 * predicted) / measured - 100).toFixed(2)} %`,
    );
  });
}

test('a step alone: the prediction is what is held, to the byte', async () => {
  const variant = corpusVariants('small').find((one) => one.name === 'TiedDecomposed')!;
  const model = compile({ file, variant: variant.name, set: variant.set }, quiet);
  const name = model.entries.find(({ kind }) => kind === 'loss')!.name;
  const step = compileStep(model, { entries: [{ name, weight: 1 }], sizes: { ...variant.open, batch: 7 }, mode: 'eval' });
  for (const threads of [1, 2]) {
    const engine = await wasmEngine({ threads, workers: nodeWorker });
    const runs = await openRuns(engine, [step]);
    const predicted = footprintOf(engine.needs, step.batch.layout.size, [], [step]);
    assert.is(engine.usage().held, totalOf(predicted) - predicted.engine);
    assert.equal(engine.needs.own, needsOf(threads).own);
    runs.release();
    engine.close();
  }
});
test('sums of micro-batches begin at zero without a table of zeros as large as they are', () => {
  const variant = corpusVariants('small').find((one) => one.name === 'TiedDecomposed')!;
  const model = compile({ file, variant: variant.name, set: variant.set }, quiet);
  const name = model.entries.find(({ kind }) => kind === 'loss')!.name;
  const groups = [{ name: 'all', parameters: model.parameters.filter(isTrainable).map(({ id }) => id) }];
  const { begin } = compileStep(model, {
    entries: [{ name, weight: 1 }],
    sizes: { ...variant.open, batch: 2 },
    mode: 'train',
    accumulate: 2,
    optimiser: { kind: 'sgd', clip: false, groups },
  });
  const { sizes, tables, launches } = begin!.schedule(wasm);
  const largest = Math.max(...launches.flatMap(({ buffers }) => buffers.map(({ length }) => length)));
  assert.ok(launches.length > 0 && sizes.tables < largest, `${sizes.tables} elements of tables, the largest value has ${largest}`);
  assert.not.ok(tables.some(({ values }) => values.length > 1 && values.every((value) => value === 0)));
});

test('a step that does not fit says what would; each way that is named fits', async () => {
  const variant = corpusVariants('small').find((one) => one.name === 'BertLora')!;
  const { set, model } = variant;
  const data = join(folder, 'long.safetensors');
  nodeFiles().replace(data, encodeTensors(examples(compile({ file, variant: variant.name, set }, quiet), { ...variant, batch: 96 })));
  let runs = 0;
  const tried = (memory: number, batch: number, accumulate: number) => {
    const config = { losses: losses[model]!, memory, accumulate, checkpoint: { every: 100 } };
    const out = join(folder, `tried${++runs}`);
    return train({ file, variant: variant.name, set, data, out, steps: 1, batch, config }, { ...quiet, threads: 1 });
  };
  const free = await tried(0, 64, 1);
  const limit = Math.floor(0.99 * free.memory.predicted);
  const kept = await tried(limit, 64, 1);
  assert.ok(kept.memory.predicted <= limit);
  let said = '';
  const scratch = needsOf(1).own;
  await tried(scratch + Math.floor(0.5 * (free.memory.predicted - scratch)), 64, 1).catch((error: Error) => {
    said = error.message;
  });
  const told =
    /^this needs [\d.]+ MiB of engine memory, [\d.]+ MiB are available; it is [\d.]+ .iB a training step, .* evaluation, .*; with what is cheap computed again [\d.]+ MiB; with (\d+) micro-batches ([\d.]+) MiB, set "accumulate" to (\d+) and --batch to (\d+); else use a smaller batch, context or model$/;
  assert.match(said, told);
  const [, parts, mebibytes, accumulate, batch] = told.exec(said)!.map(Number);
  assert.is(parts! * batch!, 64);
  const divided = await tried(scratch + Math.floor(0.5 * (free.memory.predicted - scratch)), batch!, accumulate!);
  assert.ok(Math.abs(divided.memory.predicted / 2 ** 20 - mebibytes!) <= 0.06);
});
test.run();
