/** `bondsmith new`: what it makes works as its README says, command by command. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const folder = work.path('spirals é');

test('a folder to start from: every command of its README', async () => {
  const made = await work.run('new', folder);
  assert.is(made.code, 0, made.err);
  const commands = readFileSync(join(folder, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  assert.equal(
    commands.map(([program, name, verb]) => (program === 'node' ? name : verb)),
    ['data.mjs', 'check', 'explain', 'train', 'eval', 'predict'],
  );
  execFileSync(process.execPath, ['data.mjs'], { cwd: folder });
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const [, , ...argv] of commands.slice(1)) {
      const ran = await work.run(...argv);
      assert.is(ran.code, 0, `${argv.join(' ')}: ${ran.err}`);
    }
  } finally {
    process.chdir(before);
  }
  const answers = readFileSync(join(folder, 'answers.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.is(answers.length, 600);
  const right = answers.filter(({ scores: [inner, outer] }, k) => outer > inner === (k % 2 === 1)).length;
  assert.ok(right > 500, `${right} of 600 points`);
});

test('what is there stays', async () => {
  const again = await work.run('new', folder);
  assert.is(again.code, 1);
  assert.match(again.err, /it is there already; give a new name/);
  assert.ok(existsSync(join(folder, 'runs')));
});

test.run();
