/**
 * Singular values and left vectors of an upper bidiagonal matrix by divide and conquer (Gu and Eisenstat, SIAM J. Matrix Anal. Appl. 16,
 * 1995): the row in the middle is left out, both halves are solved, and the row comes back as one of a diagonal matrix. Of the right vectors
 * only what the next row needs is kept, their first and last entries.
 */

import { multiply } from './matrix-product.ts';
import { secularRoots } from './secular.ts';

const EPSILON = 2 ** -52;
/** Of the largest entry: what is far below its rounding, and may be so small that its square is no number. */
const NOTHING = 2 ** -104;

/** A block of n rows and n or n + 1 columns. */
interface Part {
  /** Ascending. */
  readonly values: Float64Array;
  /** Row k: the left vector of value k. */
  readonly left: Float64Array;
  /** First and last entry of each right vector, that of the null vector last where there is one. */
  readonly first: Float64Array;
  readonly last: Float64Array;
}

/** `s` descending; row k of `u` [most, n] is the left vector of s[k]. */
export function bidiagonalSingular(
  diagonal: Float64Array,
  above: Float64Array,
  most: number,
): { readonly u: Float64Array; readonly s: Float64Array } {
  const n = diagonal.length;
  const greatest = [...diagonal, ...above].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const present = (values: Float64Array) => values.map((value) => (Math.abs(value) < NOTHING * greatest ? 0 : value));
  const { values, left } = solve(present(diagonal), present(above), 0, n, false, most);
  const u = new Float64Array(most * n);
  for (let k = 0; k < most; k++) u.set(left.subarray((n - 1 - k) * n, (n - k) * n), k * n);
  return { u, s: values.reverse() };
}

/** Rows from..to; `wide`: with the entry above the diagonal of the last row. Left vectors of all but the `most` greatest values may be zeros. */
function solve(diagonal: Float64Array, above: Float64Array, from: number, to: number, wide: boolean, most: number): Part {
  if (from === to) {
    const corner = Float64Array.from(wide ? [1] : []);
    return { values: new Float64Array(0), left: new Float64Array(0), first: corner, last: corner };
  }
  const middle = (from + to) >> 1;
  const upper = solve(diagonal, above, from, middle, true, to);
  const lower = solve(diagonal, above, middle + 1, to, wide, to);
  const beside = middle + 1 < to || wide ? above[middle] : 0;
  return merged(upper, lower, diagonal[middle], beside, wide, most);
}

/** One column of the diagonal matrix with one more row: its value and entry in that row, and what its vectors are made of. */
interface Column {
  d: number;
  z: number;
  /** In the halves and the middle row, as rows of the result: one of them, or two of both halves mixed. */
  left: Float64Array;
  first: number;
  last: number;
}

function merged(upper: Part, lower: Part, alpha: number, beta: number, wide: boolean, most: number): Part {
  const [above, below] = [upper.values.length, lower.values.length];
  const n = above + 1 + below;
  const { columns, null: rest } = columnsOf(upper, lower, alpha, beta, wide);
  const { kept, settled } = deflated(columns, alpha, beta);
  const k = kept.length;
  const d = Float64Array.from(kept, (column) => column.d);
  const z = Float64Array.from(kept, (column) => column.z);
  const { values, left, right } = vectorsOf(d, z);
  // The greatest of all are among the greatest of those that are mixed.
  const skipped = Math.max(0, k - most);
  const turned = turnedRows(left.subarray(skipped * k), kept, k - skipped, above, n);
  const none = new Float64Array(n);
  const row = (i: number) => (i < skipped ? none : turned.subarray((i - skipped) * n, (i - skipped + 1) * n));
  const all = [
    ...Array.from(values, (value, i) => ({ value, row: row(i), ...endsOf(right, kept, i) })),
    ...settled.map((column) => ({ value: column.d, row: column.left, first: column.first, last: column.last })),
  ].sort((a, b) => a.value - b.value);
  const rows = new Float64Array(n * n);
  for (const [i, { row }] of all.entries()) rows.set(row, i * n);
  return {
    values: Float64Array.from(all, ({ value }) => value),
    left: rows,
    first: Float64Array.from([...all.map((one) => one.first), ...(wide ? [rest.first] : [])]),
    last: Float64Array.from([...all.map((one) => one.last), ...(wide ? [rest.last] : [])]),
  };
}

/** The middle row in the basis of both halves; the first column has d = 0. */
function columnsOf(upper: Part, lower: Part, alpha: number, beta: number, wide: boolean) {
  const [above, below] = [upper.values.length, lower.values.length];
  const n = above + 1 + below;
  // The last right vector of a wide half is that of no value.
  const ends = below + (wide ? 1 : 0) > 0;
  const upperEnds = (j: number) => ({ first: upper.first[j], last: ends ? 0 : upper.last[j] });
  const lowerEnds = (j: number) => ({ first: 0, last: lower.last[j] });
  const middle = new Float64Array(n);
  middle[above] = 1;
  const free = { d: 0, z: alpha * upper.last[above], left: middle, ...upperEnds(above) };
  const rest = { first: 0, last: 0 };
  if (wide) {
    const other = { z: beta * lower.first[below], ...lowerEnds(below) };
    const length = Math.sqrt(free.z * free.z + other.z * other.z);
    const [c, s] = length === 0 ? [1, 0] : [free.z / length, other.z / length];
    rest.first = c * other.first - s * free.first;
    rest.last = c * other.last - s * free.last;
    free.first = c * free.first + s * other.first;
    free.last = c * free.last + s * other.last;
    free.z = length;
  }
  const columns: Column[] = [free];
  for (let j = 0; j < above; j++) {
    const left = new Float64Array(n);
    left.set(upper.left.subarray(j * above, (j + 1) * above));
    columns.push({ d: upper.values[j], z: alpha * upper.last[j], left, ...upperEnds(j) });
  }
  for (let j = 0; j < below; j++) {
    const left = new Float64Array(n);
    left.set(lower.left.subarray(j * below, (j + 1) * below), above + 1);
    columns.push({ d: lower.values[j], z: beta * lower.first[j], left, ...lowerEnds(j) });
  }
  return { columns, null: rest };
}

