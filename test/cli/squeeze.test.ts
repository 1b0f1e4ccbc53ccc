/** `squeeze` and `merge` of runs: what is kept, what is refused, and that nothing is written over. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const variants = `
variant Adapted of Mpo {
  adapt embed with low_rank(r = 2)
}
variant Held of Mpo {
  keep T[1] of up orthogonal over b[1]
}
`;
const file = work.write(
  'small.bond',
  `${smallProgram}${variants}variant Experts of Small {
  wrap up in mixture[width, expert = 2, pick = 1]
}
`,
);
const text = work.write('text.txt', smallText);
const train = async (variant: string) => {
  const ran = await work.run(
    'train',
    file,
    '--variant',
    variant,
    '--text',
    text,
    '--out',
    work.path(variant),
    '--steps',
    '4',
    '--batch',
    '2',
  );
  assert.is(ran.code, 0, ran.err);
};
const evaluated = async (...argv: string[]) => {
  const ran = await work.run('eval', ...argv, '--json');
  assert.is(ran.code, 0, ran.err);
  return JSON.parse(ran.out) as { loss: number };
};
const stateOf = (run: string) => openCheckpoint(nodeFiles(), work.path(`${run}/checkpoint.safetensors`));

test('a merged run is the original model: its names, shapes and outputs', async () => {
  await train('Adapted');
  const out = work.path('dense.safetensors');
  const merged = await work.run('merge', work.path('Adapted'), '--out', out, '--last', '--json');
  assert.is(merged.code, 0, merged.err);
  const tensors = openTensors(nodeFiles(), out);
  assert.equal(Object.fromEntries([...tensors.tensors].map(([name, { shape }]) => [name, shape])), {
    embed: [12, 16],
    'up.weight': [16, 16],
    'up.offset': [16],
    'head.weight': [12, 16],
  });
  assert.is(JSON.parse(merged.out).tensors, 4);
  for (const name of ['checkpoint.safetensors', 'best.safetensors', 'run.json', 'metrics.jsonl']) {
    const { code, err } = await work.run('merge', work.path('Adapted'), '--out', work.path(`Adapted/${name}`));
    assert.is(code, 2);
    assert.match(err, /merge reads this file; name another/);
  }
  const own = await evaluated(work.path('Adapted'), '--last');
  const dense = await evaluated(file, '--variant', 'Small', '--from', out, '--text', text, '--batch', '2');
  assert.ok(Math.abs(own.loss - dense.loss) < 1e-5, `${own.loss} ${dense.loss}`);
});

test('what other layers hold cannot be merged, and says why', async () => {
  await train('Experts');
  const out = work.path('experts.safetensors');
  const { code, err } = await work.run('merge', work.path('Experts'), '--out', out);
  assert.is(code, 1);
  assert.match(
    err,
    /Experts has no weight up\.weight, up\.offset and has up\.each\[1\]\.weight, .* and 2 more instead: .* cannot be merged into Small; nothing was written/,
  );
  assert.is(nodeFiles().size(out), undefined);
});

test('squeeze by hand makes a run of its own that trains on, with decision, moments and curve', async () => {
  await train('Mpo');
  const before = readFileSync(work.path('Mpo/checkpoint.safetensors'));
  const ran = await work.run('squeeze', work.path('Mpo'), '--bonds', 'b of up', '--times', '2', '--out', work.path('less'), '--json');
  assert.is(ran.code, 0, ran.err);
  const { bonds, parameters, error, step } = JSON.parse(ran.out);
  assert.equal(bonds, [{ weight: 'up.weight', bond: 'b[1]', from: 4, to: 2 }]);
  assert.is(parameters.before - parameters.after, 2 * 32);
  assert.ok(error > 0 && error < 1);
  assert.is(step, 4);
  assert.equal(readFileSync(work.path('Mpo/checkpoint.safetensors')), before);
  const { state, optimiser } = stateOf('less');
  assert.is(state.events!.taken.length, 1);
  assert.is(state.events!.taken[0].event, undefined);
  assert.ok(optimiser('up.weight.T[1].m')!.some((value) => value !== 0));
  const more = await work.run('train', '--resume', work.path('less'), '--steps', '6', '--json');
  assert.is(more.code, 0, more.err);
  assert.is(JSON.parse(more.out).parameters.total, parameters.after);
  assert.is(readFileSync(work.path('less/metrics.jsonl'), 'utf8').trim().split('\n').length, 6);
  await evaluated(work.path('less'));
});

test('direct truncation: to a size, to an error; the weights move by no more than they say', async () => {
  const to = await work.run('squeeze', work.path('Mpo'), '--to', '3', '--out', work.path('three'), '--json');
  assert.equal(
    JSON.parse(to.out).bonds.map((bond: { to: number }) => bond.to),
    [3, 3],
  );
  const within = await work.run('squeeze', work.path('Mpo'), '--error', '0.5', '--out', work.path('half'));
  assert.is(within.code, 0, within.err);
  assert.match(within.out, /b\[1\] of \w+\.weight {2}4 -> \d\n.*parameters, relative error at most [0-4]\.\d+e-1\nsaved in/s);
});

test('bonds of a core that stays orthogonal are left as they are, which is said; asked for by name they are refused', async () => {
  await train('Held');
  const ran = await work.run('squeeze', work.path('Held'), '--to', '2', '--out', work.path('held'), '--json');
  assert.is(ran.code, 0, ran.err);
  assert.match(ran.err, /left as they are: the bonds of up\.weight\.T\[1\] \(stays orthogonal\)/);
  assert.ok(JSON.parse(ran.out).bonds.every(({ weight }: { weight: string }) => weight !== 'up.weight'));
  await evaluated(work.path('held'));
  const named = await work.run('squeeze', work.path('Held'), '--bonds', 'b of up', '--out', work.path('x'));
  assert.is(named.code, 1);
  assert.match(named.err, /a bond of up\.weight\.T\[1\] is squeezed, which moves its cores to a gauge where none is orthogonal/);
});

for (const [name, argv, code, message] of [
  ['without --out', ['--by', '1'], 2, /--out FOLDER is missing/],
  ['two ways', ['--to', '2', '--error', '0.1', '--out', 'x'], 2, /one way of the three/],
  ['an unknown criterion', ['--choosing', 'best', '--out', 'x'], 2, /--choosing best: there are error, largest, given/],
  ['an unknown bond', ['--bonds', 'c of up', '--out', 'x'], 1, /--bonds "c of up" is no selection of Mpo: no bond `c` below `up`/],
  ['nothing larger', ['--to', '4', '--out', 'x'], 1, /no bond is larger than 4; nothing was written/],
  ['no error allowed', ['--error', '0', '--out', 'x'], 1, /no bond can become smaller within a relative error of 0/],
  ['over a run', ['--out', 'Mpo'], 1, /Mpo: it holds a run already; give another folder/],
] as const) {
  test(`squeeze is refused: ${name}`, async () => {
    const own = argv.map((arg, k) => (argv[k - 1] === '--out' ? work.path(arg) : arg));
    const ran = await work.run('squeeze', work.path('Mpo'), ...own);
    assert.is(ran.code, code, ran.err);
    assert.match(ran.err, message);
    assert.is(nodeFiles().size(work.path('x/run.json')), undefined);
  });
}

test('squeezing a bond to nothing is refused: there is nothing left', async () => {
  const first = await work.run('squeeze', work.path('Mpo'), '--to', '1', '--out', work.path('one'));
  assert.is(first.code, 0, first.err);
  const again = await work.run('squeeze', work.path('one'), '--out', work.path('zero'));
  assert.is(again.code, 1);
  assert.match(again.err, /every bond has size 1: there is nothing to squeeze, and nothing was written/);
});

test.run();
