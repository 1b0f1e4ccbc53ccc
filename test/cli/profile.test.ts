/** Profiles of predicted time: measured, given, recorded in runs and checkpoints; plans that are remembered. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileStep } from '../../compiler/index.ts';
import { defaultProfiles, profileKey, readProfile } from '../../compiler/network/index.ts';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { compile } from '../../runtime/cli/api.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace('plans');
test.after(() => work.remove());
const file = work.write('small.bond', smallProgram);
const text = work.write('text.txt', smallText);
const { wasm, webgpu } = defaultProfiles;
const slow = { ...wasm, name: 'slow', coefficients: { ...wasm.coefficients, left: 50, gathered: 50 } };
const slowFile = work.write('slow.json', JSON.stringify(slow));
const train = (out: string, ...more: string[]) =>
  work.run(
    'train',
    file,
    '--variant',
    'Mpo',
    '--text',
    text,
    '--out',
    work.path(out),
    '--batch',
    '4',
    '--json',
    ...(more.includes('--steps') ? more : ['--steps', '4', ...more]),
  );
const recorded = (out: string) => openCheckpoint(nodeFiles(), `${work.path(out)}/checkpoint.safetensors`).state.profile;
const settings = (out: string) => JSON.parse(readFileSync(`${work.path(out)}/run.json`, 'utf8'));

test('calibrate measures a profile that is one, and says how far off it is', async () => {
  const path = work.path('measured.json');
  const { code, out, err } = await work.run('calibrate', path, '--products', '24', '--name', 'here', '--json');
  assert.is(code, 0, err);
  const { profile, key, products, off } = JSON.parse(out);
  assert.equal(readProfile(JSON.parse(readFileSync(path, 'utf8'))), profile);
  assert.equal([profile.name, profile.engine, key, products], ['here', 'wasm', profileKey(profile), 24]);
  assert.ok(off.median >= 1 && off.most >= off.median);
});

test('calibrate writes over no file that is not a profile, and measures nothing before it says so', async () => {
  const { code, err } = await work.run('calibrate', file, '--products', '24');
  assert.is(code, 1);
  assert.is(err, `${file} is there already and is no profile; nothing was measured; give a name of a new file\n`);
  assert.is(readFileSync(file, 'utf8'), smallProgram);
});

test('a run is planned by the shipped profile, or the one that is given; run.json and the checkpoint have it', async () => {
  const shipped = await train('shipped');
  assert.is(shipped.code, 0, shipped.err);
  assert.equal([recorded('shipped'), settings('shipped').profile], [profileKey(wasm), wasm]);
  const given = await train('given', '--machine', slowFile);
  assert.is(given.code, 0, given.err);
  assert.equal([recorded('given'), settings('given').profile], [profileKey(slow), slow]);
  const reference = await train('reference', '--engine', 'reference');
  assert.is(reference.code, 0, reference.err);
  assert.equal([recorded('reference'), settings('reference').profile], ['default', undefined]);
});

test('a resumed run keeps its profile; another is refused, the same may be named', async () => {
  const folder = work.path('given');
  const other = work.write('other.json', JSON.stringify(wasm));
  const refused = await work.run('train', '--resume', folder, '--steps', '6', '--machine', other);
  assert.is(refused.code, 1);
  assert.match(
    refused.err,
    new RegExp(`planned by profile ${profileKey(slow)}, this would be by profile ${profileKey(wasm)}: go on without --machine`),
  );
  assert.equal(settings('given').profile, slow);
  const named = await work.run('train', '--resume', folder, '--steps', '6', '--machine', slowFile);
  assert.is(named.code, 0, named.err);
  const plain = await work.run('train', '--resume', folder, '--steps', '8', '--json');
  assert.is(plain.code, 0, plain.err);
  const whole = await train('whole', '--machine', slowFile, '--steps', '8');
  assert.is(JSON.parse(plain.out).loss, JSON.parse(whole.out).loss);
  assert.is((await work.run('eval', folder)).code, 0);
});

test('what is no profile is refused with file and field: as an option and in run.json', async () => {
  for (const [content, message] of [
    ['{', /not JSON/],
    ['{}', /expected a profile: an object with name, engine and coefficients/],
    [JSON.stringify(webgpu), /the profile is of engine webgpu, the engine here is wasm/],
    [JSON.stringify({ ...wasm, coefficients: { ...wasm.coefficients, left: -1 } }), /coefficient left is -1/],
  ] as const) {
    const ran = await train('never', '--machine', work.write('wrong.json', content));
    assert.is(ran.code, 1, ran.err);
    assert.match(ran.err, message);
    assert.match(ran.err, /wrong\.json/);
  }
  const path = `${work.path('shipped')}/run.json`;
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, before.replace('"macs": ', '"macs": -'));
  const ran = await work.run('train', '--resume', work.path('shipped'), '--steps', '5');
  assert.is(ran.code, 1);
  assert.match(ran.err, /run\.json: coefficient macs is -/);
  writeFileSync(path, before);
});

test('the profile is part of the key of what is compiled, who remembers plans is not', () => {
  const model = compile({ file, variant: 'Mpo' });
  const options = { entries: [{ name: 'next_token', weight: 1 }], sizes: { batch: 2, time: 4 }, mode: 'eval' } as const;
  const keyOf = (more: object) => compileStep(model, { ...options, ...more }).batch.key;
  const keys = new Set([keyOf({}), keyOf({ profile: wasm }), keyOf({ profile: slow })]);
  assert.is(keys.size, 3);
  const asked: number[] = [];
  const answers = compileStep(model, { ...options, profile: wasm }).batch;
  const remembered = compileStep(model, {
    ...options,
    profile: wasm,
    planner: (request) => {
      asked.push(request.network.inputs.length);
      return {
        steps: request.network.inputs.slice(1).map((_, k) => [k === 0 ? 0 : request.network.inputs.length + k - 1, k + 1] as const),
        results: [],
      } as never;
    },
  }).batch;
  assert.equal(asked, [3, 3]);
  assert.is(remembered.key, answers.key);
});

test('plans are remembered on disk: the same run again reads them, finds the same losses, and survives what is not a plan', async () => {
  const plans = work.path('plans');
  const before = readdirSync(plans).sort();
  assert.ok(before.length > 0);
  const first = await train('again');
  assert.equal(readdirSync(plans).sort(), before);
  for (const name of before) writeFileSync(`${plans}/${name}`, 'not a plan');
  const second = await train('and-again');
  assert.is(JSON.parse(second.out).loss, JSON.parse(first.out).loss);
  // Those of this profile are found and written anew, those of the other one stay as they are.
  const isPlan = (name: string) => readFileSync(`${plans}/${name}`, 'utf8').startsWith('{');
  assert.ok(before.some(isPlan) && !before.every(isPlan));
});
test.run();
