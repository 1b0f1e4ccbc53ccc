/**
 * Predicted time of a pairwise product: what its kernel does is counted, and each count takes so many nanoseconds. The counts follow from
 * the structure of the kernels of an engine, the nanoseconds are a profile: measured on a machine by `bondsmith calibrate`, or shipped.
 * A profile is a file that is named, never a clock: the same profile gives the same plan everywhere.
 */
import { hash } from '../values/hash.ts';
import type { Plan, Profile } from '../values/plan.ts';
import { wasm } from '../values/target.ts';
import { checkSteps, NetworkError } from './check.ts';
import type { Shape } from './layout.ts';

/** What a kernel does for a product, in the order of `names`. */
export interface TimeModel {
  readonly names: readonly string[];
  count(shape: Shape, counts: Float64Array): void;
}

/** Elements: one megabyte. */
const CACHED = 2 ** 18;

/**
 * The WebAssembly engine: `macs` with tiles filled up to whole micro-kernels; a `call` of a micro-kernel and a `launch`; elements of the
 * left side that are packed in runs (`panel`) or one by one (`left`) for every block of columns; elements of the right side that are
 * packed in runs (`packed`) or one by one (`gathered`) for every block of rows; elements of the result that are written one by one
 * (`scattered`); elements of values larger than the cache of a core (`far`). A product of a matrix and a vector has no tiles: `sums` are
 * its multiply-adds, `values` what it writes.
 */
const wasmModel: TimeModel = {
  names: ['macs', 'call', 'launch', 'panel', 'left', 'packed', 'gathered', 'scattered', 'far', 'sums', 'values'],
  count(shape, counts) {
    const { batch, rows, columns, depth, left, right, result, leftWalks, rightInRuns, resultInRuns } = shape;
    counts.fill(0);
    counts[2] = 1;
    for (const size of [left, right, result]) if (size > CACHED) counts[8] += size;
    if (rows < 2 || columns < 2 || depth < 2) {
      counts[9] = batch * rows * columns * depth;
      counts[10] = result;
      return;
    }
    const { narrow, wide: most, tall: high, low, enoughBlocks, micro, depth: packed } = wasm.product;
    const wide = Math.ceil(columns / (columns <= narrow ? narrow : most));
    const tall = Math.ceil(rows / (rows > low && batch * Math.ceil(rows / high) * wide >= enoughBlocks ? high : low));
    const tiles = batch * Math.ceil(rows / micro.rows) * Math.ceil(columns / micro.columns);
    counts[0] = tiles * micro.rows * micro.columns * depth;
    counts[1] = tiles * Math.ceil(depth / packed);
    if (leftWalks === 'rows') counts[3] = left * wide;
    if (leftWalks === 'neither') counts[4] = left * wide;
    counts[rightInRuns ? 5 : 6] = right * tall;
    if (!resultInRuns) counts[7] = result;
  },
};

/** A GPU: multiply-adds, elements that are read and written, and a launch. */
const webgpuModel: TimeModel = {
  names: ['macs', 'read', 'written', 'launch'],
  count({ batch, rows, columns, depth, left, right, result }, counts) {
    counts[0] = batch * rows * columns * depth;
    counts[1] = left + right;
    counts[2] = result;
    counts[3] = 1;
  },
};

export const timeModels: Readonly<Record<Profile['engine'], TimeModel>> = { wasm: wasmModel, webgpu: webgpuModel };

/**
 * One for each engine. That of `wasm` was fitted to products of operators with their gradients, each timed alone and with cold caches, as a
 * step meets them (bench/planner/products.ts), on one thread of a server processor with 256-bit vectors (docs/planner.md); `launch` is set
 * by hand, since a single cold call tells more of the call than of the launch. That of `webgpu` is not measured: it is what vendors state for an integrated GPU (about 2e12 multiply-adds a second
 * and 60 GB/s), a quarter of the first for kernels that nobody tuned, and 5 microseconds a dispatch.
 */
