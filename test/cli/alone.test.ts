/** A run folder stands alone, says what changed beside it, belongs to one process, and refuses what is not its own. */
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const library = 'edition 1\nlayer once[a -> b] {\n  inner: linear[a -> b]\n  forward(x[.., a]) -> y[.., b] { y = inner(x) }\n}\n';
const program = smallProgram
  .replace('edition 1\n', 'edition 1\nuse "./lib.bond" { once }\n')
  .replace('up: linear[width -> width]', 'up: once[width -> width]')
  .replace('decompose up as mpo[4*4, 4*4](b = bond)', 'decompose up.inner as mpo[4*4, 4*4](b = bond)')
  .replace(/variant Half[\s\S]*/, '');
const text = work.write('text.txt', smallText);
const file = work.write('program.bond', program);
work.write('lib.bond', library);
const run = work.path('run');
const ok = async (...argv: string[]) => {
  const ran = await work.run(...argv);
  assert.is(ran.code, 0, `${argv.join(' ')}: ${ran.err}`);
  return ran;
};
const loss = async (...argv: string[]) => JSON.parse((await ok('eval', ...argv, '--json')).out).loss as number;

test('with program, library and text gone: the same loss, the same text, merge, squeeze and explain', async () => {
  await ok('train', file, '--variant', 'Mpo', '--text', text, '--out', run, '--steps', '3', '--batch', '2', '--engine', 'reference');
  const before = { loss: await loss(run), text: (await ok('generate', run, '--length', '20')).out };
  for (const name of ['program.bond', 'lib.bond', 'text.txt']) rmSync(work.path(name));
  assert.is(await loss(run), before.loss);
  assert.is((await ok('generate', run, '--length', '20')).out, before.text);
  await ok('merge', run, '--out', work.path('dense.safetensors'));
  await ok('squeeze', run, '--out', work.path('squeezed'), '--to', '2');
  assert.ok((await loss(work.path('squeezed'))) > 0);
  await ok('explain', '--run', run);
  // It may be moved, too.
  cpSync(run, work.path('moved'), { recursive: true });
  assert.is(await loss(work.path('moved')), before.loss);
  const resumed = await work.run('train', '--resume', run, '--steps', '4');
  assert.match(resumed.err, /text.txt: no such file/);
});

test('what changed beside the run is told, and its own is used', async () => {
  work.write('program.bond', program.replace('relu(up(x))', 'up(x)'));
  work.write('lib.bond', library);
  const { err } = await ok('eval', run);
  assert.match(err, /note: .*program.bond changed since the run began; its own program is used/);
  work.write('program.bond', program);
  assert.not.match((await ok('eval', run)).err, /note/);
});

test('other data are not gone on with; data given to eval are all evaluated by the alphabet of the run', async () => {
  work.write('text.txt', smallText.replace('whale', 'whole'));
  const refused = await work.run('train', '--resume', run, '--steps', '4');
  assert.is(refused.code, 1);
  assert.match(refused.err, /text.txt: the data changed since the run began \(fingerprint .*\); put them back, or begin a new run --from/);
  const other = work.write('other.txt', 'the sea and the whale, '.repeat(20));
  assert.not.equal(await loss(run, '--text', other), await loss(run));
  const strange = await work.run('eval', run, '--text', work.write('strange.txt', 'xyz!'.repeat(50)));
  assert.match(strange.err, /the character "!?x?" is not in the vocabulary|is not in the vocabulary/);
  work.write('text.txt', smallText);
});

test('edited settings and missing moments are refused; a run that is done says so, and nothing is written', async () => {
  const settings = `${run}/run.json`;
  const whole = readFileSync(settings, 'utf8');
  for (const [from, to, reason] of [
    ['"batch": 2', '"batch": 4', /batch 4, it began with 2/],
    ['"beta1": 0.9', '"beta1": 0.5', /config.optimiser.beta1 0.5, it began with 0.9/],
  ] as const) {
    writeFileSync(settings, whole.replace(from, to));
    const { code, err } = await work.run('train', '--resume', run, '--steps', '5');
    assert.is(code, 1);
    assert.match(err, reason);
  }
  writeFileSync(settings, whole);
  const done = await ok('train', '--resume', run);
  assert.match(done.err, /nothing to do: the run has done 3 steps; --steps with more goes on/);
  assert.is(readFileSync(settings, 'utf8'), whole);
  const { tensors, metadata, read } = openTensors(nodeFiles(), `${run}/checkpoint.safetensors`);
  const kept = [...tensors.values()].filter(({ name }) => name !== 'optimiser/head.weight.T[1].m');
  const stored = kept.map(({ name, shape }) => ({ name, shape, data: read(name) }));
  cpSync(run, work.path('lacking'), { recursive: true });
  nodeFiles().replace(work.path('lacking/checkpoint.safetensors'), encodeTensors(stored, metadata, true));
  const lacking = await work.run('train', '--resume', work.path('lacking'), '--steps', '5');
  assert.is(lacking.code, 1);
  assert.match(lacking.err, /lacks the state head.weight.T\[1\].m of its optimiser/);
});

test('one process at a time; the lock of a process that is gone is taken over', async () => {
  const lock = `${run}/lock`;
  assert.not.ok(existsSync(lock));
  writeFileSync(lock, JSON.stringify({ process: process.ppid, machine: hostname() }));
  const { code, err } = await work.run('train', '--resume', run, '--steps', '4');
  assert.is(code, 1);
  assert.match(err, new RegExp(`process ${process.ppid} on .* works in this folder`));
  writeFileSync(lock, JSON.stringify({ process: 2 ** 22 + 5, machine: hostname() }));
  await ok('train', '--resume', run, '--steps', '4');
  assert.not.ok(existsSync(lock));
});

test('a run of 0.1 is refused with its version and what to do', async () => {
  cpSync(run, work.path('old'), { recursive: true });
  const path = work.path('old/checkpoint.safetensors');
  const { tensors, metadata, read } = openTensors(nodeFiles(), path);
  const state = { ...JSON.parse(metadata.bondsmith), format: 1, run: undefined };
  const stored = [...tensors.values()].map(({ name, shape }) => ({ name, shape, data: read(name) }));
  nodeFiles().replace(path, encodeTensors(stored, { bondsmith: JSON.stringify(state) }));
  copyFileSync(path, work.path('old/best.safetensors'));
  for (const argv of [
    ['eval', work.path('old')],
    ['train', '--resume', work.path('old')],
    ['generate', work.path('old')],
  ]) {
    const { code, err } = await work.run(...argv);
    assert.is(code, 1);
    assert.match(err, /bondsmith 0.1 wrote it/);
  }
  assert.ok((await loss(file, '--variant', 'Mpo', '--from', path, '--text', text)) > 0);
});

test.run();
