/** Choosing from the command line: a run that chooses, what `explain` says before and after, evaluating and going on. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const program = `${smallProgram
  .replace('  up: linear[width -> width]', '  up[l in 1..3]: linear[width -> width]')
  .replace('x = x + relu(up(x))', 'for u in up { x = x + relu(u(x)) }')
  .replace(/variant[\s\S]*/, '')}
variant Chosen of Small {
  decompose up[l] as mpo[ends, ends](n = 3) choosing 1 over l by taylor every 4 steps until 2
}
`;
const file = work.write('chosen.bond', program);
const text = work.write('text.txt', smallText);
const run = work.path('run');

test('explain shows the candidates', async () => {
  const { code, out, err } = await work.run('explain', file, '--variant', 'Chosen');
  assert.is(code, 0, err);
  assert.match(
    out,
    /chooses 1 of each group by taylor every 4 steps until 2\n {2}up\[l\]\.weight {2}3 candidates, each mpo\[4\*1\*4, 4\*1\*4\] of 768 parameters\n/,
  );
});

test('train chooses and says what; explain of the run shows it', async () => {
  const { code, err } = await work.run('train', file, '--variant', 'Chosen', '--text', text, '--out', run, '--steps', '6', '--batch', '2');
  assert.is(code, 0, err);
  const said = /step 4: chosen by taylor: (up\[\d\]\.weight) \(([\d.e+-]+)\)/.exec(err);
  assert.ok(said, err);
  const { out } = await work.run('explain', '--run', run);
  assert.ok(out.includes(`before step 5: chose ${said[1]} (${said[2]}) of 3 candidates`), out);
  assert.match(out, /chooses 1 of each group by taylor every 4 steps until 1\n {2}up\[l\]\.weight {2}2 candidates/);
  const json = JSON.parse((await work.run('explain', '--run', run, '--json')).out);
  assert.equal(json.taken[0].decision.weights, [said[1]]);
  assert.is(json.weights.find(({ path }: { path: string }) => path === said[1]).topology, 'mpo');
  assert.is(json.events[0].candidates['up[l].weight'].length, 2);
});

test('eval reads the model that the run has now; the run goes on and chooses again', async () => {
  const before = await work.run('eval', run);
  assert.is(before.code, 0, before.err);
  const more = await work.run('train', '--resume', run, '--steps', '10');
  assert.is(more.code, 0, more.err);
  assert.match(more.err, /step 8: chosen by taylor: up\[\d\]\.weight/);
  const { out } = await work.run('explain', '--run', run);
  assert.is(out.match(/before step \d: chose/g)?.length, 2);
  assert.not.match(out, /chooses/);
  assert.is((await work.run('eval', run)).code, 0);
});

test('merge gives the tensors of the original model, which computes the same', async () => {
  const dense = work.path('dense.safetensors');
  const merged = await work.run('merge', run, '--last', '--out', dense);
  assert.is(merged.code, 0, merged.err);
  const { tensors } = openTensors(nodeFiles(), dense);
  const chosen = JSON.parse((await work.run('explain', '--run', run, '--json')).out).weights.filter(
    ({ topology }: { topology: string }) => topology === 'mpo',
  );
  assert.is(chosen.length, 2);
  for (const { path } of chosen) assert.equal(tensors.get(path)?.shape, [16, 16], path);
  const loss = async (...argv: string[]) => {
    const { code, out, err } = await work.run('eval', ...argv, '--json');
    assert.is(code, 0, err);
    return JSON.parse(out).loss;
  };
  const [own, original] = [
    await loss(run, '--last'),
    await loss(file, '--variant', 'Small', '--from', dense, '--text', text, '--batch', '2'),
  ];
  assert.ok(Math.abs(own - original) < 1e-5 * own, `${own} ${original}`);
});

test('explain wants a file or a run', async () => {
  for (const argv of [['explain'], ['explain', file, '--run', run]]) {
    const { code, err } = await work.run(...argv);
    assert.is(code, 2);
    assert.match(err, /explain wants a file, or --run and a run folder/);
  }
});

test.run();
