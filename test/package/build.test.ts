/**
 * What `bondsmith build --target wasm` writes, as its users run it: Node in another process, bundlers, a page. It has to give the numbers
 * of the engine, at any size, and to say what is wrong where something is.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build as esbuild } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { browserTests, visit } from '../browser/chromium.ts';
import { workplace } from '../cli/command.ts';

const program = `edition 1
model Small(vocab = 11, width = 16) {
  axis batch, time <= 12
  input ids[batch, time] in vocab, next[batch, time] in vocab
  embed: [vocab, width] ~ normal(0.3)
  up: linear[width -> width]
  head: linear[width -> vocab]
  forward(ids[batch, time] in vocab) -> logits[batch, time, vocab] {
    q[batch, time, width] = embed[ids]
    k[batch, time', width] = embed[ids]
    s[batch, time, time'] = q * k / sqrt(width)
    a = softmax[time'](s where @time' <= @time)
    y[batch, time, width] = a * k
    logits = head(relu(up(y)))
  }
  loss likely = mean(cross_entropy[vocab](forward(ids), next))
}
variant Mpo of Small { decompose up as mpo[4*4, 4*4](b = 3) }
`;
const work = workplace();
test.after(() => work.remove());
const file = work.write('small.bond', program);
const out = work.path('built');
const bytesOf = (name: string) => readFileSync(join(out, name));
const run = async (...more: string[]) => work.run('build', file, '--variant', 'Mpo', '--target', 'wasm', ...more);

/** The numbers of the package in a process of its own. */
function inNode(node: string, script: string): string {
  const path = work.write(`script-${Math.abs(script.length)}.mjs`, script);
  return execFileSync(node, [path], { encoding: 'utf8', cwd: out });
}
const ids = [1, 2, 3, 4, 5, 6, 7, 8];
const calling = (from: string, options = '{}') => `import { load } from ${JSON.stringify(from)};
const model = await load(${options});
const { logits } = await model.forward({ ids: { data: [${ids}], shape: [2, 4] } });
console.log(JSON.stringify({ shape: logits.shape, words: [...new Int32Array(logits.data.buffer)] }));
model.close();
`;
const index = () => pathToFileURL(join(out, 'index.js')).href;

test('a package is written, held against the engine, and small', async () => {
  const { code, out: told, err } = await run('--out', out);
  assert.is(code, 0, told + err);
  assert.match(err, /checked against the engine at batch x time = 1 x 1, 1 x 12, 16 x 1, 16 x 12 /);
  const code_ = readdirSync(out).filter((name) => /\.(js|wasm)$/.test(name) && name !== 'kernels.fused.wasm');
  const size = code_.reduce((sum, name) => sum + gzipSync(bytesOf(name), { level: 9 }).length, 0);
  assert.ok(size < 50_000, `${size} bytes gzipped`);
});

test('the numbers of the engine bit for bit, with one thread and with two', async () => {
  const [one, two] = ['{ threads: 1 }', '{ threads: 2 }'].map((options) => JSON.parse(inNode(process.execPath, calling(index(), options))));
  const { load } = await import('../../runtime/index.ts').then(({ load: own }) => ({ load: own }));
  const model = await load(file, { variant: 'Mpo' });
  const { logits } = await model.call('forward', { ids: { data: ids, shape: [2, 4] } });
  assert.equal(one.shape, [2, 4, 11]);
  assert.equal(one.words, [...new Int32Array(Float32Array.from(logits.data).buffer)]);
  assert.equal(two.words, one.words);
});

test('more rows than were built for are run in parts', () => {
  const many = `import { load } from ${JSON.stringify(index())};
const model = await load({ threads: 1 });
const data = Int32Array.from({ length: 40 * 3 }, (_, k) => (k * 7) % 11);
const all = (await model.forward({ ids: { data, shape: [40, 3] } })).logits.data;
const last = (await model.forward({ ids: { data: data.subarray(39 * 3), shape: [1, 3] } })).logits.data;
console.log(last.every((value, k) => value === all[39 * 3 * 11 + k]));
`;
  assert.is(inNode(process.execPath, many).trim(), 'true');
});

test('the example runs as it stands', () => {
  assert.match(execFileSync(process.execPath, ['example.mjs'], { cwd: out, encoding: 'utf8' }), /logits \[ 2, 2, 11 \]/);
});

