/**
 * The leading left singular vectors of a matrix: all that a truncation wants. Small matrices are decomposed in full; of large ones a block
 * of random vectors is multiplied by A and its transpose until what it captures no longer grows (Halko, Martinsson and Tropp, SIAM Review
 * 53, 2011): the check is part of the method.
 */
import { normals, streamKey } from '../../compiler/values/random.ts';
import { leftSingular, multiply, orthonormalRows, transpose } from './linear-algebra.ts';

/** Vectors beyond those asked for. */
const MORE = 8;
const MOST_ROUNDS = 30;
/** A round that captures less than this share of what is left is the last. */
const PROGRESS = 1e-4;
/** Of a full decomposition by m^3, and of one round by what it multiplies: which way is shorter. */
const FULL = 35;
const ROUNDS = 16;

/**
 * U[m, r], orthonormal columns (zeros beyond the rank), descending, of a[m, n]; 1 <= r <= min(m, n). `start` [r, n]: rows that are near
 * the right singular vectors, if some are known.
 */
export function leadingLeft(a: Float64Array, m: number, n: number, r: number, start?: Float64Array): Float64Array {
  const side = Math.min(m, n);
  const block = Math.min(side, r + MORE);
  if (1.5 * side * m * n + FULL * side ** 3 <= ROUNDS * block * m * n) return fullLeft(a, m, n, r);
  const adjoint = transpose(a, m, n);
  const all = sumOfSquares(a);
  let right = normals(streamKey([0, 0], 'leading', 0), block, n);
  if (start !== undefined) right.set(start);
  let before = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const basis = spanOf(multiply(right, adjoint, block, n, m), block, m);
    right = multiply(basis, a, block, m, n);
    const captured = sumOfSquares(right);
    if (captured - before <= PROGRESS * Math.max(0, all - captured)) {
      const turn = transpose(leftSingular(right, block, n).u, block, block).subarray(0, r * block);
      const left = multiply(turn, basis, r, block, m);
      orthonormalRows(left, r, m);
      return transpose(left, r, m);
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
  if (m <= n) return firstColumns(leftSingular(a, m, n).u, m, m, r);
  // A V has orthogonal columns in the order of their lengths.
  const adjoint = transpose(a, m, n);
  const right = transpose(leftSingular(adjoint, n, m).u, n, n).subarray(0, r * n);
  const left = multiply(right, adjoint, r, n, m);
  orthonormalRows(left, r, m);
  return transpose(left, r, m);
}

function firstColumns(u: Float64Array, m: number, n: number, r: number): Float64Array {
  if (r === n) return u;
  const result = new Float64Array(m * r);
  for (let i = 0; i < m; i++) result.set(u.subarray(i * n, i * n + r), i * r);
  return result;
}

export function sumOfSquares(data: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < data.length; k++) sum += data[k] * data[k];
  return sum;
}
