/** What settings say of columns: other names, texts through a tokenizer, labels by name; through the commands and from TypeScript. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BondsmithError, load, openTokenizer } from '../../runtime/index.ts';
import { workplace } from '../cli/command.ts';

const work = workplace();
test.after(() => work.remove());
const hub = work.path('hub');
cpSync(fileURLToPath(new URL('../models/fixtures/bert', import.meta.url)), hub, { recursive: true });
const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'whale', 'sea', 'rose', 'sank', '1', '##1'];
writeFileSync(`${hub}/vocab.txt`, [...pieces, ...'abcdefghijklmnopqrstuvwxyz'].join('\n'));

const program = work.write(
  'said.bond',
  `edition 1
model Said(vocab = 64, width = 8, classes = 3) {
  axis batch, time <= 12
  input ids[batch, time] in vocab, real[batch, time], label[batch] in classes
  words: [vocab, width] ~ normal(0.1)
  last: linear[width -> classes]
  forward(ids[batch, time] in vocab, real[batch, time]) -> scores[batch, classes] {
    scores = last(sum[time](words[ids] * real))
  }
  loss wrong = mean(cross_entropy[classes](forward(ids, real), label))
  metric accuracy = mean(argmax[classes](forward(ids, real)) == label)
}
`,
);
const nouns = ['whale', 'sea'];
/** The text says "1 1" where a number would be 11; labels look like numbers. */
const rows = Array.from({ length: 40 }, (_, k) => ({
  text: k % 5 === 0 ? '11' : `the ${nouns[k % 2]} ${k % 3 === 0 ? 'rose' : 'sank'}`,
  stars: ['5', '1'][k % 2],
}));
const table = work.write('rows.csv', ['stars,text', ...rows.map(({ text, stars }) => `${stars},${text}`)].join('\n'));
const said = { data: { columns: { label: 'stars' }, texts: { ids: ['text'] }, labels: { classes: ['5', '1'] } } };
const config = work.write('config.json', JSON.stringify({ ...said, optimiser: { rate: 0.05 } }));
const common = [program, '--data', table, '--config', config, '--tokenizer', hub, '--batch', '8', '--engine', 'reference'];

test('train, eval and predict on named columns and texts; the run stands alone', async () => {
  const run = work.path('run');
  const trained = await work.run('train', ...common, '--steps', '30', '--out', run);
  assert.is(trained.code, 0, trained.err);
  const aside = work.path('aside');
  cpSync(hub, aside, { recursive: true });
  rmSync(hub, { recursive: true });
  const own = await work.run('eval', run, '--json');
  assert.is(own.code, 0, own.err);
  const other = await work.run('eval', run, '--data', table, '--json');
  assert.is(other.code, 0, other.err);
  const { accuracy, loss } = JSON.parse(other.out) as Record<string, number>;
  const answers = work.path('answers.jsonl');
  const predicted = await work.run('predict', run, '--data', table, '--out', answers);
  assert.is(predicted.code, 0, predicted.err);
  const labels = readFileSync(answers, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { label: string }).label);
  assert.ok(Math.abs(labels.filter((label, k) => label === rows[k].stars).length / 40 - accuracy) < 1e-9);
  // The classes are as many as the names, not the three of the model.
  assert.equal([...new Set(labels)].sort(), ['1', '5']);
  const model = await load(run);
  assert.ok(Math.abs((await model.evaluate(rows)).loss - loss) < 1e-6);
  assert.equal((await model.predict({ text: ['the sea rose'] })).scores.shape, [1, 2]);
  cpSync(aside, hub, { recursive: true });
});

test('the same from TypeScript, with rows in memory', async () => {
  const model = await load(program, { set: { classes: 2 }, engine: 'reference' });
  const options = { steps: 30, batch: 8, tokenizer: openTokenizer(hub), config: { ...said, optimiser: { rate: 0.05 } } };
  const { loss } = await model.fit(rows, options);
  assert.ok(loss! < 0.6, `${loss}`);
  assert.equal(model.labels.classes, ['5', '1']);
  const { accuracy } = await model.evaluate(rows);
  const { scores } = await model.predict({ text: rows.map(({ text }) => text) });
  const right = rows.filter(({ stars }, k) => (scores.data[2 * k] > scores.data[2 * k + 1] ? '5' : '1') === stars).length / 40;
  assert.ok(Math.abs(accuracy - right) < 1e-9);
});

test('what does not fit is refused in its place', async () => {
  const out = work.path('refused');
  const attempt = async (data: object, ...more: string[]) => {
    const settings = work.write('wrong.json', JSON.stringify({ data }));
    const argv = common.map((word) => (word === config ? settings : word));
    const { code, err } = await work.run('train', ...argv, ...more, '--steps', '1', '--out', out);
    assert.is.not(code, 0);
    return err;
  };
  const { columns, texts } = said.data;
  assert.match(
    await attempt({ columns: { labels: 'stars' }, texts }),
    /data\.columns: Said has no input labels; it takes ids, real, label/,
  );
  assert.match(await attempt({ columns, texts: { words: ['text'] } }), /data\.texts: Said has no input words/);
  assert.match(
    await attempt({ columns, texts: { label: ['text'] } }),
    /tokens are an input like ids\[batch, time\] in vocab; Said has label/,
  );
  assert.match(await attempt({ columns, texts: { ids: ['book'] } }), /rows\.csv:2: there is no book; it has stars, text/);
  assert.match(await attempt({ columns, texts: { ids: [] } }), /a text is one column, or the two of a pair/);
  assert.match(await attempt({ columns, texts, labels: { classes: ['5'] } }), /rows\.csv:3: label is "1", which is no label of classes: 5/);
  assert.match(
    await attempt({ columns, texts, labels: { classes: ['1', '5'] } }, '--size', 'time=3'),
    /rows\.csv:\d+: \d+ tokens, the most is 3/,
  );
  assert.match(await attempt({ texts }, '--size', 'width=3'), /a size is given for width/);
  assert.match(await attempt({ column: {} }), /data\.column is unknown; did you mean `columns`/);
  assert.match(await attempt({}), /--tokenizer is of --task, or of data\.texts in the settings/);
  const plain = await load(program, { engine: 'reference' });
  const error = await plain.fit(rows, { steps: 1, config: said }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, BondsmithError);
  assert.match((error as Error).message, /data\.texts\.ids is a text: give a tokenizer/);
});

test.run();
