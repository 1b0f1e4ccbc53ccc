/** The lock file names packages and hashes, never addresses: it must work with any registry. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('no download address in the lock file', () => {
  const lock = read('package-lock.json');
  assert.not.match(lock, /"resolved"/);
  assert.match(lock, /"integrity"/);
});

test('npm is told to keep it so', () => {
  assert.match(read('.npmrc'), /omit-lockfile-registry-resolved=true/);
});

test('no install script of our own', () => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  assert.equal(
    scripts.filter((name) => /install/.test(name)),
    [],
  );
});

test.run();
