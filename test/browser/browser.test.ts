/** One bundle trains in headless Chromium: ten steps, the losses bit for bit those of Node. */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { browserTests, visit } from './chromium.ts';
import { lossesOf, type Task } from './steps.ts';
import '../verified.ts';

const small = `
variant Small of CharGpt {
  decompose block[*].{query, key, value, mix} as mpo[4*8, 8*4](b = 4)
  decompose block[*].up as mpo[8*16, 8*4](b = 4)
}
`;
const task: Task = {
  program: readFileSync(new URL('../../examples/char-gpt/char-gpt.bond', import.meta.url), 'utf8') + small,
  name: 'Small',
  set: { width: 32, depth: 2, context: 32 },
  text: 'the sea the sea the whale and the sea, said he; and the whale said nothing. '.repeat(20),
};

/** Modules of Node that a library asks for only where it runs in Node stay outside. */
async function bundle() {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    outdir: 'out',
    write: false,
    metafile: true,
    external: [...builtinModules, 'node:*'],
    logLevel: 'error',
  });
  return { files: outputFiles.map(({ path, text }) => [`/${basename(path)}`, text] as const), metafile };
}

test('the bundle holds nothing of Node, and no assembler but our own', async () => {
  const { metafile } = await bundle();
  const own = Object.entries(metafile.inputs).filter(([path]) => !path.includes('node_modules/'));
  assert.ok(own.length > 50, `${own.length} files of ours`);
  assert.equal(
    own.flatMap(([path, { imports }]) => imports.filter((i) => i.external).map((i) => `${path} imports ${i.path}`)),
    [],
  );
  assert.equal(
    Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/binaryen/')),
    [],
  );
});

browserTests()('ten steps in Chromium: losses bit-equal to those of Node', async (chromium) => {
  const { files } = await bundle();
  const page = '<!doctype html><meta charset="utf-8"><title>Bondsmith</title><script type="module" src="/page.js"></script>';
  const served = new Map<string, readonly [type: string, body: string]>([
    ['/', ['text/html', page]],
    ['/task', ['application/json', JSON.stringify(task)]],
    ...files.map(([path, text]) => [path, ['text/javascript', text] as const] as const),
  ]);
  const there = await visit({ chromium, files: served, seconds: 120 });
  const here = await lossesOf(task, await wasmEngine());
  assert.equal(there, { losses: here });
  assert.is(here.length, 10);
  assert.ok(here[9] < here[0], `${here[0]} became ${here[9]}`);
});

test.run();
