/** decompose and merge on files, and given weights in commands. */
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { gaussian } from '../weights/networks.ts';
import { smallText, workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());
const store = (name: string, tensors: Record<string, number[]>) => {
  const list = Object.entries(tensors).map(([tensor, shape], k) => ({
    name: tensor,
    shape,
    data: Float32Array.from(gaussian(shape, k + 1).data),
  }));
  files.replace(work.path(name), encodeTensors(list));
  return work.path(name);
};
const matrices = store('w.safetensors', { w: [64, 48], other: [4, 4] });

test('decompose and merge give the matrix back; the report has bonds, error, bound and entropies', async () => {
  const cores = work.path('cores.safetensors');
  const full = await work.run('decompose', matrices, '--name', 'w', '--as', 'mpo[4^3, 4*4*3]', '--out', cores, '--json');
  assert.is(full.code, 0, full.err);
  const report = JSON.parse(full.out);
  assert.ok(report.error < 2e-7 && report.bound === 0);
  assert.equal(
    report.bonds.map((bond: { size: number }) => bond.size),
    [16, 12],
  );
  for (const { entropy, scaledEntropy } of report.bonds) assert.ok(entropy > 0 && scaledEntropy > 0 && scaledEntropy <= 1);
  const merged = work.path('merged.safetensors');
  assert.is((await work.run('merge', cores, '--out', merged)).code, 0);
  const [before, after] = [openTensors(files, matrices), openTensors(files, merged)].map((file) => file.read('w'));
  assert.ok(distance(before, after) < 2e-6 * norm(before));
});

test('what is told is of the cores in the file, of whatever type', async () => {
  const errors: number[] = [];
  for (const dtype of ['f64', 'f32', 'f16', 'bf16']) {
    const [cores, merged] = [work.path(`${dtype}.safetensors`), work.path(`${dtype}-merged.safetensors`)];
    const argv = ['--name', 'w', '--as', 'mpo[4^3, 4*4*3]', '--dtype', dtype, '--out', cores, '--json'];
    const { error } = JSON.parse((await work.run('decompose', matrices, ...argv)).out);
    assert.is((await work.run('merge', cores, '--dtype', 'f64', '--out', merged)).code, 0);
    assert.is(openTensors(files, cores).tensors.get('w.T[1]')!.type, dtype.toUpperCase());
    const [before, after] = [openTensors(files, matrices), openTensors(files, merged)].map((file) => file.read('w'));
    assert.ok(Math.abs(distance(before, after) / norm(before) - error) <= 1e-14 + 1e-9 * error, `${dtype}: ${error}`);
    errors.push(error);
  }
  assert.ok(errors[0] < 1e-13 && errors[1] > 1e-9 && errors[2] > 1e-5 && errors[3] > errors[2], errors.join());
  const promise = await work.run(
    'decompose',
    matrices,
    '--name',
    'w',
    '--as',
    'mpo[4^3, 4*4*3]',
    '--error',
    '1e-9',
    '--out',
    work.path('p'),
  );
  assert.match(promise.out, /warning: `to error 1e-9` is missed with .*what rounding to the type of the cores costs; write a wider one/);
  const { code, err } = await work.run(
    'decompose',
    matrices,
    '--name',
    'w',
    '--as',
    'mpo[4^3, 4*4*3]',
    '--dtype',
    'f8',
    '--out',
    work.path('p'),
  );
  assert.is(code, 2);
  assert.match(err, /--dtype f8: there are f64, f32, f16, bf16/);
});

test('odd tensors: empty, one entry, zeros, not a number', async () => {
  const out = work.path('odd-cores.safetensors');
  const odd = work.path('odd.safetensors');
  const tensors = { empty: [0, 4], one: [1, 1], zeros: [4, 4], broken: [4, 4] };
  const list = Object.entries(tensors).map(([name, shape]) => ({ name, shape, data: new Float32Array(shape[0] * shape[1]) }));
  list[1].data[0] = 3;
  list[3].data[6] = Number.NaN;
  files.replace(odd, encodeTensors(list));
  const decomposed = (name: string, as: string) => work.run('decompose', odd, '--name', name, '--as', as, '--out', out);
  const empty = await decomposed('empty', 'mpo[4, 4]');
  assert.is(empty.code, 1);
  assert.match(empty.err, /empty has no entries \(\[0, 4\]\)/);
  assert.match((await decomposed('one', 'mpo[1, 1]')).out, /relative error 0/);
  assert.match((await decomposed('zeros', 'mpo[2*2, 2*2]')).out, /warning: the weight is zero/);
  const broken = await decomposed('broken', 'mpo[2*2, 2*2]');
  assert.is(broken.code, 1);
  assert.match(broken.err, /1 of 16 values are not finite, the first is NaN at \[1, 2\]/);
});

