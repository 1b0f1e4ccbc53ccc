/**
 * Runs every test file in a process of its own, two at a time, and closes with one line `N passed, N failed, N skipped`.
 * Arguments select files by part of their name; `--fast` selects those that need a few seconds. A file that dies without a tally counts as
 * one failure. With `--long` (or BONDSMITH_LONG=1) counts are in full, and the figures that the tests tell become the rows of
 * `docs/results/long.md`.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fast, slowest } from './durations.ts';
import { keepFigures } from './figures.ts';

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2);
const wanted = words.filter((word) => !word.startsWith('--'));
if (words.includes('--long')) process.env.BONDSMITH_LONG = '1';
// Hundreds of processes load the same sources: stripped types and V8's code are kept between them, where coverage does not need them anew.
if (process.env.NODE_V8_COVERAGE === undefined)
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../.cache/node', import.meta.url));
const has = (file: string, parts: readonly string[]) => parts.some((part) => file.includes(part));

/** The slowest first, so that no worker is left alone with one of them. */
function chosenFiles(): string[] {
  const all = globSync('test/**/*.test.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  const chosen = all.filter((file) => (wanted.length === 0 || has(file, wanted)) && (!words.includes('--fast') || has(file, fast)));
  const rank = (file: string) => (slowest.findIndex((part) => file.includes(part)) + slowest.length + 1) % (slowest.length + 1);
  return chosen.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** uvu prints `Total: n`, `Passed: n` and `Skipped: n`. */
function tallyOf(output: string, code: number | null): Tally {
  const [total, passed, skipped] = ['Total', 'Passed', 'Skipped'].map((name) =>
    Number(new RegExp(`^\\s+${name}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? Number.NaN),
  );
  if (Number.isNaN(total + passed + skipped)) return { passed: 0, failed: 1, skipped: 0 };
  const failed = total - passed;
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

const told = ({ passed, failed, skipped }: Tally) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
const figures = new Map<string, string[]>();

function runFile(file: string): Promise<Tally> {
  const processor = new URL('processor.ts', import.meta.url).href;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', processor, file], { cwd: root, env: { ...process.env, FORCE_COLOR: '0' } });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.on('close', (code) => {
      const tally = tallyOf(output, code);
      const lines = output.split('\n');
      const seconds = lines.findLast((line) => line.startsWith('Processor: '))?.slice(11) ?? 'it died';
      console.log(`${tally.failed === 0 ? 'ok  ' : 'FAIL'} ${file}  ${told(tally)}  ${seconds}`);
      for (const note of new Set(lines.filter((line) => /^\w+ not run:/.test(line)))) console.log(`     ${note}`);
      if (tally.failed > 0) console.log(output);
      const found = lines.filter((line) => line.startsWith('Figure: ')).map((line) => line.slice(8));
      if (found.length > 0) figures.set(file, found);
      resolve(tally);
    });
  });
}

async function runAll(files: string[]): Promise<Tally> {
  const tallies: Tally[] = [];
  const worker = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) tallies.push(await runFile(file));
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  const sum = (pick: (tally: Tally) => number) => tallies.reduce((total, tally) => total + pick(tally), 0);
  return { passed: sum((t) => t.passed), failed: sum((t) => t.failed), skipped: sum((t) => t.skipped) };
}

const files = chosenFiles();
const tally = files.length === 0 ? { passed: 0, failed: 1, skipped: 0 } : await runAll(files);
if (process.env.BONDSMITH_LONG === '1') keepFigures(figures);
console.log(told(tally));
process.exit(tally.failed === 0 ? 0 : 1);
