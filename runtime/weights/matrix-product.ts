/** Products and transposes of row-major matrices in f64. */

import { kernels, numbersFor } from './native/kernels.ts';

/** Rows, depth and columns of a block of a product: what the second-level cache holds. */
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