test('caps and policies: the error is as asked for, and below the bound', async () => {
  const out = work.path('cut.safetensors');
  const cut = JSON.parse(
    (await work.run('decompose', matrices, '--name', 'w', '--as', 'mpo[4^3, 4*4*3](b = 9)', '--out', out, '--json')).out,
  );
  assert.ok(cut.error <= cut.bound && cut.error > 0.1);
  const policy = JSON.parse(
    (await work.run('decompose', matrices, '--name', 'w', '--as', 'mpo[4^3, 4*4*3]', '--error', '0.3', '--out', out, '--json')).out,
  );
  assert.ok(policy.error <= 0.3 && policy.parameters < 16 * 16 + 16 * 16 * 12 + 12 * 12);
  assert.is((await work.run('merge', out, '--out', work.path('m.safetensors'))).code, 0);
  const ring = await work.run('decompose', matrices, '--name', 'w', '--as', 'ring[4^3, 4*4*3](b = 2)', '--out', out);
  assert.match(ring.out, /damped Gauss-Newton, \d+ steps\n {2}the best of \d+ starts/);
});

test('refusals: which tensor, which topology, which file', async () => {
  const out = work.path('never.safetensors');
  for (const [argv, reason] of [
    [[matrices, '--as', 'mpo[4^3, 4*4*3]'], /choose a tensor with --name; it has w, other/],
    [[matrices, '--name', 'x', '--as', 'mpo[4^3, 4*4*3]'], /no tensor x; it has w, other/],
    [[matrices, '--name', 'w', '--as', 'mpo[4^3, 4*4*4]'], /--as mpo\[4\^3, 4\*4\*4\]: B4\d\d: /],
    [[matrices, '--name', 'w', '--as', 'mop[4^3, 4*4*3]'], /did you mean `mpo`/],
    [[matrices, '--name', 'w', '--as', 'mpo[4^3'], /--as .*B0\d\d: /s],
    [[matrices, '--name', 'w', '--as', 'mpo[4^3, 4*4*3]', '--share', '0.001'], /w: share 0.001 of 3072 entries/],
    [[work.write('text', 'not tensors at all'), '--as', 'mpo[4, 4]'], /text: the header says/],
  ] as const) {
    const { code, err } = await work.run('decompose', ...argv, '--out', out);
    assert.is(code, 1, err);
    assert.match(err, reason);
    assert.is(files.size(out), undefined);
  }
  const { code, err } = await work.run('merge', matrices, '--out', out);
  assert.is(code, 1);
  assert.match(err, /merge reads what decompose wrote/);
});

test('several tensors by one pattern: equal on any number of threads, and merge gives all or some of them back', async () => {
  const several = store('several.safetensors', { 'a.up': [12, 8], 'a.down': [8, 12], 'b.up': [12, 8], 'b.bias': [12], 'c.up': [12, 8] });
  const [one, two, merged] = ['one', 'two', 'merged'].map((name) => work.path(`several-${name}.safetensors`));
  const decomposed = (name: string, out: string, ...more: string[]) =>
    work.run('decompose', several, '--name', name, '--as', 'mpo(n = 2)', '--out', out, ...more);
  assert.match((await decomposed('?.up', one)).err, /no tensor \?\.up; it has a\.up, a\.down, b\.up, b\.bias, c\.up/);
  assert.is((await decomposed('b.*', one)).code, 1);
  assert.not.ok(existsSync(one));
  for (const [out, threads] of [
    [one, '1'],
    [two, '3'],
  ]) {
    const { code, out: said, err } = await decomposed('*.up', out, '--threads', threads);
    assert.is(code, 0, err);
    assert.match(said, /^a\.up: \d+ parameters .*\nb\.up: .*\nc\.up: .*\n3 tensors as mpo\(n = 2\): .* for 288 entries/);
    assert.match(err, /\] {2}1\/3.*\n.*2\/3.*\n.*3\/3 {2}0:00 left/);
  }
  assert.equal(readFileSync(one), readFileSync(two));
  const lines = (await decomposed('*.up', one, '--json')).out.trim().split('\n');
  assert.equal(
    lines.map((line) => JSON.parse(line).name),
    ['a.up', 'b.up', 'c.up'],
  );
  assert.match(
    (await work.run('merge', one, '--out', merged)).out,
    /^a\.up: 12 x 8 from 2 cores\nb\.up: 12 x 8 from 2 cores\nc\.up: 12 x 8 from 2 cores, written/,
  );
  const [before, after] = [several, merged].map((path) => openTensors(files, path));
  assert.equal([...after.tensors.keys()], ['a.up', 'b.up', 'c.up']);
  for (const name of after.tensors.keys()) assert.ok(distance(before.read(name), after.read(name)) < 2e-6 * norm(before.read(name)));
  assert.is(JSON.parse((await work.run('merge', one, '--name', 'b*', '--out', merged, '--json')).out).tensors, 1);
  assert.equal([...openTensors(files, merged).tensors.keys()], ['b.up']);
});

