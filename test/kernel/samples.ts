/**
 * Kernels written by hand, one for each form and most statements, with arguments, buffers and what they must give: what printers and the
 * interpreter are tested against.
 */
import type { Access, Statement } from '../../compiler/values/kernel.ts';
import { adamw, argTop, dropout, largest, scatter } from './samples-special.ts';
import type { Sample } from './spell.ts';
import {
  apply,
  at,
  axis,
  buffer,
  f,
  fill,
  fold,
  from,
  ints,
  kernel,
  load,
  loop,
  map,
  number,
  numbers,
  read,
  rowGrid,
  rowsLoop,
  term,
  write,
  zeros,
} from './spell.ts';

export type { Sample } from './spell.ts';

const m48 = axis('m', 48, f('mul', 'gm', 48), 'M');
const n64 = axis('n', 64, f('mul', 'gn', 64), 'N');
const k256 = axis('k', 256, 'k0', 'K');
const tileGrid = [
  ['gm', f('ceildiv', 'M', 48)],
  ['gn', f('ceildiv', 'N', 64)],
] as const;
const accumulator: Statement = { is: 'tile', tile: 'acc', axes: [m48, n64], element: 'f32', fill: 0 };
const product: Statement = { is: 'multiply', into: 'acc', left: 'a', right: 'b' };

function gemm(name: string, M: number, N: number, K: number, transposed: boolean): Sample {
  const [aM, aK] = transposed ? [1, M] : [K, 1];
  const body: Statement[] = [
    accumulator,
    loop('k0', 0, 'K', 256, [
      load('a', [m48, k256], from(0, term('m', transposed ? 1 : 'a.m'), term('k', transposed ? 'a.k' : 1))),
      load('b', [k256, n64], from(1, term('k', 'b.k'), term('n', 1))),
      product,
    ]),
    load('bias', [n64], from(2, term('n', 1))),
    map('y', [m48, n64], apply('max', apply('add', read(0), read(1)), number(0)), ['acc', 'bias']),
    write('y', from(3, term('m', 'y.m'), term('n', 1))),
  ];
  const args = transposed ? 'M N K a.k b.k y.m' : 'M N K a.m b.k y.m';
  const [a, b, bias] = [numbers(M * K, 1), numbers(K * N, 2), numbers(N, 3)];
  const y = fill(M * N, (i) => {
    const [m, n] = [Math.floor(i / N), i % N];
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[m * aM + k * aK] * b[k * N + n];
    return Math.max(0, sum + bias[n]);
  });
  return {
    name,
    kernel: kernel('tiles', [buffer('a'), buffer('b'), buffer('bias'), buffer('y', 'write')], args, tileGrid, body),
    args: [M, N, K, transposed ? M : K, N, N],
    buffers: [a, b, bias, zeros(M * N)],
    blocks: Math.ceil(M / 48) * Math.ceil(N / 64),
    expected: new Map([[3, y]]),
  };
}

/** q[b t h e] . k[b u h e] -> s[b h t u], scaled: batch offsets by tables, both operands strided. */
function batched(B: number, H: number, T: number, E: number): Sample {
  const D = H * E;
  const table = { index: 'b', table: 'q.b' } as const;
  const body: Statement[] = [
    accumulator,
    loop('k0', 0, 'K', 256, [
      load('a', [m48, k256], { buffer: 1, terms: [table, term('m', 'q.m'), term('k', 1)] }),
      load('b', [k256, n64], { buffer: 2, terms: [table, term('k', 1), term('n', 'k.n')] }),
      product,
    ]),
    map('s', [m48, n64], apply('mul', read(0), number(0.5)), ['acc']),
    write('s', from(3, term('b', 's.b'), term('m', 's.m'), term('n', 1))),
  ];
  const [q, k] = [numbers(B * T * D, 4), numbers(B * T * D, 5)];
  const offsets = fill(B * H, (i) => Math.floor(i / H) * T * D + (i % H) * E);
  const s = fill(B * H * T * T, (i) => {
    const [b, t, u] = [Math.floor(i / (T * T)), Math.floor(i / T) % T, i % T];
    let sum = 0;
    for (let e = 0; e < E; e++) sum += q[offsets[b] + t * D + e] * k[offsets[b] + u * D + e];
    return sum * 0.5;
  });
  return {
    name: `batched GEMM ${B}x${H} ${T} ${E}`,
    kernel: kernel(
      'tiles',
      [buffer('tables', 'read', 'i32'), buffer('q'), buffer('k'), buffer('s', 'write')],
      'B M N K q.b q.m k.n s.b s.m',
      [['b', 'B'], ...tileGrid],
      body,
    ),
    args: [B * H, T, T, E, 0, D, D, T * T, T],
    buffers: [offsets, q, k, zeros(s.length)],
    blocks: B * H * Math.ceil(T / 48) * Math.ceil(T / 64),
    expected: new Map([[3, s]]),
  };
}

