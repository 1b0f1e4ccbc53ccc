/** What a loss does not read need not be given: data of one task for a model of several. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { load } from '../../runtime/index.ts';
import { workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const file = work.write(
  'tasks.bond',
  `edition 1
model Tasks(width = 4, classes = 3) {
  axis batch, time <= 8
  input x[batch, width], label[batch] in classes, value[batch], ids[batch, time] in classes, next[batch, time] in classes
  map: linear[width -> classes]
  table: [classes, width] ~ normal(0.3)
  forward(x[batch, width]) -> s[batch, classes] { s = map(x) }
  loss task = mean(cross_entropy[classes](forward(x), label))
  loss squared = mean((forward(x)[classes = 0] - value) ^ 2)
  loss words = mean(cross_entropy[classes](map(table[ids]), next))
  metric accuracy = mean(argmax[classes](forward(x)) == label)
}
`,
);
const rows = Array.from({ length: 30 }, (_, k) => ({ x: [k % 3, 1, 0, (k % 5) / 5], label: k % 3, value: k / 30 }));
const jsonl = (fields: (row: (typeof rows)[number]) => object) => rows.map((row) => `${JSON.stringify(fields(row))}\n`).join('');
const task = work.write(
  'task.jsonl',
  jsonl(({ x, label }) => ({ x, label })),
);
const squared = work.write(
  'squared.jsonl',
  jsonl(({ x, value }) => ({ x, value })),
);
const train = (data: string, loss: string, out: string, ...more: string[]) =>
  work.run(
    'train',
    file,
    '--data',
    data,
    '--loss',
    loss,
    '--batch',
    '4',
    '--steps',
    '3',
    '--engine',
    'reference',
    '--out',
    work.path(out),
    ...more,
  );

test('data of one loss alone: train, eval, predict, resume', async () => {
  const trained = await train(task, 'task', 'task');
  assert.is(trained.code, 0, trained.err);
  assert.not.match(trained.err, /note:/);
  const evaluated = await work.run('eval', work.path('task'), '--json');
  assert.equal(Object.keys(JSON.parse(evaluated.out)), ['loss', 'task', 'accuracy']);
  const predicted = await work.run('predict', work.path('task'), '--data', squared, '--out', work.path('scores.jsonl'));
  assert.is(predicted.code, 0, predicted.err);
  const resumed = await work.run('train', '--resume', work.path('task'), '--steps', '5');
  assert.is(resumed.code, 0, resumed.err);
});

test('a metric of what is not there is left out, which is said; a loss of it is refused', async () => {
  const trained = await train(squared, 'squared', 'squared');
  assert.is(trained.code, 0, trained.err);
  assert.match(trained.err, /note: accuracy is not told, it reads label\[batch\] in classes, which the data do not have/);
  const evaluated = await work.run('eval', work.path('squared'), '--json');
  assert.equal(Object.keys(JSON.parse(evaluated.out)), ['loss', 'squared']);
  const other = await work.run('eval', work.path('squared'), '--loss', 'task');
  assert.is(other.code, 1);
  assert.match(other.err, /task reads label\[batch\] in classes, which the held-out rows do not have/);
  const missing = await train(squared, 'task', 'none');
  assert.is(missing.code, 1);
  assert.match(missing.err, /squared.jsonl:1: there is no label; it has x, value/);
});

test('a text for the loss that reads two inputs over the same axes', async () => {
  const text = work.write('text.txt', 'abcabcaabbcc'.repeat(30));
  const { code, err } = await work.run(
    'train',
    file,
    '--text',
    text,
    '--loss',
    'words',
    '--batch',
    '2',
    '--steps',
    '2',
    '--out',
    work.path('words'),
  );
  assert.is(code, 0, err);
  assert.match(err, /accuracy is not told/);
});

test('from TypeScript, as columns and as rows; what is there besides is checked', async () => {
  const model = await load(file, { engine: 'reference' });
  const config = { losses: { squared: 1 } };
  const columns = { x: rows.map(({ x }) => x), value: rows.map(({ value }) => value) };
  const { validation } = await model.fit(columns, { steps: 2, batch: 4, config });
  assert.equal(Object.keys(validation!), ['loss', 'squared']);
  assert.equal(Object.keys(await model.evaluate(rows, { losses: { squared: 1 } })), ['loss', 'squared', 'accuracy']);
  const short = { ...columns, label: [0, 1] };
  await model.fit(short, { steps: 2, batch: 4, config }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /label has shape \[2\], but batch is 30/),
  );
});

test('eval of what is not there says so', async () => {
  const { code, err } = await work.run('eval', work.path('nothing'));
  assert.is(code, 1);
  assert.match(err, /nothing: there is neither a run folder nor a file of this name/);
});

test.run();
