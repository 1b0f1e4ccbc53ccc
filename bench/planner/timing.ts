/**
 * Does the model of predicted time order plans as the engine does? For layers of several topologies, sizes and batches, some plans each,
 * run in turns in the WebAssembly engine, the median of seven processor times: Spearman's correlation of prediction and measurement within each layer,
 * and how far the plan chosen by prediction is from the best measured. With --fit the coefficients are fitted first, on every other
 * layer: node bench/planner/timing.ts [--fit] [--layers 44] [--plans 8] [--most 2e8] [--out FILE.json]
 * [--profile FILE.json]; the last is what `bondsmith plan --profile` and StepOptions.profile read.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { kernelise } from '../../compiler/kernel/index.ts';
import { measure } from '../../compiler/network/evaluate.ts';
import { defaultProfile, measureOf } from '../../compiler/network/objective.ts';
import { problemOf } from '../../compiler/network/problem.ts';
import type { Steps } from '../../compiler/network/tree.ts';
import { Tree } from '../../compiler/network/tree.ts';
import { Builder } from '../../compiler/program/builder.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { binarise } from '../../compiler/program/passes/binarise.ts';
import { placesOf } from '../../compiler/program/places.ts';
import type { Executable } from '../../compiler/values/executable.ts';
import type { Network } from '../../compiler/values/plan.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import type { Layer } from './layers.ts';
import { layers, plansOf } from './layers.ts';

const { values: options } = parseArgs({
  options: {
    fit: { type: 'boolean', default: false },
    layers: { type: 'string', default: '44' },
    plans: { type: 'string', default: '8' },
    most: { type: 'string', default: '2e8' },
    out: { type: 'string' },
    profile: { type: 'string' },
  },
});

/** The network as one contraction, taken apart by the tree, as the compiler does it. */
function executable(network: Network, steps: Steps, name: string): Executable {
  const builder = new Builder(table);
  const letters = network.sizes.map((size, k) => ({ name: `l${k}`, size }));
  const inputs = network.inputs.map((list, k) =>
    builder.source({ kind: 'input', name: `x${k}`, rate: 'batch' }, { dtype: 'real', axes: list.map((letter) => letters[letter]) }),
  );
  const value = builder.add('contract', inputs, { letters, operands: network.inputs, result: network.output });
  const whole = builder.program(name, [{ kind: 'result', name: 'y', value }]);
  const program = binarise(
    whole,
    table,
    new Map([[value, { network, plan: { ...measure(steps, { network }), method: 'given', optimal: false } }]]),
  );
  const layout = { members: [], size: 0 };
  const placed = placesOf(program, layout);
  return { key: name, name, program, schedule: kernelise(program, table, placed), layout, places: placed.places, gates: [] };
}

interface Timed {
  readonly layer: Layer;
  readonly plans: readonly Steps[];
  readonly seconds: readonly number[];
}

/** Milliseconds of this process on a processor: other processes on the machine do not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Medians of seven runs, the plans in turns. A run is repeated within a measurement until it takes two milliseconds. */
async function timed(layer: Layer, plans: readonly Steps[]): Promise<Timed> {
  const engine = await wasmEngine({});
  const runs: (() => void)[] = [];
  for (const [k, steps] of plans.entries()) {
    const made = executable(layer.network, steps, `${layer.name} ${k}`);
    const { sizes } = made.schedule;
    const [inputs, results] = [engine.allocate(sizes.inputs), engine.allocate(sizes.results)];
    engine.write(
      inputs,
      0,
      Float32Array.from({ length: sizes.inputs }, (_, i) => Math.sin(i)),
      'real',
    );
    const bound = (await engine.load(made)).bind({ inputs, results });
    runs.push(() => bound.run({ seed: [0, 0], tick: 0 }));
  }
  // The engine compiles what is hot once more, on another thread, whose time would count.
  for (const run of runs) for (const from = processorTime(); processorTime() - from < 20; ) run();
  const repeats = runs.map((run) => {
    const from = processorTime();
    run();
    return Math.max(1, Math.ceil(2 / Math.max(0.001, processorTime() - from)));
  });
  const samples: number[][] = runs.map(() => []);
  for (let turn = 0; turn < 7; turn++) {
    runs.forEach((run, k) => {
      const from = processorTime();
      for (let i = 0; i < repeats[k]; i++) run();
      samples[k].push((processorTime() - from) / repeats[k] / 1000);
    });
  }
  return { layer, plans, seconds: samples.map((list) => list.sort((a, b) => a - b)[3]) };
}

