/**
 * SIGKILL at any moment of a run, in the middle of a save, of an event, of a line of metrics: what is there is whole, the run goes on from
 * it, and in the end weights, optimiser, decisions and losses are those of a run that nobody killed, bit for bit. `npm test` kills 30 times,
 * `npm run test:long` 1,000 times.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCheckpoint } from '../../runtime/checkpoint/checkpoint.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { smallProgram, smallText } from '../cli/command.ts';
import { figure, times } from '../long.ts';
import { numbersFrom } from './damage.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith kill é '));
test.after(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const file = path('small.bond');
writeFileSync(file, `${smallProgram}variant Squeezed of Mpo { squeeze b of up by 1 every 5 steps }\n`);
writeFileSync(path('text.txt'), smallText);
const settings = { optimiser: { rate: 0.01 }, evaluate: { every: 4, rows: 0 }, checkpoint: { every: 3 } };
writeFileSync(path('config.json'), JSON.stringify(settings));

/** One file, since a thousand processes would spend most of their time in reading three hundred. */
const script = path('child.mjs');
buildSync({
  entryPoints: [fileURLToPath(new URL('./kill-child.ts', import.meta.url))],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outdir: folder,
  entryNames: 'child',
  splitting: true,
  minify: true,
  outExtension: { '.js': '.mjs' },
  logLevel: 'error',
});

const STEPS = '14';
const began = ['train', file, '--variant', 'Squeezed', '--text', path('text.txt'), '--batch', '2', '--config', path('config.json')];
const options = ['--steps', STEPS, '--threads', '1', '--trace', path('trace.jsonl')];
const child = (at: number, argv: readonly string[]) =>
  spawnSync(process.execPath, [script, String(at), ...argv, ...options], {
    encoding: 'utf8',
    env: { ...process.env, NODE_COMPILE_CACHE: path('cache') },
  });
const start = (at: number, run: string) => child(at, [...began, '--out', run]);
const goOn = (at: number, run: string) => child(at, ['train', '--resume', run]);

/** All that a run learnt: tensors, record, losses. How long steps took and what the folder is called is of no interest. */
function outcome(run: string) {
  const { file: tensors, state } = openCheckpoint(nodeFiles(), join(run, 'checkpoint.safetensors'));
  const best = openCheckpoint(nodeFiles(), join(run, 'best.safetensors'));
  const values = (of: typeof tensors) => [...of.tensors.keys()].map((name) => [name, [...of.read(name)]]);
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const losses = lines.map((line) => ({ ...JSON.parse(line), seconds: 0 }));
  return { state, values: values(tensors), best: [best.state.step, values(best.file)], losses };
}

test('killed at any moment, gone on with, killed again: the run that nobody killed', () => {
  const whole = path('whole');
  const first = start(0, whole);
  assert.is(first.status, 0, first.stderr);
  const expected = outcome(whole);
  assert.ok(expected.state.events!.taken.length >= 2);
  const moments = Number(first.stdout.trim().split('\n').at(-1));
  const kills = times(30, 1000);
  const next = numbersFrom(12);
  let [done, runs] = [0, 0];
  while (done < kills) {
    const run = path(`run${runs++}`);
    for (;;) {
      const at = done < kills ? 1 + Math.floor(next() * moments * 0.7) : 0;
      const saved = existsSync(join(run, 'checkpoint.safetensors'));
      const ran = saved ? goOn(at, run) : start(at, run);
      if (ran.signal === 'SIGKILL') {
        done++;
        continue;
      }
      assert.is(ran.status, 0, `run ${runs}, killed at ${at}: ${ran.stderr}`);
      break;
    }
    assert.equal(outcome(run), expected, `run ${runs}`);
    const names = ['best.safetensors', 'checkpoint.safetensors', 'loss.svg', 'metrics.jsonl', 'run.json', 'validation.safetensors'];
    assert.equal(readdirSync(run).sort(), names);
    rmSync(run, { recursive: true });
  }
  figure('SIGKILLs at any moment of a run; runs that went on and equal one that nobody killed, bit for bit', `${done}; ${runs}`);
});

test.run();
