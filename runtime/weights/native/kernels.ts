/**
 * The inner loops of the linear algebra in WebAssembly, two numbers at a time: block product, Householder reflections of a chunk, one
 * sweep of Jacobi rotations, the passes of a reduction to two diagonals. Addresses and strides are in bytes; sums have one order, so
 * results are equal on every host.
 */

import type { Code } from './assemble.ts';
import { assemble, f64, get, i32, pair, Routine, repeat, set, walk, when } from './assemble.ts';
import { fold, rowProducts } from './passes.ts';
import { dots, takeAway } from './vectors.ts';

const EPSILON = 2 ** -52;

/** c[4 rows, 4 columns] += a b for all pairs of panels; a panel of a has 4 rows, one of b 4 columns, `depth` groups of 4 numbers each. */
function product(): Routine {
  const routine = new Routine('product', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [a, b, c, depth, aPanels, bPanels, stride] = [0, 1, 2, 3, 4, 5, 6];
  const [i, j, at, left, right, end, panel] = Array.from({ length: 7 }, () => routine.local('i32'));
  const sums = Array.from({ length: 8 }, () => routine.local('v128'));
  const [b0, b1, factor] = [routine.local('v128'), routine.local('v128'), routine.local('v128')];
  const [low, high] = [Array.from({ length: 4 }, () => routine.local('i32')), [b0, b1]];
  const rows = [0, 1, 2, 3];
  const columns = [0, 1];
  const step: Code = [
    columns.map((column) => set(high[column], pair.load(get(right), 16 * column))),
    rows.map((row) => [
      set(factor, pair.both(get(left), 8 * row)),
      columns.map((column) => set(sums[2 * row + column], pair.add(get(sums[2 * row + column]), pair.mul(get(factor), get(high[column]))))),
    ]),
    set(left, i32.add(get(left), i32.of(32))),
    set(right, i32.add(get(right), i32.of(32))),
  ];
  const block: Code = [
    set(at, i32.add(get(c), i32.add(i32.mul(get(i), i32.mul(get(stride), i32.of(4))), i32.mul(get(j), i32.of(32))))),
    rows.map((row) => set(low[row], i32.add(get(at), i32.mul(get(stride), i32.of(row))))),
    rows.map((row) => columns.map((column) => set(sums[2 * row + column], pair.load(get(low[row]), 16 * column)))),
    set(left, i32.add(get(a), i32.mul(get(i), get(panel)))),
    set(right, i32.add(get(b), i32.mul(get(j), get(panel)))),
    set(end, i32.add(get(right), get(panel))),
    repeat(step, i32.less(get(right), get(end))),
    rows.map((row) => columns.map((column) => pair.store(get(low[row]), get(sums[2 * row + column]), 16 * column))),
  ];
  routine.body = [
    set(panel, i32.mul(get(depth), i32.of(32))),
    walk(j, get(bPanels), i32.of(1), [set(i, i32.of(0)), walk(i, get(aPanels), i32.of(1), block)]),
  ];
  return routine;
}

/**
 * Householder reflections that fold the rows of a chunk [m, width] into the triangle `lower` [m, m], which holds it by columns: row k
 * loses its part in the chunk to its diagonal entry, and the rows below follow, four at a time.
 */
function reflect(): Routine {
  const routine = new Routine('reflect', ['i32', 'i32', 'i32', 'i32']);
  const [lower, chunk, count, width] = [0, 1, 2, 3];
  const [k, j, own, column, entry] = Array.from({ length: 5 }, () => routine.local('i32'));
  const [diagonal, alpha, head, scale] = Array.from({ length: 4 }, () => routine.local('f64'));
  const rows = Array.from({ length: 4 }, () => routine.local('i32'));
  const self = dots(routine, own, [own], width);
  const folded = (lanes: number): Code => {
    const group = rows.slice(0, lanes);
    const products = dots(routine, own, group, width);
    return [
      set(entry, i32.add(get(column), i32.mul(get(j), i32.of(8)))),
      group.map((row, lane) => set(row, i32.add(get(chunk), i32.mul(i32.add(get(j), i32.of(lane)), get(width))))),
      products.code,
      products.results.map((result, lane) => [
        set(result, f64.mul(get(scale), f64.add(f64.mul(get(head), f64.load(get(entry), 8 * lane)), get(result)))),
        f64.store(get(entry), f64.sub(f64.load(get(entry), 8 * lane), f64.mul(get(result), get(head))), 8 * lane),
      ]),
      takeAway(routine, own, group, products.results, width),
    ];
  };
  routine.body = walk(k, get(count), i32.of(1), [
    set(own, i32.add(get(chunk), i32.mul(get(k), get(width)))),
    set(column, i32.add(get(lower), i32.mul(i32.mul(get(k), get(count)), i32.of(8)))),
    self.code,
    when(f64.less(f64.of(0), get(self.results[0])), [
      set(diagonal, f64.load(i32.add(get(column), i32.mul(get(k), i32.of(8))))),
      set(alpha, f64.root(f64.add(f64.mul(get(diagonal), get(diagonal)), get(self.results[0])))),
      set(alpha, f64.signOf(get(alpha), f64.sub(f64.of(0), get(diagonal)))),
      set(head, f64.sub(get(diagonal), get(alpha))),
      set(scale, f64.div(f64.of(2), f64.add(f64.mul(get(head), get(head)), get(self.results[0])))),
      f64.store(i32.add(get(column), i32.mul(get(k), i32.of(8))), get(alpha)),
      set(j, i32.add(get(k), i32.of(1))),
      walk(j, i32.sub(get(count), i32.of(3)), i32.of(4), folded(4)),
      walk(j, get(count), i32.of(1), folded(1)),
    ]),
  ]);
  return routine;
}

/**
 * One sweep of one-sided Jacobi: rotates every pair of rows that is not orthogonal, block by block, and returns how many it rotated.
 * `squares` has the squared lengths of the rows; products up to `floor` count as nothing.
 */
function sweep(block: number): Routine {
  const routine = new Routine('sweep', ['i32', 'i32', 'i32', 'i32', 'f64'], 'i32');
  const [rows, squares, count, width, floor] = [0, 1, 2, 3, 4];
  const [left, right, p, q, pEnd, qEnd, first, second, offset, turned, pSquare, qSquare] = Array.from({ length: 12 }, () =>
    routine.local('i32'),
  );
  const [zeta, tangent, cosine] = Array.from({ length: 3 }, () => routine.local('f64'));
  const [c, s, x, y] = Array.from({ length: 4 }, () => routine.local('v128'));
  const { code, results } = dots(routine, first, [second], width);
  const [gamma] = results;
  const at = (base: number) => i32.add(get(base), get(offset));
  const least = (a: Code, b: Code): Code => [a, b, i32.less(a, b), 0x1b];
  const rotation: Code = [
    set(zeta, f64.div(f64.sub(f64.load(get(qSquare)), f64.load(get(pSquare))), f64.mul(f64.of(2), get(gamma)))),
    set(
      tangent,
      f64.signOf(f64.div(f64.of(1), f64.add(f64.size(get(zeta)), f64.root(f64.add(f64.of(1), f64.mul(get(zeta), get(zeta)))))), get(zeta)),
    ),
    set(cosine, f64.div(f64.of(1), f64.root(f64.add(f64.of(1), f64.mul(get(tangent), get(tangent)))))),
    set(c, pair.splat(get(cosine))),
    set(s, pair.splat(f64.mul(get(cosine), get(tangent)))),
    set(offset, i32.of(0)),
    walk(offset, get(width), i32.of(16), [
      set(x, pair.load(at(first))),
      set(y, pair.load(at(second))),
      pair.store(at(first), pair.sub(pair.mul(get(c), get(x)), pair.mul(get(s), get(y)))),
      pair.store(at(second), pair.add(pair.mul(get(s), get(x)), pair.mul(get(c), get(y)))),
    ]),
    f64.store(get(pSquare), f64.sub(f64.load(get(pSquare)), f64.mul(get(tangent), get(gamma)))),
    f64.store(get(qSquare), f64.add(f64.load(get(qSquare)), f64.mul(get(tangent), get(gamma)))),
    set(turned, i32.add(get(turned), i32.of(1))),
  ];
  const visit: Code = [
    set(second, i32.add(get(rows), i32.mul(get(q), get(width)))),
    set(qSquare, i32.add(get(squares), i32.mul(get(q), i32.of(8)))),
    code,
    when(
      f64.less(
        f64.max(f64.mul(f64.of(8 * EPSILON), f64.root(f64.mul(f64.load(get(pSquare)), f64.load(get(qSquare))))), get(floor)),
        f64.size(get(gamma)),
      ),
      rotation,
    ),
  ];
  routine.body = [
    walk(left, get(count), i32.of(block), [
      set(right, get(left)),
      walk(right, get(count), i32.of(block), [
        set(p, get(left)),
        set(pEnd, least(i32.add(get(left), i32.of(block)), get(count))),
        set(qEnd, least(i32.add(get(right), i32.of(block)), get(count))),
        walk(p, get(pEnd), i32.of(1), [
          set(first, i32.add(get(rows), i32.mul(get(p), get(width)))),
          set(pSquare, i32.add(get(squares), i32.mul(get(p), i32.of(8)))),
          set(q, get(right)),
          when(i32.less(get(q), i32.add(get(p), i32.of(1))), set(q, i32.add(get(p), i32.of(1)))),
          walk(q, get(qEnd), i32.of(1), visit),
        ]),
      ]),
    ]),
    get(turned),
  ];
  return routine;
}

export interface Kernels {
  readonly memory: WebAssembly.Memory;
  product(a: number, b: number, c: number, depth: number, aPanels: number, bPanels: number, stride: number): void;
  reflect(lower: number, chunk: number, count: number, width: number): void;
  sweep(rows: number, squares: number, count: number, width: number, floor: number): number;
  fold(rows: number, count: number, width: number, stride: number, scalars: number, vectors: number, vectorStride: number): void;
  rowProducts(rows: number, count: number, width: number, stride: number, vector: number, results: number): void;
}

/** Rows of a block of the Jacobi sweep: what the second-level cache holds. */
const BLOCK = 32;
let made: Kernels | undefined;

export function kernels(): Kernels {
  made ??= new WebAssembly.Instance(new WebAssembly.Module(assemble([product(), reflect(), sweep(BLOCK), fold(), rowProducts()])))
    .exports as unknown as Kernels;
  return made;
}

/** The memory with room for so many numbers. */
export function numbersFor(count: number): Float64Array {
  const { memory } = kernels();
  const missing = count * 8 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  return new Float64Array(memory.buffer);
}
