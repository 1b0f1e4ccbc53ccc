/** Sums and declared networks through the commands: trained from given weights, gone on with, merged, decomposed by hand. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { gaussian } from '../weights/networks.ts';
import { workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

const program = work.write(
  'sum.bond',
  `edition 1
layer tensor_linear[n -> m](outs: factors, ins: factors) {
  weight: [m, n] as mpo[outs, ins](b = 2) ~ normal(0.4)
  forward(x[.., n]) -> y[.., m] { y[.., m] = x * weight }
}
model M(width = 16, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  first: tensor_linear[width -> width](outs = 4*4, ins = 4*4)
  last: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> y[batch, classes] { y = last(tanh(first(x))) }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
variant Sum of M { decompose first as mpo[4*4, 4*4](b = 3) + low_rank(r = 2) named rest_of_it }
variant Fine of M { decompose first as mpo[4*4, 4*4] + low_rank to error 0.3 }
`,
);
const whole = { 'first.weight': [16, 16], 'last.weight': [4, 16] };
const store = (name: string, tensors: Record<string, readonly number[]>) => {
  const list = Object.entries(tensors).map(([tensor, shape], k) => ({
    name: tensor,
    shape,
    data: Float32Array.from(gaussian(shape, k + 1).data),
  }));
  files.replace(work.path(name), encodeTensors(list));
  return work.path(name);
};
const data = work.path('data.safetensors');
files.replace(
  data,
  encodeTensors([
    { name: 'x', shape: [12, 16], data: Float32Array.from(gaussian([12, 16], 9).data) },
    { name: 'label', shape: [12], data: Int32Array.from({ length: 12 }, (_, k) => k % 4) },
  ]),
);
const given = store('dense.safetensors', whole);
const train = (out: string, ...more: string[]) =>
  work.run('train', program, '--data', data, '--batch', '4', '--engine', 'reference', '--out', work.path(out), ...more);
const still = work.write('still.json', JSON.stringify({ optimiser: { kind: 'sgd', rate: 1e-12 } }));
const tensorsOf = (path: string) => {
  const file = openTensors(files, path);
  return new Map([...file.tensors.keys()].map((name) => [name, file.read(name)]));
};
const apart = (a: Float64Array, b: Float64Array) => distance(a, b) / norm(b);

test('a sum is trained from given dense weights, goes on bit for bit, and is merged', async () => {
  const straight = await train('straight', '--variant', 'Sum', '--from', given, '--steps', '6');
  assert.is(straight.code, 0, straight.err);
  assert.match(straight.err, /first\.weight: bonds 3, 2, relative error/);
  assert.is((await train('halves', '--variant', 'Sum', '--from', given, '--steps', '3')).code, 0);
  const resumed = await work.run('train', '--resume', work.path('halves'), '--steps', '6');
  assert.is(resumed.code, 0, resumed.err);
  const [one, two] = ['straight', 'halves'].map((run) => tensorsOf(`${work.path(run)}/checkpoint.safetensors`));
  const names = [...one!.keys()].filter((name) => name.startsWith('first')).sort();
  assert.equal(names, ['first.weight.mpo.T[1]', 'first.weight.mpo.T[2]', 'first.weight.rest_of_it.D', 'first.weight.rest_of_it.U']);
  for (const [name, values] of one!) assert.equal(two!.get(name), values, name);
  const merged = await work.run('merge', work.path('straight'), '--out', work.path('merged.safetensors'));
  assert.is(merged.code, 0, merged.err);
  assert.equal([...tensorsOf(work.path('merged.safetensors')).keys()].sort(), ['first.weight', 'last.weight']);
});

test('cores of a sum are taken as they are', async () => {
  const { code, err } = await train(
    'again',
    '--variant',
    'Sum',
    '--from',
    `${work.path('straight')}/checkpoint.safetensors`,
    '--steps',
    '1',
    '--config',
    still,
  );
  assert.is(code, 0, err);
  const [before, after] = ['straight', 'again'].map((run) => tensorsOf(`${work.path(run)}/checkpoint.safetensors`));
  for (const name of [...before!.keys()].filter((own) => own.startsWith('first')))
    assert.ok(apart(after!.get(name)!, before!.get(name)!) < 1e-6, name);
});

test('a declared network takes dense weights and cores', async () => {
  const dense = await train('declared', '--variant', 'M', '--from', given, '--steps', '1');
  assert.is(dense.code, 0, dense.err);
  assert.match(dense.err, /first\.weight: bonds 2, relative error/);
  const own = store('cores.safetensors', { 'first.weight.T[1]': [4, 4, 2], 'first.weight.T[2]': [2, 4, 4], 'last.weight': [4, 16] });
  const cores = await train('cores', '--variant', 'M', '--from', own, '--steps', '1', '--config', still);
  assert.is(cores.code, 0, cores.err);
  const found = tensorsOf(`${work.path('cores')}/checkpoint.safetensors`);
  for (const [name, values] of tensorsOf(own)) assert.ok(apart(found.get(name)!, values) < 1e-6, name);
  assert.is((await work.run('merge', work.path('declared'), '--out', work.path('d.safetensors'))).code, 0);
  assert.equal([...tensorsOf(work.path('d.safetensors')).keys()].sort(), ['first.weight', 'last.weight']);
});

test('bonds that the given weights chose are kept by a run that goes on', async () => {
  const begun = await train('fine', '--variant', 'Fine', '--from', given, '--steps', '2');
  assert.is(begun.code, 0, begun.err);
  const error = /relative error ([\d.e+-]+)/.exec(begun.err)![1];
  assert.ok(Number(error) <= 0.3);
  const resumed = await work.run('train', '--resume', work.path('fine'), '--steps', '3');
  assert.is(resumed.code, 0, resumed.err);
});

test('decompose and merge of one tensor take sums', async () => {
  const out = work.path('cut.safetensors');
  const cut = await work.run('decompose', given, '--name', 'first.weight', '--as', 'mpo[4*4, 4*4](b = 8) + low_rank(r = 4)', '--out', out);
  assert.is(cut.code, 0, cut.err);
  assert.match(cut.out, /rounds over the terms/);
  const error = Number(/relative error ([\d.e+-]+)/.exec(cut.out)![1]);
  const back = await work.run('merge', out, '--out', work.path('back.safetensors'));
  assert.is(back.code, 0, back.err);
  const found = apart(tensorsOf(work.path('back.safetensors')).get('first.weight')!, tensorsOf(given).get('first.weight')!);
  assert.ok(Math.abs(found - error) < 1e-3 && error > 0, `${found}, told ${error}`);
});

test.run();
