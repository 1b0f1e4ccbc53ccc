/**
 * Does the model of predicted time order plans as the engine does? For layers of several topologies, sizes and batches, some plans each,
 * run in turns in the WebAssembly engine as the command line has it, the median of seven processor times: Spearman's correlation of
 * prediction and measurement within each layer, and how far the plan chosen by prediction is from the best measured.
 *
 * node bench/planner/timing.ts --out FILE.jsonl [--most 3e9] [--plans 8] [--least 8] [--every 1] [--seconds 500] measures, a line for each
 * layer that has as many plans, and goes on where the file ends; [--machine FILE.json] predicts by another profile than the shipped one; --summary prints what the file has.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compileContraction } from '../../compiler/index.ts';
import { defaultProfiles, readProfile, type Steps, secondsOf } from '../../compiler/network/index.ts';
import { accelerate } from '../../runtime/cli/accelerate.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { medians } from '../../runtime/plan/calibrate.ts';
import type { Layer } from './layers.ts';
import { layers, plansOf } from './layers.ts';

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    plans: { type: 'string', default: '8' },
    least: { type: 'string', default: '8' },
    most: { type: 'string', default: '3e9' },
    every: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '500' },
    profile: { type: 'string' },
    summary: { type: 'boolean', default: false },
  },
});
const profile = options.profile === undefined ? defaultProfiles.wasm : readProfile(JSON.parse(readFileSync(options.profile, 'utf8')));
if (options.out === undefined) throw new Error('--out FILE.jsonl is missing: where the measurements are to be kept');
const out = options.out;

interface Row {
  readonly name: string;
  readonly network: Layer['network'];
  readonly plans: readonly Steps[];
  readonly seconds: readonly number[];
}
const rows: Row[] = existsSync(out)
  ? readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Row)
  : [];

/** Milliseconds of this process on a processor: other processes on the machine do not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function timed(layer: Layer, plans: readonly Steps[]): Promise<Row> {
  const engine = await wasmEngine({ accelerate });
  const runs: (() => void)[] = [];
  for (const steps of plans) {
    const executable = compileContraction(layer.network, steps);
    const { sizes } = executable;
    const [inputs, results] = [engine.allocate(sizes.inputs), engine.allocate(sizes.results)];
    const data = Float32Array.from({ length: sizes.inputs }, (_, i) => Math.sin(i));
    engine.write(inputs, 0, data, 'real');
    const bound = (await engine.load(executable)).bind({ inputs, results });
    runs.push(() => bound.run({ seed: [0, 0], tick: 0 }));
  }
  const { inputs, output, sizes } = layer.network;
  return { name: layer.name, network: { inputs, output, sizes }, plans, seconds: medians(runs, processorTime) };
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const [below, equal] = [values.filter((other) => other < value).length, values.filter((other) => other === value).length];
    return below + (equal - 1) / 2;
  });
}
function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  const sum = (p: readonly number[], q: readonly number[]) => p.reduce((total, value, k) => total + (value - mean) * (q[k] - mean), 0);
  return sum(x, y) / Math.sqrt(sum(x, x) * sum(y, y));
}

/** The correlation of a layer, and how much slower than the fastest of its plans the chosen one was. */
function judged({ name, network, plans, seconds }: Row) {
  const prediction = plans.map((steps) => secondsOf(steps, { network, profile }));
  const chosen = prediction.indexOf(Math.min(...prediction));
  const loss = seconds[chosen] / Math.min(...seconds) - 1;
  return {
    name,
    plans: plans.length,
    correlation: spearman(prediction, seconds),
    loss,
    spread: Math.max(...seconds) / Math.min(...seconds),
  };
}

function summary(): void {
  const all = rows.map(judged);
  const ordered = all.filter(({ plans }) => plans >= 4).sort((a, b) => a.correlation - b.correlation);
  const families = Map.groupBy(all, ({ name }) => name.split(' ')[0]);
  console.log('| layers | number | chosen within 15 % of the best measured | within 40 % | worst | median correlation |');
  console.log('|---|---|---|---|---|---|');
  for (const [family, own] of [...families, ['all', all] as const]) {
    const within = (share: number) => own.filter(({ loss }) => loss <= share).length;
    const correlations = own.filter(({ plans }) => plans >= 4).map(({ correlation }) => correlation);
    const median = correlations.sort((a, b) => a - b)[correlations.length >> 1];
    const worst = `${(100 * Math.max(...own.map(({ loss }) => loss))).toFixed(0)} %`;
    console.log(`| ${family} | ${own.length} | ${within(0.15)} | ${within(0.4)} | ${worst} | ${median?.toFixed(3) ?? '-'} |`);
  }
  const enough = all.filter(({ plans }) => plans >= 8).length;
  console.log(`\n${enough} of the layers with eight plans; lowest correlations of those with four or more:`);
  for (const { name, correlation, spread } of ordered.slice(0, 4))
    console.log(`  ${name}: ${correlation.toFixed(2)}, slowest plan ${spread.toFixed(1)} times the fastest`);
  for (const { name, loss } of all.filter((row) => row.loss > 0.15))
    console.log(`  missed: ${name}: ${(100 * loss).toFixed(0)} % above the best`);
}

if (!options.summary) {
  const most = Number(options.most);
  const known = new Set(rows.map(({ name }) => name));
  const started = performance.now();
  for (const [k, layer] of layers(most / 4).entries()) {
    if (k % Number(options.every) !== 0 || known.has(layer.name)) continue;
    if (performance.now() - started > 1000 * Number(options.seconds)) break;
    const plans = plansOf(layer, Number(options.plans), most);
    if (plans.length < Number(options.least)) continue;
    const row = await timed(layer, plans);
    rows.push(row);
    appendFileSync(out, `${JSON.stringify(row)}\n`);
    const { correlation, loss } = judged(row);
    console.log(
      `${row.name.padEnd(48)} ${plans.length} plans  correlation ${correlation.toFixed(2)}  chosen ${(100 * loss).toFixed(0)} % above the best`,
    );
  }
}
if (rows.length > 0) summary();
