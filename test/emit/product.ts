/**
 * Products of tiles in every way that their sides can be stored, with exact expectations: the chain law says what each element is, bit
 * for bit, whatever the tiles.
 */
import type { Access, Statement, Term } from '../../compiler/values/kernel.ts';
import { wordAt } from '../../compiler/values/random.ts';
import type { Sample } from '../kernel/spell.ts';
import { apply, at, axis, buffer, f, fill, kernel, load, map, number, read, term, write, zeros } from '../kernel/spell.ts';

/** How a side lies: contiguous along k or across; `table`: offset tables on the other axis; tables on both; computed; looked up by row. */
export const leftModes = ['k', 'm', 'k table', 'm table', 'tables', 'computed', 'ids'] as const;
export const rightModes = ['n', 'k', 'n table', 'k table', 'tables', 'computed'] as const;
export type Mode = (typeof leftModes)[number] | (typeof rightModes)[number];

export interface Product {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly left: (typeof leftModes)[number];
  readonly right: (typeof rightModes)[number];
  /** Extents of the tile and positions of k in a block. */
  readonly tile: readonly [number, number, number];
  /** The left side is 0 above the diagonal, and the loop ends there. */
  readonly causal: boolean;
  readonly bias: boolean;
  readonly seed: number;
}

/** Twenty bits in [-1, 1): products of two are exact in f64, and so are their sums with an f32. */
const fine = (length: number, seed: number) => fill(length, (i) => ((wordAt([seed, 79], 0, i) >>> 12) - 2 ** 19) / 2 ** 19);
/** Positions 0 to n - 1 in an order of their own. */
const permuted = (n: number, seed: number) =>
  [...Array(n).keys()].sort((a, b) => wordAt([seed, 80], 0, a) - wordAt([seed, 80], 0, b) || a - b);

interface Side {
  readonly terms: readonly Term[];
  readonly args: Readonly<Record<string, number>>;
  /** Element offset in a batch of (position across, position along k). */
  at(across: number, k: number): number;
}

/** `name` is m or n; `tables` grows. */
function sideOf(name: 'm' | 'n', mode: Mode, across: number, k: number, tables: number[], seed: number): Side {
  const [acrossArg, kArg] = [`${name}.stride`, `${name}.k.stride`];
  const table = (index: string, size: number, stride: number): [Term, string, number, number[]] => {
    const entries = permuted(size, seed + index.length).map((position) => position * stride);
    const start = tables.push(...entries) - entries.length;
    return [{ index, table: `${name}.${index}` }, `${name}.${index}`, start, entries];
  };
  const alongK = mode === 'k' || mode === 'k table' || mode === 'computed' || mode === 'ids' || mode === 'tables';
  if (mode === 'tables') {
    const [[first, a, at1, rows], [second, b, at2, columns]] = [table(name, across, k), table('k', k, 1)];
    return { terms: [first, second], args: { [a]: at1, [b]: at2 }, at: (x, y) => rows[x] + columns[y] };
  }
  if (mode.endsWith(' table')) {
    const [index, size, stride] = alongK ? ([name, across, k] as const) : (['k', k, across] as const);
    const [own, arg, start, entries] = table(index, size, stride);
    const plain = term(alongK ? 'k' : name, 1);
    return { terms: [own, plain], args: { [arg]: start }, at: (x, y) => (alongK ? entries[x] + y : entries[y] + x) };
  }
  if (alongK) return { terms: [term(name, acrossArg), term('k', 1)], args: { [acrossArg]: k }, at: (x, y) => x * k + y };
  return { terms: [term('k', kArg), term(name, 1)], args: { [kArg]: across }, at: (x, y) => y * across + x };
}