/** y[r i] = select(i <= r mod T, x[r i] * scale[r], -1e30) + bias[i], shifted by one row: a guard. */
function points(R: number, I: number, T: number): Sample {
  const i = axis('i', 'whole', 0, 'I');
  const guarded: Access = { ...from(0, term('r', 'I'), term('i', 1), term(-1, 'I')), where: [{ value: f('add', 'r', -1), size: 'R' }] };
  const body = rowsLoop([
    load('x', [i], guarded),
    load('scale', [], from(1, term('r', 1))),
    load('bias', [i], from(2, term('i', 1))),
    map(
      'y',
      [i],
      apply('add', apply('select', apply('le', at(0), at(1)), apply('mul', read(0), read(1)), number(-1e30)), read(2)),
      ['x', 'scale', 'bias'],
      { coordinates: ['i', { f: 'mod', a: ['r', 'T'] }] },
    ),
    write('y', from(3, term('r', 'I'), term('i', 1))),
  ]);
  const [x, scale, bias] = [numbers(R * I, 6), numbers(R, 7), numbers(I, 8)];
  const y = fill(R * I, (p) => {
    const [r, c] = [Math.floor(p / I), p % I];
    return (c <= r % T ? (r > 0 ? x[p - I] : 0) * scale[r] : -1e30) + bias[c];
  });
  return {
    name: `points ${R} ${I}`,
    kernel: kernel('points', [buffer('x'), buffer('scale'), buffer('bias'), buffer('y', 'write')], 'R I T', rowGrid, body),
    args: [R, I, T],
    buffers: [x, scale, bias, zeros(R * I)],
    blocks: Math.ceil(R / 16),
    expected: new Map([[3, y]]),
  };
}

function softmax(R: number, J: number): Sample {
  const j = axis('j', 'whole', 0, 'J');
  const row = [term('r', 'J'), term('j', 1)];
  const body = rowsLoop([
    load('x', [j], from(0, ...row)),
    fold('top', 'x', 'max', 'j'),
    map('e', [j], apply('exp', apply('sub', read(0), read(1))), ['x', 'top']),
    fold('z', 'e', 'sum', 'j'),
    map('p', [j], apply('div', read(0), read(1)), ['e', 'z']),
    write('p', from(1, ...row)),
    map('l', [], apply('add', read(0), apply('log', read(1))), ['top', 'z']),
    write('l', from(2, term('r', 1))),
  ]);
  const x = numbers(R * J, 9);
  const z = fill(R, (r) => x.subarray(r * J, r * J + J).reduce((sum, value) => sum + Math.exp(value), 0));
  return {
    name: `softmax ${R} ${J}`,
    kernel: kernel('rows', [buffer('x'), buffer('p', 'write'), buffer('l', 'write')], 'R J', rowGrid, body),
    args: [R, J],
    buffers: [x, zeros(R * J), zeros(R)],
    blocks: Math.ceil(R / 16),
    expected: new Map([
      [1, x.map((value, p) => Math.exp(value) / z[Math.floor(p / J)])],
      [2, z.map(Math.log)],
    ]),
  };
}

