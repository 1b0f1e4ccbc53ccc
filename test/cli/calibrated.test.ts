/** Calibration data at the command line: inputs, gradients, layers that are decomposed already, a promised loss. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { gaussian } from '../weights/networks.ts';
import { workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

const program = work.write(
  'two.bond',
  `edition 1
model Two(width = 12, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  up, down: linear[width -> width](biased = false)
  head: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> scores[batch, classes] { scores = head(relu(down(relu(up(x))))) }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
variant Plain of Two { decompose {up, down} as low_rank(r = 3) }
variant Near of Two { decompose {up, down} as low_rank(r = 3) by inputs }
variant Felt of Two { decompose {up, down} as low_rank(r = 3) by inputs and gradients }
variant Ring of Two { decompose {up, down} as ring[3*4, 3*4](b = 2) by inputs and gradients }
variant All of Two { decompose {up, down} as low_rank to share 0.6 of all by inputs }
variant FeltAll of Two { decompose {up, down} as low_rank to share 0.6 of all by inputs and gradients }
variant Loss of Two { decompose {up, down} as low_rank to loss 0.1 by inputs }
variant Small of Two { decompose {up, down} as low_rank(r = 1) to loss 0.0001 }
variant Twice of Two {
  decompose up as low_rank to loss 0.02
  decompose down as low_rank to loss 0.02
}
`,
);
const rows = 64;
// Directions of very different size, and labels that the dense model gives them.
const x = Float32Array.from(gaussian([rows, 12], 3).data, (value, at) => value * 10 ** (-(at % 12) / 8));
const shapes = { 'up.weight': [12, 12], 'down.weight': [12, 12], 'head.weight': [4, 12] };
const matrices = Object.entries(shapes).map(([name, shape], k) => ({ name, shape, data: Float32Array.from(gaussian(shape, k + 5).data) }));
const label = Int32Array.from({ length: rows }, (_, row) => {
  let now = x.subarray(row * 12, row * 12 + 12);
  for (const { name, shape, data } of matrices) {
    const next = Float32Array.from({ length: shape[0] }, (_, out) => now.reduce((sum, value, k) => sum + value * data[out * 12 + k], 0));
    now = name === 'head.weight' ? next : next.map((value) => Math.max(0, value));
  }
  return now.indexOf(Math.max(...now));
});
const data = work.path('data.safetensors');
files.replace(
  data,
  encodeTensors([
    { name: 'x', shape: [rows, 12], data: x },
    { name: 'label', shape: [rows], data: label },
  ]),
);
const weights = work.path('weights.safetensors');
files.replace(weights, encodeTensors(matrices));
const common = ['--data', data, '--batch', '16', '--engine', 'reference', '--from', weights];
const calibrate = ['--calibrate', data, '--examples', '64'];

async function loss(variant: string, ...more: string[]): Promise<{ loss: number; err: string }> {
  const { code, out, err } = await work.run('eval', program, '--variant', variant, ...common, '--validation', data, '--json', ...more);
  assert.is(code, 0, err);
  return { loss: JSON.parse(out).loss, err };
}

test('with gradients the loss itself stays nearer than with inputs, and with inputs nearer than by the weights', async () => {
  const dense = await loss('Two');
  const off = async (variant: string, ...more: string[]) => Math.abs((await loss(variant, ...more)).loss - dense.loss);
  const [plain, near, felt] = [await off('Plain'), await off('Near', ...calibrate), await off('Felt', ...calibrate)];
  assert.ok(near < plain && felt < plain, `${plain} ${near} ${felt}`);
  const { err } = await loss('Ring', ...calibrate);
  assert.match(err, /up\.weight: bonds 2, 2, relative error .*, of the loss to second order/);
});

test('inputs behind layers that are decomposed already are other inputs, for all but the first', async () => {
  const told = (err: string) =>
    [...err.matchAll(/(\w+)\.weight: .*error ([\d.e+-]+), of its outputs ([\d.e+-]+)/g)].map(([, ...own]) => own);
  const plain = told((await loss('Near', ...calibrate)).err);
  const behind = told((await loss('Near', ...calibrate, '--on-decomposed')).err);
  assert.equal(plain[0], behind[0]);
  assert.equal([plain[1][0], behind[1][0]], ['down', 'down']);
  assert.not.equal(plain[1], behind[1]);
});

test('a budget over all is told, with how far the best could be', async () => {
  for (const variant of ['All', 'FeltAll']) {
    const { err } = await loss(variant, ...calibrate);
    const told =
      /bonds of 2 weights chosen together: (\d+) of 288 entries .*, expected error ([\d.e+-]+); no choice of so many entries has less than ([\d.e+-]+)/.exec(
        err,
      );
    assert.ok(told, err);
    const [, entries, error, least] = told.map(Number);
    assert.ok(entries <= 0.6 * 288 && least <= error && least > 0.8 * error, err);
  }
});

test('a promised loss is kept on the examples, with fewer entries than all; what cannot be kept is said', async () => {
  const dense = await loss('Two');
  const kept = await loss('Loss', ...calibrate);
  assert.ok(kept.loss <= dense.loss + 0.1, `${kept.loss} for ${dense.loss}`);
  const [, share] = /`to loss 0\.1`: the loss on the examples is \S+ above the dense model's \S+ with (\S+) % of the entries/.exec(
    kept.err,
  )!;
  assert.ok(Number(share) < 150, kept.err);
  const { err } = await loss('Small', ...calibrate);
  assert.match(
    err,
    /`to loss 0\.0001` is missed: the loss on the examples is .* above .*, which is all that the bonds allow; give larger ones/,
  );
});

test('the loss of a model is promised once, and a promise without examples says what to give', async () => {
  const twice = await work.run('eval', program, '--variant', 'Twice', ...common, ...calibrate);
  assert.is(twice.code, 1);
  assert.match(twice.err, /error\[B619\]: the loss of the model is promised once/);
  const without = await work.run('eval', program, '--variant', 'Loss', ...common);
  assert.is(without.code, 1);
  assert.match(without.err, /up\.weight(?::| is).*--calibrate DATA/);
});

test("the bonds that a budget chose are the run's: it resumes as if it had not stopped", async () => {
  const steps = (count: string) => ['--steps', count, '--seed', '2'];
  const [whole, part] = [work.path('whole'), work.path('part')];
  const begin = (folder: string, count: string) =>
    work.run('train', program, '--variant', 'All', ...common, ...calibrate, ...steps(count), '--out', folder);
  assert.is((await begin(whole, '4')).code, 0);
  assert.is((await begin(part, '2')).code, 0);
  const { code, err } = await work.run('train', '--resume', part, '--steps', '4');
  assert.is(code, 0, err);
  const [a, b] = [whole, part].map((folder) => files.read(`${folder}/metrics.jsonl`, 0, files.size(`${folder}/metrics.jsonl`)!));
  const losses = (bytes: Uint8Array) =>
    new TextDecoder()
      .decode(bytes)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).loss);
  assert.equal(losses(a), losses(b));
});

test('a model is decomposed into a file that eval and train take; explain tells both errors of a run that began so', async () => {
  const out = work.path('cores.safetensors');
  const made = await work.run(
    'decompose',
    program,
    '--variant',
    'Near',
    '--from',
    weights,
    ...calibrate,
    '--batch',
    '16',
    '--engine',
    'reference',
    '--out',
    out,
  );
  assert.is(made.code, 0, made.err);
  assert.match(made.err, /up\.weight: bonds 3, relative error [\d.e+-]+, of its outputs [\d.e+-]+\n/);
  const cores = common.with(common.indexOf(weights), out);
  const { code, out: found, err } = await work.run('eval', program, '--variant', 'Plain', ...cores, '--validation', data, '--json');
  assert.is(code, 0, err);
  const direct = await loss('Near', ...calibrate);
  assert.ok(Math.abs(JSON.parse(found).loss - direct.loss) < 1e-6);
  const folder = work.path('explained');
  const run = await work.run('train', program, '--variant', 'FeltAll', ...common, ...calibrate, '--steps', '1', '--out', folder);
  assert.is(run.code, 0, run.err);
  const explained = await work.run('explain', '--run', folder);
  assert.match(
    explained.out,
    /given weights, as the run began:\n {2}up\.weight: bonds \d+, relative error [\d.e+-]+, of the loss to second order [\d.e+-]+\n/,
  );
  assert.match(explained.out, /bonds of 2 weights chosen together/);
  const { decomposed } = JSON.parse((await work.run('explain', '--run', folder, '--json')).out);
  assert.equal(
    decomposed.weights.map(({ path }: { path: string }) => path),
    ['up.weight', 'down.weight'],
  );
});

test.run();
