/**
 * Damaged run folders, settings and checkpoints: each command either ends as if nothing were damaged, because it needs nothing of what is,
 * or it ends with 1 and one reason and has changed no file. `npm test` tries a sample, `npm run test:long` 10,000.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { smallProgram, smallText, workplace } from '../cli/command.ts';
import { figure, times } from '../long.ts';
import { damagedBytes, damagedJson, forgedCheckpoint, numbersFrom } from './damage.ts';

const work = workplace();
test.after(() => work.remove());
const squeezed = `${smallProgram}variant Squeezed of Mpo { squeeze b of up by 1 every 2 steps }\n`;
const file = work.write('small.bond', squeezed);
const text = work.write('text.txt', smallText);
const config = work.write('config.json', JSON.stringify({ optimiser: { rate: 0.01 }, schedule: { kind: 'cosine', warmup: 1 } }));
const clean = work.path('clean');
const run = work.path('run');
const out = work.path('out');
const training = ['train', file, '--variant', 'Squeezed', '--text', text, '--batch', '2', '--engine', 'reference', '--config', config];

const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const contentsOf = (folder: string): string =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => `${name} ${hashOf(join(folder, name))}`)
    .sort()
    .join('\n');

/** What each command prints or leaves where nothing is damaged; a path, where it writes. */
const commands: readonly { readonly argv: readonly string[]; readonly writes?: string }[] = [
  { argv: ['eval', run, '--json'] },
  { argv: ['eval', run, '--last', '--json'] },
  { argv: ['generate', run, '--length', '3'] },
  { argv: ['explain', '--run', run] },
  { argv: ['merge', run, '--out', out], writes: out },
  { argv: ['squeeze', run, '--out', out, '--to', '1'], writes: join(out, 'checkpoint.safetensors') },
  { argv: ['train', '--resume', run, '--steps', '5'], writes: join(run, 'checkpoint.safetensors') },
];
const expected = new Map<readonly string[], string>();
/** What a run leaves says how long it took nowhere, so it can be compared. */
async function resultOf({ argv, writes }: (typeof commands)[number]) {
  const ran = await work.run(...argv);
  const result = ran.code !== 0 ? '' : writes === undefined ? ran.out : hashOf(writes);
  return { ...ran, result };
}

function restore(): void {
  rmSync(run, { recursive: true, force: true });
  rmSync(out, { recursive: true, force: true });
  cpSync(clean, run, { recursive: true });
}

function oneReason(err: string, what: string): void {
  const said = err.split('\n').filter((line) => line !== '' && !/^(note:|warning)/.test(line));
  assert.ok(said.length > 0, `${what}: no reason is given`);
  assert.not.match(err, /mistake in bondsmith|\n {4}at |undefined|\[object/, what);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
  assert.not.match(err, /\x1b/, what);
}

test.before(async () => {
  const trained = await work.run(...training, '--out', clean, '--steps', '4');
  assert.is(trained.code, 0, trained.err);
  for (const command of commands) {
    restore();
    const { code, err, result } = await resultOf(command);
    assert.is(code, 0, `${command.argv.join(' ')}: ${err}`);
    expected.set(command.argv, result);
  }
});

/** What is done to the folder, and whether it is one that a reader must see where it reads it. */
function damage(next: () => number): string {
  const names = ['checkpoint.safetensors', 'best.safetensors', 'validation.safetensors', 'run.json', 'metrics.jsonl', 'loss.svg'];
  const name = names[Math.floor(next() ** 2 * names.length)];
  const path = join(run, name);
  const bytes = readFileSync(path);
  const kind = next();
  if (kind < 0.05) {
    rmSync(path);
    return `${name} is gone`;
  }
  if (kind < 0.1) {
    rmSync(path);
    if (next() < 0.5) mkdirSync(path);
    else symlinkSync(name, path);
    return `${name} is a folder or a circle`;
  }
  if (kind < 0.4 && name.endsWith('t.safetensors')) {
    writeFileSync(path, forgedCheckpoint(next, path));
    return `${name} is forged`;
  }
  if (kind < 0.6 && name === 'run.json') {
    writeFileSync(path, JSON.stringify(damagedJson(next, JSON.parse(bytes.toString()))));
    return `${name} is forged`;
  }
  writeFileSync(path, damagedBytes(next, bytes, readFileSync(text)));
  return `${name} has other bytes`;
}

test('damaged run folders', async () => {
  const counts = { same: 0, refused: 0 };
  const all = times(60, 8000);
  for (let seed = 0; seed < all; seed++) {
    restore();
    const next = numbersFrom(seed);
    const what = damage(next);
    const command = commands[Math.floor(next() * commands.length)];
    const before = contentsOf(run);
    const { code, err, result } = await resultOf(command);
    const at = `seed ${seed}: ${what}, ${command.argv[0]}: ${err}`;
    assert.ok(code === 0 || code === 1, at);
    if (code === 0) {
      counts.same++;
      if (!what.includes('forged') && !what.startsWith('best')) assert.is(result, expected.get(command.argv), at);
    } else {
      counts.refused++;
      oneReason(err, at);
      // A forged number may be one that a run can begin with, and then leads nowhere.
      if (!(what.includes('forged') && / is (NaN|-?Infinity) in step/.test(err))) assert.is(contentsOf(run), before, at);
    }
  }
  assert.ok(counts.refused > all / 4 && counts.same > 0, JSON.stringify(counts));
  figure(
    'damaged run folders and checkpoints: refused with one reason, nothing changed; or not needed, and the result as without',
    `${counts.refused}; ${counts.same}`,
  );
});

test('damaged settings', async () => {
  const whole = readFileSync(config, 'utf8');
  const full = JSON.parse(readFileSync(join(clean, 'run.json'), 'utf8')).config;
  const all = times(20, 2000);
  let refused = 0;
  for (let seed = 0; seed < all; seed++) {
    const next = numbersFrom(~seed);
    rmSync(out, { recursive: true, force: true });
    const forged = next() < 0.7;
    writeFileSync(
      config,
      forged ? JSON.stringify(damagedJson(next, full)) : damagedBytes(next, Buffer.from(whole), Buffer.from(smallText)),
    );
    const { code, err } = await work.run(...training, '--out', out, '--steps', '1');
    const at = `seed ${seed}: ${readFileSync(config, 'utf8').slice(0, 300)}: ${err}`;
    assert.ok(code === 0 || code === 1, at);
    // Settings may be right and still lead nowhere, as a rate of 1e308: then the run began.
    if (code === 0 || /step 1 is (NaN|-?Infinity)|is (NaN|-?Infinity) in step/.test(err)) continue;
    refused++;
    oneReason(err, at);
    assert.not.ok(readdirSync(work.folder).includes('out'), at);
  }
  assert.ok(refused > all / 4);
  figure('damaged settings: refused with one reason, nothing written', `${refused} of ${all}`);
});

test.run();
