/**
 * Dense linear algebra in f64 for matrices of some thousand rows: product, left singular vectors, orthonormal rows, least squares.
 *
 * The singular value decomposition is one-sided Jacobi behind a QR factorisation (Drmac and Veselic, SIAM J. Matrix Anal. Appl. 29, 2008):
 * simple, accurate to the last singular value, and it needs no iteration count tuned to the matrix. Zeros and rank deficiency are
 * ordinary input. Matrices are row-major.
 */

import { kernels, numbersFor } from './native/kernels.ts';

const EPSILON = 2 ** -52;
/** Columns of a chunk of the QR factorisation; with rows and columns of a block of a product what the second-level cache holds. */
const CHUNK = 256;
const BLOCK = { rows: 128, depth: 256, columns: 512 } as const;
/** Edge of a tile of a transposition. */
const TILE = 32;
/** Multiply-adds and rows below which a product is not worth its packing. */
const SMALL = { work: 2 ** 14, rows: 4 } as const;

/** c[m, n] = a[m, k] b[k, n]; the sum over k is ascending. */
export function multiply(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const c = new Float64Array(m * n);
  if (m * k * n < SMALL.work || m < SMALL.rows || n < SMALL.rows) multiplyPlainly(a, b, c, m, k, n);
  else multiplyInBlocks(a, b, c, m, k, n);
  return c;
}

function multiplyPlainly(a: Float64Array, b: Float64Array, c: Float64Array, m: number, k: number, n: number): void {
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const factor = a[i * k + l];
      if (factor === 0) continue;
      for (let j = 0, from = l * n, to = i * n; j < n; j++, from++, to++) c[to] += factor * b[from];
    }
  }
}

/** Blocks of both operands are packed into panels of four rows or columns (Goto and van de Geijn, ACM Trans. Math. Softw. 34, 2008). */
function multiplyInBlocks(a: Float64Array, b: Float64Array, c: Float64Array, m: number, k: number, n: number): void {
  const { rows, depth, columns } = BLOCK;
  const [atB, atC] = [rows * depth, (rows + columns) * depth];
  const memory = numbersFor(atC + rows * columns);
  const { product } = kernels();
  for (let column = 0; column < n; column += columns) {
    const width = Math.min(columns, n - column);
    const bPanels = Math.ceil(width / 4);
    const stride = 4 * bPanels;
    for (let row = 0; row < m; row += rows) {
      const height = Math.min(rows, m - row);
      const aPanels = Math.ceil(height / 4);
      memory.fill(0, atC, atC + 4 * aPanels * stride);
      for (let from = 0; from < k; from += depth) {
        const length = Math.min(depth, k - from);
        packRows(memory, a, row * k + from, k, height, length);
        packColumns(memory, atB, b, from * n + column, n, width, length);
        product(0, 8 * atB, 8 * atC, length, aPanels, bPanels, 8 * stride);
      }
      for (let i = 0; i < height; i++) {
        const at = atC + i * stride;
        c.set(memory.subarray(at, at + width), (row + i) * n + column);
      }
    }
  }
}

function packRows(memory: Float64Array, a: Float64Array, start: number, stride: number, height: number, length: number): void {
  for (let panel = 0; panel < height; panel += 4) {
    for (let r = 0; r < 4; r++) {
      let to = panel * length + r;
      if (panel + r >= height) for (let l = 0; l < length; l++, to += 4) memory[to] = 0;
      else for (let l = 0, from = start + (panel + r) * stride; l < length; l++, from++, to += 4) memory[to] = a[from];
    }
  }
}

function packColumns(
  memory: Float64Array,
  at: number,
  b: Float64Array,
  start: number,
  stride: number,
  width: number,
  length: number,
): void {
  const whole = width - (width % 4);
  for (let l = 0; l < length; l++) {
    let from = start + l * stride;
    let to = at + 4 * l;
    for (let j = 0; j < whole; j += 4, from += 4, to += 4 * length) {
      memory[to] = b[from];
      memory[to + 1] = b[from + 1];
      memory[to + 2] = b[from + 2];
      memory[to + 3] = b[from + 3];
    }
    if (whole < width) for (let j = 0; j < 4; j++) memory[to + j] = whole + j < width ? b[from + j] : 0;
  }
}

/** The transpose of a[m, n]. */
export function transpose(a: Float64Array, m: number, n: number): Float64Array {
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i += TILE) {
    for (let j = 0; j < n; j += TILE) {
      const bottom = Math.min(m, i + TILE);
      const right = Math.min(n, j + TILE);
      for (let p = i; p < bottom; p++) for (let q = j; q < right; q++) result[q * m + p] = a[p * n + q];
    }
  }
  return result;
}

export interface LeftFactors {
  /** [m, m]: orthonormal columns (zero where the singular value is below the rounding of the largest). */
  readonly u: Float64Array;
  /** m of them, descending, not negative. */
  readonly s: Float64Array;
}

/**
 * Left singular vectors and singular values of a wide matrix a[m, n], m <= n. It is first reduced to its triangular factor, so that the
 * sweeps see a square; rows in order of their norm make the sweeps few.
 */
export function leftSingular(a: Float64Array, m: number, n: number): LeftFactors {
  if (m > n) throw new RangeError(`leftSingular wants a wide matrix, this one has ${m} rows and ${n} columns`);
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
