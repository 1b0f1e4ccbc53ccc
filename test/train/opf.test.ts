/** The two variants of the corpus that choose (Gao et al., ACL 2023) train ten steps on a small BERT. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyEvents } from '../../compiler/index.ts';
import type { Chosen } from '../../compiler/values/decision.ts';
import type { Model } from '../../compiler/values/model.ts';
import { drawBelow, type Feed } from '../../runtime/data/feed.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { readConfig } from '../../runtime/train/config.ts';
import { metricsIn } from '../../runtime/train/listeners/metrics.ts';
import { train } from '../../runtime/train/loop.ts';
import { readMeasurements } from '../../runtime/train/metrics.ts';
import { folderAt } from '../../runtime/train/run-state.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { modelOf } from '../check/program.ts';
import { load } from '../check/variants.ts';
import { testHost } from './fixture.ts';

const set = { vocab: 20, width: 12, heads: 3, depth: 8, inner: 48, context: 4 };
const sizes = { batch: 2, time: 4 };
const engine = await wasmEngine();

/** The corpus at small sizes and with a short time between choices. */
function small(name: string): Model {
  const text = load('variants.bond')
    .replace('64*1^9*48, 32*1^9*24', '8*1^9*6, 4*1^9*3')
    .replace('every 500 steps until 8', 'every 4 steps until 4');
  return modelOf(text, name, { load, set });
}

/** Random values of every input; nothing is held out. */
function feedFor(model: Model): Feed {
  const train = (tick: number) =>
    Object.fromEntries(
      model.inputs.map(({ name, axes, type, index }) => {
        const size = (axis: number) => {
          const { size } = model.axes[axis];
          return typeof size === 'number' ? size : sizes[model.axes[size.open].name as keyof typeof sizes];
        };
        const below = index === undefined ? 2 : size(index);
        const length = axes.reduce((product, axis) => product * size(axis), 1);
        const draw = (_: unknown, k: number) => drawBelow([5, 0], name, tick, k, below);
        return [name, type === 'real' ? Float64Array.from({ length }, draw) : Int32Array.from({ length }, draw)];
      }),
    );
  return {
    sizes,
    unit: 'examples',
    unitsPerBatch: 2,
    batchesPerEpoch: 50,
    train,
    validation: { inputs: model.inputs.map(({ name }) => name), sizes, rows: 0, axis: 'batch', perBatch: 2, batch: train },
  };
}

for (const [name, choices] of [
  [
    'Opf',
    [
      [4, 12],
      [8, 12],
    ],
  ],
  ['OpfStatic', [[0, 8]]],
] as const) {
  test(`${name} trains ten steps`, async () => {
    const model = small(name);
    const config = readConfig({ losses: { task: 1 }, optimiser: { kind: 'adamw', rate: 1e-3 }, events: { batches: 2 } }, 'run.json');
    const groups = [{ name: 'all', parameters: model.parameters.map(({ id }) => id), rate: 1e-3, decay: 0 }];
    const host = testHost();
    const folder = folderAt('run');
    const request = {
      model,
      engine,
      feed: feedFor(model),
      config,
      groups,
      steps: 10,
      seed: [3, 0] as const,
      folder,
      host,
      listeners: [metricsIn(host.files, folder.metrics)],
    };
    const { step, taken } = await train({ ...request, values: () => initialise(model, request.seed).values });
    assert.is(step, 10);
    assert.equal(
      taken.map((one) => [one.step, (one.decision as Chosen).weights.length]),
      choices.map((choice) => [...choice]),
    );
    const lines = readMeasurements(host.files, folder.metrics);
    assert.ok(lines.length === 10 && lines.every(({ loss }) => Number.isFinite(loss)));
    const chosen = applyEvents(model, taken).weights.filter(({ terms }) => terms[0].is === 'network');
    assert.is(
      chosen.length,
      choices.reduce((sum, [, count]) => sum + count, 0),
    );
  });
}

test.run();
