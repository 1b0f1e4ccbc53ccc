/** Files as they are met: pipes, links, modes, names that are too long, folders that cannot be written, disks that are full, readers that leave. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeFiles } from '../../runtime/cli/host.ts';
import { smallProgram, smallText } from '../cli/command.ts';
import { testWith } from '../needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith files é '));
test.after(() => {
  chmodSync(at('closed'), 0o755);
  rmSync(folder, { recursive: true });
});
const at = (name: string) => join(folder, name);
const write = (name: string, content: string) => {
  writeFileSync(at(name), content);
  return at(name);
};
/** One file, since these commands would spend most of their time in reading three hundred. */
const command = at('bondsmith.mjs');
buildSync({
  entryPoints: [fileURLToPath(new URL('../../runtime/cli/main.ts', import.meta.url))],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: command,
  external: ['ts-morph'],
  logLevel: 'error',
});
const posix = testWith('Shell', existsSync('/bin/bash'), 'there is no /bin/bash');
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
/** `$B` is the command. Root may do everything, so what is forbidden is tried as somebody else. */
function shell(script: string, asNobody = false): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, B: `"${process.execPath}" "${command}"`, HOME: folder };
    const user = asNobody && isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const child = spawn('/bin/bash', ['-c', script.replaceAll('$B', `"${process.execPath}" "${command}"`)], { cwd: folder, env, ...user });
    const texts = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (texts.out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (texts.err += text));
    child.on('close', (code) => resolve({ code, ...texts }));
  });
}
const oneLine = ({ code, err }: Ended, reason: RegExp) => {
  assert.is(code, 1, err);
  assert.match(err, reason);
  assert.is(err.trimEnd().split('\n').length, 1, err);
};

write('good.bond', smallProgram);
write('bad.bond', 'edition 1\nmodel M { input x[nowhere] }\n');
write('text.txt', smallText);
mkdirSync(at('closed'));
chmodSync(folder, 0o755);
const training = '$B train good.bond --variant Mpo --text text.txt --batch 2 --engine reference --steps 3';

posix('a program from a pipe is read to its end; a named pipe too', async () => {
  const piped = await shell('$B check <(cat bad.bond)');
  assert.is(piped.code, 1, piped.err);
  assert.match(piped.err, /nowhere/);
  const named = await shell('mkfifo fifo && (cat good.bond > fifo & $B check fifo)');
  assert.is(named.code, 0, named.err);
  const text = await shell(`${training.replace('--text text.txt', '--text <(cat text.txt)')} --out piped && $B eval piped`);
  assert.is(text.code, 0, text.err);
});

posix('a circle of links, a name that is too long, a path through a file: one line', async () => {
  symlinkSync('circle', at('circle'));
  oneLine(await shell('$B check circle'), /circle: its links lead in a circle/);
  oneLine(await shell(`$B check ${'x'.repeat(300)}`), /the name is longer than the system takes/);
  oneLine(await shell('$B check good.bond/more.bond'), /good\.bond\/more\.bond: (no such file|a part of the path is a file)/);
  oneLine(await shell('$B check closed'), /closed: it is a folder/);
  const onto = await shell(`${training} --out good.bond`);
  assert.is(onto.code, 1, onto.err);
  assert.match(onto.err, /\n[^\n]*good\.bond: a file of this name is there already\n$/);
});

posix('what may not be read or written: one line, and nothing is left', async () => {
  write('secret.bond', smallProgram);
  chmodSync(at('secret.bond'), 0);
  chmodSync(at('closed'), 0o555);
  oneLine(await shell('$B check secret.bond', true), /secret\.bond: no permission/);
  const trained = await shell(`${training} --out closed/run`, true);
  assert.is(trained.code, 1, trained.err);
  assert.match(trained.err, /closed\/run.*no permission/);
  assert.not.match(trained.err, /\n {4}at /);
  assert.equal(readdirSync(at('closed')), []);
});

posix('fmt and merge keep the mode and follow links; what a link leads to is replaced, the link stays', async () => {
  mkdirSync(at('real'));
  writeFileSync(at('real/loose.bond'), smallProgram.replace('width = 16', 'width =  16'));
  chmodSync(at('real/loose.bond'), 0o640);
  symlinkSync('real/loose.bond', at('link.bond'));
  const formatted = await shell('$B fmt link.bond');
  assert.is(formatted.code, 0, formatted.err);
  assert.is(readlinkSync(at('link.bond')), 'real/loose.bond');
  assert.is(statSync(at('real/loose.bond')).mode & 0o777, 0o640);
  assert.match(readFileSync(at('real/loose.bond'), 'utf8'), /width = 16/);
  assert.is((await shell(`${training} --out merged`)).code, 0);
  write('dense.safetensors', 'old');
  chmodSync(at('dense.safetensors'), 0o600);
  symlinkSync('dense.safetensors', at('to dense.safetensors'));
  const merged = await shell('$B merge merged --out "to dense.safetensors"');
  assert.is(merged.code, 0, merged.err);
  assert.is(readlinkSync(at('to dense.safetensors')), 'dense.safetensors');
  assert.is(statSync(at('dense.safetensors')).mode & 0o777, 0o600);
  assert.ok(statSync(at('dense.safetensors')).size > 1000);
});

