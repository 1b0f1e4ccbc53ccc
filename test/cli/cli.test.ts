/** Commands as a user runs them: what they print, what they refuse, their exit codes. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VERSION } from '../../runtime/checkpoint/version.ts';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace();
const file = work.write('small.bond', smallProgram);
const text = work.write('text.txt', smallText);
test.after(() => work.remove());

test('the version is that of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.is(VERSION, manifest.version);
});

test('help: an overview, and every option of a command with its meaning', async () => {
  const overview = await work.run('--help');
  assert.is(overview.code, 0);
  for (const name of ['check', 'explain', 'train', 'eval', 'generate', 'decompose', 'merge']) {
    assert.match(overview.out, new RegExp(`bondsmith ${name} `));
    const help = await work.run(name, '--help');
    assert.is(help.code, 0);
    assert.match(help.out, /Examples:\n {2}bondsmith/);
  }
  assert.is((await work.run()).code, 2);
});

test('wrong usage: exit code 2 and what there is', async () => {
  for (const [argv, reason] of [
    [['frobnicate'], /no command frobnicate; there are check, explain/],
    [['check'], /usage: bondsmith check <file>/],
    [['check', file, 'more'], /usage/],
    [['check', file, '--jason'], /there is no option --jason; did you mean `--json`\?/],
    [['train', file, '--text', text], /--out FOLDER is missing/],
    [['train', file, '--out', 'x', '--steps', '1.5'], /--steps 1.5: expected a whole number from 1 on/],
    [['train', file, '--out', 'x', '--text', text, '--data', text], /one of them/],
    [['train', file, '--out', 'x', '--engine', 'steam'], /--engine steam: there are/],
    [['train', file, '--resume', 'x'], /a file, or --resume/],
    [['explain', file, '--set', 'depth'], /expected NAME=NUMBER/],
    [['decompose', 'w'], /wants --as TOPOLOGY/],
  ] as const) {
    const { code, err } = await work.run(...argv);
    assert.is(code, 2, `${argv.join(' ')}: ${err}`);
    assert.match(err, reason);
  }
});

test('check: 0 and what there is, or 1 and frames; JSON has places with lines and columns', async () => {
  const good = await work.run('check', file);
  assert.equal([good.code, good.err], [0, '']);
  assert.match(good.out, /no errors; 1 model \(Small\), 2 variants \(Mpo, Half\)/);
  const broken = work.write('broken.bond', smallProgram.replace('relu(up(x))', 'rellu(up(x))'));
  const bad = await work.run('check', broken);
  assert.is(bad.code, 1);
  assert.match(bad.err, /broken.bond:10:13/);
  const { code, out } = await work.run('check', broken, '--json');
  assert.is(code, 1);
  const [first] = JSON.parse(out).diagnostics;
  assert.is(first.primary.file, broken);
  assert.equal(first.primary.start, { line: 10, column: 13 });
  assert.equal(
    Object.keys(first).filter((key) => key !== 'hint'),
    ['code', 'severity', 'message', 'primary', 'secondary'],
  );
  assert.match((await work.run('check', work.path('none.bond'))).err, /none.bond: no such file/);
  work.write('latin.bond', new Uint8Array([0x66, 0xff]));
  const uses = ['.', './latin.bond', './none.bond'].map((path) => `use "${path}" { A }\n`).join('');
  const used = (await work.run('check', work.write('uses.bond', `edition 1\n${uses}`))).err;
  for (const label of ['it is a folder, a file is expected', 'not UTF-8: byte 1 of the file is 0xff', 'not found'])
    assert.ok(used.includes(label), used);
  assert.match((await work.run('check', work.write('big.bond', ' '.repeat(2 ** 20 + 1)))).err, /at most 1 MiB/);
});

test('explain: totals and cores, as text and as JSON', async () => {
  const record = JSON.parse((await work.run('explain', file, '--variant', 'Half', '--json')).out);
  const { parameters, weights } = record;
  // embed 65 x 16, up 4*4 x 4*4 with a bond of 16: two cores of 256, offset 16, head 65 x 16
  assert.equal(parameters, {
    total: 1040 + 512 + 16 + 1040,
    trainable: 1040 + 256 + 16 + 1040,
    held: 0,
    seeded: 0,
    dense: 1040 + 256 + 16 + 1040,
    scores: 0,
    positions: 0,
  });
  const up = weights.find((weight: { path: string }) => weight.path === 'up.weight');
  assert.equal([up.topology, up.shape, up.bonds, up.parameters], ['mpo', [16, 16], [16], 512]);
  assert.equal([up.exact, up.fit], [true, 'sweep']);
  assert.equal(up.cores[0], {
    name: 'T[1]',
    shape: [4, 4, 16],
    role: 'central',
    parameters: 256,
    trainable: 0,
    shared: 1,
    seeded: false,
    positions: false,
  });
  const people = await work.run('explain', file, '--variant', 'Half');
  assert.match(people.out, /Half: 2,608 parameters, 2,352 trainable; dense it would have 2,352/);
  assert.match(people.out, /mpo\[4\*4, 4\*4\]\(16\) {2}512 parameters.*, exact\n {4}T\[1\] {2}4 x 4 x 16 {2}256 {2}central, frozen/);
  const model = JSON.parse((await work.run('explain', file, '--variant', 'Small', '--set', 'width=8', '--json')).out);
  assert.is(model.parameters.total, 65 * 8 * 2 + 8 * 8 + 8);
  assert.match((await work.run('explain', file)).err, /has Mpo, Half, Small; choose one with --variant NAME/);
  assert.match((await work.run('explain', file, '--variant', 'Mpoo')).err, /no model or variant `Mpoo`/);
});

test('explain --dump prints stages, and refuses others by naming them', async () => {
  for (const stage of ['tree', 'check', 'plan', 'program', 'after=want']) {
    const { code, out, err } = await work.run('explain', file, '--variant', 'Mpo', '--dump', stage, '--size', 'batch=2');
    if (stage === 'after=want') assert.match(err, /no pass want/);
    else assert.ok(code === 0 && out.length > 100, `${stage}: ${err}`);
  }
  const { code, err } = await work.run('explain', file, '--variant', 'Mpo', '--dump', 'soul');
  assert.is(code, 1);
  assert.match(err, /no stage soul/);
});

for (const engine of ['reference', 'wasm']) {
  test(`train, interrupt, resume, eval and generate on ${engine}: the losses of an uninterrupted run, bit for bit`, async () => {
    const common = ['--variant', 'Mpo', '--text', text, '--steps', '12', '--batch', '4', '--seed', '5', '--engine', engine];
    const whole = await work.run('train', file, ...common, '--out', work.path(`whole-${engine}`));
    assert.is(whole.code, 0, whole.err);
    assert.match(whole.err, /vocabulary of 12 characters/);
    const stopped = await work.interrupted(5, 'train', file, ...common, '--out', work.path(`parts-${engine}`));
    assert.is(stopped.code, 130);
    assert.match(stopped.out, /interrupted and saved after step 5.*go on with: bondsmith train --resume/s);
    const again = await work.run('train', file, ...common, '--out', work.path(`parts-${engine}`));
    assert.is(again.code, 1);
    assert.match(again.err, /holds a run already; go on with --resume/);
    const resumed = await work.run('train', '--resume', work.path(`parts-${engine}`), '--json');
    assert.is(resumed.code, 0, resumed.err);
    assert.is(JSON.parse(resumed.out).step, 12);
    const losses = (name: string) =>
      readFileSync(work.path(`${name}-${engine}/metrics.jsonl`), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).loss);
    assert.is(losses('whole').length, 12);
    assert.equal(losses('parts'), losses('whole'));
    const evaluated = JSON.parse((await work.run('eval', work.path(`whole-${engine}`), '--json')).out);
    assert.is(evaluated.loss, JSON.parse(resumed.out).validation.loss);
    const written = await work.run('generate', work.path(`whole-${engine}`), '--prompt', 'the', '--length', '20', '--json');
    assert.is([...JSON.parse(written.out).text].length, 20);
    assert.match((await work.run('generate', work.path(`whole-${engine}`), '--prompt', 'Z')).err, /"Z" is not in the vocabulary/);
  });
}

test('what training is given is refused by name: text, settings, selections, other models', async () => {
  const train = (...more: string[]) =>
    work.run('train', file, '--variant', 'Mpo', '--out', work.path('never'), '--engine', 'reference', ...more);
  let number = 0;
  const config = (content: string) => ['--text', text, '--config', work.write(`run${++number}.json`, content)];
  for (const [argv, reason] of [
    [['--text', work.path('none')], /none: no such file/],
    [['--text', work.write('empty', '')], /empty is empty/],
    [['--text', work.write('short', 'abc')], /has 3 characters; with a context of 16/],
    [['--text', work.write('latin', Uint8Array.of(0x61, 0xe9, 0x61))], /latin: not UTF-8 in line 1, at byte 2/],
    [[], /no data: give a text with --text/],
    [['--data', text], /text.txt: /],
    [config('{'), /run1.json: not JSON/],
    [config('{"optimizer": {}}'), /optimizer is unknown; did you mean `optimiser`/],
    [config('{"groups": {"centrl of all": {"rate": 1}}}'), /groups\["centrl of all"\] is no selection of Mpo.*centrl/],
    [['--text', text, '--loss', 'next'], /Mpo has no loss next; it has next_token/],
    [['--text', text, '--size', 'time=99'], /time is to be 99, the model allows at most 16/],
    [['--text', text, '--set', 'bonds=3'], /bonds/],
  ] as const) {
    const { code, err } = await train(...argv);
    assert.is(code, 1, `${argv.join(' ')}: ${err}`);
    assert.match(err, reason);
  }
});

test('learning rates by selection: a rate of its own for the cores of one weight', async () => {
  const config = work.write('rates.json', JSON.stringify({ groups: { up: { rate: 1e-30, decay: 0 } } }));
  const common = ['--variant', 'Mpo', '--text', text, '--steps', '3', '--batch', '2', '--engine', 'reference', '--config', config];
  const { code, err } = await work.run('train', file, ...common, '--out', work.path('rates'));
  assert.is(code, 0, err);
  const { openTensors, nodeFiles, initialise, compile } = await import('../../runtime/index.ts');
  const model = compile({ file, variant: 'Mpo', set: { vocab: 12 } });
  const start = initialise(model, [1, 0]).values;
  const end = openTensors(nodeFiles(), work.path('rates/checkpoint.safetensors'));
  for (const { id, names } of model.parameters) {
    const moved = Math.max(...end.read(names[0]).map((value, k) => Math.abs(value - start[id].data[k])));
    assert.ok(names[0].startsWith('up.') ? moved < 1e-20 : moved > 1e-5, `${names[0]} moved by ${moved}`);
  }
});

test('a run on tensors: the file of the inputs, the last tenth held out', async () => {
  const images = work.write(
    'images.bond',
    `edition 1
model Images(width = 6, classes = 3) {
  axis batch
  input image[batch, width], label[batch] in classes
  last: linear[width -> classes]
  forward(image[batch, width]) -> scores[batch, classes] { scores = last(image) }
  loss task = mean(cross_entropy[classes](forward(image), label))
  metric accuracy = mean(argmax[classes](forward(image)) == label)
}
`,
  );
  const { encodeTensors, nodeFiles } = await import('../../runtime/index.ts');
  const label = Int32Array.from({ length: 90 }, (_, k) => k % 3);
  const image = Float32Array.from({ length: 90 * 6 }, (_, k) => (k % 6 === label[Math.floor(k / 6)] ? 1 : 0));
  const tensors = [
    { name: 'image', shape: [90, 6], data: image },
    { name: 'label', shape: [90], data: label },
  ];
  nodeFiles().replace(work.path('images.safetensors'), encodeTensors(tensors));
  const config = work.write('images.json', '{"optimiser": {"rate": 0.1}}');
  const common = ['--data', work.path('images.safetensors'), '--steps', '40', '--batch', '9', '--config', config];
  const { code, out, err } = await work.run('train', images, ...common, '--out', work.path('images'));
  assert.is(code, 0, err);
  assert.match(out, /validation accuracy 1.0000/);
  assert.match((await work.run('generate', work.path('images'))).err, /trained on tensors, not on a text/);
});

test('Ctrl-C in a terminal saves and exits with 130; the run goes on from there', async () => {
  const bin = fileURLToPath(new URL('../../bin/bondsmith.js', import.meta.url));
  const argv = [bin, 'train', file, '--variant', 'Small', '--text', text, '--steps', '1000000', '--batch', '2', '--engine', 'reference'];
  const child = spawn(process.execPath, [...argv, '--out', work.path('signal')]);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  for (let waited = 0; !existsSync(work.path('signal/metrics.jsonl')) || statSync(work.path('signal/metrics.jsonl')).size === 0; waited++) {
    if (waited === 600) child.kill('SIGKILL');
    assert.ok(waited < 600, 'the run did not begin');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGINT');
  const patience = setTimeout(() => child.kill('SIGKILL'), 20_000);
  assert.is(await closed, 130);
  clearTimeout(patience);
  const done = readFileSync(work.path('signal/metrics.jsonl'), 'utf8').trim().split('\n').length;
  const resumed = await work.run('train', '--resume', work.path('signal'), '--steps', String(done + 2), '--json');
  assert.is(resumed.code, 0, resumed.err);
  assert.is(JSON.parse(resumed.out).step, done + 2);
});

test('a loss that becomes infinite in single precision names the operation, its place and the step; exit code 1', async () => {
  const config = work.write(
    'wild.json',
    '{"optimiser": {"kind": "sgd", "rate": 1e30, "momentum": 0}, "clip": 0, "checkpoint": {"every": 1}}',
  );
  const common = ['--variant', 'Small', '--text', text, '--steps', '50', '--batch', '2', '--config', config];
  const { code, err } = await work.run('train', file, ...common, '--out', work.path('wild'));
  assert.is(code, 1);
  assert.match(err, /is (NaN|-?Infinity) in step \d+; first in step \d+: \w+.*\((forward|backward|update)\) gave/);
  assert.match(err, /the last good checkpoint is .*checkpoint.safetensors, after step \d+; try a smaller learning rate/);
  assert.is((await work.run('eval', work.path('wild'), '--last')).code, 0);
});

test('memory: a limit that the model does not keep is refused before it trains', async () => {
  const config = work.write('tight.json', '{"memory": 2000}');
  const argv = ['--variant', 'Small', '--text', text, '--config', config, '--out', work.path('tight')];
  const { code, err } = await work.run('train', file, ...argv);
  assert.is(code, 1);
  assert.match(err, /this needs [\d.]+ MiB of engine memory, 2 KiB are available; it is .* a training step, .*; use a smaller model/);
  const common = ['train', file, '--variant', 'Small', '--text', text, '--out', work.path('tight')];
  const wide = await work.run(...common, '--set', 'width=30000');
  assert.is(wide.code, 1);
  assert.match(wide.err, /this needs [\d.]+ GiB of engine memory, 4 GiB are available; it is .*; use a smaller model/);
  assert.match((await work.run(...common, '--batch', String(2 ** 40))).err, /the most is 2\^31; use a smaller batch/);
  assert.match((await work.run(...common, '--set', `width=${2 ** 40}`)).err, /above the greatest size, 2\^31/);
});

test.run();
