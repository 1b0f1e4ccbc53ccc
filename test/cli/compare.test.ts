/** `compare`: what a table of variants and seeds holds, and that a comparison goes on where it stopped. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const file = work.write('small.bond', smallProgram);
const text = work.write('text.txt', smallText);
const rest = ['--text', text, '--engine', 'reference', '--batch', '2', '--steps', '2', '--seeds', '2'];
const argv = ['compare', file, '--variants', 'Small,Mpo', ...rest];
type Table = { variant: string; runs: number; parameters: { total: number }; mean: { loss: number }; spread: { loss: number } }[];

test('each variant is trained with each seed; means, spreads and parameters are those of the runs', async () => {
  const out = work.path('compared');
  const { code, out: told, err } = await work.run(...argv, '--out', out, '--json');
  assert.is(code, 0, err);
  const table = JSON.parse(told) as Table;
  const lines = readFileSync(`${out}/compare.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(
    lines.map(({ variant, seed }) => `${variant} ${seed}`),
    ['Small 1', 'Mpo 1', 'Small 2', 'Mpo 2'],
  );
  for (const { variant, runs, parameters, mean, spread } of table) {
    const own = lines.filter((line) => line.variant === variant);
    const [a, b] = own.map(({ results }) => results.loss);
    assert.is(runs, 2);
    assert.equal(parameters, own[0].parameters);
    assert.ok(Math.abs(mean.loss - (a + b) / 2) < 1e-12);
    assert.ok(Math.abs(spread.loss - Math.abs(a - b) / Math.SQRT2) < 1e-12);
    const alone = await work.run('eval', `${out}/${variant}-2`, '--last', '--json');
    assert.ok(Math.abs((JSON.parse(alone.out) as { loss: number }).loss - b) < 1e-9);
  }
  assert.ok(table[0].parameters.total !== table[1].parameters.total);
  assert.match(readFileSync(`${out}/compare.svg`, 'utf8'), /Small<\/text>[\s\S]*Mpo<\/text>/);
  assert.match(readFileSync(`${out}/compare.md`, 'utf8'), /\| Small \| 2 \| [\d,]+ \|/);
});

test('what is done is not done again, what stopped goes on, and the numbers are the same', async () => {
  const [whole, parts] = [work.path('whole'), work.path('parts')];
  const { out } = await work.run(...argv, '--out', whole, '--json');
  const stopped = await work.interrupted(3, ...argv, '--out', parts, '--json');
  assert.is(stopped.code, 130);
  assert.is(existsSync(`${parts}/compare.svg`), false);
  const went = await work.run(...argv, '--out', parts, '--json');
  assert.is(went.code, 0, went.err);
  assert.equal(JSON.parse(went.out), JSON.parse(out));
  rmSync(`${parts}/Small-1`, { recursive: true });
  const again = await work.run(...argv, '--out', parts, '--json');
  assert.is(again.code, 0, again.err);
  assert.is(existsSync(`${parts}/Small-1`), false, 'its line stands');
});

test('another comparison in the same folder, and names that are none, are refused', async () => {
  const out = work.path('compared');
  const other = await work.run(...argv.map((arg) => (arg === '2' ? '1' : arg)), '--out', out);
  assert.is(other.code, 1);
  assert.match(other.err, /holds another comparison: .*steps 1, it began with 2/);
  for (const [variants, message] of [
    ['Small,,Mpo', /a name is empty/],
    ['Small,Small', /Small is there twice/],
    ['Small,Nope', /Nope/],
  ] as const) {
    const { code, err } = await work.run('compare', file, '--variants', variants, ...rest, '--out', work.path('none'));
    assert.ok(code === 1 || code === 2);
    assert.match(err, message);
  }
});

test.run();