/** The kernel, its launch, and what it must give with and without fused multiply-add. */
export function productSample(p: Product): { fused: Sample; split: Sample } {
  const [M, N, K] = p.tile;
  const [m, n, k] = [axis('m', M, f('mul', 'gm', M), 'M'), axis('n', N, f('mul', 'gn', N), 'N'), axis('k', K, 'k0', 'end')];
  const tables: number[] = [];
  const [left, right] = [sideOf('m', p.left, p.m, p.k, tables, p.seed), sideOf('n', p.right, p.n, p.k, tables, p.seed + 1)];
  const ids = fill(p.m, (row) => (row * 7 + 3) % (p.m + 1));
  const leftTerms = p.left === 'ids' ? [{ ids: ids1(), stride: 'm.stride', size: 'M' }, term('k', 1)] : left.terms;
  const inside: Statement[] = [
    load('a', [m, k], { buffer: 1, terms: [term('b', 'left.batch'), ...leftTerms] }),
    load('b', [k, n], { buffer: 2, terms: [term('b', 'right.batch'), ...right.terms] }),
  ];
  if (p.left === 'computed') inside.push(map('a2', [m, k], apply('max', read(0), number(0)), ['a']));
  if (p.right === 'computed')
    inside.push(load('s', [k], access(3, term('k', 1))), map('b2', [k, n], apply('mul', read(0), read(1)), ['b', 's']));
  inside.push({ is: 'multiply', into: 'sum', left: p.left === 'computed' ? 'a2' : 'a', right: p.right === 'computed' ? 'b2' : 'b' });
  const end = p.causal ? f('min', 'K', f('add', f('mul', 'gm', M), M)) : 'K';
  const body: Statement[] = [
    { is: 'let', index: 'end', value: end },
    { is: 'tile', tile: 'sum', axes: [m, n], element: 'f32', fill: 0 },
    { is: 'loop', index: 'k0', from: 0, to: 'end', step: K, body: inside },
  ];
  const mask = apply('select', apply('le', at(0), apply('add', at(1), number(40))), apply('add', read(0), read(1)), number(-3));
  if (p.bias) body.push(load('bias', [n], access(3, term('n', 1))), map('y', [m, n], mask, ['sum', 'bias'], { coordinates: ['n', 'm'] }));
  body.push(write(p.bias ? 'y' : 'sum', access(4, term('b', 'y.batch'), term('m', 'N'), term('n', 1))));
  const [a, b, s] = [fine(p.batch * p.m * p.k, p.seed), fine(p.batch * p.k * p.n, p.seed + 2), fine(Math.max(p.k, p.n), p.seed + 3)];
  const source = (row: number) => (p.left === 'ids' ? ids[row] : row);
  if (p.causal) {
    for (let batch = 0; batch < p.batch; batch++)
      for (let row = 0; row < p.m; row++) for (let z = row + 1; z < p.k; z++) a[batch * p.m * p.k + left.at(row, z)] = 0;
  }
  const expected = (fused: boolean) =>
    fill(p.batch * p.m * p.n, (i) => {
      const [batch, row, column] = [Math.floor(i / (p.m * p.n)), Math.floor(i / p.n) % p.m, i % p.n];
      let sum = 0;
      for (let z = 0; z < p.k; z++) {
        const from = source(row);
        let x = from < p.m ? a[batch * p.m * p.k + left.at(from, z)] : 0;
        let y = b[batch * p.k * p.n + right.at(column, z)];
        if (p.left === 'computed') x = Math.max(x, 0);
        if (p.right === 'computed') y = Math.fround(y * s[z]);
        sum = Math.fround(sum + (fused ? x * y : Math.fround(x * y)));
      }
      if (!p.bias) return sum;
      return column <= row + 40 ? Math.fround(sum + s[column]) : -3;
    });
  const args = { M: p.m, N: p.n, K: p.k, B: p.batch, 'left.batch': p.m * p.k, 'right.batch': p.k * p.n, 'y.batch': p.m * p.n };
  const all: Record<string, number> = { ...args, ...left.args, ...right.args };
  const buffers = [
    buffer('tables', 'read', 'i32'),
    buffer('a'),
    buffer('b'),
    buffer('s'),
    buffer('y', 'write'),
    buffer('ids', 'read', 'i32'),
  ];
  const grid = [
    ['b', 'B'],
    ['gm', f('ceildiv', 'M', M)],
    ['gn', f('ceildiv', 'N', N)],
  ] as const;
  const sample = (fused: boolean): Sample => ({
    name: JSON.stringify(p),
    kernel: kernel('tiles', buffers, Object.keys(all).join(' '), grid, body),
    args: Object.values(all),
    buffers: [Float64Array.from(tables.length === 0 ? [0] : tables), a, b, s, zeros(p.batch * p.m * p.n), ids],
    blocks: p.batch * Math.ceil(p.m / M) * Math.ceil(p.n / N),
    expected: new Map([[4, expected(fused)]]),
  });
  return { fused: sample(true), split: sample(false) };
}

const access = (from: number, ...terms: Term[]): Access => ({ buffer: from, terms });
const ids1 = (): Access => access(5, term('m', 1));
