/** Runs from TypeScript: each option is that of the command, and a loop of one's own goes on where a run ended. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import type { TrainOptions } from '../../runtime/index.ts';
import { BondsmithError, encodeTensors, generate, load, nodeContext, nodeFiles, resume, train } from '../../runtime/index.ts';
import { smallProgram, smallText, workplace } from '../cli/command.ts';
import { gaussian } from '../weights/networks.ts';

const work = workplace();
const quiet = { ...nodeContext(), err: () => undefined };
test.after(() => work.remove());

const program = work.write(
  'two.bond',
  `edition 1
model Two(width = 8, classes = 3) {
  axis batch
  input x[batch, width], label[batch] in classes
  up, down: linear[width -> width](biased = false)
  head: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> scores[batch, classes] { scores = head(down(relu(up(x)))) }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
variant Near of Two { decompose {up, down} as low_rank(r = 2) by inputs }
variant Small of Two { decompose {up, down} as low_rank(r = 2) }
`,
);
const rows = 24;
const x = { name: 'x', shape: [rows, 8], data: Float32Array.from(gaussian([rows, 8], 3).data) };
const label = { name: 'label', shape: [rows], data: Int32Array.from({ length: rows }, (_, k) => k % 3) };
const data = work.path('data.safetensors');
nodeFiles().replace(data, encodeTensors([x, label]));
const weights = work.path('weights.safetensors');
const shapes = { 'up.weight': [8, 8], 'down.weight': [8, 8], 'head.weight': [3, 8] };
const dense = Object.entries(shapes).map(([name, shape], k) => ({ name, shape, data: Float32Array.from(gaussian(shape, k + 5).data) }));
nodeFiles().replace(weights, encodeTensors(dense));

const hub = work.path('hub');
cpSync(fileURLToPath(new URL('../models/fixtures/bert', import.meta.url)), hub, { recursive: true });
const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'whale', 'sea', 'rose', 'sank', '.'];
writeFileSync(`${hub}/vocab.txt`, [...pieces, ...'abcdefghijklmnopqrstuvwxyz'].join('\n'));
const tuned = work.write('tuned.bond', 'edition 1\nuse bert { Bert }\nvariant Plain of Bert { }\n');
const pairs = work.path('RTE');
mkdirSync(pairs);
const sentence = (k: number) => `the ${['whale', 'sea'][k % 2]} ${['rose', 'sank'][(k >> 1) % 2]} .`;
for (const [name, count] of [
  ['train.tsv', 12],
  ['dev.tsv', 6],
] as const)
  writeFileSync(
    `${pairs}/${name}`,
    ['index\tsentence1\tsentence2\tlabel']
      .concat(Array.from({ length: count }, (_, k) => `${k}\t${sentence(k)}\t${sentence(2 * k)}\t${k % 2 ? '' : 'not_'}entailment`))
      .join('\n'),
  );

const common = { file: program, data, from: weights, engine: 'reference', steps: 3, batch: 8 } as const;
const options: Readonly<Record<string, Omit<TrainOptions, 'out'>>> = {
  calibrate: { ...common, variant: 'Near', calibrate: data, examples: 16 },
  onDecomposed: { ...common, variant: 'Near', calibrate: data, examples: 16, onDecomposed: true },
  teacher: { ...common, variant: 'Small', teacher: work.path('taught'), config: { teacher: { logits: 'scores', temperature: 3 } } },
  task: { file: tuned, variant: 'Plain', from: hub, task: 'glue/rte', data: pairs, steps: 2, batch: 4, engine: 'reference' },
};
const configFile = work.write('teacher.json', JSON.stringify(options.teacher.config));
/** The same as words of the command line. */
function argvOf({ file, ...given }: Omit<TrainOptions, 'out'>): string[] {
  const words = Object.entries(given).flatMap(([name, value]) => {
    if (name === 'config') return ['--config', configFile];
    if (name === 'onDecomposed') return ['--on-decomposed'];
    return [`--${name}`, String(value)];
  });
  return ['train', file, ...words];
}
const valuesIn = (folder: string) => {
  const { file } = openCheckpoint(nodeFiles(), `${folder}/checkpoint.safetensors`);
  return [...file.tensors.keys()].map((name) => [name, [...file.read(name)]] as const);
};

test.before(async () => {
  const { code, err } = await work.run(...argvOf({ ...common, variant: 'Two' }), '--out', work.path('taught'));
  assert.is(code, 0, err);
});

for (const [name, given] of Object.entries(options)) {
  test(`${name}: the run of the command, bit for bit`, async () => {
    const [own, other] = [work.path(`${name} own`), work.path(`${name} other`)];
    const result = await train({ ...given, out: own });
    const { code, err } = await work.run(...argvOf(given), '--out', other);
    assert.is(code, 0, err);
    assert.equal(valuesIn(own), valuesIn(other));
    if (name === 'task') assert.ok(result.task!.accuracy >= 0);
    const [line] = readFileSync(`${own}/metrics.jsonl`, 'utf8').split('\n');
    if (name === 'teacher') assert.ok(JSON.parse(line)['teacher.scores'] > 0);
  });
}

