/** Rows of like length together: each row once an epoch, batches no longer than their rows, and losses that do not know of it. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileStep, table } from '../../compiler/index.ts';
import { pickFrom, valuesFor } from '../../compiler/program/random-program.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import { examplesOf, tensorFeed } from '../../runtime/data/tensors.ts';
import { compile } from '../../runtime/index.ts';
import { workplace } from '../cli/command.ts';

const work = workplace();
test.after(() => work.remove());
const program = work.write(
  'rows.bond',
  `edition 1
model Rows(vocab = 32, width = 6, classes = 2) {
  axis batch, time <= 20
  input ids[batch, time] in vocab, real[batch, time], label[batch] in classes
  words: [vocab, width] ~ normal(0.1)
  last: linear[width -> classes]
  forward(ids[batch, time] in vocab, real[batch, time]) -> scores[batch, classes] {
    scores = last(sum[time](words[ids] * real) / sum[time](real))
  }
  loss wrong = mean(cross_entropy[classes](forward(ids, real), label))
  loss blind = mean(words[ids] ^ 2)
}
`,
);
const model = compile({ file: program });
const rows = 50;
const time = 17;
const lengthOf = (row: number) => 2 + ((row * 7) % 16);
const each = <T extends number>(value: (row: number, at: number) => T) =>
  Int32Array.from({ length: rows * time }, (_, k) => value(Math.floor(k / time), k % time));
const examples = examplesOf(
  model,
  new Map([
    ['ids', { shape: [rows, time], data: each((row, at) => (at < lengthOf(row) ? 1 + ((row + at) % 30) : 0)) }],
    ['real', { shape: [rows, time], data: each((row, at) => (at < lengthOf(row) ? 1 : 0)) }],
    // Which row it is.
    ['label', { shape: [rows], data: Int32Array.from({ length: rows }, (_, row) => row % 2) }],
  ]),
  'rows',
);
const read = model.inputs;
const feedWith = (count: number, accumulate = 1, held = examples) =>
  tensorFeed({ model, examples, held, batch: 4, seed: [3, 1], buckets: { count, accumulate, read } });

/** A row is known by what it begins with and its length. */
const keyOf = (ids: ArrayLike<number>, row: number, length: number) =>
  Array.from({ length }, (_, at) => ids[row * length + at])
    .filter((id) => id > 0)
    .join();

for (const [count, accumulate] of [
  [1, 1],
  [3, 1],
  [5, 2],
  [40, 3],
]) {
  test(`${count} groups, ${accumulate} micro-batches: rows come once an epoch, and no batch is longer than its group`, () => {
    const feed = feedWith(count, accumulate);
    const perEpoch = Math.floor(rows / (4 * accumulate)) * accumulate;
    assert.is(feed.batchesPerEpoch, perEpoch);
    const orders: string[] = [];
    for (const epoch of [0, 1]) {
      const seen: string[] = [];
      let filled = 0;
      for (let tick = epoch * perEpoch; tick < (epoch + 1) * perEpoch; tick++) {
        const whole = feed.train(tick);
        const { sizes, batch } = feed.short?.at(tick) ?? { sizes: feed.sizes, batch: whole };
        if (feed.short !== undefined) {
          assert.ok(feed.short.sizes.some((known) => known.time === sizes.time && known.batch === 4));
          // All micro-batches of a step are computed by one program.
          const first = feed.short.at(tick - (tick % accumulate));
          assert.is(sizes.time, first.sizes.time);
        }
        filled += sizes.time;
        for (let row = 0; row < 4; row++) {
          const key = keyOf(batch.ids, row, sizes.time);
          assert.is(key, keyOf(whole.ids, row, time), 'nothing real is cut');
          seen.push(key);
        }
        assert.equal(Array.from(batch.label), Array.from(whole.label));
      }
      assert.is(new Set(seen).size, perEpoch * 4);
      orders.push(seen.join(' '));
      if (count > 1) assert.ok(filled < 0.85 * time * perEpoch, `${filled} of ${time * perEpoch}`);
    }
    assert.is.not(orders[0], orders[1]);
  });
}

