/**
 * Every stage of thirteen small programs, as `explain --dump` prints it: one file for each program with tree, check, plan, program and
 * kernels, and one folder with each kernel's WAT and WGSL once. `UPDATE=1 node test/golden/golden.test.ts` writes them anew.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { workplace } from '../cli/command.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const update = process.env.UPDATE === '1';
const names = readdirSync(`${folder}programs`).filter((name) => name.endsWith('.bond'));
const stages = ['tree', 'check', 'plan', 'program', 'kernels'] as const;
const work = workplace();
test.after(() => work.remove());

const kernels = new Map<string, string>();

/** The last variant of the file, or its model. */
function nameIn(text: string): string {
  return [...text.matchAll(/^(?:variant|model) (\w+)/gm)].at(-1)![1];
}

async function dumped(file: string, variant: string, stage: string): Promise<string> {
  const config = file.replace('.bond', '.json');
  const settings = existsSync(config) ? ['--config', config] : [];
  const { code, out, err } = await work.run('explain', file, '--variant', variant, '--dump', stage, '--size', 'batch=3', ...settings);
  assert.is(code, 0, err);
  return out;
}

function compare(path: string, found: string): void {
  if (update) {
    mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    writeFileSync(path, found);
  }
  assert.ok(existsSync(path), `${path} is missing; UPDATE=1 writes it`);
  assert.fixture(found, readFileSync(path, 'utf8'), path.slice(folder.length));
}

/** Texts of single kernels by file name: key, and for WGSL the initials of the spaces that its buffers lie in. */
function collect(text: string, ending: string): void {
  for (const part of text.split(/^(?=(?:;;|\/\/) kernel )/m)) {
    const [, key, spaces] = /kernel (\w+)(?: on ([\w ]+))?/.exec(part) ?? [];
    if (key === undefined) continue;
    const letters = spaces === undefined ? '' : `.${spaces.replaceAll(/(\w)\w* ?/g, '$1')}`;
    kernels.set(`${key}${letters}.${ending}`, `${part.trimEnd()}\n`);
  }
}

test('there are thirteen programs', () => {
  assert.is(names.length, 13);
});

for (const name of names) {
  test(name, async () => {
    const file = `${folder}programs/${name}`;
    const text = readFileSync(file, 'utf8');
    const variant = nameIn(text);
    const parts = [text.trimEnd()];
    for (const stage of stages) parts.push(`======== ${stage}`, (await dumped(file, variant, stage)).replaceAll(folder, '').trimEnd());
    collect(await dumped(file, variant, 'wat'), 'wat');
    collect(await dumped(file, variant, 'wgsl'), 'wgsl');
    compare(`${folder}stages/${name.replace('.bond', '.txt')}`, `${parts.join('\n')}\n`);
  });
}

test('each kernel as WAT and as WGSL', () => {
  const target = `${folder}kernels/`;
  if (update) rmSync(target, { recursive: true, force: true });
  for (const [name, text] of kernels) compare(`${target}${name}`, text);
  assert.equal(readdirSync(target).sort(), [...kernels.keys()].sort());
});

test.run();
