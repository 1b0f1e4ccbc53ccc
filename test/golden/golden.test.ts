/**
 * Every stage of thirteen small programs, as `explain --dump` prints it: one file for each program with tree, check, plan, program and
 * kernels. Of the code of kernels, one text for each form and target, named by what it shows; of the others their hashes.
 * `UPDATE=1 node test/golden/golden.test.ts` writes them anew.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** Code by file name: key, for WGSL the initials of the spaces that its buffers lie in, ending. */
const codes = new Map<string, string>();

/** Kernels whose code is there to be read: the program that they are of, their form, and what no other kernel of that form there has. */
const shown: readonly (readonly [name: string, program: string, form: string, has: RegExp])[] = [
  ['product', 'dense', 'tiles', /mul\(2,/],
  ['product-from-tables', 'shared', 'tiles', /write b3\[m \* b3\.m \+ b3\.n\(n\)\]/],
  ['softmax', 'attention', 'rows', /exp/],
  ['clipped-norm', 'dense', 'rows', /sqrt/],
  ['layer-norm', 'norm', 'rows', /write b5/],
  ['adamw', 'dense', 'points', /update/],
  ['embedding-gradient', 'embedding', 'scatter', /write/],
];
/** By name: the key of each. */
const shownKeys = new Map<string, string>();

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

function collect(text: string, ending: string): void {
  for (const part of text.split(/^(?=(?:;;|\/\/) kernel )/m)) {
    const [, key, spaces] = /kernel (\w+)(?: on ([\w ]+))?/.exec(part) ?? [];
    if (key === undefined) continue;
    const letters = spaces === undefined ? '' : `.${spaces.replaceAll(/(\w)\w* ?/g, '$1')}`;
    codes.set(`${key}${letters}.${ending}`, `${part.trimEnd()}\n`);
  }
}

function collectShown(program: string, text: string): void {
  for (const [name, of, form, has] of shown) {
    if (of !== program) continue;
    const found = text.split(/^(?=kernel |spaces )/m).filter((part) => part.split(' ')[2] === form && has.test(part));
    assert.is(found.length, 1, `${name} is one of the kernels of ${program}`);
    shownKeys.set(name, found[0].split(' ')[1]);
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
    for (const stage of stages) {
      const printed = await dumped(file, variant, stage);
      parts.push(`======== ${stage}`, printed.replaceAll(folder, '').trimEnd());
      if (stage === 'kernels') collectShown(name.replace('.bond', ''), printed);
    }
    collect(await dumped(file, variant, 'wat'), 'wat');
    collect(await dumped(file, variant, 'wgsl'), 'wgsl');
    compare(`${folder}stages/${name.replace('.bond', '.txt')}`, `${parts.join('\n')}\n`);
  });
}

test('the code of each kernel as WAT and as WGSL: hashes', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
  const lines = [...codes].map(([name, text]) => `${name} ${hash(text)}`).sort();
  compare(`${folder}kernels/hashes.txt`, `${lines.join('\n')}\n`);
});

for (const [name] of shown) {
  test(`the code of a kernel: ${name}`, () => {
    const key = shownKeys.get(name)!;
    for (const target of ['wat', 'wgsl']) {
      const [file] = [...codes.keys()].filter((other) => other.startsWith(key) && other.endsWith(`.${target}`)).sort();
      compare(`${folder}kernels/${name}.${target}`, codes.get(file)!.replaceAll(key, name));
    }
  });
}

test('the folder holds nothing else', () => {
  const files = shown.flatMap(([name]) => [`${name}.wat`, `${name}.wgsl`]);
  assert.equal(readdirSync(`${folder}kernels`).sort(), [...files, 'hashes.txt'].sort());
});

test.run();
