/**
 * Dense linear algebra in f64 for matrices of some thousand rows: product, left singular vectors, orthonormal rows, least squares.
 *
 * The singular value decomposition is one-sided Jacobi behind a QR factorisation (Drmac and Veselic, SIAM J. Matrix Anal. Appl. 29, 2008)
 * where the matrix is small: simple, accurate to the last singular value. Larger ones are reduced to two diagonals, which are divided and
 * conquered. Zeros and rank deficiency are ordinary input. Matrices are row-major.
 */

import { squareSingular } from './bidiagonal.ts';
import { multiply, transpose } from './matrix-product.ts';
import { kernels, numbersFor } from './native/kernels.ts';

export { multiply, transpose };

const EPSILON = 2 ** -52;
/** Columns of a chunk of the QR factorisation: with its rows what the second-level cache holds. */
const CHUNK = 256;
/** Rows up to which sweeps of rotations are faster than a reduction. */
const JACOBI = 128;

export interface LeftFactors {
  /** [m, m], or as many columns as were asked for: orthonormal (zero where the singular value is below the rounding of the largest). */
  readonly u: Float64Array;
  /** m of them, descending, not negative. */
  readonly s: Float64Array;
}

/**
 * The first `most` left singular vectors and all singular values of a wide matrix a[m, n], m <= n. It is first reduced to its triangular
 * factor.
 */
export function leftSingular(a: Float64Array, m: number, n: number, most = m): LeftFactors {
  if (m > n) throw new RangeError(`leftSingular wants a wide matrix, this one has ${m} rows and ${n} columns`);
  const found = m <= JACOBI ? byRotations(a, m, n) : byReduction(a, m, n, most);
  const columns = found.u.length / m;
  if (columns <= most) return found;
  const u = new Float64Array(m * most);
  for (let i = 0; i < m; i++) u.set(found.u.subarray(i * columns, i * columns + most), i * most);
  return { u, s: found.s };
}

function byReduction(a: Float64Array, m: number, n: number, most: number): LeftFactors {
  const { u: rows, s } = squareSingular(m === n ? a : transpose(triangle(a, m, n), m, m), m, most);
  for (let k = 0; k < most; k++) if (s[k] <= m * EPSILON * s[0]) rows.fill(0, k * m, (k + 1) * m);
  return { u: transpose(rows, most, m), s };
}

/** Rows in order of their norm make the sweeps few. */
function byRotations(a: Float64Array, m: number, n: number): LeftFactors {
  const order = rowsByNorm(a, m, n);
  const columns = triangularRows(a, order, n);
  orthogonalise(columns, m, m);
  const { s, position } = sortedNorms(columns, m, m);
  const u = new Float64Array(m * m);
  for (let k = 0; k < m; k++) {
    if (s[k] <= m * EPSILON * s[0]) continue;
    for (let i = 0; i < m; i++) u[order[i] * m + k] = columns[position[k] * m + i] / s[k];
  }
  return { u, s };
}

function rowsByNorm(a: Float64Array, m: number, n: number): number[] {
  const squares = new Float64Array(m);
  for (let i = 0; i < m; i++) squares[i] = dot(a, i * n, a, i * n, n);
  return Array.from({ length: m }, (_, i) => i).sort((i, j) => squares[j] - squares[i] || i - j);
}

/** The upper triangle R[m, m] with R^T R = a a^T, for any a[m, n]: the same lengths and angles of rows in m entries each. */
export function triangle(a: Float64Array, m: number, n: number): Float64Array {
  return triangularRows(
    a,
    Array.from({ length: m }, (_, i) => i),
    n,
  );
}

/**
 * The lower triangle L of a[order] = L Q^T by Householder reflections over chunks of columns, returned by columns: row k of the result
 * is column k of L. Q is never formed.
 */
