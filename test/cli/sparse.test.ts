/** A term of single entries through the commands: chosen from given weights, trained, gone on with, merged, taken again, written for others. */
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
  'sparse.bond',
  `edition 1
model M(width = 16, classes = 4) {
  axis batch
  input x[batch, width], label[batch] in classes
  first: linear[width -> width](biased = false)
  last: linear[width -> classes](biased = false)
  forward(x[batch, width]) -> y[batch, classes] { y = last(tanh(first(x))) }
  loss wrong = mean(cross_entropy[classes](forward(x), label))
}
variant Outliers of M { decompose first as mpo[4*4, 4*4](b = 3) + sparse(share = 0.1) }
variant Fine of M { decompose first as mpo[4*4, 4*4] + sparse(share = 0.2) to error 0.3 }
variant Squeezed of Outliers { squeeze b of first by 1 every 2 steps }
`,
);
const names = [
  'first.weight.mpo.T[1]',
  'first.weight.mpo.T[2]',
  'first.weight.sparse.V',
  'first.weight.sparse.at[1]',
  'first.weight.sparse.at[2]',
];
const dense = gaussian([16, 16], 1).data.map((value, k) => (k % 23 === 0 ? 8 * value : value));
const store = (name: string, tensors: Record<string, Float32Array | Int32Array>, shapes: Record<string, readonly number[]>) => {
  files.replace(
    work.path(name),
    encodeTensors(Object.entries(tensors).map(([tensor, data]) => ({ name: tensor, shape: shapes[tensor]!, data }))),
  );
  return work.path(name);
};
const given = store(
  'dense.safetensors',
  { 'first.weight': Float32Array.from(dense), 'last.weight': Float32Array.from(gaussian([4, 16], 2).data) },
  { 'first.weight': [16, 16], 'last.weight': [4, 16] },
);
const data = store(
  'data.safetensors',
  { x: Float32Array.from(gaussian([12, 16], 9).data), label: Int32Array.from({ length: 12 }, (_, k) => k % 4) },
  { x: [12, 16], label: [12] },
);
const train = (out: string, ...more: string[]) =>
  work.run('train', program, '--data', data, '--batch', '4', '--out', work.path(out), ...more);
const still = work.write('still.json', JSON.stringify({ optimiser: { kind: 'sgd', rate: 1e-12 } }));
const checkpoint = (run: string) => `${work.path(run)}/checkpoint.safetensors`;
const tensorsOf = (path: string) => {
  const file = openTensors(files, path);
  return new Map([...file.tensors.keys()].map((name) => [name, file.read(name)]));
};
const apart = (a: Float64Array, b: Float64Array) => distance(a, b) / norm(b);
const ok = ({ code, err }: { readonly code: number; readonly err: string }) => assert.is(code, 0, err);

test('without given weights it is refused, before anything is written', async () => {
  const { code, err } = await train('none', '--variant', 'Outliers', '--steps', '1');
  assert.is(code, 1);
  assert.match(err, /B607.*`sparse` needs given weights for first\.weight/);
});

for (const engine of ['reference', 'wasm']) {
  test(`${engine}: it is trained, goes on bit for bit, keeps its places, and is merged`, async () => {
    const straight = await train(`${engine}-straight`, '--variant', 'Outliers', '--from', given, '--steps', '6', '--engine', engine);
    ok(straight);
    assert.match(straight.err, /first\.weight: bonds 3, relative error/);
    ok(await train(`${engine}-halves`, '--variant', 'Outliers', '--from', given, '--steps', '3', '--engine', engine));
    ok(await work.run('train', '--resume', work.path(`${engine}-halves`), '--steps', '6'));
    ok(await train(`${engine}-still`, '--variant', 'Outliers', '--from', given, '--steps', '1', '--engine', engine, '--config', still));
    const [one, two, first] = ['straight', 'halves', 'still'].map((run) => tensorsOf(checkpoint(`${engine}-${run}`)));
    assert.equal([...one!.keys()].filter((name) => name.startsWith('first')).sort(), names);
    assert.not.ok(
      [...one!.keys()].some((name) => name.startsWith('optimiser/') && name.includes('.at[')),
      'no moments of places',
    );
    for (const [name, values] of one!) assert.equal(two!.get(name), values, name);
    for (const name of names)
      assert.is(apart(first!.get(name)!, one!.get(name)!) < 1e-6, name.includes('at['), `${name} moves if it is a value`);
    const { type } = openTensors(files, checkpoint(`${engine}-straight`)).tensors.get('first.weight.sparse.at[1]')!;
    assert.is(type, 'I32');
    ok(await work.run('merge', work.path(`${engine}-still`), '--out', work.path('merged.safetensors')));
    const error = Number(/relative error ([\d.e+-]+)/.exec(straight.err)![1]);
    const merged = tensorsOf(work.path('merged.safetensors')).get('first.weight')!;
    assert.ok(Math.abs(apart(merged, tensorsOf(given).get('first.weight')!) - error) < 1e-3 && error > 0.01, `told ${error}`);
  });
}