test('losses and gradients of a short batch are those of the long one', () => {
  const feed = feedWith(4);
  const values = new Map(
    model.parameters.map(({ names, legs }, k) => [`parameter ${names[0]}`, valuesFor({ dtype: 'real', axes: legs }, pickFrom(k + 2))]),
  );
  const outputs = (sizes: Readonly<Record<string, number>>, batch: Readonly<Record<string, ArrayLike<number>>>) => {
    const options = { entries: [{ name: 'wrong', weight: 1 }], sizes, mode: 'train', phase: 'gradients' } as const;
    const { batch: step } = compileStep(model, options);
    const given = ({ kind, name }: { kind: string; name: string }) => values.get(`${kind} ${name}`) ?? Float64Array.from(batch[name]);
    return evaluate(step.program, table, given, { seed: [1, 2], tick: 0 }).flatMap(({ value }) => [...value.data]);
  };
  for (const tick of [0, 5, 9]) {
    const { sizes, batch } = feed.short!.at(tick);
    const [short, long] = [outputs(sizes, batch), outputs(feed.sizes, feed.train(tick))];
    assert.is(short.length, long.length);
    for (const [k, value] of short.entries()) assert.ok(Math.abs(value - long[k]) < 1e-12, `${tick} ${k}`);
  }
});

test('a run with buckets goes on bit for bit, with accumulated micro-batches too; what it cannot do is refused', async () => {
  const hub = work.path('hub');
  cpSync(fileURLToPath(new URL('../models/fixtures/bert', import.meta.url)), hub, { recursive: true });
  writeFileSync(
    `${hub}/vocab.txt`,
    ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'sea', ...'abcdefghijklmnopqrstuvwxyz'].slice(0, 32).join('\n'),
  );
  const lines = Array.from({ length: 60 }, (_, k) =>
    JSON.stringify({
      text: Array(1 + ((k * 5) % 14))
        .fill('sea')
        .join(' '),
      label: k % 2,
    }),
  );
  const data = work.write('rows.jsonl', lines.join('\n'));
  const configure = (said: object, more: object = {}) =>
    work.write(
      'config.json',
      JSON.stringify({ losses: { wrong: 1 }, data: { texts: { ids: ['text'] }, ...said }, checkpoint: { every: 3 }, ...more }),
    );
  const common = [program, '--data', data, '--tokenizer', hub, '--batch', '4'];
  const losses = (run: string) =>
    readFileSync(`${run}/metrics.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { loss: number }).loss);
  for (const accumulate of [1, 2]) {
    const config = configure({ buckets: 3 }, { accumulate });
    const [whole, parts] = [work.path(`whole${accumulate}`), work.path(`parts${accumulate}`)];
    const first = await work.run('train', ...common, '--config', config, '--steps', '9', '--out', whole);
    assert.is(first.code, 0, first.err);
    assert.is((await work.run('train', ...common, '--config', config, '--steps', '4', '--out', parts)).code, 0);
    const { code, err } = await work.run('train', '--resume', parts, '--steps', '9');
    assert.is(code, 0, err);
    assert.equal(losses(parts), losses(whole));
  }
  const refused = async (config: string, ...argv: string[]) => {
    const { code, err } = await work.run(
      'train',
      ...(argv.length > 0 ? argv : common),
      '--config',
      config,
      '--steps',
      '1',
      '--out',
      work.path('refused'),
    );
    assert.is(code, 1);
    return err;
  };
  assert.match(
    await refused(configure({ buckets: 3 }, { losses: { blind: 1 } })),
    /buckets want texts, and an input real\[batch, time\] that the losses read.*Rows reads ids/,
  );
  assert.match(await refused(configure({ buckets: 0 })), /data\.buckets is 0, expected a whole number at least 1 and at most 64/);
  assert.match(await refused(configure({ buckets: 2 }, { accumulate: 20 })), /buckets: a step of 80 rows is more than the 54/);
});

test.run();
