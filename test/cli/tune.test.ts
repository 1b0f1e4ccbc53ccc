/** `bondsmith tune`: trees measured in the step, and the profile that has what won. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  candidateTrees,
  checkSteps,
  defaultProfiles,
  NetworkError,
  plan,
  profileKey,
  readProfile,
  secondsOf,
  treeKey,
} from '../../compiler/network/index.ts';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { operatorLayer } from '../network/cases.ts';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const file = work.write('small.bond', smallProgram.replace('mpo[4*4, 4*4]', 'mpo[2*2*4, 4*2*2]'));
const text = work.write('text.txt', smallText);
const tuned = work.path('tuned.json');
const size = ['--size', 'batch=4', '--size', 'time=16'];

test('the profile that is written has the tree that won of each layer, and a run takes it', async () => {
  const { code, out, err } = await work.run('tune', file, '--variant', 'Mpo', ...size, '--turns', '3', '--out', tuned, '--json');
  assert.is(code, 0, err);
  const { profile, layers } = JSON.parse(out);
  assert.equal(readProfile(JSON.parse(readFileSync(tuned, 'utf8'))), profile);
  assert.is.not(profileKey(profile), profileKey(defaultProfiles.wasm));
  assert.is(layers.length, 2);
  for (const { key, candidates, chosen } of layers) {
    assert.equal(profile.trees[key], candidates[chosen].steps);
    assert.ok(candidates.length >= 2 && candidates.every((one: { step_seconds: number }) => one.step_seconds > 0));
    const seconds = candidates.map((one: { step_seconds: number }) => one.step_seconds);
    assert.ok(seconds[chosen] <= seconds[0]);
  }
  const plans = async (...more: string[]) =>
    JSON.parse((await work.run('explain', file, '--variant', 'Mpo', '--machine', tuned, '--json', ...more)).out).plans;
  assert.equal(
    (await plans(...size)).map(({ method }: { method: string }) => method),
    ['measured', 'measured'],
  );
  // What was measured for one size is not taken for another.
  assert.ok((await plans('--size', 'batch=5', '--size', 'time=16')).every(({ method }: { method: string }) => method !== 'measured'));
  const folder = work.path('run');
  const ran = await work.run(
    'train',
    file,
    '--variant',
    'Mpo',
    '--text',
    text,
    '--out',
    folder,
    '--batch',
    '4',
    '--steps',
    '2',
    '--machine',
    tuned,
    '--json',
  );
  assert.is(ran.code, 0, ran.err);
  assert.is(openCheckpoint(nodeFiles(), `${folder}/checkpoint.safetensors`).state.profile, profileKey(profile));
});
test('what is said to people; nothing to tune; a file that is no profile stays', async () => {
  const { code, out } = await work.run('tune', file, '--variant', 'Mpo', ...size, '--turns', '1', '--candidates', '2', '--out', tuned);
  assert.is(code, 0);
  assert.match(out, /^up.*: (the predicted plan is the best of 2 plans|another of 2 plans won), a step takes [\d.]+ ms/);
  assert.match(out, /tuned\.json has the plans that won: give it with --machine\n$/);
  const dense = await work.run('tune', file, '--variant', 'Small', ...size, '--out', work.path('none.json'));
  assert.is(dense.code, 1);
  assert.match(dense.err, /nothing to tune: no layer of Small has a choice of plans/);
  const over = await work.run('tune', file, '--variant', 'Mpo', '--out', text);
  assert.is(over.code, 1);
  assert.is(readFileSync(text, 'utf8'), smallText);
});
test('candidates are different trees, the fastest prediction first, the rebuilt weight always among them', () => {
  const network = operatorLayer([4, 4, 4], 8, 64);
  const request = { network, objective: 'time', wanted: [true, true, true, true] } as const;
  for (const many of [2, 4, 8]) {
    const trees = candidateTrees(request, [true, false, false, false], many);
    const seconds = trees.map((steps) => secondsOf(steps, request));
    assert.is(new Set(seconds).size, trees.length);
    assert.ok(trees.length <= many && seconds[0] <= Math.min(...seconds));
    for (const steps of trees) checkSteps(steps, 4);
    // The input is joined last, with all cores.
    assert.ok(trees.some((steps) => steps.at(-1)!.includes(0)));
  }
});
test('a tree of the profile is taken as it is; wrong ones are refused', () => {
  const network = operatorLayer([4, 4], 4, 16);
  const request = { network, objective: 'time', wanted: [true, true, true] } as const;
  const other = candidateTrees(request, [true, false, false], 8).at(-1)!;
  const key = /[0-9a-f]{16}/;
  const { trees } = readProfile({ ...defaultProfiles.wasm, trees: { '0123456789abcdef': other } });
  assert.match(Object.keys(trees!)[0], key);
  const found = plan({ ...request, profile: { ...defaultProfiles.wasm, trees: { [treeKey(request)]: other } } });
  assert.equal([found.steps, found.method, found.optimal], [other, 'measured', false]);
  for (const [wrong, message] of [
    [[], /trees: expected an object/],
    [{ up: [[0, 1]] }, /"up" is no key/],
    [{ '0123456789abcdef': [[0]] }, /has no steps/],
    [{ '0123456789abcdef': [[0, 0]] }, /which an earlier step has used/],
  ] as const)
    assert.throws(
      () => readProfile({ ...defaultProfiles.wasm, trees: wrong }),
      (error: Error) => error instanceof NetworkError && message.test(error.message),
    );
});
test.run();
