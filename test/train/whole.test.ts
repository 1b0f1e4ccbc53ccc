/** An evaluation means the rows, whatever the batch: the same digits from one row at a time and from all at once. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../compiler/index.ts';
import { examplesOf, tensorFeed } from '../../runtime/data/tensors.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { readConfig } from '../../runtime/train/config.ts';
import { evaluate } from '../../runtime/train/evaluate.ts';
import { openSession } from '../../runtime/train/session.ts';
import { planWhole } from '../../runtime/train/whole.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { modelOf } from '../check/program.ts';
import '../verified.ts';

const ROWS = 63;
const text = `edition 1
model Whole(width = 6, labels = 3, time = 4) {
  axis batch
  input x[batch, time, width], y[batch, time] in labels, kept[batch, time] in two
  axis two = 2
  up: linear[width -> labels]
  loss plain = mean(cross_entropy[labels](up(x), y))
  loss masked = mean(cross_entropy[labels](up(x), y) where kept == 1)
  loss both = mean(cross_entropy[labels](up(x), y) where kept == 1) + 0.5 * sqrt(mean(up(x) * up(x)))
  metric total = sum(up(x) * up(x))
  metric largest = max(up(x))
  metric right = mean(argmax[labels](up(x)) == y where kept == 1)
  metric mixed = mean(relu(x - mean[batch](x)))
  metric size = sum(up.weight * up.weight)
}
`;
const model = modelOf(text, 'Whole');
const values = initialise(model, [5, 0]).values;
/** Rows keep very different numbers of positions, some none: a mean of means would be another number. */
const tensors = new Map([
  ['x', { shape: [ROWS, 4, 6], data: Float64Array.from({ length: ROWS * 24 }, (_, k) => Math.sin(k * k)) }],
  ['y', { shape: [ROWS, 4], data: Int32Array.from({ length: ROWS * 4 }, (_, k) => (k * 7) % 3) }],
  ['kept', { shape: [ROWS, 4], data: Int32Array.from({ length: ROWS * 4 }, (_, k) => (Math.floor(k / 4) % 5 > k % 4 ? 1 : 0)) }],
]);
const examples = examplesOf(model, tensors, 'rows');
const feedOf = (batch: number) => tensorFeed({ model, examples, held: examples, batch, seed: [1, 0] });
const config = readConfig({ losses: { plain: 1, masked: 2, both: 1 } }, 'settings');
const evaluated = (engine: Engine, batch: number, rows = 0) => evaluate(engine, model, values, feedOf(batch), config, rows);

for (const [name, engineOf] of [
  ['reference', async () => referenceEngine(table)],
  ['wasm', async () => wasmEngine()],
] as const) {
  test(`${name}: ${ROWS} rows at batches of 1, 7, 32 and all give the same`, async () => {
    const engine = await engineOf();
    const whole = await evaluated(engine, ROWS);
    assert.equal(Object.keys(whole), ['loss', 'plain', 'masked', 'both', 'total', 'largest', 'right', 'mixed', 'size']);
    assert.ok(Math.abs(whole.loss - (whole.plain + 2 * whole.masked + whole.both)) < 1e-12);
    for (const batch of [1, 7, 32]) {
      const found = await evaluated(engine, batch);
      for (const key of Object.keys(whole)) {
        // What mixes the rows of a batch means the batch.
        if (key !== 'mixed')
          assert.ok(Math.abs(found[key] - whole[key]) <= 1e-6 * Math.abs(whole[key]), `${batch} ${key}: ${found[key]} ${whole[key]}`);
      }
    }
  });
}

test('in double precision it is the mean over kept positions by hand', async () => {
  const engine = referenceEngine(table);
  const { right, largest } = await evaluated(engine, 7);
  const weight = values[model.parameters.findIndex(({ names }) => names[0] === 'up.weight')].data;
  const [x, y, kept] = ['x', 'y', 'kept'].map((name) => tensors.get(name)!.data);
  let count = 0;
  let hits = 0;
  let most = -Infinity;
  for (let position = 0; position < ROWS * 4; position++) {
    const scores = [0, 1, 2].map((label) => weight.slice(label * 6, label * 6 + 6).reduce((sum, w, k) => sum + w * x[position * 6 + k], 0));
    most = Math.max(most, ...scores);
    if (kept[position] !== 1) continue;
    count++;
    if (scores.indexOf(Math.max(...scores)) === y[position]) hits++;
  }
  assert.ok(count > 50 && count < ROWS * 4);
  assert.ok(Math.abs(right - hits / count) < 1e-12);
  assert.ok(Math.abs(largest - most) < 1e-12);
});

test('the first rows alone, whatever the batch', async () => {
  const engine = referenceEngine(table);
  const [a, b] = [await evaluated(engine, 7, 20), await evaluated(engine, 32, 20)];
  for (const key of ['loss', 'masked', 'right', 'total']) assert.ok(Math.abs(a[key] - b[key]) < 1e-9 * Math.abs(a[key]), key);
});

test('a body that mixes rows is evaluated as it is, its last batch at its own size', () => {
  const plan = planWhole(model, [{ name: 'plain', weight: 1 }, { name: 'mixed' }], 'batch', { batch: 32 }, true);
  assert.equal(
    plan.plain.map(({ name }) => name),
    ['mixed'],
  );
});

test('micro-batches of a masked mean are one large batch: loss and weights after three steps', async () => {
  const after = async (batch: number, accumulate: number) => {
    const settings = { losses: { masked: 1 }, accumulate, optimiser: { kind: 'sgd', rate: 0.3, momentum: 0 }, clip: 0 };
    // In the order of the rows: micro-batches are parts of the large batch.
    const inOrder = { ...feedOf(batch), train: (tick: number) => feedOf(batch).validation.batch((tick % (56 / batch)) * batch, batch) };
    const groups = [{ name: 'all', parameters: model.parameters.map(({ id }) => id), rate: 0.3, decay: 0 }];
    const own = readConfig(settings, 'settings');
    const session = await openSession({
      model,
      engine: referenceEngine(table),
      feed: inOrder,
      config: own,
      groups,
      steps: 3,
      seed: [1, 0],
    });
    session.load(values);
    const losses: number[] = [];
    for (let step = 0; step < 3; step++) losses.push((await session.step(step)).loss);
    return { losses, weight: [...(await session.state()).get('up.weight')!] };
  };
  const [whole, parts] = [await after(56, 1), await after(8, 7)];
  whole.losses.forEach((loss, k) => void assert.ok(Math.abs(loss - parts.losses[k]) < 1e-12, `${loss} ${parts.losses[k]}`));
  whole.weight.forEach((weight, k) => void assert.ok(Math.abs(weight - parts.weight[k]) < 1e-12));
});

test.run();
