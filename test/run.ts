/**
 * Runs every test file in a process of its own, two at a time, and closes with one line `N passed, N failed`.
 * Arguments select files by part of their name. A file that dies without a tally counts as one failure.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const root = new URL('..', import.meta.url).pathname;
const wanted = process.argv.slice(2);
const files = globSync('test/**/*.test.ts', { cwd: root })
  .sort()
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));

/** uvu prints `Total: n` and `Passed: n`. */
function tallyOf(output: string, code: number | null): Tally {
  const total = Number(/Total:\s+(\d+)/.exec(output)?.[1] ?? Number.NaN);
  const passed = Number(/Passed:\s+(\d+)/.exec(output)?.[1] ?? Number.NaN);
  if (Number.isNaN(total) || Number.isNaN(passed)) return { passed: 0, failed: 1 };
  const failed = total - passed;
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

function runFile(file: string): Promise<Tally> {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], { cwd: root, env: { ...process.env, FORCE_COLOR: '0' } });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.on('close', (code) => {
      const tally = tallyOf(output, code);
      const notes = output.split('\n').filter((line) => /^(GPU|Browser) not run:/.test(line));
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(`${tally.failed === 0 ? 'ok  ' : 'FAIL'} ${file}  ${tally.passed} passed, ${tally.failed} failed  ${seconds} s`);
      for (const note of new Set(notes)) console.log(`     ${note}`);
      if (tally.failed > 0) console.log(output);
      resolve(tally);
    });
  });
}

async function runAll(): Promise<Tally> {
  const queue = [...files];
  const tallies: Tally[] = [];
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) tallies.push(await runFile(file));
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  const sum = (pick: (tally: Tally) => number) => tallies.reduce((total, tally) => total + pick(tally), 0);
  return { passed: sum((t) => t.passed), failed: sum((t) => t.failed) };
}

const tally = files.length === 0 ? { passed: 0, failed: 1 } : await runAll();
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);
