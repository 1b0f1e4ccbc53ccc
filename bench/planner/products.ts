/**
 * Products as the steps of layers have them, each alone and with cold caches, against their predictions: of what the model of predicted
 * time is made and where it is wrong.
 *
 * node bench/planner/products.ts --out FILE.jsonl [--most 6e8] [--seconds 300] measures products of the best few trees of operators of
 * width 256 to 4096 at batches of 1 to 4096, training, and goes on where the file ends; [--fit FILE.json] writes the profile that fits
 * what the file has; [--machine FILE.json] judges that one in place of the shipped one.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compileContraction } from '../../compiler/index.ts';
import { candidateTrees, defaultProfiles, type Laid, readProfile, Shapes, secondsBy } from '../../compiler/network/index.ts';
import { productsOf } from '../../compiler/network/timed-tree.ts';
import type { Network } from '../../compiler/values/plan.ts';
import { accelerate } from '../../runtime/cli/accelerate.ts';
import { processorTime } from '../../runtime/cli/calibrate.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { factorsOff, fitProfile } from '../../runtime/plan/fit.ts';
import { operators } from './layers.ts';

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    most: { type: 'string', default: '6e8' },
    seconds: { type: 'string', default: '300' },
    fit: { type: 'string' },
    profile: { type: 'string' },
  },
});
if (options.out === undefined) throw new Error('--out FILE.jsonl is missing: where the measurements are to be kept');
const out = options.out;
const profile = options.profile === undefined ? defaultProfiles.wasm : readProfile(JSON.parse(readFileSync(options.profile, 'utf8')));

interface Row {
  readonly network: Network;
  readonly seconds: number;
}
const rows: Row[] = existsSync(out)
  ? readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Row)
  : [];

/** Larger than the caches of a core and its share of the common one. */
const cold = new Float32Array(2 ** 24);
const TURNS = 5;
/** Milliseconds. */
const WARM = 25;

async function measured(network: Network): Promise<number> {
  const engine = await wasmEngine({ accelerate });
  const executable = compileContraction(network, [[0, 1]]);
  const { sizes } = executable;
  const [inputs, results] = [engine.allocate(sizes.inputs), engine.allocate(sizes.results)];
  engine.write(
    inputs,
    0,
    Float32Array.from({ length: sizes.inputs }, (_, i) => Math.sin(i)),
    'real',
  );
  const bound = (await engine.load(executable)).bind({ inputs, results });
  const samples: number[] = [];
  // Engines optimise what is hot once more.
  const began = processorTime();
  for (let k = 0; k < 1000 && (k < 2 || processorTime() - began < WARM); k++) bound.run({ seed: [0, 0], tick: 0 });
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = 0; i < cold.length; i += 16) cold[i] += 1;
    const from = processorTime();
    bound.run({ seed: [0, 0], tick: 0 });
    samples.push((processorTime() - from) / 1000);
  }
  return samples.sort((a, b) => a - b)[TURNS >> 1];
}

/** With letters numbered as they come, so that equal products are one. */
function networkOf([a, b, c]: readonly [Laid, Laid, Laid], sizes: readonly number[]): Network {
  const letters = [...new Set([...a.letters, ...b.letters])];
  const own = ({ letters: list }: Laid) => list.map((letter) => letters.indexOf(letter));
  return { inputs: [own(a), own(b)], output: own(c), sizes: letters.map((letter) => sizes[letter]) };
}

function shapeOf({ inputs, output, sizes }: Network) {
  const [a, b, c] = [...inputs, output].map((letters) => ({ letters, size: letters.reduce((size, letter) => size * sizes[letter], 1) }));
  return { ...new Shapes(sizes).of(a, b, c) };
}

if (Number(options.seconds) > 0) {
  const known = new Set(rows.map(({ network }) => JSON.stringify(network)));
  const started = performance.now();
  const drawn: Network[] = [];
  for (const { network } of operators()) {
    const request = { network, wanted: network.inputs.map(() => true), objective: 'time', profile } as const;
    const changes = network.inputs.map((_, k) => k === 0);
    for (const steps of candidateTrees(request, changes, 4)) {
      for (const product of productsOf(steps, request)) {
        const own = networkOf(product, network.sizes);
        const macs = own.sizes.reduce((sum, size) => sum * size, 1);
        const key = JSON.stringify(own);
        if (macs > Number(options.most) || macs < 1e5 || known.has(key)) continue;
        known.add(key);
        drawn.push(own);
      }
    }
  }
  // In an order that has all kinds soon.
  drawn.sort(
    (a, b) =>
      ((a.sizes.length * 7919 + a.sizes[0] * 31 + a.sizes.at(-1)!) % 101) -
      ((b.sizes.length * 7919 + b.sizes[0] * 31 + b.sizes.at(-1)!) % 101),
  );
  console.log(`${drawn.length} products to measure`);
  for (const network of drawn) {
    if (performance.now() - started > 1000 * Number(options.seconds)) break;
    const row = { network, seconds: await measured(network) };
    rows.push(row);
    appendFileSync(out, `${JSON.stringify(row)}\n`);
  }
}
const samples = rows.map(({ network, seconds }) => ({ shape: shapeOf(network), seconds }));
const judged = (name: string, by: typeof profile) => {
  const off = factorsOff(samples, by);
  const at = (part: number) => off[Math.min(off.length - 1, Math.floor(part * off.length))].toFixed(2);
  console.log(`${name}: ${samples.length} products, off by ${at(0.5)} in the middle, ${at(0.9)} for nine of ten, ${at(1)} at most`);
};
judged(profile.name, profile);
const worst = samples.map(({ shape, seconds }, k) => ({ k, shape, seconds, ratio: seconds / secondsBy(profile)(shape) }));
worst.sort((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)));
for (const { k, shape, seconds, ratio } of worst.slice(0, 12)) {
  const { batch, rows: tall, columns, depth, leftWalks, rightInRuns, resultInRuns } = shape;
  const lies = `left by ${leftWalks}, right ${rightInRuns ? 'in runs' : 'gathered'}, result ${resultInRuns ? 'in runs' : 'scattered'}`;
  console.log(
    `  ${ratio.toFixed(2)} times its prediction: ${batch} x ${tall} x ${columns} x ${depth}, ${lies}, ${(1e3 * seconds).toPrecision(3)} ms  ${JSON.stringify(rows[k].network)}`,
  );
}
if (options.fit !== undefined) {
  const fitted = fitProfile(samples, profile, 'fitted to products of layers');
  judged(fitted.name, fitted);
  writeFileSync(options.fit, `${JSON.stringify(fitted, null, 1)}\n`);
  console.log(JSON.stringify(fitted.coefficients));
}
