/** A teacher beside a run: what it adds to the loss by the definition, that it changes nothing else, resuming, and what is refused. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { gaussian } from '../weights/networks.ts';
import { workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

const text = (classes: number) => `edition 1
model Two(width = 8, classes = ${classes}) {
  axis batch
  input x[batch, width], label[batch] in classes
  up, down: linear[width -> width](biased = false)
  head: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> h[batch, width], scores[batch, classes] {
    h = down(relu(up(x)))
    scores = head(h)
  }
  fn scored(x[batch, width]) -> scores[batch, classes] { h, scores = forward(x) }
  loss wrong = mean(cross_entropy[classes](scored(x), label))
}
variant Small of Two { decompose {up, down} as low_rank(r = 2) }
`;
const program = work.write('two.bond', text(3));
const rows = 16;
const x = Float32Array.from(gaussian([rows, 8], 3).data);
const label = Int32Array.from({ length: rows }, (_, k) => k % 3);
const data = work.path('data.safetensors');
files.replace(
  data,
  encodeTensors([
    { name: 'x', shape: [rows, 8], data: x },
    { name: 'label', shape: [rows], data: label },
  ]),
);
const shapes: Readonly<Record<string, readonly [number, number]>> = { 'up.weight': [8, 8], 'down.weight': [8, 8], 'head.weight': [3, 8] };
const weights = work.path('weights.safetensors');
const dense = new Map(Object.entries(shapes).map(([name, shape], k) => [name, Float32Array.from(gaussian(shape, k + 5).data)]));
files.replace(weights, encodeTensors([...dense].map(([name, values]) => ({ name, shape: shapes[name], data: values }))));
const settings = (value: unknown) => work.write(`settings${++made}.json`, JSON.stringify(value));
let made = 0;
const common = ['--data', data, '--validation', data, '--batch', '16', '--engine', 'reference', '--from', weights];

async function train(variant: string, steps: number, ...more: string[]) {
  const folder = work.path(`run${++made}`);
  const found = await work.run('train', program, '--variant', variant, ...common, '--steps', String(steps), '--out', folder, ...more);
  return { folder, ...found };
}
function metrics(folder: string): Record<string, number>[] {
  const path = `${folder}/metrics.jsonl`;
  const lines = new TextDecoder()
    .decode(files.read(path, 0, files.size(path)!))
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}
/** h and scores of the dense model, by rows. */
function outputs(from: (name: string) => ArrayLike<number>): { h: number[][]; scores: number[][] } {
  const apply = (name: string, row: readonly number[]) => {
    const [out] = shapes[name];
    return Array.from({ length: out }, (_, k) => row.reduce((sum, value, at) => sum + value * from(name)[k * 8 + at], 0));
  };
  const inputs = Array.from({ length: rows }, (_, row) => [...x.subarray(row * 8, row * 8 + 8)]);
  const h = inputs.map((row) =>
    apply(
      'down.weight',
      apply('up.weight', row).map((value) => Math.max(0, value)),
    ),
  );
  return { h, scores: h.map((row) => apply('head.weight', row)) };
}
const teacherRun = await train('Two', 1, '--rate', '1e-12');
assert.is(teacherRun.code, 0, teacherRun.err);

test('the losses of the first step are those of the definition, and are told by part', async () => {
  const other = work.path('other.safetensors');
  const moved = new Map([...dense].map(([name, values]) => [name, values.map((value, k) => value + 0.1 * Math.sin(k))]));
  files.replace(other, encodeTensors([...moved].map(([name, values]) => ({ name, shape: shapes[name], data: values }))));
  const config = settings({ teacher: { logits: 'forward.scores', temperature: 3, weight: 0.5, hidden: { h: 2 } } });
  const folder = work.path('defined');
  const options = ['--data', data, '--validation', data, '--batch', '16', '--engine', 'reference', '--from', other];
  const { code, err } = await work.run(
    'train',
    program,
    '--variant',
    'Two',
    ...options,
    '--steps',
    '1',
    '--out',
    folder,
    '--teacher',
    teacherRun.folder,
    '--config',
    config,
  );
  assert.is(code, 0, err);
  const [mine, theirs] = [outputs((name) => moved.get(name)!), outputs((name) => dense.get(name)!)];
  const softened = (row: readonly number[]) => {
    const most = Math.max(...row);
    const whole = Math.log(row.reduce((sum, value) => sum + Math.exp((value - most) / 3), 0)) + most / 3;
    return row.map((value) => value / 3 - whole);
  };
  const divergence = mine.scores.reduce((sum, row, k) => {
    const [q, p] = [softened(row), softened(theirs.scores[k])];
    return sum + p.reduce((own, value, at) => own + Math.exp(value) * (value - q[at]), 0);
  }, 0);
  const squares = mine.h.reduce((sum, row, k) => sum + row.reduce((own, value, at) => own + (value - theirs.h[k][at]) ** 2, 0), 0);
  const [found] = metrics(folder);
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-5 * Math.abs(b);
  assert.ok(near(found['teacher.scores'], (9 * divergence) / rows), `${found['teacher.scores']} for ${(9 * divergence) / rows}`);
  assert.ok(near(found['teacher.h'], squares / rows / 8), `${found['teacher.h']} for ${squares / rows / 8}`);
  const sum = found.wrong + 0.5 * found['teacher.scores'] + 2 * found['teacher.h'];
  assert.ok(near(found.loss, sum), `${found.loss} for ${sum}`);
});