export const defaultProfiles: Readonly<Record<Profile['engine'], Profile>> = {
  wasm: {
    name: 'wasm-default',
    engine: 'wasm',
    coefficients: {
      macs: 0.0203,
      call: 32.7,
      launch: 500,
      panel: 0.455,
      left: 0.627,
      packed: 0.656,
      gathered: 0.777,
      scattered: 0.329,
      far: 0,
      sums: 0.806,
      values: 0.484,
    },
  },
  webgpu: { name: 'webgpu-estimate', engine: 'webgpu', coefficients: { macs: 0.002, read: 0.067, written: 0.067, launch: 5000 } },
};

/** Seconds of a product by its shape. */
export function secondsBy({ engine, coefficients }: Profile): (shape: Shape) => number {
  const { names, count } = timeModels[engine];
  const each = Float64Array.from(names, (name) => 1e-9 * coefficients[name]);
  const counts = new Float64Array(names.length);
  return (shape) => {
    count(shape, counts);
    let seconds = 0;
    for (let k = 0; k < each.length; k++) seconds += each[k] * counts[k];
    return seconds;
  };
}

/** Sixteen hexadecimal digits for what a profile predicts; its name does not enter. */
export function profileKey({ engine, coefficients, trees }: Profile): string {
  const measured = trees === undefined ? [] : [Object.entries(trees).sort(([a], [b]) => (a < b ? -1 : 1))];
  return hash(JSON.stringify([engine, timeModels[engine].names.map((name) => coefficients[name]), ...measured]));
}

/**
 * A profile from parsed JSON: `{"name", "engine", "coefficients": {...}}`, nanoseconds by the names of the engine's model, and `trees` that
 * were measured, by their keys. Throws
 * NetworkError with the field, what was expected and what was found.
 */
export function readProfile(value: unknown): Profile {
  const record = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const { name, engine, coefficients } = record;
  if (typeof name !== 'string' || name === '' || typeof coefficients !== 'object' || coefficients === null || Array.isArray(coefficients))
    throw new NetworkError('expected a profile: an object with name, engine and coefficients, as `bondsmith calibrate` writes it');
  if (engine !== 'wasm' && engine !== 'webgpu')
    throw new NetworkError(`the profile is for engine ${JSON.stringify(engine) ?? 'nothing'}; there are wasm and webgpu`);
  const given = coefficients as Readonly<Record<string, unknown>>;
  const { names } = timeModels[engine];
  const unknown = Object.keys(given).find((key) => !names.includes(key));
  if (unknown !== undefined) throw new NetworkError(`coefficient ${unknown} is not known; a profile of ${engine} has ${names.join(', ')}`);
  const read = names.map((key): [string, number] => {
    const number = given[key];
    const least = key === 'macs' ? Number.MIN_VALUE : 0;
    if (typeof number === 'number' && Number.isFinite(number) && number >= least) return [key, number];
    const expected = `a number ${least > 0 ? 'above 0' : 'from 0 on'}, in nanoseconds`;
    throw new NetworkError(`coefficient ${key} is ${JSON.stringify(number) ?? 'missing'}; expected ${expected}`);
  });
  const trees = record.trees === undefined ? {} : { trees: readTrees(record.trees) };
  return { name, engine, coefficients: Object.fromEntries(read), ...trees };
}

function readTrees(value: unknown): NonNullable<Profile['trees']> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new NetworkError('trees: expected an object with steps by keys, as `bondsmith tune` writes it');
  const isStep = (step: unknown) => Array.isArray(step) && step.length === 2 && step.every((at) => Number.isSafeInteger(at));
  const trees = Object.entries(value).map(([key, steps]: [string, unknown]): [string, Plan['steps']] => {
    if (!/^[0-9a-f]{16}$/.test(key)) throw new NetworkError(`trees: ${JSON.stringify(key)} is no key; expected sixteen hexadecimal digits`);
    if (!Array.isArray(steps) || !steps.every(isStep)) throw new NetworkError(`trees: ${key} has no steps; expected a list of pairs`);
    checkSteps(steps, steps.length + 1);
    return [key, steps];
  });
  return Object.fromEntries(trees);
}
