/** decompose and merge on files, and given weights in commands. */
import { readFileSync } from 'node:fs';
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
  assert.ok(report.error < 1e-12 && report.bound === 0);
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
  const ring = await work.run('decompose', matrices, '--name', 'w', '--as', 'ring[4^3, 4*4*3](b = 4)', '--out', out);
  assert.match(ring.out, /alternating least squares, \d+ sweeps/);
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