function triangularRows(a: Float64Array, order: readonly number[], n: number): Float64Array {
  const m = order.length;
  const memory = numbersFor(m * m + m * CHUNK).subarray(0, m * m + m * CHUNK);
  memory.fill(0, 0, m * m);
  for (let from = 0; from < n; from += CHUNK) {
    const width = Math.min(CHUNK, n - from);
    const padded = Math.ceil(width / 4) * 4;
    for (let i = 0; i < m; i++) {
      const at = m * m + i * padded;
      memory.set(a.subarray(order[i] * n + from, order[i] * n + from + width), at);
      memory.fill(0, at + width, at + padded);
    }
    kernels().reflect(0, 8 * m * m, m, 8 * padded);
  }
  return memory.slice(0, m * m);
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, n: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let t = 0;
  for (; t + 4 <= n; t += 4) {
    s0 += a[i + t] * b[j + t];
    s1 += a[i + t + 1] * b[j + t + 1];
    s2 += a[i + t + 2] * b[j + t + 2];
    s3 += a[i + t + 3] * b[j + t + 3];
  }
  for (; t < n; t++) s0 += a[i + t] * b[j + t];
  return s0 + s1 + (s2 + s3);
}

/** Rotates pairs of rows until all are orthogonal. */
function orthogonalise(rows: Float64Array, m: number, n: number): void {
  const width = Math.ceil(n / 4) * 4;
  const at = m * width;
  const memory = numbersFor(at + m);
  for (let i = 0; i < m; i++) {
    memory.set(rows.subarray(i * n, (i + 1) * n), i * width);
    memory.fill(0, i * width + n, (i + 1) * width);
  }
  for (let sweep = 0; sweep < 60; sweep++) {
    let total = 0;
    for (let i = 0; i < m; i++) {
      memory[at + i] = dot(memory, i * width, memory, i * width, width);
      total += memory[at + i];
    }
    if (kernels().sweep(0, 8 * at, m, 8 * width, EPSILON * EPSILON * total) === 0) break;
  }
  for (let i = 0; i < m; i++) rows.set(memory.subarray(i * width, i * width + n), i * n);
}

function sortedNorms(rows: Float64Array, m: number, n: number): { s: Float64Array; position: number[] } {
  const norms = Float64Array.from({ length: m }, (_, i) => Math.sqrt(dot(rows, i * n, rows, i * n, n)));
  const position = Array.from({ length: m }, (_, i) => i).sort((i, j) => norms[j] - norms[i] || i - j);
  return { s: Float64Array.from(position, (i) => norms[i]), position };
}

/** Orthonormalises the rows of a[m, n], m <= n, in place and in order (modified Gram-Schmidt, twice); a dependent row becomes zero. */
export function orthonormalRows(a: Float64Array, m: number, n: number): void {
  for (let i = 0; i < m; i++) {
    const before = Math.sqrt(dot(a, i * n, a, i * n, n));
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const factor = dot(a, i * n, a, j * n, n);
        for (let k = 0; k < n; k++) a[i * n + k] -= factor * a[j * n + k];
      }
    }
    const after = Math.sqrt(dot(a, i * n, a, i * n, n));
    const scale = after <= n * EPSILON * before ? 0 : 1 / after;
    for (let k = 0; k < n; k++) a[i * n + k] *= scale;
  }
}

/** The solution of least norm of gram[n, n] x = right[n, k]; `gram` is symmetric and not negative, directions below 1e-13 of the largest count as zero. */
export function solveSymmetric(gram: Float64Array, right: Float64Array, n: number, k: number): Float64Array {
  const { u, s } = leftSingular(gram, n, n);
  const coefficients = multiply(transpose(u, n, n), right, n, n, k);
  for (let i = 0; i < n; i++) {
    const factor = s[i] <= 1e-13 * s[0] ? 0 : 1 / s[i];
    for (let j = 0; j < k; j++) coefficients[i * k + j] *= factor;
  }
  return multiply(u, coefficients, n, n, k);
}
