/**
 * Damped Gauss-Newton steps (Levenberg and Marquardt; the damping of Nielsen, IMM-REP-1999-05). The directions along which cores change
 * and their product does not have no curvature, and the damping leaves them alone. Where the weight can be met exactly it is met to
 * rounding in a few steps, and through the long flat valleys in which alternating least squares crawls it goes straight.
 */
import { multiply, transpose } from './linear-algebra.ts';
import type { Objective } from './problem.ts';

const EXACT = 1e-28;
/** Steps over which less than this share of the squared error goes are the last. */
const WINDOW = 6;
const PROGRESS = 1e-5;
/** Columns of a block of Cholesky's factorisation. */
const BLOCK = 32;

export class GaussNewton {
  point: Float64Array;
  value: number;
  iterations = 0;
  readonly #problem: Objective;
  #damping = 0;
  #growth = 2;
  #values: number[];
  #stuck = false;

  constructor(problem: Objective, start: Float64Array) {
    this.#problem = problem;
    this.point = start;
    this.value = problem.value(start);
    this.#values = [this.value];
  }

  get finished(): boolean {
    const before = this.#values.at(-1 - WINDOW);
    return this.#stuck || this.value <= EXACT || (before !== undefined && before - this.value <= PROGRESS * before);
  }

  /** At most so many further steps. */
  run(most: number): void {
    for (let k = 0; k < most && !this.finished; k++) this.#step();
  }

  #step(): void {
    const { gram, right } = this.#problem.normal(this.point);
    const n = right.length;
    let largest = 0;
    for (let k = 0; k < n; k++) largest = Math.max(largest, gram[k * n + k]);
    if (this.#damping === 0) this.#damping = 1e-2 * largest;
    for (let attempt = 0; attempt < 30; attempt++) {
      const step = solveDamped(gram, right, n, Math.max(this.#damping, 1e-14 * largest));
      const point = this.point.map((entry, k) => entry - step[k]);
      const value = this.#problem.value(point);
      // What the linear model promised: step . (damping step + right).
      let promised = 0;
      for (let k = 0; k < n; k++) promised += step[k] * (this.#damping * step[k] + right[k]);
      if (value < this.value && Number.isFinite(value)) {
        const ratio = (this.value - value) / Math.max(promised, Number.MIN_VALUE);
        this.#damping *= Math.max(1 / 3, 1 - (2 * ratio - 1) ** 3);
        this.#growth = 2;
        this.point = point;
        this.value = value;
        this.#values.push(value);
        this.iterations++;
        return;
      }
      this.#damping = Math.max(this.#damping, 1e-14 * largest) * this.#growth;
      this.#growth *= 2;
    }
    this.#stuck = true;
  }
}

/** x of (gram + damping) x = right, by Cholesky's factorisation; what rounding makes negative counts as the damping. */
export function solveDamped(gram: Float64Array, right: Float64Array, n: number, damping: number): Float64Array {
  const lower = factorised(gram, n, damping);
  const x = right.slice();
  for (let i = 0; i < n; i++) {
    let sum = x[i];
    for (let k = 0; k < i; k++) sum -= lower[i * n + k] * x[k];
    x[i] = sum / lower[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i];
    for (let k = i + 1; k < n; k++) sum -= lower[k * n + i] * x[k];
    x[i] = sum / lower[i * n + i];
  }
  return x;
}

/** L of L L^T = gram + damping, in the lower half of [n, n]: columns in blocks, each less a product with the columns before it. */
function factorised(gram: Float64Array, n: number, damping: number): Float64Array {
  const lower = gram.slice();
  for (let from = 0; from < n; from += BLOCK) {
    const until = Math.min(n, from + BLOCK);
    takeBefore(lower, n, from, until);
    for (let i = from; i < n; i++) {
      for (let j = from; j <= Math.min(i, until - 1); j++) {
        let sum = lower[i * n + j] + (i === j ? damping : 0);
        for (let k = from; k < j; k++) sum -= lower[i * n + k] * lower[j * n + k];
        lower[i * n + j] = i === j ? Math.sqrt(Math.max(sum, damping * 1e-3)) : sum / lower[j * n + j];
      }
    }
  }
  return lower;
}

/** From the columns `from` to `until`, rows from `from` on: the products of the columns before. */
function takeBefore(lower: Float64Array, n: number, from: number, until: number): void {
  if (from === 0) return;
  const rows = n - from;
  const width = until - from;
  const before = new Float64Array(rows * from);
  for (let i = 0; i < rows; i++) before.set(lower.subarray((from + i) * n, (from + i) * n + from), i * from);
  const product = multiply(before, transpose(before.subarray(0, width * from), width, from), rows, from, width);
  for (let i = 0; i < rows; i++) for (let j = 0; j < width; j++) lower[(from + i) * n + from + j] -= product[i * width + j];
}
