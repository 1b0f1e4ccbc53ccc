/**
 * From measured products to a profile: the nanoseconds of each count, none below zero, that make the logarithms of predicted and measured
 * times agree best. Relative errors are what misleads a planner, and products take from a tenth of a microsecond to seconds.
 */
import type { Profile, Shape } from '../../compiler/network/index.ts';
import { secondsBy, timeModels } from '../../compiler/network/index.ts';

export interface Sample {
  readonly shape: Shape;
  readonly seconds: number;
}

const ROUNDS = 30;
const SWEEPS = 200;

/**
 * Least squares of relative errors by coordinates (no coefficient below 0), repeated with weights that turn relative errors into those of
 * logarithms. A count that no sample has keeps the nanoseconds of `start`.
 */
export function fitProfile(samples: readonly Sample[], start: Profile, name: string): Profile {
  const { engine } = start;
  const { names, count } = timeModels[engine];
  const rows = samples.map(({ shape, seconds }) => {
    const counts = new Float64Array(names.length);
    count(shape, counts);
    return counts.map((value) => (1e-9 * value) / seconds);
  });
  const own = Float64Array.from(names, (key) => start.coefficients[key]);
  const weights = new Float64Array(rows.length).fill(1);
  for (let round = 0; round < ROUNDS; round++) {
    descend(rows, weights, own);
    rows.forEach((row, k) => {
      const ratio = Math.max(1e-3, dot(row, own));
      weights[k] = Math.min(20, Math.max(0.05, Math.abs(ratio - 1) < 1e-6 ? 1 : (Math.log(ratio) / (ratio - 1)) ** 2));
    });
  }
  const coefficients = names.map((key, k): [string, number] => [key, Number(own[k].toPrecision(3))]);
  return { name, engine, coefficients: Object.fromEntries(coefficients) };
}

/** By what factor each prediction is off, 1 at least, ascending. */
export function factorsOff(samples: readonly Sample[], profile: Profile): number[] {
  const predict = secondsBy(profile);
  return samples.map(({ shape, seconds }) => Math.exp(Math.abs(Math.log(predict(shape) / seconds)))).sort((a, b) => a - b);
}

/** Minimises the weighted squares of `row . own - 1`. */
function descend(rows: readonly Float64Array[], weights: Float64Array, own: Float64Array): void {
  const n = own.length;
  const square = new Float64Array(n * n);
  const side = new Float64Array(n);
  rows.forEach((row, r) => {
    for (let i = 0; i < n; i++) {
      side[i] += weights[r] * row[i];
      for (let j = 0; j < n; j++) square[n * i + j] += weights[r] * row[i] * row[j];
    }
  });
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let i = 0; i < n; i++) {
      if (square[n * i + i] === 0) continue;
      let slope = side[i];
      for (let j = 0; j < n; j++) slope -= square[n * i + j] * own[j];
      own[i] = Math.max(0, own[i] + slope / square[n * i + i]);
    }
    // The multiply-adds never take no time: nothing could be predicted of large products.
    own[0] = Math.max(own[0], 1e-6);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
