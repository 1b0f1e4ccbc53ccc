/**
 * Our planner against opt_einsum and cotengra, in one run on one machine: node bench/planner/compare.ts --python VENV/bin/python
 * [--seconds 10] [--peer-seconds 60] [--workers 2] [--only NAME,NAME] [--out FILE.json]. The multiply-adds of every path, theirs too, are
 * counted by our code. Prints a table in Markdown; losers are named.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure, search, stepsOfSsa, toCotengra } from '../../compiler/network/index.ts';
import type { Instance } from './families.ts';
import { instances } from './families.ts';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seconds: { type: 'string', default: '10' },
    'peer-seconds': { type: 'string', default: '60' },
    workers: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});

interface Score {
  readonly method: string;
  readonly log10: number;
  readonly seconds: number;
  readonly trials: number;
}
interface Row {
  readonly name: string;
  readonly operands: number;
  readonly ours: Score & { readonly optimal: boolean; readonly early: number };
  readonly theirs: readonly Score[];
  readonly failed: readonly string[];
}

/** The best tree after so many seconds, and after one. */
function ours({ network }: Instance, seconds: number): Row['ours'] {
  const planning = search({ network, seconds, seed: 0 });
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  let early: number | undefined;
  for (const _ of planning) {
    if (early === undefined && elapsed() >= 1) early = Math.log10(planning.plan().macs);
    if (elapsed() >= seconds) break;
  }
  const { macs, method, optimal } = planning.plan();
  const log10 = Math.log10(macs);
  return { method, log10, early: early ?? log10, optimal, seconds: elapsed(), trials: planning.trials() };
}

interface Line {
  readonly name: string;
  readonly method: string;
  readonly seconds: number;
  readonly trials?: number;
  readonly path?: readonly (readonly number[])[];
  readonly error?: string;
}
function peers(chosen: readonly Instance[]): Line[] {
  const file = join(mkdtempSync(join(tmpdir(), 'planner-')), 'networks.json');
  const forms = chosen.map(({ name, network }) => [
    name,
    toCotengra({ network, letters: network.sizes.map((_, k) => String.fromCodePoint(0x100 + k)) }),
  ]);
  writeFileSync(file, JSON.stringify(Object.fromEntries(forms)));
  const script = new URL('peers.py', import.meta.url).pathname;
  const { stdout, stderr, status } = spawnSync(options.python, [script, file, options['peer-seconds'], options.workers], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status !== 0) console.error(stderr);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}

function row(instance: Instance): Row {
  const { name, network } = instance;
  const own = ours(instance, Number(options.seconds));
  const lines = peers([instance]);
  const theirs = lines.flatMap(({ method, path, seconds, trials = 1 }): Score[] =>
    path === undefined
      ? []
      : [{ method, seconds, trials, log10: Math.log10(measure(stepsOfSsa(path, network.inputs.length), { network }).macs) }],
  );
  const failed = lines.flatMap(({ method, error }) => (error === undefined ? [] : [`${method}: ${error}`]));
  return { name, operands: network.inputs.length, ours: own, theirs, failed };
}

const cell = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(3));
const columns = ['opt_einsum random-greedy-128', 'cotengra greedy', 'cotengra greedy+kahypar, reconfiguration', 'cotengra annealing'];
function line({ name, operands, ours: own, theirs }: Row): string {
  const found = columns.map((method) => theirs.find((score) => score.method === method));
  const best = Math.min(...theirs.map((score) => score.log10));
  const rate = (score: Score | undefined) => (score === undefined ? '-' : (score.trials / Math.max(score.seconds, 0.001)).toFixed(1));
  const difference = own.log10 - best;
  return `| ${[
    name,
    operands,
    cell(own.early),
    `${cell(own.log10)}${own.optimal ? ' *' : ''}`,
    ...found.map((score) => cell(score?.log10)),
    `${difference > 0 ? '+' : ''}${difference.toFixed(3)}`,
    own.optimal ? '-' : rate(own),
    rate(found[2]),
  ].join(' | ')} |`;
}

const rows: Row[] = [];
console.log('| network | operands | ours 1 s | ours | rg-128 | greedy | kahypar+reconf | annealing | difference | trials/s | theirs |');
console.log('|---|---|---|---|---|---|---|---|---|---|---|');
for (const instance of instances().filter(({ name }) => options.only.split(',').some((part) => name.includes(part)))) {
  const made = row(instance);
  rows.push(made);
  console.log(line(made));
  for (const failure of made.failed) console.error(`${made.name}: ${failure}`);
}
const gaps = rows.map(({ ours: own, theirs }) => own.log10 - Math.min(...theirs.map((score) => score.log10)));
const equal = gaps.filter((gap) => gap <= 1e-9).length;
const losers = rows.filter((_, k) => gaps[k] > 1e-9).map(({ name }, k) => `${name} (${gaps.filter((gap) => gap > 1e-9)[k].toFixed(3)})`);
console.log(
  `\n${equal} of ${rows.length} equal or better; worst difference ${Math.max(...gaps).toFixed(3)}; behind: ${losers.join(', ') || 'none'}`,
);
if (options.out !== undefined) writeFileSync(options.out, JSON.stringify(rows, null, 1));
