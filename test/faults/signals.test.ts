/**
 * Signals to real processes: `decompose` and `plan` end with the best so far, a run saves and can go on, whatever it does as the signal
 * comes, and what has nothing to save yet just ends. Nothing here reads a clock: a process that did not end would keep the test waiting.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { smallProgram, smallText } from '../cli/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith signals é '));
test.after(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const command = fileURLToPath(new URL('../../bin/bondsmith.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}
/** Runs a command; `heard` may signal it, whenever it writes. */
function run(argv: readonly string[], heard: (child: ChildProcess, text: string) => void): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...argv], { cwd: folder });
    const texts = { out: '', err: '' };
    const hear = (which: 'out' | 'err') => (text: string) => {
      texts[which] += text;
      heard(child, texts.err);
    };
    child.stdout.setEncoding('utf8').on('data', hear('out'));
    child.stderr.setEncoding('utf8').on('data', hear('err'));
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
    heard(child, '');
  });
}
/** Signals once a file is there, or at once where nothing tells that the command has begun. */
const after = (child: ChildProcess, milliseconds: number, signal: NodeJS.Signals) =>
  void setTimeout(() => child.kill(signal), milliseconds);

const rounds = (size: number) => Float64Array.from({ length: size }, (_, k) => Math.sin(k * k + 0.3 * k));
nodeFiles().replace(at('w.safetensors'), encodeTensors([{ name: 'w', shape: [256, 256], data: rounds(256 * 256) }]));

test('decompose: the best cores so far, which merge reads', async () => {
  const argv = ['decompose', 'w.safetensors', '--as', 'ring[4^4, 4^4](b = 12)', '--out', 'cores.safetensors'];
  let sent = false;
  const { code, signal, err, out } = await run(argv, (child) => {
    if (!sent) after(child, 5_000, 'SIGTERM');
    sent = true;
  });
  // On a machine where it has not begun to fit by then, it ends with nothing to show.
  if (signal === 'SIGTERM' || /nothing was written/.test(err)) {
    assert.not.ok(existsSync(at('cores.safetensors')));
    return;
  }
  assert.is(code, 130, err);
  assert.match(err, /interrupted: these are the best cores so far/);
  assert.match(out, /relative error/);
  assert.ok(openTensors(nodeFiles(), at('cores.safetensors')).tensors.size === 4);
});

test('plan: the best order so far', async () => {
  const letters = Array.from({ length: 60 }, (_, k) => `x${k}`);
  const inputs = Array.from({ length: 40 }, (_, k) =>
    [letters[k], letters[(7 * k + 3) % 60], letters[(11 * k + 5) % 60]].filter((name, j, all) => all.indexOf(name) === j),
  );
  const used = [...new Set(inputs.flat())];
  writeFileSync(
    at('network.json'),
    JSON.stringify({ inputs, output: [], size: Object.fromEntries(used.map((name, k) => [name, 2 + (k % 3)])) }),
  );
  let sent = false;
  const { code, signal, out, err } = await run(
    ['plan', 'network.json', '--seconds', '600', '--budget', '1000000000', '--json'],
    (child) => {
      if (!sent) after(child, 5_000, 'SIGTERM');
      sent = true;
    },
  );
  if (signal === 'SIGTERM') return;
  assert.ok(code === 130 || code === 0, err);
  assert.ok(JSON.parse(out).path.length > 0);
});

writeFileSync(at('small.bond'), `${smallProgram}variant Squeezed of Mpo { squeeze b of up by 1 every 3 steps }\n`);
writeFileSync(at('text.txt'), smallText);
const settings = { evaluate: { every: 5, rows: 0 }, checkpoint: { every: 5 } };
writeFileSync(at('config.json'), JSON.stringify(settings));
const training = [
  'train',
  'small.bond',
  '--variant',
  'Squeezed',
  '--text',
  'text.txt',
  '--batch',
  '2',
  '--config',
  'config.json',
  '--engine',
  'reference',
];

for (const [signal, what] of [
  ['SIGTERM', 'step'],
  ['SIGTERM', 'evaluating'],
  ['SIGTERM', 'saving'],
  ['SIGTERM', 'compiling'],
  ['SIGINT', 'evaluating'],
  ['SIGHUP', 'step'],
] as const) {
  test(`train, ${signal} while ${what}: saved, 130, and it goes on`, async () => {
    const name = `run ${signal} ${what}`;
    const trace = at(`${signal} ${what}.jsonl`);
    const { createReadStream } = await import('node:fs');
    let sent = false;
    const ended = await run([...training, '--steps', '100000', '--out', name, '--trace', trace], (child) => {
      const look = () => {
        if (sent || child.exitCode !== null) return;
        const found = existsSync(trace);
        if (!found) return void setTimeout(look, 20);
        createReadStream(trace, 'utf8')
          .on('data', (text) => {
            if (!sent && String(text).includes(what === 'step' ? '"is":"step"' : `"what":"${what}"`)) {
              sent = true;
              child.kill(signal);
            }
          })
          .on('close', () => void setTimeout(look, 5));
      };
      look();
    });
    assert.is(ended.code, 130, ended.err);
    assert.match(ended.out, /interrupted and saved/);
    const { step } = openCheckpoint(nodeFiles(), at(`${name}/checkpoint.safetensors`)).state;
    const files = readdirSync(at(name));
    assert.not.ok(files.includes('lock') || files.some((file) => file.startsWith('.bondsmith-')), files.join());
    const next = await run(['train', '--resume', name, '--steps', String(step + 1)], () => undefined);
    assert.is(next.code, 0, next.err);
  });
}

test('a signal before there is anything to save ends the process and leaves nothing', async () => {
  const { signal, code } = await run([...training, '--steps', '10', '--out', 'early'], (child, text) => {
    if (text === '') after(child, 200, 'SIGTERM');
  });
  assert.ok(signal === 'SIGTERM' || code === 130 || code === 143);
  const trained = existsSync(at('early/checkpoint.safetensors'));
  const again = await run([...training, '--steps', '2', '--out', trained ? 'other' : 'early'], () => undefined);
  assert.is(again.code, 0, again.err);
});

test.run();
