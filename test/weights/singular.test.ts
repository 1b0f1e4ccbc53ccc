/** Singular values and vectors of matrices beyond those that rotations do: values that are known, equal, graded, absent. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { squareSingular } from '../../runtime/weights/bidiagonal.ts';
import { bidiagonalSingular } from '../../runtime/weights/divide.ts';
import { leadingLeft, sumOfSquares } from '../../runtime/weights/leading.ts';
import { leftSingular, multiply, orthonormalRows, transpose } from '../../runtime/weights/linear-algebra.ts';
import { gaussian } from './networks.ts';

const SIDE = 150;

/** Rows [m, n], m <= n, orthonormal. */
function orthonormal(m: number, n: number, seed: number): Float64Array {
  const rows = gaussian([m, n], seed).data;
  orthonormalRows(rows, m, n);
  return rows;
}

function withValues(values: readonly number[], n: number): Float64Array {
  const m = values.length;
  const right = orthonormal(m, n, 2).map((value, at) => value * values[Math.floor(at / n)]);
  return multiply(transpose(orthonormal(m, m, 1), m, m), right, m, m, n);
}

function largest(data: Float64Array): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** How far rows are from orthonormal. */
function skew(rows: Float64Array, m: number, n: number): number {
  return largest(multiply(rows, transpose(rows, m, n), m, n, m).map((value, at) => value - (at % (m + 1) === 0 ? 1 : 0)));
}

const spectra: Record<string, (k: number) => number> = {
  'one value': () => 3,
  clusters: (k) => 1 + Math.floor(k / 50),
  'clusters a rounding apart': (k) => 1 + (k % 3) * 1e-15 + Math.floor(k / 75),
  even: (k) => SIDE - k,
  graded: (k) => 10 ** (-k / 12),
  'rank 20': (k) => (k < 20 ? 2 ** -k : 0),
  large: (k) => 1e120 * (SIDE - k),
  small: (k) => 1e-120 * (SIDE - k),
};

for (const [name, valueAt] of Object.entries(spectra)) {
  test(`${name}: values to rounding of the largest, vectors orthonormal and those of the matrix`, () => {
    const values = Array.from({ length: SIDE }, (_, k) => valueAt(k)).sort((a, b) => b - a);
    for (const n of [SIDE, 2 * SIDE]) {
      const a = withValues(values, n);
      const { u, s } = leftSingular(a, SIDE, n);
      assert.ok(largest(s.map((value, k) => value - values[k])) < 1e-13 * values[0], `${name} ${n}`);
      const rank = s.filter((value) => value > SIDE * 2 ** -52 * s[0]).length;
      assert.ok(name !== 'rank 20' || rank === 20);
      const rows = transpose(u, SIDE, SIDE).subarray(0, rank * SIDE);
      assert.ok(skew(rows, rank, SIDE) < 1e-13);
      // Rows of U^T A are orthogonal and as long as the values.
      const turned = multiply(rows, a, rank, SIDE, n).map((value) => value / values[0]);
      const gram = multiply(turned, transpose(turned, rank, n), rank, n, rank);
      for (let k = 0; k < rank; k++) gram[k * (rank + 1)] -= (s[k] / values[0]) ** 2;
      assert.ok(largest(gram) < 1e-13);
    }
  });
}

