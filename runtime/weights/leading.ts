/**
 * The leading left singular vectors of a matrix: all that a truncation wants. Small matrices are decomposed in full; of large ones a block
 * of random vectors is multiplied by A and its transpose until what it captures no longer grows (Halko, Martinsson and Tropp, SIAM Review
 * 53, 2011): the check is part of the method.
 */
import { normals, streamKey } from '../../compiler/values/random.ts';
import { leftSingular, multiply, orthonormalRows, transpose } from './linear-algebra.ts';

/** Vectors beyond those asked for. */
const MORE = 8;
/** A round that captures less than this share of what is left is the last. */
const PROGRESS = 1e-4;
/** Multiply-adds as long as a reduction of a square takes, by the cube of its side, and as the triangular factor, by those of a product. */
const SQUARE = 10;
const TRIANGLE = 1.5;
/** Rounds that are worth a try. After as many as the full decomposition takes time, that is done. */
const ROUNDS = 8;
/** Of rows: products that count as those of orthonormal ones, and those from which some steps reach them. */
const ORTHONORMAL = 1e-14;
const NEARLY = 1e-2;
const STEPS = 5;

/**
 * U[m, r], orthonormal columns (zeros beyond the rank), descending, of a[m, n]; 1 <= r <= min(m, n). `start` [r, n]: rows that are near
 * the right singular vectors, if some are known.
 */
export function leadingLeft(a: Float64Array, m: number, n: number, r: number, start?: Float64Array): Float64Array {
  const side = Math.min(m, n);
  const block = Math.min(side, r + MORE);
  const full = SQUARE * side ** 3 + (m === n ? 0 : TRIANGLE * side * m * n);
  const rounds = Math.floor(full / (2 * block * m * n));
  if (rounds < ROUNDS) return fullLeft(a, m, n, r);
  const adjoint = transpose(a, m, n);
  const all = sumOfSquares(a);
  let right = normals(streamKey([0, 0], 'leading', 0), block, n);
  if (start !== undefined) right.set(start);
  let before = 0;
  for (let round = 0; round < rounds; round++) {
    const basis = spanOf(multiply(right, adjoint, block, n, m), block, m);
    right = multiply(basis, a, block, m, n);
    const captured = sumOfSquares(right);
    if (captured - before <= PROGRESS * Math.max(0, all - captured)) {
      const turn = transpose(leftSingular(right, block, n).u, block, block).subarray(0, r * block);
      const left = multiply(turn, basis, r, block, m);
      return transpose(straightened(left, r, m), r, m);
    }
    before = captured;
  }
  return fullLeft(a, m, n, r);
}

/** Orthonormal rows (zeros beyond the rank) with the span of those of a[m, n], m <= n. */
function spanOf(a: Float64Array, m: number, n: number): Float64Array {
  const { u, s } = leftSingular(a, m, n);
  const inverse = transpose(u, m, m).map((value, at) => value / (s[Math.floor(at / m)] || 1));
  return multiply(inverse, a, m, m, n);
}

function fullLeft(a: Float64Array, m: number, n: number, r: number): Float64Array {
  if (m <= n) return leftSingular(a, m, n, r).u;
  // A V has orthogonal columns as long as the singular values.
  const adjoint = transpose(a, m, n);
  const { u, s } = leftSingular(adjoint, n, m, r);
  const left = multiply(
    transpose(u, n, r).map((value, at) => value / (s[Math.floor(at / n)] || 1)),
    adjoint,
    r,
    n,
    m,
  );
  return transpose(straightened(left, r, m), r, m);
}

/** Rows x [r, m] that are nearly orthonormal become so: each step x + (1 - x x^T) x / 2 squares what is missing. Others are orthonormalised in order. */
function straightened(rows: Float64Array, r: number, m: number): Float64Array {
  let now = rows;
  for (let step = 0; step < STEPS; step++) {
    const missing = multiply(now, transpose(now, r, m), r, m, r).map((value, at) => (at % (r + 1) === 0 ? 1 : 0) - value);
    const worst = missing.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (worst <= ORTHONORMAL) return now;
    if (worst > NEARLY) break;
    const change = multiply(missing, now, r, r, m);
    now = now.map((value, at) => value + change[at] / 2);
  }
  orthonormalRows(now, r, m);
  return now;
}

export function sumOfSquares(data: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < data.length; k++) sum += data[k] * data[k];
  return sum;
}
