/** `bondsmith/web`: what a page loads is small and asks for nothing of Node; its worker gives the numbers of Node, with threads and without. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { load } from '../../runtime/index.ts';
import { browserTests, visit } from '../browser/chromium.ts';
import { figure } from '../long.ts';
import { bundleWeb } from './bundle.ts';
import { program, settings, text } from './given.ts';
import '../verified.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith-web-'));
test.after(() => rmSync(folder, { recursive: true }));

const bundle = await bundleWeb({ in: 'test/web/page.ts', out: 'page' });

test('the page itself loads some kilobytes, its worker less than half a megabyte; nothing of Node, no assembler but our own', () => {
  const { metafile, sizeOf } = bundle;
  const inputs = Object.keys(metafile.inputs);
  assert.equal(
    inputs.filter((path) => /node_modules\/(binaryen|ts-morph|typescript|vscode)/.test(path) || path.startsWith('node:')),
    [],
  );
  figure('the page entry, gzipped', `${sizeOf('index.js')} bytes, its worker ${sizeOf('worker.js')}, a thread ${sizeOf('thread.js')}`);
  assert.ok(sizeOf('index.js') < 8_000, `${sizeOf('index.js')} bytes`);
  assert.ok(sizeOf('worker.js') < 500_000, `${sizeOf('worker.js')} bytes`);
  assert.ok(sizeOf('thread.js') < 4_000, `${sizeOf('thread.js')} bytes`);
});

interface Told {
  readonly isolated: boolean;
  readonly told: readonly string[];
  readonly losses: readonly number[];
  readonly written: string;
  readonly [more: string]: unknown;
}
const html = '<!doctype html><meta charset="utf-8"><title>Bondsmith</title><script type="module" src="/page.js"></script>';
async function there(chromium: string, isolated: boolean): Promise<Told> {
  const files = new Map<string, readonly [string, string]>([['/', ['text/html', html]], ...bundle.files]);
  return (await visit({ chromium, files, seconds: 60, isolated })) as Told;
}

/** The same in Node. */
async function here() {
  const file = join(folder, program.file);
  writeFileSync(file, program.text);
  const model = await load(file, { variant: 'Mpo' });
  const losses: number[] = [];
  await model.fit(text, { ...settings, onStep: ({ loss }) => losses.push(loss) });
  return { losses, written: await model.generate({ length: 20, seed: 3 }) };
}

const register = browserTests();
for (const isolated of [false, true])
  register(
    `${isolated ? 'two threads' : 'one thread, which is said,'} in Chromium: losses and samples are those of Node, bit for bit`,
    async (chromium) => {
      const { losses, written, told, firstMessage, firstStep, saved, ...rest } = await there(chromium, isolated);
      assert.equal(rest, {
        isolated,
        refused: ['B101'],
        same: true,
        stopped: 'interrupted',
        ended: 'the worker of bondsmith ended: it was closed; start another one and open the model again',
        later: 'worker',
        killed: 'the browser ended it, perhaps for lack of memory',
      });
      assert.equal({ losses, written }, await here());
      assert.ok(losses[9] < losses[0]);
      assert.match(
        told.join(),
        isolated ? /^$/ : /one thread instead of 2: memory cannot be shared; a page has to be cross-origin isolated/,
      );
      const name = isolated ? 'isolated' : 'not isolated';
      figure(
        `a page, ${name}`,
        `${Math.round(firstMessage as number)} ms to the first message of the compiler, then ${Math.round(firstStep as number)} ms from a program to its first step`,
      );
    },
  );

test.run();
