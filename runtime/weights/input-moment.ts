/** Second moments of what a weight is multiplied by, and the root L that turns errors of the weight into errors of its outputs. */
import { contract } from './contract.ts';
import type { Factored } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count } from './tensor.ts';

/** The sum over examples of x x^T, x over the axes `axes` of a weight together, row-major in their order. */
export interface InputMoment {
  readonly axes: readonly number[];
  readonly matrix: Float64Array;
}

/** What the error of a weight is measured by: its inputs, and, where the loss counts, the gradients that reach its outputs. */
export interface Moments {
  readonly inputs: InputMoment;
  readonly gradients?: InputMoment;
}

/** Of the mean of the diagonal: added where inputs do not span all directions, so that what they never show is kept too. */
export const RIDGE = 1e-7;

/** One side of a weight, and the root of what it meets there. */
export interface Side {
  readonly axes: readonly number[];
  /** L [size, size], lower triangle; L L^T is the moment over `scale`, its mean diagonal entry. */
  readonly lower: Float64Array;
  readonly size: number;
  readonly scale: number;
  /** Directions that had to be made up. */
  readonly weak: number;
}

export function sidesOf({ inputs, gradients }: Moments, axes: readonly Factored[]): Side[] {
  const side = (moment: InputMoment, what: string) => ({ axes: moment.axes, ...rootOf(moment, axes, what) });
  return [side(inputs, 'inputs'), ...(gradients === undefined ? [] : [side(gradients, 'gradients')])];
}

/** Cholesky's factor of the moment over its mean diagonal entry. Throws RangeError where it is zero or not finite. */
function rootOf({ axes: own, matrix }: InputMoment, axes: readonly Factored[], what: string): Omit<Side, 'axes'> {
  const n = count(own.map((axis) => axes[axis].size));
  if (matrix.length !== n * n) throw new RangeError(`the second moment has ${matrix.length} entries where the inputs are ${n} long`);
  let trace = 0;
  for (let k = 0; k < n; k++) trace += matrix[k * n + k];
  if (!(trace > 0) || !Number.isFinite(trace)) {
    throw new RangeError(`the calibration data never reach it: all its ${what} are zero or not finite`);
  }
  const scaled = matrix.map((value) => (value * n) / trace);
  const plain = cholesky(scaled, n, RIDGE);
  const known = { size: n, scale: trace / n, weak: plain.weak };
  if (plain.weak === 0) return { ...known, lower: plain.lower };
  for (let k = 0; k < n; k++) scaled[k * n + k] += RIDGE;
  return { ...known, lower: cholesky(scaled, n, 0).lower };
}

/** `weak` counts the pivots below `least` of the largest diagonal entry. */
function cholesky(matrix: Float64Array, n: number, least: number): { lower: Float64Array; weak: number } {
  const lower = new Float64Array(n * n);
  let largest = 0;
  for (let k = 0; k < n; k++) largest = Math.max(largest, matrix[k * n + k]);
  let weak = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) sum -= lower[i * n + k] * lower[j * n + k];
      if (i > j) {
        lower[i * n + j] = lower[j * n + j] === 0 ? 0 : sum / lower[j * n + j];
        continue;
      }
      if (sum <= least * largest) weak++;
      lower[i * n + i] = Math.sqrt(sum <= least * largest ? 0 : sum);
    }
  }
  return { lower, weak };
}

/** W L: the input axes stay where they are. */
export function withInputs(weight: HostTensor, own: readonly number[], lower: Float64Array, size: number): HostTensor {
  const letters = weight.shape.map((_, axis) => axis);
  const far = letters.length;
  const sizes = own.map((axis) => weight.shape[axis]);
  const root = { letters: [...own, ...own.map((axis) => axis + far)], tensor: { shape: [...sizes, ...sizes], data: lower } };
  if (count(sizes) !== size) throw new RangeError('the inputs have another size than the weight');
  return contract(
    [{ letters, tensor: weight }, root],
    letters.map((axis) => (own.includes(axis) ? axis + far : axis)),
  );
}

/** sqrt of the sum over examples of |W x|^2, or with gradients g of (g^T W x)^2 as if both were independent, from the moments themselves. */
export function outputNorm(weight: HostTensor, { inputs, gradients }: Moments): number {
  const by = (tensor: HostTensor, { axes, matrix }: InputMoment) =>
    withInputs(tensor, axes, matrix, count(axes.map((axis) => tensor.shape[axis])));
  const seen = by(weight, inputs);
  const { data } = gradients === undefined ? seen : by(seen, gradients);
  let sum = 0;
  for (let k = 0; k < data.length; k++) sum += data[k] * weight.data[k];
  return Math.sqrt(Math.max(0, sum));
}

/** Rows x with x L = row, in place of each row of `data`. */
export function solveRows(data: Float64Array, lower: Float64Array, n: number): Float64Array {
  const result = data.slice();
  for (let from = 0; from < result.length; from += n) {
    for (let j = n - 1; j >= 0; j--) {
      const value = result[from + j] / lower[j * n + j];
      result[from + j] = value;
      for (let k = 0; k < j; k++) result[from + k] -= value * lower[j * n + k];
    }
  }
  return result;
}