type Coefficients = Readonly<Record<string, number>>;
const profileOf = (coefficients: Coefficients) => ({ ...defaultProfile, coefficients });
function predicted({ layer, plans }: Timed, coefficients: Coefficients): number[] {
  const problem = problemOf(layer);
  const by = measureOf('time', profileOf(coefficients));
  return plans.map((steps) => new Tree(problem, by, steps).total());
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

/** Least squares of logarithms within layers and over all, one coefficient after the other by ever smaller factors. */
function fitted(list: readonly Timed[], start: Coefficients): Coefficients {
  const error = (coefficients: Coefficients) =>
    list.reduce((sum, one) => sum + predicted(one, coefficients).reduce((s, p, k) => s + Math.log(p / one.seconds[k]) ** 2, 0), 0);
  let best = { ...start };
  let lowest = error(best);
  for (let factor = 2; factor > 1.02; factor = Math.sqrt(factor)) {
    for (let pass = 0; pass < 8; pass++) {
      const before = lowest;
      for (const name of Object.keys(best)) {
        for (const by of [factor, 1 / factor]) {
          const tried = { ...best, [name]: best[name] * by };
          const value = error(tried);
          if (value < lowest) [best, lowest] = [tried, value];
        }
      }
      if (lowest === before) break;
    }
  }
  return best;
}

const most = Number(options.most);
const all = layers(most / 4);
const stride = Math.max(1, Math.floor(all.length / Number(options.layers)));
const measured: Timed[] = [];
for (const layer of all.filter((_, k) => k % stride === 0)) {
  const plans = plansOf(layer, Number(options.plans), most);
  if (plans.length >= Math.min(4, Number(options.plans))) measured.push(await timed(layer, plans));
}
const coefficients = options.fit
  ? fitted(
      measured.filter((_, k) => k % 2 === 0),
      defaultProfile.coefficients,
    )
  : defaultProfile.coefficients;
const table2 = measured.map((one) => {
  const prediction = predicted(one, coefficients);
  const chosen = prediction.indexOf(Math.min(...prediction));
  return {
    name: one.layer.name,
    plans: one.plans.length,
    correlation: spearman(prediction, one.seconds),
    loss: one.seconds[chosen] / Math.min(...one.seconds) - 1,
    prediction,
    seconds: one.seconds,
  };
});
for (const { name, plans, correlation, loss } of table2)
  console.log(
    `${name.padEnd(48)} ${plans} plans  correlation ${correlation.toFixed(2)}  chosen ${(100 * loss).toFixed(0)} % above the best`,
  );
const correlations = table2.map((row) => row.correlation).sort((a, b) => a - b);
const losses = table2.map((row) => row.loss);
console.log(`\ncoefficients ${JSON.stringify(coefficients)}`);
console.log(
  `${table2.length} layers: median correlation ${correlations[correlations.length >> 1].toFixed(3)}, worst ${correlations[0].toFixed(3)}`,
);
console.log(
  `chosen within 15 %: ${losses.filter((loss) => loss <= 0.15).length} of ${losses.length}, within 40 %: ${losses.filter((loss) => loss <= 0.4).length}, worst ${(100 * Math.max(...losses)).toFixed(0)} %`,
);
if (options.out !== undefined) writeFileSync(options.out, JSON.stringify(table2, null, 1));
if (options.profile !== undefined)
  writeFileSync(options.profile, `${JSON.stringify({ name: 'measured', engine: 'wasm', coefficients }, null, 1)}\n`);