test('a wrong shape, size or value, and a damaged file, are said', () => {
  const saying = (inputs: string, options = '{ threads: 1 }') =>
    inNode(
      process.execPath,
      `import { load } from ${JSON.stringify(index())};
try { const model = await load(${options}); await model.forward(${inputs}); } catch (error) { console.log(error.name + ': ' + error.message); }
`,
    ).trim();
  const head = 'PackageError: forward takes ids[batch, time] of whole numbers from 0 to 10;';
  assert.is(saying('{}'), `${head} it is not given`);
  assert.is(saying('{ ids: { data: [1, 2], shape: [2] } }'), `${head} given is the shape [2]`);
  assert.is(saying('{ ids: { data: [1, 2], shape: [1, 3] } }'), `${head} given are 2 values for the shape [1, 3]`);
  assert.is(saying('{ ids: { data: [1, 11], shape: [1, 2] } }'), `${head} given is 11 at element 1`);
  assert.is(saying('{ ids: { data: new Int32Array(13), shape: [1, 13] } }'), `${head} given is time = 13, built was up to 12`);
  const read = `{ threads: 1, read: async (file) => { const bytes = await (await import('node:fs/promises')).readFile(${JSON.stringify(`${out}/`)} + file); if (file.startsWith('weights')) bytes[bytes.length - 1] ^= 1; return bytes; } }`;
  assert.match(
    saying('{}', read),
    /PackageError: weights\.safetensors is damaged: its checksum is [0-9a-f]{8}, that of the file that was built is/,
  );
});

test('a folder that no build has written is left alone, and so is an entry that there is none of', async () => {
  const foreign = work.path('foreign');
  execFileSync('mkdir', [foreign]);
  writeFileSync(join(foreign, 'package.json'), '{}');
  const { code, err } = await run('--out', foreign);
  assert.is(code, 1);
  assert.match(err, /has package\.json, which no build has written/);
  assert.equal(readdirSync(foreign), ['package.json']);
  const wrong = await run('--out', work.path('none'), '--entry', 'backward');
  assert.match(wrong.err, /Mpo has no entry backward; it has forward \(function\), likely \(loss\)/);
  assert.not(existsSync(work.path('none')));
});

test('the same files on every run', async () => {
  const again = work.path('again');
  assert.is((await run('--out', again)).code, 0);
  for (const name of readdirSync(out)) assert.equal(readFileSync(join(again, name)), bytesOf(name), name);
});

test('bundled by esbuild for a page it asks for nothing of Node', async () => {
  const { outputFiles } = await esbuild({
    entryPoints: [join(out, 'index.js')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  assert.not.match(outputFiles[0].text, /from ?["']node:/);
});

/** An asset has no types. */
const NOT_CODE = ['--exclude-entrypoints', 'weights.safetensors'];

test('publint and arethetypeswrong find nothing', () => {
  const tool = (name: string, ...more: string[]) =>
    execFileSync(process.execPath, [join('node_modules', ...name.split('/')), ...more], { encoding: 'utf8' });
  assert.match(tool('publint/src/cli.js', out, '--strict', '--pack', 'false'), /All good/);
  // It ends with an error where a resolution that is not ignored has a problem.
  const told = tool('@arethetypeswrong/cli/dist/index.js', '--pack', out, '--profile', 'esm-only', '--no-color', ...NOT_CODE);
  assert.match(told, /node16 \(from ESM\)|bundler/);
});

browserTests()('served as static files it gives the same numbers in Chromium', async (chromium) => {
  const types: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm', safetensors: 'application/octet-stream' };
  const files = readdirSync(out).flatMap((name) => {
    const type = types[name.slice(name.lastIndexOf('.') + 1)];
    return type === undefined ? [] : [[`/${name}`, [type, bytesOf(name)] as readonly [string, string | Uint8Array]] as const];
  });
  const script = calling('/index.js').replace('console.log(', "await fetch('/result', { method: 'POST', body: ").replace('}));', '}) });');
  const page: readonly [string, string] = ['text/html', `<script type="module">${script}</script>`];
  const found = (await visit({ chromium, files: new Map([['/', page], ...files]), seconds: 60 })) as { words: number[] };
  assert.equal(found.words, JSON.parse(inNode(process.execPath, calling(index()))).words);
});

test.run();
