/**
 * Measures a profile on this machine: products of matrices of many shapes and layouts run in the engine, each alone, and the nanoseconds
 * of what their kernels do are fitted to the times. The products are drawn from a seed, so that two machines measure the same.
 */
import { compileContraction } from '../../compiler/index.ts';
import type { Profile } from '../../compiler/network/index.ts';
import { defaultProfiles, Shapes } from '../../compiler/network/index.ts';
import type { Network } from '../../compiler/values/plan.ts';
import { streamKey, uniformOf, wordAt } from '../../compiler/values/random.ts';
import type { Engine } from '../engine/engine.ts';
import type { Sample } from './fit.ts';
import { factorsOff, fitProfile } from './fit.ts';

export interface Calibration {
  readonly profile: Profile;
  readonly products: number;
  /** Of the predictions of the measured products by the profile: the median and the ninth tenth of the factors by which they are off. */
  readonly off: { readonly median: number; readonly most: number };
}

const PRODUCTS = 240;
/** Products whose runs take turns. */
const AT_ONCE = 24;
const LARGEST_MACS = 2 ** 26;
const LARGEST_VALUE = 2 ** 21;

/** About half a minute. `clock` in milliseconds, best that of the processor. `progress` hears how many of all products are measured. */
export async function calibrate(
  engine: Engine,
  clock: () => number,
  name: string,
  progress: (done: number, all: number) => void = () => {},
  count = PRODUCTS,
): Promise<Calibration> {
  const products = drawnProducts(count);
  const samples: Sample[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const group = products.slice(from, from + AT_ONCE);
    const made: Awaited<ReturnType<typeof runnable>>[] = [];
    for (const product of group) made.push(await runnable(engine, product));
    const seconds = medians(
      made.map(({ run }) => run),
      clock,
    );
    group.forEach((product, k) => {
      samples.push({ shape: shapeOf(product), seconds: seconds[k] });
      made[k].release();
    });
    progress(Math.min(count, from + AT_ONCE), count);
  }
  const profile = fitProfile(samples, defaultProfiles.wasm, name);
  const off = factorsOff(samples, profile);
  return { profile, products: count, off: { median: off[off.length >> 1], most: off[Math.floor(0.9 * off.length)] } };
}

async function runnable(engine: Engine, network: Network): Promise<{ run(): void; release(): void }> {
  const executable = compileContraction(network, [[0, 1]]);
  const { sizes } = executable;
  const [inputs, results] = [engine.allocate(sizes.inputs), engine.allocate(sizes.results)];
  const data = Float32Array.from({ length: sizes.inputs }, (_, i) => Math.sin(i));
  engine.write(inputs, 0, data, 'real');
  const loaded = await engine.load(executable);
  const bound = loaded.bind({ inputs, results });
  return {
    run: () => bound.run({ seed: [0, 0], tick: 0 }),
    release() {
      loaded.release();
      engine.release(inputs);
      engine.release(results);
    },
  };
}

/** Milliseconds for which each run is repeated before anything is measured: engines optimise what is hot once more. */
const WARM = 15;
/** A measurement takes so many milliseconds at least. */
const LEAST = 2;
const TURNS = 7;

/** Seconds of each run: medians of seven measurements, in turns. */
export function medians(runs: readonly (() => void)[], clock: () => number): number[] {
  for (const run of runs) {
    const from = clock();
    for (let k = 0; k < 1000 && clock() - from < WARM; k++) run();
  }
  const repeats = runs.map((run) => {
    const from = clock();
    run();
    return Math.max(1, Math.ceil(LEAST / Math.max(0.001, clock() - from)));
  });
  const samples: number[][] = runs.map(() => []);
  for (let turn = 0; turn < TURNS; turn++) {
    runs.forEach((run, k) => {
      const from = clock();
      for (let i = 0; i < repeats[k]; i++) run();
      samples[k].push((clock() - from) / repeats[k] / 1000);
    });
  }
  return samples.map((list) => list.sort((a, b) => a - b)[TURNS >> 1]);
}

/**
 * Products of two operands as layers have them: rows from a batch and what is not summed yet, columns and depth of cores and bonds, each of
 * one to three letters, half of them as they lie best and half in any order; now and then with a letter of all three or without columns.
 */
function drawnProducts(count: number): Network[] {
  const key = streamKey([1, 0], 'calibrate', 0);
  let drawn = 0;
  const random = () => uniformOf(wordAt(key, 0, drawn++));
  const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const products: Network[] = [];
  while (products.length < count) {
    const sizes: number[] = [];
    const letters = (bits: number): number[] => {
      const parts = Math.min(bits, whole(1, 3));
      return Array.from({ length: parts }, (_, k) => sizes.push(2 ** (Math.floor(bits / parts) + (k < bits % parts ? 1 : 0))) - 1);
    };
    const rows = letters(whole(1, 16));
    const columns = random() < 0.05 ? [] : letters(whole(1, 10));
    const depth = letters(whole(1, 10));
    const batch = random() < 0.1 ? letters(whole(1, 3)) : [];
    const laid = (first: number[], second: number[]) => {
      const own = [...batch, ...first, ...second];
      if (random() < 0.5) return own;
      return own
        .map((letter) => ({ letter, at: random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ letter }) => letter);
    };
    const inputs = [laid(rows, depth), random() < 0.5 ? laid(depth, columns) : laid(columns, depth)];
    const network = { inputs, output: laid(rows, columns), sizes };
    const values = [...inputs, network.output].map((list) => list.reduce((size, letter) => size * sizes[letter], 1));
    if (sizes.reduce((macs, size) => macs * size, 1) <= LARGEST_MACS && Math.max(...values) <= LARGEST_VALUE) products.push(network);
  }
  return products;
}

function shapeOf({ inputs, output, sizes }: Network): Sample['shape'] {
  const [a, b, c] = [...inputs, output].map((letters) => ({ letters, size: letters.reduce((size, letter) => size * sizes[letter], 1) }));
  const shapes = new Shapes(sizes);
  // As binarise.ts has it: the larger operand is the left one.
  return { ...(a.size >= b.size ? shapes.of(a, b, c) : shapes.of(b, a, c)) };
}