test('a task of a run is known to who loads it; predictions are of texts', async () => {
  const model = await load(work.path('task own'));
  const { s } = await model.predict({ sentence1: [sentence(0)], sentence2: [sentence(1)] }, { name: 'scores' });
  assert.equal(s.shape, [1, 2]);
  assert.equal(model.labels.classes, ['entailment', 'not_entailment']);
});

test('options that need another one are refused', async () => {
  const out = work.path('refused');
  for (const [given, reason] of [
    [{ tokenizer: hub }, /tokenizer and longer are of a task, or of config\.data\.texts/],
    [{ examples: 4 }, /examples and onDecomposed say how `calibrate` is used/],
    [{ task: 'glue/nosuch' }, /there is no task glue\/nosuch/],
    [{ task: { name: 'mine' } as never }, /task has .*problems/],
    [{ task: 'glue/rte', calibrate: data }, /calibrate takes examples as tensors/],
    [{ teacher: work.path('nothing') }, /nothing/],
  ] as const) {
    const error = await train({ ...common, variant: 'Small', out, ...given }).then(
      () => undefined,
      (found: unknown) => found,
    );
    assert.instance(error, BondsmithError, String(error));
    assert.match((error as Error).message, reason);
  }
  assert.throws(() => readFileSync(`${out}/run.json`));
});

test('a loop of one’s own goes on with the optimiser of a run, as the run itself would', async () => {
  const config = { optimiser: { kind: 'adamw', rate: 0.02 }, schedule: { kind: 'cosine', warmup: 2 } };
  const [begun, whole] = [work.path('begun'), work.path('whole')];
  const given = { ...common, variant: 'Small', validation: data, batch: rows, config };
  await train({ ...given, steps: 8, out: whole });
  await train({ ...given, steps: 8, out: begun }, stopAfter(4));
  const model = await load(begun, { last: true, engine: 'reference' });
  const tape = model.tape({ resume: true });
  for (let step = 4; step < 8; step++) {
    await tape.record(() => tape.backward(tape.call('wrong', { x, label }).wrong));
    await tape.step();
  }
  await model.take(tape);
  await tape.release();
  const expected = (await load(whole, { last: true, engine: 'reference' })).weights;
  for (const [name, { data: values }] of model.weights)
    values.forEach((value, k) => void assert.ok(Math.abs(value - expected.get(name)!.data[k]) < 1e-9, `${name} ${k}`));
  const done = await resume(begun);
  assert.is(done.step, 8);

  const best = await load(begun, { engine: 'reference' });
  assert.throws(() => best.tape({ resume: true }), /has no state of an optimiser: load a run folder with \{ last: true \}/);
  assert.throws(() => model.tape({ resume: true, config: {} }), /a tape that goes on has the settings of its run/);
  assert.throws(() => model.tape({ config }), /schedule\.kind is cosine: say with steps where it ends/);
});

/** A context that asks the run to stop after so many steps. */
function stopAfter(steps: number) {
  let asked = 0;
  return { ...nodeContext(), err: () => undefined, interrupted: (within?: 'step') => within === undefined && ++asked > steps };
}

test('generate writes what the command writes, and tells it as it comes', async () => {
  const out = work.path('text');
  const file = work.write('small.bond', smallProgram);
  const text = work.write('text.txt', smallText);
  await train({ file, variant: 'Mpo', text, out, steps: 2, batch: 2, engine: 'reference' });
  const parts: string[] = [];
  const written = await generate(out, { length: 9, seed: 5, write: (part) => void parts.push(part) });
  const { out: told } = await work.run('generate', out, '--length', '9', '--seed', '5');
  assert.is(`${parts.join('')}\n`, told);
  assert.is(parts.slice(1).join(''), written);
});

test('what events changed is saved with the model, and read as it was', async () => {
  const file = work.write('squeezed.bond', `${smallProgram}variant Squeezed of Mpo { squeeze b of up by 1 every 3 steps }\n`);
  const text = work.write('squeezed.txt', smallText);
  const out = work.path('squeezed');
  await train({ file, variant: 'Squeezed', text, out, steps: 8, batch: 4 }, quiet);
  const [ofRun, fitted] = [await load(out, { last: true }), await load(file, { variant: 'Squeezed' })];
  await fitted.fit(smallText, { steps: 8, batch: 4 });
  for (const [k, model] of [ofRun, fitted].entries()) {
    const path = work.path(`saved${k}.safetensors`);
    assert.equal(model.weights.get('up.weight.T[1]')!.shape, [4, 4, 2]);
    model.save(path);
    const again = await load(path);
    assert.equal(
      [...again.weights],
      [...model.weights].map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(Float32Array.from(data)) }]),
    );
    assert.throws(() => again.adapt('Lora', { target: 'up' }), /events in training have changed Squeezed since, 2 times/);
  }
});

test('a run that was resumed to more steps was not edited, whichever weights are its best', async () => {
  const out = work.path('longer');
  const file = work.write('longer.bond', smallProgram);
  const text = work.write('longer.txt', smallText);
  await train({ file, variant: 'Mpo', text, out, steps: 1, batch: 4 }, quiet);
  const best = work.path('longer/best.safetensors');
  const before = readFileSync(best);
  await work.run('train', '--resume', out, '--steps', '2');
  // As if the loss had not become lower.
  writeFileSync(best, before);
  const { err } = await work.run('eval', out);
  assert.not.match(err, /was edited/);
});

test.run();
