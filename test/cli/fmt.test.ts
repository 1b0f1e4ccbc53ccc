/** `bondsmith fmt`: what it writes, what it leaves alone, its exit codes. */
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { smallProgram, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const read = (path: string) => readFileSync(path, 'utf8');
const untidy = smallProgram.replaceAll('  ', ' \t').replace('embed:', '// sixteen wide\n  embed:');

test('a file is written in the one style, once', async () => {
  const file = work.write('untidy.bond', untidy);
  const first = await work.run('fmt', file);
  assert.equal([first.code, first.out], [0, `${file}\n`]);
  assert.match(read(file), /\n {2}axis batch, time <= context\n/);
  assert.match(read(file), /\/\/ sixteen wide/);
  assert.equal(await work.run('fmt', file), { code: 0, out: '', err: '' });
});

test('--check names what is not in the style, and writes nothing', async () => {
  const [good, bad] = [work.write('good.bond', smallProgram), work.write('bad.bond', untidy)];
  await work.run('fmt', good);
  const ran = await work.run('fmt', good, bad, '--check');
  assert.equal([ran.code, ran.out], [1, `${bad}: not in the style of bondsmith fmt\n`]);
  assert.is(read(bad), untidy);
  assert.is((await work.run('fmt', good, '--check')).code, 0);
});

test('one file with an error: it is shown, and no file is touched', async () => {
  const [fine, broken] = [work.write('fine.bond', untidy), work.write('broken.bond', 'edition 1\nmodel X( {\n')];
  const ran = await work.run('fmt', fine, broken);
  assert.is(ran.code, 1);
  assert.match(ran.err, /error\[B001\].*\n.*broken\.bond:2:10/);
  assert.match(ran.out, /nothing was written/);
  assert.is(read(fine), untidy);
  assert.is(read(broken), 'edition 1\nmodel X( {\n');
});

test('bytes that are no text, a file that is not there, no file at all', async () => {
  const bytes = work.write('bytes.bond', Uint8Array.of(0x65, 0xff, 0x0a));
  const ran = await work.run('fmt', bytes);
  assert.is(ran.code, 1);
  assert.match(ran.err, /error\[B008\]/);
  assert.equal([...readFileSync(bytes)], [0x65, 0xff, 0x0a]);
  assert.match((await work.run('fmt', work.path('none.bond'))).err, /none\.bond: no such file/);
  assert.is((await work.run('fmt')).code, 2);
});

test('no temporary file stays', () => {
  assert.equal(
    readdirSync(work.folder).filter((name) => !name.endsWith('.bond')),
    [],
  );
});

test.run();