test('zeros, a diagonal, ones, blocks and a single entry have the values that they have', () => {
  const square = (entry: (i: number, j: number) => number) =>
    Float64Array.from({ length: SIDE * SIDE }, (_, k) => entry(Math.floor(k / SIDE), k % SIDE));
  const values = (a: Float64Array) => leftSingular(a, SIDE, SIDE).s;
  assert.equal(values(new Float64Array(SIDE * SIDE)), new Float64Array(SIDE));
  assert.ok(leftSingular(new Float64Array(SIDE * SIDE), SIDE, SIDE).u.every((value) => value === 0));
  assert.equal(
    [...values(square((i, j) => (i === j ? i + 1 : 0)))].map(Math.round),
    Array.from({ length: SIDE }, (_, k) => SIDE - k),
  );
  const ones = values(square(() => 1));
  assert.ok(Math.abs(ones[0] - SIDE) < 1e-12 && largest(ones.subarray(1)) < 1e-12);
  const blocks = values(square((i, j) => (i % 2 === j % 2 ? 1 : 0)));
  assert.ok(Math.abs(blocks[0] - SIDE / 2) < 1e-12 && Math.abs(blocks[1] - SIDE / 2) < 1e-12 && largest(blocks.subarray(2)) < 1e-12);
  const single = leftSingular(
    square((i, j) => (i === 7 && j === 9 ? -4 : 0)),
    SIDE,
    SIDE,
  );
  assert.ok(Math.abs(single.s[0] - 4) < 1e-14 && largest(single.s.subarray(1)) < 1e-14);
  assert.ok(Math.abs(Math.abs(single.u[7 * SIDE]) - 1) < 1e-14);
});

test('every size, and the first vectors alone are those of all', () => {
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 33, 34, 65]) {
    const a = gaussian([n, n], n).data;
    const { u, s } = squareSingular(a, n);
    const rotated = leftSingular(a, n, n);
    assert.ok(largest(s.map((value, k) => value - rotated.s[k])) < 1e-13 * s[0], `${n}`);
    assert.ok(skew(u, n, n) < 1e-13);
    const turned = multiply(u, a, n, n, n);
    for (let k = 0; k < n; k++) assert.ok(Math.abs(Math.sqrt(sumOfSquares(turned.subarray(k * n, (k + 1) * n))) - s[k]) < 1e-13 * s[0]);
    const most = Math.ceil(n / 3);
    const first = squareSingular(a, n, most);
    assert.ok(largest(first.u.map((value, at) => value - u[at])) < 1e-13);
    assert.equal(first.s, s);
  }
  const wide = leftSingular(gaussian([200, 300]).data, 200, 300);
  const first = leftSingular(gaussian([200, 300]).data, 200, 300, 7);
  for (let i = 0; i < 200; i++) for (let k = 0; k < 7; k++) assert.ok(Math.abs(first.u[i * 7 + k] - wide.u[i * 200 + k]) < 1e-12);
});

test('two diagonals whose halves have the same values, and no entry between them', () => {
  const n = 40;
  for (const above of [0, 1e-17, 0.5]) {
    const diagonal = Float64Array.from({ length: n }, (_, k) => 1 + (k % 20));
    const { u, s } = bidiagonalSingular(diagonal, new Float64Array(n - 1).fill(above), n);
    assert.ok(skew(u, n, n) < 1e-13);
    const dense = new Float64Array(n * n);
    for (let k = 0; k < n; k++) {
      dense[k * n + k] = diagonal[k];
      if (k < n - 1) dense[k * n + k + 1] = above;
    }
    assert.ok(largest(leftSingular(dense, n, n).s.map((value, k) => value - s[k])) < 1e-13 * s[0]);
  }
});

test('leading vectors of tall, wide and square matrices lose what the best of their rank loses', () => {
  for (const [m, n] of [
    [300, 40],
    [40, 300],
    [160, 160],
    [900, 200],
  ]) {
    const a = gaussian([m, n], 5).data;
    const side = Math.min(m, n);
    const { s } = m <= n ? leftSingular(a, m, n) : leftSingular(transpose(a, m, n), n, m);
    for (const r of [1, 8, side]) {
      const rows = transpose(leadingLeft(a, m, n, r), m, r);
      assert.ok(skew(rows, r, m) < 1e-12);
      const best = sumOfSquares(s.subarray(0, r));
      const kept = sumOfSquares(multiply(rows, a, r, m, n));
      assert.ok(kept <= best * (1 + 1e-12) && kept >= best * (1 - 1e-3), `${m} ${n} ${r}: ${kept} of ${best}`);
    }
  }
});

test.run();
