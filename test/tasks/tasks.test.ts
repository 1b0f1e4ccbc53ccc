/** Tasks: rows of texts from files to metrics over the whole set, through the commands. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { taskMetrics } from '../../runtime/tasks/metrics.ts';
import { presets } from '../../runtime/tasks/presets.ts';
import { readTaskRows } from '../../runtime/tasks/rows.ts';
import { workplace } from '../cli/command.ts';
import '../verified.ts';

const work = workplace();
test.after(() => work.remove());
const models = fileURLToPath(new URL('../models/fixtures/', import.meta.url));
const presetOf = (name: string) => presets.find((one) => one.name === name)!;

/** A published checkpoint with a tokenizer of its 41 tokens. */
const hub = work.path('hub');
cpSync(`${models}bert`, hub, { recursive: true });
const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'whale', 'sea', 'rose', 'sank', 'calm', 'was', 'not', '.'];
writeFileSync(`${hub}/vocab.txt`, [...words, ...'abcdefghijklmnopqrstuvwxyz'].join('\n'));

const nouns = ['whale', 'sea'];
const verbs = ['rose', 'sank'];
const sentence = (k: number) => `the ${nouns[k % 2]} ${verbs[(k >> 1) % 2]} .`;
/** Entailed where both sentences are the same. */
const rte = (from: number, to: number) =>
  ['index\tsentence1\tsentence2\tlabel']
    .concat(
      Array.from({ length: to - from }, (_, k) => {
        const [a, b] = [sentence(k + from), sentence((k + from) % 3 === 0 ? k + from : k + from + 1)];
        return `${k}\t${a}\t${b}\t${a === b ? 'entailment' : 'not_entailment'}`;
      }),
    )
    .join('\n');
const data = work.path('RTE');
mkdirSync(data);
writeFileSync(`${data}/train.tsv`, rte(0, 40));
writeFileSync(`${data}/dev.tsv`, rte(40, 57));
const file = work.write('tuned.bond', 'edition 1\nuse bert { Bert }\nvariant Plain of Bert { }\n');
const common = [file, '--variant', 'Plain', '--from', hub, '--task', 'glue/rte', '--data', data, '--batch', '8'];

test('train, eval and predict on RTE: the run stands alone, metrics are those of the predictions', async () => {
  const run = work.path('run');
  const { code, out, err } = await work.run('train', ...common, '--steps', '3', '--out', run, '--json');
  assert.is(code, 0, err);
  const result = JSON.parse(out) as { task: { accuracy: number }; validation: { accuracy: number } };
  // The original and the tokenizer are gone; what is needed lies in the run.
  const aside = work.path('aside');
  cpSync(hub, aside, { recursive: true });
  rmSync(hub, { recursive: true });
  const told = await work.run('eval', run, '--json');
  assert.is(told.code, 0, told.err);
  const evaluated = JSON.parse(told.out) as Record<string, number>;
  assert.is(evaluated.accuracy, result.task.accuracy);
  const fresh = await work.run('eval', run, '--data', `${data}/dev.tsv`, '--json');
  assert.is(fresh.code, 0, fresh.err);
  assert.ok(Math.abs((JSON.parse(fresh.out) as Record<string, number>).loss - evaluated.loss) < 1e-6);

  const answers = work.path('answers.jsonl');
  const predicted = await work.run('predict', run, '--data', `${data}/dev.tsv`, '--out', answers);
  assert.is(predicted.code, 0, predicted.err);
  const labels = readFileSync(answers, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { label: string }).label);
  const wanted = readFileSync(`${data}/dev.tsv`, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')[3]);
  assert.is(labels.length, 17);
  const right = labels.filter((label, k) => label === wanted[k]).length / 17;
  assert.ok(Math.abs(right - evaluated.accuracy) < 1e-12, `${right} and ${evaluated.accuracy}`);
  cpSync(aside, hub, { recursive: true });
});

