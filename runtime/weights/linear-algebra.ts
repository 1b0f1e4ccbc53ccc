/**
 * Dense linear algebra in f64 for matrices of some thousand rows: product, left singular vectors, orthonormal rows, least squares.
 *
 * The singular value decomposition is one-sided Jacobi behind a QR factorisation (Drmac and Veselic, SIAM J. Matrix Anal. Appl. 29, 2008):
 * simple, accurate to the last singular value, and it needs no iteration count tuned to the matrix. Zeros and rank deficiency are
 * ordinary input. Matrices are row-major.
 */

const EPSILON = 2 ** -52;
/** Columns of a chunk of the QR factorisation, and rows of a block of the Jacobi sweep: what the second-level cache holds. */
const CHUNK = 256;
const BLOCK = 32;

/** c[m, n] = a[m, k] b[k, n], ascending in k; four rows of c share each row of b. */
export function multiply(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const c = new Float64Array(m * n);
  const width = 512;
  for (let column = 0; column < n; column += width) {
    const end = Math.min(n, column + width);
    for (let depth = 0; depth < k; depth += CHUNK) {
      const bottom = Math.min(k, depth + CHUNK);
      let i = 0;
      for (; i + 4 <= m; i += 4) multiplyFourRows(a, b, c, i, k, n, depth, bottom, column, end);
      for (; i < m; i++) {
        for (let l = depth; l < bottom; l++) {
          const factor = a[i * k + l];
          if (factor === 0) continue;
          for (let j = column, from = l * n + column, to = i * n + column; j < end; j++, from++, to++) c[to] += factor * b[from];
        }
      }
    }
  }
  return c;
}

function multiplyFourRows(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  row: number,
  k: number,
  n: number,
  depth: number,
  bottom: number,
  column: number,
  end: number,
): void {
  for (let l = depth; l < bottom; l++) {
    const f0 = a[row * k + l];
    const f1 = a[(row + 1) * k + l];
    const f2 = a[(row + 2) * k + l];
    const f3 = a[(row + 3) * k + l];
    if (f0 === 0 && f1 === 0 && f2 === 0 && f3 === 0) continue;
    const shift = l * n;
    const c0 = row * n;
    const c1 = c0 + n;
    const c2 = c1 + n;
    const c3 = c2 + n;
    for (let j = column; j < end; j++) {
      const value = b[shift + j];
      c[c0 + j] += f0 * value;
      c[c1 + j] += f1 * value;
      c[c2 + j] += f2 * value;
      c[c3 + j] += f3 * value;
    }
  }
}

/** The transpose of a[m, n]. */
export function transpose(a: Float64Array, m: number, n: number): Float64Array {
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i += BLOCK) {
    for (let j = 0; j < n; j += BLOCK) {
      const bottom = Math.min(m, i + BLOCK);
      const right = Math.min(n, j + BLOCK);
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
  const lower = new Float64Array(m * m);
  const chunk = new Float64Array(m * CHUNK);
  for (let from = 0; from < n; from += CHUNK) {
    const width = Math.min(CHUNK, n - from);
    for (let i = 0; i < m; i++) chunk.set(a.subarray(order[i] * n + from, order[i] * n + from + width), i * width);
    for (let k = 0; k < m; k++) reflect(lower, chunk, m, width, k);
  }
  return lower;
}

/** Folds row k of the chunk into the diagonal entry k; the rows below follow. */
function reflect(lower: Float64Array, chunk: Float64Array, m: number, width: number, k: number): void {
  const own = k * width;
  const diagonal = lower[k * m + k];
  const below = dot(chunk, own, chunk, own, width);
  if (below === 0) return;
  const length = Math.sqrt(diagonal * diagonal + below);
  const alpha = diagonal > 0 ? -length : length;
  const head = diagonal - alpha;
  const scale = 2 / (head * head + below);
  lower[k * m + k] = alpha;
  for (let j = k + 1; j < m; j++) {
    const row = j * width;
    const at = k * m + j;
    const factor = scale * (head * lower[at] + dot(chunk, own, chunk, row, width));
    lower[at] -= factor * head;
    for (let t = 0; t < width; t++) chunk[row + t] -= factor * chunk[own + t];
  }
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

/** Rotates pairs of rows until all are orthogonal. Pairs are visited block by block, which is cyclic and stays in the cache. */
function orthogonalise(rows: Float64Array, m: number, n: number): void {
  const squares = new Float64Array(m);
  for (let sweep = 0; sweep < 60; sweep++) {
    let total = 0;
    for (let i = 0; i < m; i++) {
      squares[i] = dot(rows, i * n, rows, i * n, n);
      total += squares[i];
    }
    const floor = EPSILON * EPSILON * total;
    let rotations = 0;
    for (let left = 0; left < m; left += BLOCK) {
      for (let right = left; right < m; right += BLOCK) {
        for (let p = left; p < Math.min(m, left + BLOCK); p++) {
          for (let q = Math.max(right, p + 1); q < Math.min(m, right + BLOCK); q++) rotations += rotate(rows, n, squares, p, q, floor);
        }
      }
    }
    if (rotations === 0) return;
  }
}

/** 1 if the pair had to be rotated. */
function rotate(rows: Float64Array, n: number, squares: Float64Array, p: number, q: number, floor: number): number {
  const i = p * n;
  const j = q * n;
  const gamma = dot(rows, i, rows, j, n);
  if (Math.abs(gamma) <= Math.max(8 * EPSILON * Math.sqrt(squares[p] * squares[q]), floor)) return 0;
  const zeta = (squares[q] - squares[p]) / (2 * gamma);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = c * t;
  for (let k = 0; k < n; k++) {
    const x = rows[i + k];
    const y = rows[j + k];
    rows[i + k] = c * x - s * y;
    rows[j + k] = s * x + c * y;
  }
  squares[p] -= t * gamma;
  squares[q] += t * gamma;
  return 1;
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
