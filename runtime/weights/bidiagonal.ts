/**
 * Left singular vectors and values of a square matrix by its reduction to two diagonals with Householder reflections (Golub and Kahan, SIAM
 * J. Numer. Anal. 2, 1965). Each step reads the matrix twice: what it takes away is taken when the next one reads, as Howell et al. order it
 * (ACM Trans. Math. Softw. 34, 2008). Errors are some roundings of the largest value, as with every method that rotates from both sides.
 */

import { bidiagonalSingular } from './divide.ts';
import { multiply, transpose } from './matrix-product.ts';
import { kernels, numbersFor } from './native/kernels.ts';

/** Reflections that are applied together. */
const PANEL = 32;

/** H = 1 - factor u u^T for each row u of `vectors` [n, n], which begins with k zeros in row k. */
interface Reflections {
  readonly vectors: Float64Array;
  readonly factors: Float64Array;
}
interface Bidiagonal {
  /** n and n - 1 numbers: A = H_0 H_1 ... B W with B upper bidiagonal and W orthogonal. */
  readonly diagonal: Float64Array;
  readonly above: Float64Array;
  readonly left: Reflections;
}

/** Rows of `u` [most, n] are the first left singular vectors of a[n, n]; `s` has all values, descending. */
export function squareSingular(a: Float64Array, n: number, most = n): { readonly u: Float64Array; readonly s: Float64Array } {
  const { diagonal, above, left } = bidiagonal(a, n);
  const { u, s } = bidiagonalSingular(diagonal, above, most);
  reflectRows(u, most, n, left);
  return { u, s };
}

function bidiagonal(a: Float64Array, n: number): Bidiagonal {
  const width = Math.ceil(n / 4) * 4;
  // The matrix, then p, q and r of its rows, then four vectors as long as a row, and products with rows.
  const [scalars, vectors, products] = [n * width, n * width + 3 * n, n * width + 3 * n + (n % 2) + 4 * width];
  const memory = numbersFor(products + n);
  memory.fill(0, 0, products + n);
  for (let i = 0; i < n; i++) memory.set(a.subarray(i * n, (i + 1) * n), i * width);
  const begin = vectors + (n % 2);
  const [x, y, z, v] = [0, 1, 2, 3].map((k) => memory.subarray(begin + k * width, begin + (k + 1) * width));
  const pqr = memory.subarray(scalars, scalars + 3 * n);
  const left = { vectors: new Float64Array(n * n), factors: new Float64Array(n) };
  const [diagonal, above] = [new Float64Array(n), new Float64Array(n - 1)];
  for (let k = 0; k < n; k++) {
    const u = left.vectors.subarray(k * n, (k + 1) * n);
    // What is to be subtracted from the rows: p x + q y.
    for (let i = k; i < n; i++) u[i] = memory[i * width + k] - pqr[3 * i] * x[k] - pqr[3 * i + 1] * y[k];
    const [value, factor] = reflection(u, k, n);
    diagonal[k] = value;
    left.factors[k] = factor;
    if (k === n - 1) break;
    const from = (k + 1) & ~3;
    const row = k * width;
    for (let i = k; i < n; i++) pqr[3 * i + 2] = u[i];
    z.fill(0, from);
    const byteWidth = 8 * (width - from);
    kernels().fold(8 * (row + from), n - k, byteWidth, 8 * width, 8 * (scalars + 3 * k), 8 * (begin + from), 8 * width);
    for (let j = from; j <= k; j++) z[j] = 0;
    v.fill(0, from);
    for (let j = k + 1; j < n; j++) {
      z[j] *= factor;
      v[j] = memory[row + j] - u[k] * z[j];
    }
    const [beside, turn] = reflection(v, k + 1, n);
    above[k] = beside;
    kernels().rowProducts(8 * (row + width + from), n - k - 1, byteWidth, 8 * width, 8 * (begin + 3 * width + from), 8 * products);
    let common = 0;
    for (let j = k + 1; j < n; j++) common += z[j] * v[j];
    for (let i = k + 1; i < n; i++) {
      pqr[3 * i] = u[i];
      pqr[3 * i + 1] = turn * (memory[products + i - k - 1] - u[i] * common);
    }
    x.set(z.subarray(from), from);
    y.set(v.subarray(from), from);
  }
  return { diagonal, above, left };
}

/**
 * Turns the entries of `vector` from `from` on into u of the reflection that maps them to (value, 0, 0, ...). Entries that are zero but for
 * the first stay as they are, and the factor is 0.
 */
function reflection(vector: Float64Array, from: number, to: number): [value: number, factor: number] {
  let rest = 0;
  for (let k = from + 1; k < to; k++) rest += vector[k] * vector[k];
  const head = vector[from];
  if (rest === 0) return [head, 0];
  const length = Math.sqrt(head * head + rest);
  const value = head > 0 ? -length : length;
  vector[from] = head - value;
  return [value, 2 / (vector[from] * vector[from] + rest)];
}

/** Each row t of `rows` [m, n] becomes H_0 H_1 ... t, panels of reflections at once (Schreiber and Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989). */
function reflectRows(rows: Float64Array, m: number, n: number, { vectors, factors }: Reflections): void {
  const last = Math.floor((n - 1) / PANEL) * PANEL;
  for (let from = last; from >= 0; from -= PANEL) {
    const count = Math.min(PANEL, n - from);
    const length = n - from;
    const panel = new Float64Array(count * length);
    for (let k = 0; k < count; k++) panel.set(vectors.subarray((from + k) * n + from, (from + k + 1) * n), k * length);
    const upright = transpose(panel, count, length);
    const turn = transpose(panelFactor(multiply(panel, upright, count, length, count), factors.subarray(from, from + count)), count, count);
    const part = new Float64Array(m * length);
    for (let i = 0; i < m; i++) part.set(rows.subarray(i * n + from, (i + 1) * n), i * length);
    const change = multiply(multiply(multiply(part, upright, m, length, count), turn, m, count, count), panel, m, count, length);
    for (let i = 0; i < m; i++) {
      for (let j = 0, to = i * n + from, at = i * length; j < length; j++, to++, at++) rows[to] -= change[at];
    }
  }
}

/** The upper triangle T with H_0 ... H_(count - 1) = 1 - Y T Y^T, of the products Y^T Y of their vectors. */
function panelFactor(products: Float64Array, factors: Float64Array): Float64Array {
  const count = factors.length;
  const result = new Float64Array(count * count);
  for (let j = 0; j < count; j++) {
    result[j * count + j] = factors[j];
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum += result[i * count + k] * products[k * count + j];
      result[i * count + j] = -factors[j] * sum;
    }
  }
  return result;
}
