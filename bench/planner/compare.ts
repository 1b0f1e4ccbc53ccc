/**
 * Our planner against opt_einsum and cotengra (with cotengrust and kahypar), in one run on one machine. Every search is a line of the file
 * of --out as soon as it ends; a run that is cut loses one search, and the same command goes on where the file ends:
 *
 * node bench/planner/compare.ts --out FILE.jsonl --python VENV/bin/python [--only NAME,NAME] [--seconds 10 | --budget UNITS]
 * [--peer-seconds 60] [--workers 2] [--instances FOLDER] [--stop-after SECONDS] [--summary]
 *
 * --only takes names or parts of names; --budget gives our search units of work in place of seconds; --instances adds the networks of a
 * folder ({"inputs", "output", "size"}, *.json); --stop-after begins no search after so many seconds; --summary prints what the file has.
 * The multiply-adds of every path, theirs too, are counted by our code.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, readNetwork, search, stepsOfSsa, toCotengra } from '../../compiler/network/index.ts';
import type { Instance } from './families.ts';
import { instances } from './families.ts';
import type { Line } from './summary.ts';
import { OURS, peerMethods, printSummary } from './summary.ts';

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '10' },
    budget: { type: 'string' },
    'peer-seconds': { type: 'string', default: '60' },
    workers: { type: 'string', default: '2' },
    instances: { type: 'string' },
    'stop-after': { type: 'string', default: 'Infinity' },
    summary: { type: 'boolean', default: false },
  },
});
if (options.out === undefined) throw new Error('--out FILE.jsonl is missing: where results are kept');
const out = options.out;
const peerSeconds = Number(options['peer-seconds']);
const lines: Line[] = existsSync(out)
  ? readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line)
  : [];

function stored(folder: string): Instance[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      family: 'stored',
      network: readNetwork(JSON.parse(readFileSync(join(folder, file), 'utf8'))).network,
    }));
}

/** The best tree within the limit, and after one second. */
function ours({ name, network }: Instance): Line {
  const seconds = Number(options.seconds);
  const limit = options.budget === undefined ? { seconds } : { budget: Number(options.budget) };
  const planning = search({ network, ...limit, seed: 0 });
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  let early: number | undefined;
  for (const _ of planning) {
    if (early === undefined && elapsed() >= 1) early = Math.log10(planning.plan().macs);
    if (options.budget === undefined && elapsed() >= seconds) break;
  }
  const { macs, optimal, method: how } = planning.plan();
  const log10 = Math.log10(macs);
  const operands = network.inputs.length;
  return { name, operands, method: OURS, seconds: elapsed(), trials: planning.trials(), log10, early: early ?? log10, optimal, how };
}

interface Answer {
  readonly seconds: number;
  readonly trials?: number;
  readonly path?: readonly (readonly number[])[];
  readonly error?: string;
}
/** One search of another planner in a process of its own, which is ended where it is late: a single trial can take minutes. */
async function theirs({ name, network }: Instance, method: string): Promise<Line> {
  const folder = mkdtempSync(join(tmpdir(), 'planner-'));
  const letters = network.sizes.map((_, k) => String.fromCodePoint(0x100 + k));
  const file = join(folder, 'network.json');
  writeFileSync(file, JSON.stringify(toCotengra({ network, letters })));
  const script = fileURLToPath(new URL('peers.py', import.meta.url));
  const started = performance.now();
  const child = spawn(options.python, [script, file, method, options['peer-seconds'], options.workers], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let [text, complaint] = ['', ''];
  child.stdout.on('data', (part) => {
    text += part;
  });
  child.stderr.on('data', (part) => {
    complaint += part;
  });
  // Its workers are of its own process group.
  const late = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 1000 * (3 * peerSeconds + 30));
  await new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', (error) => {
      complaint += error.message;
      resolve();
    });
  });
  clearTimeout(late);
  rmSync(folder, { recursive: true });
  const last = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .at(-1);
  const seconds = (performance.now() - started) / 1000;
  const operands = network.inputs.length;
  if (last === undefined)
    return { name, operands, method, seconds, error: complaint.trim().split('\n').at(-1) || 'ended without an answer: late' };
  const { path, trials = 1, error, seconds: own } = JSON.parse(last) as Answer;
  if (path === undefined) return { name, operands, method, seconds: own, error: error ?? 'no path' };
  const { macs } = measure(stepsOfSsa(path, operands), { network });
  return { name, operands, method, seconds: own, trials, log10: Math.log10(macs) };
}

const all = [...instances(), ...(options.instances === undefined ? [] : stored(options.instances))];
const names = new Set(all.map(({ name }) => name));
/** A whole name means that network alone. */
const isChosen = ({ name }: { readonly name: string }) =>
  options.only.split(',').some((part) => name === part || (!names.has(part) && name.includes(part)));
const chosen = all.filter(isChosen);
if (!options.summary) {
  const started = performance.now();
  const isTime = () => performance.now() - started < 1000 * Number(options['stop-after']);
  for (const instance of chosen) {
    for (const method of [OURS, ...peerMethods(instance.network.inputs.length)]) {
      if (!isTime() || lines.some((line) => line.name === instance.name && line.method === method)) continue;
      const line = method === OURS ? ours(instance) : await theirs(instance, method);
      lines.push(line);
      appendFileSync(out, `${JSON.stringify(line)}\n`);
      const found = line.log10 === undefined ? `failed: ${line.error}` : `10^${line.log10.toFixed(3)}`;
      console.error(`${line.name}  ${method}  ${found}  ${line.seconds.toFixed(1)} s, ${line.trials ?? '-'} trials`);
    }
  }
}
printSummary(lines.filter(isChosen));