/** Columns that are singular vectors as they are, to rounding, and those that the middle row mixes, ascending. */
function deflated([free, ...others]: Column[], alpha: number, beta: number): { kept: Column[]; settled: Column[] } {
  const sorted = others.sort((a, b) => a.d - b.d);
  const greatest = Math.max(Math.abs(alpha), Math.abs(beta), sorted.at(-1)?.d ?? 0);
  const tolerance = 8 * EPSILON * greatest;
  if (Math.abs(free.z) <= tolerance) free.z = tolerance;
  const [kept, settled]: [Column[], Column[]] = [[free], []];
  for (const column of sorted) {
    if (Math.abs(column.z) <= tolerance) {
      settled.push(column);
      continue;
    }
    const before = kept[kept.length - 1];
    if (before !== free && column.d - before.d <= tolerance) {
      settled.push(rotated(before, column));
      kept.pop();
    }
    kept.push(column);
  }
  if (kept.length > 1 && kept[1].d <= tolerance / 2) kept[1].d = tolerance / 2;
  return { kept, settled };
}

/** Two columns of one value turned so that the first has no entry in the middle row; it is what is returned. */
function rotated(before: Column, column: Column): Column {
  const length = Math.sqrt(before.z * before.z + column.z * column.z);
  const [c, s] = [column.z / length, before.z / length];
  const left = before.left.map((value, j) => c * value - s * column.left[j]);
  column.left = column.left.map((value, j) => c * value + s * before.left[j]);
  const settled = { d: before.d, z: 0, left, first: c * before.first - s * column.first, last: c * before.last - s * column.last };
  column.first = c * column.first + s * before.first;
  column.last = c * column.last + s * before.last;
  column.z = length;
  return settled;
}

/** Rows of `left` and `right` [k, k]: the singular vectors of the matrix with first row z and diagonal d below it. */
function vectorsOf(d: Float64Array, z: Float64Array): { values: Float64Array; left: Float64Array; right: Float64Array } {
  const k = d.length;
  const [left, right] = [new Float64Array(k * k), new Float64Array(k * k)];
  if (k === 1) {
    left[0] = z[0] < 0 ? -1 : 1;
    right[0] = 1;
    return { values: Float64Array.of(Math.abs(z[0])), left, right };
  }
  const { values, differences } = secularRoots(d, z);
  const exact = rowOf(d, z, differences);
  for (let i = 0; i < k; i++) {
    const at = i * k;
    let [leftSquare, rightSquare] = [0, 0];
    for (let j = 0; j < k; j++) {
      const value = exact[j] / differences[at + j];
      right[at + j] = value;
      left[at + j] = j === 0 ? -1 : d[j] * value;
      rightSquare += value * value;
      leftSquare += left[at + j] * left[at + j];
    }
    const [leftScale, rightScale] = [1 / Math.sqrt(leftSquare), 1 / Math.sqrt(rightSquare)];
    for (let j = 0; j < k; j++) {
      left[at + j] *= leftScale;
      right[at + j] *= rightScale;
    }
  }
  return { values, left, right };
}

/** The row whose matrix has exactly the roots that were found: so the vectors are orthogonal however near two values are. */
function rowOf(d: Float64Array, z: Float64Array, differences: Float64Array): Float64Array {
  const k = d.length;
  const square = (i: number, j: number) => (d[i] - d[j]) * (d[i] + d[j]);
  return z.map((value, j) => {
    let product = -differences[(k - 1) * k + j];
    for (let i = 0; i < j; i++) product *= differences[i * k + j] / square(i, j);
    for (let i = j; i < k - 1; i++) product *= differences[i * k + j] / square(i + 1, j);
    const size = Math.sqrt(Math.abs(product));
    return value < 0 ? -size : size;
  });
}

/** left [m, k] times the vectors of the k columns, each half with those columns alone that reach into it. */
function turnedRows(left: Float64Array, kept: readonly Column[], m: number, above: number, n: number): Float64Array {
  const k = kept.length;
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) result[i * n + above] = left[i * k];
  for (const [from, to] of [
    [0, above],
    [above + 1, n],
  ]) {
    const size = to - from;
    const own = kept.flatMap((column, j) => (j > 0 && reaches(column.left, from, to) ? [j] : []));
    const part = new Float64Array(own.length * size);
    const factors = new Float64Array(m * own.length);
    for (const [at, j] of own.entries()) {
      part.set(kept[j].left.subarray(from, to), at * size);
      for (let i = 0; i < m; i++) factors[i * own.length + at] = left[i * k + j];
    }
    const product = multiply(factors, part, m, own.length, size);
    for (let i = 0; i < m; i++) result.set(product.subarray(i * size, (i + 1) * size), i * n + from);
  }
  return result;
}

function reaches(vector: Float64Array, from: number, to: number): boolean {
  for (let j = from; j < to; j++) if (vector[j] !== 0) return true;
  return false;
}

function endsOf(right: Float64Array, kept: readonly Column[], i: number): { first: number; last: number } {
  const k = kept.length;
  let [first, last] = [0, 0];
  for (let j = 0; j < k; j++) {
    first += right[i * k + j] * kept[j].first;
    last += right[i * k + j] * kept[j].last;
  }
  return { first, last };
}
