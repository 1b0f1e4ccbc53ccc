/** Small things that people meet: what is printed says what is, once, and what is proposed works. */
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { smallProgram, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const root = fileURLToPath(new URL('../..', import.meta.url));
const file = work.write(
  'small.bond',
  `${smallProgram}topology pair[a, b](r) {
  core A (a, r)
  core B (r, b)
}
variant Pair of Small { decompose up as pair[16, 16](r = 16) }
`,
);
const text = 'abcd '.repeat(120);
const book = work.write('book.txt', text);
const train = (out: string, ...more: string[]) =>
  work.run(
    'train',
    file,
    '--variant',
    'Mpo',
    '--text',
    book,
    '--out',
    out,
    '--batch',
    '2',
    '--steps',
    '2',
    '--engine',
    'reference',
    ...more,
  );

test('explain says which way is cheaper', async () => {
  const { out, err } = await work.run('explain', file, '--variant', 'Mpo', '--size', 'batch=4');
  // These networks cost more than the dense weights, and that is what is said.
  assert.match(out, /the dense weight +[\d,]+ macs, [\d.]+ times fewer;/, err);
  assert.not.match(out, /the dense weight .*, 0\.\d+ times/);
});

test('factor lists are written as one writes them', async () => {
  const { out } = await work.run('explain', file, '--variant', 'Pair');
  assert.match(out, /\n {2}pair\[16, 16\]\(16\) /);
});

test('the last line tells each loss once', async () => {
  const { out, err } = await train(work.path('once'));
  const line = out.split('\n').find((one) => one.startsWith('finished'))!;
  assert.match(line, /: loss \d+\.\d+, validation loss \d+\.\d+, validation accuracy \d+\.\d+$/, err);
  const values = [...line.matchAll(/loss (\d+\.\d+)/g)].map(([, value]) => value);
  assert.is(values.length, 2);
});

test('a text without a line break: generate begins with a character of it', async () => {
  const { out, err } = await work.run('generate', work.path('once'), '--length', '5');
  assert.match(out, /^[abcd ]{6}\n$/, err);
  const empty = await work.run('generate', work.path('once'), '--length', '5', '--prompt', '');
  assert.match(empty.out, /^[abcd ]{5,6}\n$/, empty.err);
});

test('line breaks of two characters are written as they are', async () => {
  const lines = work.write('lines.txt', 'a\r\n'.repeat(200));
  const settings = work.write('fast.json', JSON.stringify({ optimiser: { rate: 0.1 } }));
  const run = ['train', file, '--variant', 'Small', '--text', lines, '--out', work.path('lines'), '--batch', '4', '--steps', '60'];
  assert.is((await work.run(...run, '--config', settings)).code, 0);
  const { out, err } = await work.run('generate', work.path('lines'), '--prompt', 'a', '--length', '8', '--temperature', '0');
  assert.is(out, 'a\r\na\r\na\r\n\n', err);
});

test('nine held-out rows are evaluated and told', async () => {
  const model = work.write(
    'rows.bond',
    `edition 1
model Rows(width = 4) {
  axis batch
  input x[batch, width], y[batch]
  last: linear[width -> width]
  loss off = mean((sum[width](last(x)) - y) ^ 2)
}
`,
  );
  const data = (name: string, rows: number) => {
    const x = { name: 'x', shape: [rows, 4], data: Float32Array.from({ length: rows * 4 }, (_, k) => Math.sin(k)) };
    const y = { name: 'y', shape: [rows], data: new Float32Array(rows) };
    nodeFiles().replace(work.path(name), encodeTensors([x, y]));
    return work.path(name);
  };
  const given = ['--data', data('many.safetensors', 20), '--validation', data('nine.safetensors', 9), '--batch', '4', '--steps', '1'];
  const trained = await work.run('train', model, ...given, '--out', work.path('rows'), '--engine', 'reference');
  assert.match(trained.out, /validation loss \d/, trained.err);
  const { out } = await work.run('eval', work.path('rows'));
  assert.match(out, /^loss \d+\.\d{6}\n/);
  const alone = await work.run('eval', work.path('rows'), '--data', data('one.safetensors', 1));
  assert.match(alone.out, /^loss \d+\.\d{6}\n/, alone.err);
});

test('npm start proposes an explain of the model that it ran', async () => {
  symlinkSync(`${root}examples`, work.path('examples'));
  const given = ['--short', '--steps', '2', '--variant', 'Bond4', '--text', work.write('long.txt', 'a sea of whales. '.repeat(400))];
  const { stdout, stderr, status } = spawnSync(process.execPath, [`${root}examples/char-gpt/start.ts`, ...given], {
    cwd: work.folder,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  const parameters = /: ([\d,]+) parameters where/.exec(stdout)![1];
  const proposed = /npx bondsmith (explain .*)/.exec(stdout)![1].split(' ');
  const explained = await work.run(proposed[0], proposed[1], work.path(proposed[2]));
  assert.match(explained.out, new RegExp(`: ${parameters} parameters,`), explained.err);
  // What was written is told once.
  assert.not.match(stdout, /The The /);
});

test.run();