test('a run on a task goes on as if it had not stopped', async () => {
  const [whole, parts] = [work.path('whole'), work.path('parts')];
  assert.is((await work.run('train', ...common, '--steps', '4', '--out', whole)).code, 0);
  assert.is((await work.run('train', ...common, '--steps', '2', '--out', parts)).code, 0);
  const { code, err } = await work.run('train', '--resume', parts, '--steps', '4');
  assert.is(code, 0, err);
  const losses = (run: string) =>
    readFileSync(`${run}/metrics.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { loss: number }).loss);
  assert.equal(losses(parts), losses(whole));
});

test('numbers are predicted with one class, and metrics that the data cannot give are told', async () => {
  const at = work.path('STS-B');
  mkdirSync(at);
  const rows = (count: number) =>
    [
      'index\tsentence1\tsentence2\tscore',
      ...Array.from({ length: count }, (_, k) => `${k}\t${sentence(k)}\t${sentence(k + 1)}\t${k % 5}.0`),
    ].join('\n');
  writeFileSync(`${at}/train.tsv`, rows(20));
  writeFileSync(`${at}/dev.tsv`, rows(9));
  const plain = work.path('regression');
  cpSync(hub, plain, { recursive: true });
  const argv = common.map((arg) => ({ 'glue/rte': 'glue/stsb', [data]: at, [hub]: plain })[arg] ?? arg);
  const { code, out, err } = await work.run('train', ...argv, '--steps', '2', '--out', work.path('sts'), '--json');
  assert.is(code, 0, err);
  assert.match(err, /note: accuracy is not told, it reads label\[batch\] in classes/);
  const { task } = JSON.parse(out) as { task: Record<string, number> };
  assert.equal(Object.keys(task), ['pearson', 'spearman']);
  assert.ok(Math.abs(task.pearson) <= 1 && Math.abs(task.spearman) <= 1);
});

test('the text itself is learned token by token, and perplexity is of the whole set', async () => {
  const lm = work.path('gpt2');
  cpSync(`${models}gpt2`, lm, { recursive: true });
  const letters = [...'abcdefghijklmnopqrstuvwxyz.'];
  writeFileSync(
    `${lm}/vocab.json`,
    JSON.stringify(Object.fromEntries(['<|endoftext|>', ...letters, '\u0120'].map((token, k) => [token, k]))),
  );
  writeFileSync(`${lm}/merges.txt`, '#version: 0.2\n');
  writeFileSync(`${lm}/tokenizer_config.json`, JSON.stringify({ eos_token: '<|endoftext|>' }));
  const at = work.path('lines');
  mkdirSync(at);
  writeFileSync(`${at}/train.txt`, Array.from({ length: 12 }, (_, k) => 'abcde. '.repeat(1 + (k % 2))).join('\n'));
  writeFileSync(`${at}/dev.txt`, 'abc\n\nabcdefg.\nde');
  const own = work.write('lm.bond', 'edition 1\nuse gpt2 { Gpt2 }\nvariant Plain of Gpt2 { }\n');
  const argv = ['train', own, '--variant', 'Plain', '--from', lm, '--task', 'text/next', '--data', at, '--batch', '4', '--steps', '2'];
  const { code, out, err } = await work.run(...argv, '--out', work.path('lm'), '--json');
  assert.is(code, 0, err);
  const { task, validation } = JSON.parse(out) as { task: { perplexity: number }; validation: { loss: number } };
  const told = JSON.parse((await work.run('eval', work.path('lm'), '--json')).out) as { loss: number; perplexity: number };
  assert.ok(Math.abs(Math.exp(told.loss) - task.perplexity) < 1e-9 * task.perplexity);
  assert.ok(Math.abs(validation.loss - told.loss) < 1e-6);
});

async function refusal(change: (argv: string[]) => string[], message: RegExp): Promise<void> {
  const { code, err } = await work.run('train', ...change([...common, '--steps', '1']), '--out', work.path('none'));
  assert.is(code === 0, false, 'it was taken');
  assert.match(err, message);
}
const withTrain = (name: string, text: string) => {
  const at = work.path(name);
  cpSync(data, at, { recursive: true });
  writeFileSync(`${at}/train.tsv`, text);
  return (argv: string[]) => argv.map((arg) => (arg === data ? at : arg));
};
const header = 'index\tsentence1\tsentence2\tlabel';

test('bad rows are named by file and line', async () => {
  await refusal(withTrain('cells', `${header}\n0\ta\tb\tentailment\n1\ta\tb`), /train.tsv:3: 3 cells, the first line names 4 columns/);
  await refusal(
    withTrain('label', `${header}\n0\ta\tb\tperhaps`),
    /train.tsv:2: label is "perhaps", the labels of glue\/rte are entailment, not_entailment/,
  );
  await refusal(
    withTrain('column', 'index\tsentence1\tlabel\n0\ta\tentailment'),
    /train.tsv:2: glue\/rte wants a text in column sentence2; the row has index, sentence1, label/,
  );
  await refusal(withTrain('nothing', header), /train.tsv has no rows/);
  await refusal(
    withTrain('long', `${header}\n0\t${'a '.repeat(30)}\tb\tentailment`),
    /train.tsv:2: 34 tokens, the most is 16; --longer cut leaves out the rest/,
  );
  const stsb = presetOf('glue/stsb');
  const at = work.write('scores.tsv', 'sentence1\tsentence2\tscore\na\tb\thigh');
  assert.throws(() => readTaskRows(nodeFiles(), at, stsb, true), /scores.tsv:2: score is "high", glue\/stsb expects a number/);
});

test('long texts are cut where that is asked for, and empty ones count: both are told', async () => {
  const rows = Array.from({ length: 9 }, (_, k) => `${k}\t${'a '.repeat(30)}\t\tentailment`);
  const change = withTrain('both', [header, ...rows].join('\n'));
  const { code, err } = await work.run('train', ...change(common), '--longer', 'cut', '--steps', '1', '--out', work.path('cut'));
  assert.is(code, 0, err);
  assert.match(err, /train.tsv: 9 of 9 rows were cut to 16 tokens/);
  assert.match(err, /9 rows have an empty text, the first .*train.tsv:2/);
});

test('tasks, tokenizers and options that do not fit are refused', async () => {
  await refusal((argv) => argv.map((arg) => (arg === 'glue/rte' ? 'glue/rt' : arg)), /there is no task glue\/rt; there are glue\/cola/);
  const other = fileURLToPath(new URL('../tokens/fixtures/words', import.meta.url));
  await refusal((argv) => [...argv, '--tokenizer', other], /its tokenizer has tokens up to 209, the model's vocab is 41/);
  await refusal(
    (argv) => argv.map((arg) => (arg === hub ? `${models}bert` : arg)),
    /has no tokenizer: give a published checkpoint with --from, or a folder/,
  );
  await refusal((argv) => [...argv, '--size', 'time=99'], /--size time=99: time is at most 16/);
  await refusal((argv) => [...argv, '--loss', 'masked'], /glue\/rte has nothing for truth\[batch, time\] in vocab/);
  await refusal((argv) => argv.filter((arg) => arg !== '--data' && arg !== data), /--task glue\/rte wants its rows: --data FOLDER/);
  const own = work.write(
    'own.json',
    JSON.stringify({ name: 'mine', train: 'train.tsv', held: 'dev.tsv', texts: ['sentence1'], metrics: ['precision'], loss: 'task' }),
  );
  await refusal((argv) => argv.map((arg) => (arg === 'glue/rte' ? own : arg)), /metrics\[1\] is "precision", expected "accuracy"/);
});

test('metrics are those of their definitions', () => {
  const cola = presetOf('glue/cola');
  const scores = [0, 0, 1, 1, 1, 0].map((label) => (label === 1 ? [-1, 2] : [3, 0]));
  const wanted = [0, 1, 1, 1, 0, 0];
  // Two true and one false of each kind: (2 * 2 - 1 * 1) / 9.
  const { matthews, accuracy } = taskMetrics(cola, scores, wanted);
  assert.ok(Math.abs(matthews - 1 / 3) < 1e-15);
  assert.is(accuracy, 4 / 6);
  assert.ok(Math.abs(taskMetrics(presetOf('glue/mrpc'), scores, wanted).f1 - 2 / 3) < 1e-15);
  const stsb = presetOf('glue/stsb');
  const { pearson, spearman } = taskMetrics(stsb, [[1], [2], [3], [10]], [1, 2, 2, 4]);
  // scipy.stats: pearsonr 0.9733285267845753, spearmanr 0.9486832980505139.
  assert.ok(Math.abs(pearson - 0.9733285267845753) < 1e-12, String(pearson));
  assert.ok(Math.abs(spearman - 0.9486832980505139) < 1e-12, String(spearman));
  assert.equal(taskMetrics(stsb, [[1], [1]], [1, 2]), { pearson: 0, spearman: 0 });
});

test.run();
