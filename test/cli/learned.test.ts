/** Learned masks through every door: explain counts the scores apart, a run goes on from them, what is written for use has zeros. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { load } from '../../runtime/index.ts';
import { smallProgram, workplace } from './command.ts';

const work = workplace();
const files = nodeFiles();
test.after(() => work.remove());

const text = `${smallProgram}
variant Masked of Small {
  decompose up as mpo[4*4, 4*4](b = 4)
  learn mask of T[2] of up.weight keep 0.25
  learn mask of head.weight keep 0.1
}
variant Plain of Small { decompose up as mpo[4*4, 4*4](b = 4) }
`;
const program = work.write('masked.bond', text);
const data = work.write('sea.txt', 'the sea and the whale, and the sea. '.repeat(40));
const begin = (folder: string, ...more: string[]) =>
  work.run('train', program, '--text', data, '--batch', '4', '--out', work.path(folder), ...more);
const at = (path: string) => openTensors(files, work.path(path));
const checkpoint = (folder: string) => at(`${folder}/checkpoint.safetensors`);
const zeros = (values: ArrayLike<number>) => Array.from(values).filter((value) => value === 0).length;
const run = async (...given: string[]) => {
  const result = await work.run(...given);
  assert.is(result.code, 0, result.err);
  return result;
};

test('explain tells what a mask keeps, and counts the scores apart', async () => {
  const { parameters, weights } = JSON.parse((await run('explain', program, '--variant', 'Masked', '--json')).out);
  const plain = JSON.parse((await run('explain', program, '--variant', 'Plain', '--json')).out);
  assert.is(parameters.scores, 64 + 65 * 16);
  assert.equal([parameters.total, parameters.trainable], [plain.parameters.total, plain.parameters.trainable]);
  const [core] = weights.find(({ path }: { path: string }) => path === 'head.weight').cores;
  assert.equal(core.learned, { share: 0.1, kept: 104, scores: 1040 });
  const { out } = await run('explain', program, '--variant', 'Masked');
  assert.match(out, /, and 1,104 scores of learned masks, stored and trained until the masks are fixed;/);
  assert.match(out, /T\[2\].*a learned mask keeps 16 \(25\.0 %\) by 64 scores/);
});

test('a run stores scores and goes on bit for bit; merge writes zeros, and what is built has no scores', async () => {
  assert.is((await begin('whole', '--variant', 'Masked', '--steps', '6')).code, 0);
  assert.is((await begin('half', '--variant', 'Masked', '--steps', '3')).code, 0);
  await run('train', '--resume', work.path('half'), '--steps', '6');
  const [a, b] = [checkpoint('whole'), checkpoint('half')];
  assert.ok(a.tensors.has('up.weight.T[2].scores') && a.tensors.has('head.weight.scores'));
  for (const name of a.tensors.keys()) assert.equal(b.read(name), a.read(name), name);

  await run('merge', work.path('whole'), '--out', work.path('merged.safetensors'));
  // The vocabulary is that of the text.
  const head = at('merged.safetensors').read('head.weight');
  assert.is(zeros(head), head.length - Math.round(0.1 * head.length));
  assert.not.ok([...at('merged.safetensors').tensors.keys()].some((name) => name.includes('scores')));
  const merged = ['--variant', 'Small', '--from', work.path('merged.safetensors'), '--text', data, '--batch', '4'];
  const [own, dense] = [await run('eval', work.path('whole'), '--json'), await run('eval', program, ...merged, '--json')].map(({ out }) =>
    JSON.parse(out),
  );
  assert.ok(Math.abs(own.loss - dense.loss) < 1e-5, `${own.loss} and ${dense.loss}`);

  await run('build', work.path('whole'), '--target', 'onnx', '--entry', 'forward', '--out', work.path('onnx'));
  await run('build', work.path('whole'), '--target', 'wasm', '--entry', 'forward', '--out', work.path('package'));
  const packed = at('package/weights.safetensors');
  assert.is(zeros(packed.read('head.weight')), zeros(head));
  assert.not(packed.tensors.has('head.weight.scores'));

  const { err } = await run('build', work.path('whole'), '--target', 'pytorch', '--out', work.path('torch'));
  assert.match(
    err,
    /the learned mask of head\.weight, whose zeros are trained as other entries, is not in train\.py; the model itself is whole/,
  );
  assert.is(zeros(at('torch/weights.safetensors').read('head.weight')), zeros(head));
});

// A rate so small moves nothing in f32.
test('scores are stepped with their core: a group of settings that has the one has the other', async () => {
  const config = work.write('run.json', JSON.stringify({ groups: { 'T[2] of up.weight': { rate: 1e-30, decay: 0 } } }));
  assert.is((await begin('still', '--variant', 'Masked', '--steps', '3', '--config', config)).code, 0);
  assert.is((await begin('first', '--variant', 'Masked', '--steps', '1', '--config', config)).code, 0);
  const [still, first] = [checkpoint('still'), checkpoint('first')];
  for (const name of ['up.weight.T[2]', 'up.weight.T[2].scores']) assert.equal(still.read(name), first.read(name), name);
  assert.not.equal(still.read('head.weight.scores'), first.read('head.weight.scores'));
});

test('what starts from a run has its scores; from weights without scores they are the sizes of those', async () => {
  const from = ['--steps', '1', '--rate', '1e-30', '--seed', '9', '--from'];
  assert.is((await begin('again', '--variant', 'Masked', ...from, work.path('whole/checkpoint.safetensors'))).code, 0);
  assert.equal(checkpoint('again').read('head.weight.scores'), checkpoint('whole').read('head.weight.scores'));
  assert.is((await begin('plain', '--variant', 'Plain', '--steps', '2')).code, 0);
  const next = await begin('next', '--variant', 'Masked', ...from, work.path('plain/checkpoint.safetensors'));
  assert.is(next.code, 0, next.err);
  const file = checkpoint('next');
  assert.equal(file.read('head.weight.scores'), file.read('head.weight').map(Math.abs));
  assert.equal(file.read('up.weight.T[2]'), checkpoint('plain').read('up.weight.T[2]'));
  assert.equal(file.read('up.weight.T[2].scores'), file.read('up.weight.T[2]').map(Math.abs));
});

test('squeezing a run leaves the networks with a learned mask as they are, and says so', async () => {
  const { code, err } = await work.run('squeeze', work.path('whole'), '--to', '2', '--out', work.path('smaller'));
  assert.match(
    err,
    /left as they are: the bonds of up\.weight\.T\[2\] \(learns a mask\), head\.weight \(learns a mask\)|no bond/,
    `${code}`,
  );
});

test('the API loads, saves and reads it again, and gradients are given of core and scores', async () => {
  const loaded = await load(work.path('whole'), { engine: 'reference' });
  loaded.save(work.path('saved.safetensors'));
  const again = await load(work.path('saved.safetensors'), { engine: 'reference' });
  assert.equal(again.weights.get('head.weight.scores')!.data, loaded.weights.get('head.weight.scores')!.data);
  assert.equal(loaded.select('T[2] of up.weight'), ['up.weight.T[2]', 'up.weight.T[2].scores']);
});

test.run();