test('the engines agree', () => {
  const [exact, fast] = ['reference', 'wasm'].map((engine) => tensorsOf(checkpoint(`${engine}-straight`)));
  for (const name of names) assert.ok(apart(fast!.get(name)!, exact!.get(name)!) < 1e-4, name);
});

test('places and values of an earlier run are taken as they are', async () => {
  ok(await train('again', '--variant', 'Outliers', '--from', checkpoint('reference-straight'), '--steps', '1', '--config', still));
  const [before, after] = ['reference-straight', 'again'].map((run) => tensorsOf(checkpoint(run)));
  for (const name of names) assert.ok(apart(after!.get(name)!, before!.get(name)!) < 1e-6, name);
  ok(await work.run('eval', work.path('again')));
});

test('places outside of their axis, or that are no integers, are refused', async () => {
  const held = openTensors(files, checkpoint('again'));
  for (const wrong of [16, -1, 0.5]) {
    const tensors = names.concat('last.weight').map((name) => {
      const values = Float32Array.from(held.read(name));
      if (name.endsWith('at[2]')) values[3] = wrong;
      return { name, shape: held.tensors.get(name)!.shape, data: values };
    });
    files.replace(work.path('wrong.safetensors'), encodeTensors(tensors));
    const { code, err } = await train('wrong', '--variant', 'Outliers', '--from', work.path('wrong.safetensors'), '--steps', '1');
    assert.is(code, 1);
    assert.ok(err.includes(`first.weight.sparse.at[2] has ${wrong}, which is no position on an axis of 16`), err);
  }
});

test('`to error` is of the sum, whose entries lower it', async () => {
  const fine = await train('fine', '--variant', 'Fine', '--from', given, '--steps', '2');
  ok(fine);
  const [, bond, error] = /first\.weight: bonds (\d+), relative error ([\d.e+-]+)/.exec(fine.err)!;
  assert.ok(Number(error) <= 0.3 && Number(bond) < 16, `${bond}, ${error}`);
  ok(await work.run('train', '--resume', work.path('fine'), '--steps', '3'));
});

test('bonds beside it are squeezed, and it stays', async () => {
  ok(await train('squeezed', '--variant', 'Squeezed', '--from', given, '--steps', '5'));
  const found = openTensors(files, checkpoint('squeezed')).tensors;
  assert.equal(found.get('first.weight.mpo.T[1]')!.shape, [4, 4, 1]);
  assert.equal(found.get('first.weight.sparse.V')!.shape, [26]);
});

test('explain counts values and places', async () => {
  const { out, code, err } = await work.run('explain', program, '--variant', 'Outliers', '--from', given);
  assert.is(code, 0, err);
  // 2 cores of 4 * 4 * 3, 26 values (a tenth of 256), 2 places for each, 64 of the last layer.
  assert.match(out, /238 parameters, 186 trainable, 52 positions, which are integers;/);
  assert.match(out, /first\.weight\.sparse {2}16 x 16\n {2}sparse {2}78 parameters, 30\.5 % of dense, chosen\n/);
  assert.match(out, /at\[1\] {2}26 {2}26 {2}positions\n/);
});

test('a tensor alone is decomposed and merged so', async () => {
  const out = work.path('cut.safetensors');
  const cut = await work.run(
    'decompose',
    given,
    '--name',
    'first.weight',
    '--as',
    'mpo[4*4, 4*4](b = 8) + sparse(share = 0.1)',
    '--out',
    out,
  );
  ok(cut);
  const error = Number(/relative error ([\d.e+-]+)/.exec(cut.out)![1]);
  assert.is(openTensors(files, out).tensors.get('first.weight.sparse.at[1]')!.type, 'I32');
  ok(await work.run('merge', out, '--out', work.path('back.safetensors')));
  const found = apart(tensorsOf(work.path('back.safetensors')).get('first.weight')!, tensorsOf(given).get('first.weight')!);
  assert.ok(Math.abs(found - error) < 1e-3 && error > 0, `${found}, told ${error}`);
  const model = await work.run('decompose', program, '--variant', 'Outliers', '--from', given, '--out', work.path('all.safetensors'));
  ok(model);
  assert.is(openTensors(files, work.path('all.safetensors')).tensors.get('first.weight.sparse.at[2]')!.type, 'I32');
});

for (const target of ['wasm', 'pytorch', 'onnx']) {
  test(`it is written for ${target}`, async () => {
    ok(await work.run('build', work.path('again'), '--target', target, '--out', work.path(`built-${target}`)));
  });
}

test.run();