test('a decomposed model comes nearer to its teacher; the teacher is in no checkpoint and in no evaluation', async () => {
  const config = settings({ teacher: { logits: 'forward.scores' }, losses: { wrong: 0 }, optimiser: { kind: 'adamw', rate: 0.02 } });
  const { folder, code, err, out } = await train('Small', 40, '--teacher', teacherRun.folder, '--config', config, '--json');
  assert.is(code, 0, err);
  const lines = metrics(folder);
  assert.ok(
    lines[39]['teacher.scores'] < 0.5 * lines[0]['teacher.scores'],
    `${lines[0]['teacher.scores']} to ${lines[39]['teacher.scores']}`,
  );
  assert.equal(Object.keys(JSON.parse(out).validation).sort(), ['loss', 'wrong']);
  const names = [...openTensors(files, `${folder}/checkpoint.safetensors`).tensors.keys()];
  assert.not.ok(
    names.some((name) => name.includes('teacher')),
    names.join(),
  );
});

test('a run with a teacher goes on bit for bit, over micro-batches too, and not with another teacher', async () => {
  const config = settings({ teacher: { logits: 'forward.scores' }, accumulate: 2 });
  const more = ['--teacher', teacherRun.folder, '--config', config, '--batch', '8'];
  const only = common.filter((option, k) => option !== '--batch' && common[k - 1] !== '--batch');
  const begin = (folder: string, steps: string) =>
    work.run('train', program, '--variant', 'Small', ...only, '--steps', steps, '--out', folder, ...more);
  const [whole, part] = [work.path('whole'), work.path('part')];
  for (const [folder, steps] of [
    [whole, '4'],
    [part, '2'],
  ]) {
    const { code, err } = await begin(folder, steps);
    assert.is(code, 0, err);
  }
  const { code, err } = await work.run('train', '--resume', part, '--steps', '4');
  assert.is(code, 0, err);
  const told = (folder: string) => metrics(folder).map(({ loss, 'teacher.scores': own }) => [loss, own]);
  assert.equal(told(part), told(whole));
  const best = ['best', 'checkpoint'].map((name) => `${teacherRun.folder}/${name}.safetensors`);
  const kept = best.map((path) => files.read(path, 0, files.size(path)!));
  assert.is((await work.run('train', '--resume', teacherRun.folder, '--steps', '2')).code, 0);
  const other = await train('Two', 2, '--rate', '0.1');
  for (const [k, name] of ['best', 'checkpoint'].entries()) {
    const path = `${other.folder}/${name}.safetensors`;
    files.replace(best[k], [files.read(path, 0, files.size(path)!)]);
  }
  const changed = await work.run('train', '--resume', part, '--steps', '6');
  assert.is(changed.code, 1);
  assert.match(changed.err, /--teacher .*: it changed since the run began/);
  best.forEach((path, k) => void files.replace(path, [kept[k]]));
});

test('what cannot be a teacher says why, and nothing is written', async () => {
  const refused = async (message: RegExp, ...more: string[]) => {
    const { folder, code, err } = await train('Small', 1, ...more);
    assert.ok(code !== 0, err);
    assert.match(err, message, err);
    assert.is(files.size(folder), undefined);
  };
  const wide = work.write('wide.bond', text(4));
  const wideRun = work.path('wide');
  const made = await work.run(
    'train',
    wide,
    '--variant',
    'Two',
    '--data',
    data,
    '--batch',
    '8',
    '--engine',
    'reference',
    '--steps',
    '1',
    '--out',
    wideRun,
  );
  assert.is(made.code, 0, made.err);
  const logits = settings({ teacher: { logits: 'scores' } });
  await refused(
    /which result of Small are the logits must be said, .* it has forward\.h, forward\.scores, scored\.scores/,
    '--teacher',
    teacherRun.folder,
  );
  await refused(/forward\.scores is \[batch, 3\] in Small and \[batch, 4\] in its teacher Two/, '--teacher', wideRun, '--config', logits);
  await refused(
    /Small has no result z that a teacher could be compared in/,
    '--teacher',
    teacherRun.folder,
    '--config',
    settings({ teacher: { logits: 'z' } }),
  );
  await refused(/give a run folder, a checkpoint/, '--teacher', program, '--config', logits);
  await refused(/teacher says how to compare with --teacher, which is not given/, '--config', logits);
  await refused(/weights.safetensors: .*/, '--teacher', weights, '--config', logits);
});

test.run();
