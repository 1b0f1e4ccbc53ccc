/**
 * Two matrices P, Q [r, r] for the two ends of a bond, with Q^T P = 1: new cores A P and B Q, new gradients g_A Q and g_B P (the chain
 * rule of W = A' B'^T). With R_A R_B^T = U S V^T they are R_B^T V S^(-1/2) and R_A^T U S^(-1/2), the balanced gauge; their first k columns
 * leave the best approximation of rank k (Eckart and Young 1936), all of them W itself.
 *
 * A direction without weight (S = 0, as where one core is still zero) keeps its scale instead of becoming nothing on both ends, so that it
 * can still be trained.
 */
import { leftSingular, multiply, orthonormalRows, transpose } from './linear-algebra.ts';
import { norm } from './tensor.ts';

export interface BondGauge {
  /** r singular values that the bond cuts, descending. */
  readonly spectrum: Float64Array;
  /** P^T and Q^T by rows, in the order of the spectrum. */
  readonly p: Float64Array;
  readonly q: Float64Array;
}

/** Singular values below this share of the largest have no weight: their directions would be noise of the triangles. */
const WEIGHTLESS = 1e-9;

/** `a`, `b`: R_A and R_B, both [r, r]. `same`: both ends are one core, R_A = R_B, and P = Q. */
export function gaugeBond(a: Float64Array, b: Float64Array, r: number, same: boolean): BondGauge {
  const product = multiply(a, transpose(b, r, r), r, r, r);
  const { u, s } = leftSingular(product, r, r);
  const live = s.filter((value) => value > WEIGHTLESS * s[0]).length;
  const left = transpose(u, r, r).subarray(0, live * r);
  const right = same ? left : multiply(left, product, live, r, r);
  if (!same) orthonormalRows(right, live, r);
  const scales = s.map((value) => 1 / Math.sqrt(value));
  const p = scaleRows(multiply(right, b, live, r, r), scales, r);
  const q = scaleRows(multiply(left, a, live, r, r), scales, r);
  return live === r ? { spectrum: s, p, q } : withWeightless({ spectrum: s, p, q }, a, b, r);
}

function scaleRows(rows: Float64Array, scales: Float64Array, width: number): Float64Array {
  return rows.map((value, k) => value * scales[Math.floor(k / width)]);
}

/** X = 1 - P Q^T projects on what is left; orthonormal p of its range and q = X^T p complete the pair. The longest in A and B come first. */
function withWeightless({ spectrum, p, q }: BondGauge, a: Float64Array, b: Float64Array, r: number): BondGauge {
  const live = p.length / r;
  const rest = complement(p, q, r);
  const range = transpose(leftSingular(rest, r, r).u, r, r).subarray(0, (r - live) * r);
  const dual = multiply(range, rest, r - live, r, r);
  const row = (rows: Float64Array, k: number) => rows.subarray(k * r, (k + 1) * r);
  const length = (matrix: Float64Array, vector: Float64Array) => norm(multiply(matrix, vector, r, r, 1)) / (norm(matrix) || 1);
  const order = Array.from({ length: r - live }, (_, k) => ({ k, size: length(a, row(range, k)) + length(b, row(dual, k)) }));
  order.sort((x, y) => y.size - x.size || x.k - y.k);
  const append = (rows: Float64Array, more: Float64Array) => Float64Array.from([...rows, ...order.flatMap(({ k }) => [...row(more, k)])]);
  return { spectrum, p: append(p, range), q: append(q, dual) };
}

/** 1 - P Q^T from the rows of P^T and Q^T: what the bond loses. */
function complement(p: Float64Array, q: Float64Array, r: number): Float64Array {
  const lost = multiply(transpose(p, p.length / r, r), q, r, p.length / r, r).map((value) => -value);
  for (let i = 0; i < r; i++) lost[i * r + i] += 1;
  return lost;
}