test('moments of an optimiser are no tensors to decompose', async () => {
  const cells = (value: number) => ({ shape: [4, 4], data: new Float64Array(16).fill(value) });
  const run = work.path('run.safetensors');
  files.replace(
    run,
    encodeTensors([
      { name: 'w', ...cells(1) },
      { name: 'optimiser/w.m', ...cells(2) },
    ]),
  );
  const { code, err, out } = await work.run('decompose', run, '--as', 'mpo[2*2, 2*2](b = 1)', '--out', work.path('w-cores.safetensors'));
  assert.is(code, 0, err);
  assert.match(out, /^w as mpo/);
});

test('what is read is not written over', async () => {
  const before = readFileSync(matrices);
  for (const argv of [
    ['decompose', matrices, '--name', 'w', '--as', 'mpo[4^3, 4*4*3](b = 2)', '--out', `${work.folder}/./w.safetensors`],
    ['merge', matrices, '--out', matrices],
  ]) {
    const { code, err } = await work.run(...argv);
    assert.is(code, 2, err);
    assert.match(err, /reads this file; name another/);
  }
  assert.equal(readFileSync(matrices), before);
});

const program = `edition 1
model Line(vocab = 30, width = 64, inner = 48, context = 8) {
  axis batch, time <= context
  input ids[batch, time] in vocab, next[batch, time] in vocab
  embed: [vocab, width] ~ normal(0.3)
  w: [inner, width] ~ normal(0.1)
  head: [vocab, inner] ~ normal(0.1)
  forward(ids[batch, time] in vocab) -> logits[batch, time, vocab] {
    h[batch, time, inner] = w * embed[ids]
    logits[batch, time, vocab] = head * h
  }
  loss next_token = mean(cross_entropy[vocab](forward(ids), next))
}
variant Truncated of Line { decompose w as mpo[4*4*3, 4^3] to error 0.4 }
variant Exact of Line { decompose w as mpo[4*4*3, 4^3] }
`;

test('a variant that truncates needs given weights; with them the bonds are decided and kept', async () => {
  const file = work.write('line.bond', program);
  const text = work.write('text.txt', smallText);
  const given = store('given.safetensors', { w: [48, 64] });
  const common = ['--text', text, '--steps', '4', '--batch', '2', '--engine', 'reference'];
  const without = await work.run('train', file, '--variant', 'Truncated', ...common, '--out', work.path('no'));
  assert.is(without.code, 1);
  assert.match(without.err, /source|given|--from/);
  const run = await work.run('train', file, '--variant', 'Truncated', '--from', given, ...common, '--out', work.path('yes'));
  assert.is(run.code, 0, run.err);
  const [, bonds, error] = /w: bonds (\d+, \d+), relative error (\S+)/.exec(run.err)!;
  assert.ok(Number(error) <= 0.4 && Number(error) > 0.05);
  assert.ok(bonds.split(', ').every((bond, k) => Number(bond) < [12, 16][k] || Number(bond) <= 16));
  const resumed = await work.run('train', '--resume', work.path('yes'), '--steps', '6');
  assert.is(resumed.code, 0, resumed.err);
  assert.is((await work.run('eval', work.path('yes'))).code, 0);
  const exact = await work.run('eval', file, '--variant', 'Exact', '--from', given, '--text', text, '--engine', 'reference', '--json');
  const dense = await work.run('eval', file, '--variant', 'Line', '--from', given, '--text', text, '--engine', 'reference', '--json');
  assert.ok(Math.abs(JSON.parse(exact.out).loss - JSON.parse(dense.out).loss) < 1e-9);
});

test.run();