posix('a name that somebody prepared for a temporary file is not followed', () => {
  const target = write('kept', 'kept');
  const files = nodeFiles();
  const { random } = Math;
  // Equal random names and the same process: the counter alone tells them apart, and what is there is not opened.
  Math.random = () => 0.5;
  try {
    files.replace(at('first'), [new Uint8Array([1])]);
    for (let k = 1; k < 100; k++) symlinkSync(target, at(`.bondsmith-${process.pid}-${k}-i`));
    assert.throws(() => files.replace(at('second'), [new Uint8Array([1])]), /second: a file of this name is there already/);
  } finally {
    Math.random = random;
    for (let k = 1; k < 100; k++) rmSync(at(`.bondsmith-${process.pid}-${k}-i`), { force: true });
  }
  assert.is(readFileSync(target, 'utf8'), 'kept');
  assert.not.ok(existsSync(at('second')));
});

posix('a reader that leaves: a run goes on, and explain ends in silence', async () => {
  const { code, err } = await shell(`set -o pipefail; ${training} --out left 2> >(head -c 1 > /dev/null) && $B eval left`);
  assert.is(code, 0, err);
  const out = await shell(`${training} --out leftout | head -c 1 > /dev/null; echo \${PIPESTATUS[0]}`);
  assert.is(out.out.trim(), '0', out.err);
  const cut = await shell('$B explain good.bond --variant Mpo | head -n 1');
  assert.match(cut.out, /^Mpo: /);
  assert.is(cut.err, '');
});

posix('two runs in one folder: the second is refused while the first goes on', async () => {
  const { out } = await shell(
    `${training.replace('--steps 3', '--steps 1000000')} --out shared 2> /dev/null & first=$!
     while [ ! -e shared/checkpoint.safetensors ]; do sleep 0.05; done
     $B train --resume shared --steps 2000000 2>&1; echo "code $?"
     ${training} --out shared 2>&1; echo "code $?"
     kill -TERM $first; wait $first; echo "code $?"
     $B eval shared > /dev/null && echo whole`,
  );
  assert.match(out, /shared: .*process \d+/);
  assert.equal(
    [...out.matchAll(/code (\d+)/g)].map(([, code]) => code),
    ['1', '1', '130'],
  );
  assert.match(out, /whole/);
});

/** A disk of 64 KiB, where this process may mount one. */
const small = at('small disk');
mkdirSync(small);
const mounted = isRoot && (await shell('mount -t tmpfs -o size=64k tmpfs "small disk"')).code === 0;
testWith(
  'SmallDisk',
  mounted,
  'a small disk is mounted by root alone',
)('a full disk: the reason, the last good checkpoint, no temporary file', async () => {
  try {
    const run = await shell(`${training} --out "small disk/run"`);
    assert.is(run.code, 1, run.err);
    assert.match(run.err, /the disk is full; nothing was written over/);
    assert.not.ok(readdirSync(small, { recursive: true }).some((name) => String(name).includes('.bondsmith-')));
  } finally {
    await shell('umount "small disk"');
  }
});

posix('a curve or metrics that cannot be written end no run', async () => {
  mkdirSync(at('curved/loss.svg'), { recursive: true });
  mkdirSync(at('curved/metrics.jsonl'));
  const { code, err } = await shell(`${training} --out curved`);
  assert.is(code, 0, err);
  assert.match(err, /metrics\.jsonl: .*the run goes on without it/);
  assert.ok(existsSync(at('curved/checkpoint.safetensors')));
});

posix('escapes in names do not reach the terminal', async () => {
  const name = '\u001b]0;owned\u0007\u001b[2J';
  write(`${name}.bond`, `edition 1\nmodel "${name}"\n`);
  for (const script of [
    `$B check $'\\e]0;owned\\a\\e[2J.bond'`,
    `$B explain good.bond --variant $'\\e[2J'`,
    `$B $'\\e[2J'`,
    `$B check --$'\\e[2J'`,
    `$B check $'one\\rother.bond'`,
  ]) {
    const { code, out, err } = await shell(script);
    assert.ok(code === 1 || code === 2, err);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
    assert.not.match(out + err, /[\x00-\x08\x0b-\x1f]/, script);
  }
});

test.run();