/** part[c] = sum of squares of x over 2048 elements. */
function longSum(J: number): Sample {
  const j = axis('j', 2048, f('mul', 'c', 2048), 'J');
  const body: Statement[] = [
    load('x', [j], from(0, term('j', 1))),
    map('s', [j], apply('mul', read(0), read(0)), ['x']),
    fold('sum', 's', 'sum', 'j'),
    write('sum', from(1, term('c', 1))),
  ];
  const x = numbers(J, 10);
  const blocks = Math.ceil(J / 2048);
  const part = fill(blocks, (c) => x.subarray(c * 2048, (c + 1) * 2048).reduce((sum, value) => sum + value * value, 0));
  return {
    name: `long sum ${J}`,
    kernel: kernel('rows', [buffer('x'), buffer('part', 'write')], 'J', [['c', f('ceildiv', 'J', 2048)]], body),
    args: [J],
    buffers: [x, zeros(blocks)],
    blocks,
    expected: new Map([[1, part]]),
  };
}

/** y[c i] = sum over the rows of one chunk of x[k i]: a bias gradient. */
function columnSums(K: number, I: number, L: number): Sample {
  const i = axis('i', 64, f('mul', 'gi', 64), 'I');
  const start = f('mul', 'c', 'L');
  const body: Statement[] = [
    { is: 'tile', tile: 'acc', axes: [i], element: 'f32', fill: 0 },
    loop('k', start, f('min', 'K', f('add', start, 'L')), 1, [
      load('x', [i], from(0, term('k', 'I'), term('i', 1))),
      { is: 'accumulate', into: 'acc', source: 'x', combine: 'sum' },
    ]),
    write('acc', from(1, term('c', 'I'), term('i', 1))),
  ];
  const x = numbers(K * I, 11);
  const chunks = Math.ceil(K / L);
  const y = zeros(chunks * I);
  for (let p = 0; p < K * I; p++) y[Math.floor(p / (I * L)) * I + (p % I)] += x[p];
  const grid = [
    ['c', f('ceildiv', 'K', 'L')],
    ['gi', f('ceildiv', 'I', 64)],
  ] as const;
  return {
    name: `column sums ${K} ${I}`,
    kernel: kernel('points', [buffer('x'), buffer('y', 'write')], 'K I L', grid, body),
    args: [K, I, L],
    buffers: [x, zeros(chunks * I)],
    blocks: chunks * Math.ceil(I / 64),
    expected: new Map([[1, y]]),
  };
}

/** y[r i] = T[ids[r] i], 0 where the id is outside. */
function gather(R: number, V: number, I: number): Sample {
  const i = axis('i', 'whole', 0, 'I');
  const body = rowsLoop([
    load('x', [i], from(1, { ids: from(0, term('r', 1)), stride: 'I', size: 'V' }, term('i', 1))),
    write('x', from(2, term('r', 'I'), term('i', 1))),
  ]);
  const [ids, t] = [ints(R, V + 1, 12), numbers(V * I, 13)];
  return {
    name: `gather ${R} ${V} ${I}`,
    kernel: kernel('points', [buffer('ids', 'read', 'i32'), buffer('t'), buffer('y', 'write')], 'R V I', rowGrid, body),
    args: [R, V, I],
    buffers: [ids, t, zeros(R * I)],
    blocks: Math.ceil(R / 16),
    expected: new Map([[2, fill(R * I, (p) => (ids[Math.floor(p / I)] < V ? t[ids[Math.floor(p / I)] * I + (p % I)] : 0))]]),
  };
}

/** Every sample at sizes that do and do not divide by tiles and vectors. */
export function samples(): readonly Sample[] {
  return [
    gemm('GEMM 96 128 32', 96, 128, 32, false),
    gemm('GEMM 61 67 300', 61, 67, 300, false),
    gemm('GEMM transposed 50 70 33', 50, 70, 33, true),
    batched(2, 3, 50, 8),
    points(33, 19, 8),
    points(4, 64, 4),
    softmax(37, 21),
    softmax(16, 256),
    longSum(5000),
    columnSums(700, 70, 256),
    gather(21, 7, 20),
    scatter(50, 7, 70),
    dropout(17, 37),
    adamw(5001),
    argTop(20, 9),
    largest(1000, 300),
    largest(7, 7),
    largest(5, 0),
  ];
}
