/** Hand-written kernels: scatter, random, AdamW, arg-top, largest. */
import type { Statement } from '../../compiler/values/kernel.ts';
import { streamKey, wordAt } from '../../compiler/values/random.ts';
import type { Sample } from './spell.ts';
import {
  apply,
  axis,
  buffer,
  f,
  fill,
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

/** t[ids[k] i] += x[k i] over k, after zeros: one block for 64 columns. */
export function scatter(K: number, V: number, I: number): Sample {
  const i = axis('i', 64, f('mul', 'gi', 64), 'I');
  const body: Statement[] = [
    loop('v', 0, 'V', 1, [map('zero', [i], number(0), []), write('zero', from(2, term('v', 'I'), term('i', 1)))]),
    loop('k', 0, 'K', 1, [
      load('x', [i], from(1, term('k', 'I'), term('i', 1))),
      { is: 'write', tile: 'x', to: from(2, { ids: from(0, term('k', 1)), stride: 'I', size: 'V' }, term('i', 1)), add: true },
    ]),
  ];
  const [ids, x] = [ints(K, V + 1, 14), numbers(K * I, 15)];
  const t = zeros(V * I);
  x.forEach((value, p) => {
    const id = ids[Math.floor(p / I)];
    if (id < V) t[id * I + (p % I)] += value;
  });
  return {
    name: `scatter ${K} ${V} ${I}`,
    kernel: kernel(
      'scatter',
      [buffer('ids', 'read', 'i32'), buffer('x'), buffer('t', 'write')],
      'K V I',
      [['gi', f('ceildiv', 'I', 64)]],
      body,
    ),
    args: [K, V, I],
    buffers: [ids, x, numbers(V * I, 16)],
    blocks: Math.ceil(I / 64),
    expected: new Map([[2, t]]),
  };
}

/** y = select(below(word, keep), x / keep, 0). */
export function dropout(R: number, I: number): Sample {
  const i = axis('i', 'whole', 0, 'I');
  const row = [term('r', 'I'), term('i', 1)];
  const value = apply('select', apply('below', { is: 'random', stream: '0', rows: 1 }, read(1)), apply('div', read(0), read(1)), number(0));
  const body = rowsLoop([
    load('x', [i], from(0, ...row)),
    load('keep', [], from(1, term('scalars.keep', 1))),
    map('y', [i], value, ['x', 'keep'], { keys: [{ key0: 'key0', key1: 'key1', row: 'r', column: 'i' }] }),
    write('y', from(2, ...row)),
  ]);
  const key = streamKey([1, 2], 'block@3#1', 5);
  const x = numbers(R * I, 17);
  const y = x.map((value, p) => (wordAt(key, Math.floor(p / I), p % I) < 0.75 * 2 ** 32 ? value / 0.75 : 0));
  return {
    name: `dropout ${R} ${I}`,
    kernel: kernel('points', [buffer('x'), buffer('scalars'), buffer('y', 'write')], 'R I scalars.keep key0 key1', rowGrid, body),
    args: [R, I, 1, key[0] | 0, key[1] | 0],
    buffers: [x, Float64Array.of(0.5, 0.75), zeros(R * I)],
    blocks: Math.ceil(R / 16),
    expected: new Map([[2, y]]),
  };
}

/** w, m, v in place; rate, decay and corrections are host scalars. */
export function adamw(I: number): Sample {
  const i = axis('i', 4096, f('mul', 'gi', 4096), 'I');
  const flat = (b: number) => from(b, term('i', 1));
  const host = ['rate', 'decay', 'c1', 'c2'];
  const body: Statement[] = [
    ...host.map((name) => load(name, [], from(4, term(name, 1)))),
    load('w', [i], flat(0)),
    load('m', [i], flat(1)),
    load('v', [i], flat(2)),
    load('g', [i], flat(3)),
    map('m2', [i], apply('add', apply('mul', number(0.875), read(0)), apply('mul', number(0.125), read(1))), ['m', 'g']),
    map('v2', [i], apply('add', apply('mul', number(0.75), read(0)), apply('mul', number(0.25), apply('mul', read(1), read(1)))), [
      'v',
      'g',
    ]),
    map(
      'step',
      [i],
      apply('div', apply('div', read(0), read(2)), apply('add', apply('sqrt', apply('div', read(1), read(3))), number(2 ** -20))),
      ['m2', 'v2', 'c1', 'c2'],
    ),
    map('w2', [i], apply('sub', read(0), apply('mul', read(2), apply('add', read(1), apply('mul', read(3), read(0))))), [
      'w',
      'step',
      'rate',
      'decay',
    ]),
    write('w2', flat(0)),
    write('m2', flat(1)),
    write('v2', flat(2)),
  ];
  const [w, m, g] = [numbers(I, 18), numbers(I, 19), numbers(I, 21)];
  const v = numbers(I, 20).map(Math.abs);
  const [rate, decay, c1, c2] = [2 ** -10, 2 ** -4, 0.5, 0.25];
  const m2 = m.map((value, p) => 0.875 * value + 0.125 * g[p]);
  const v2 = v.map((value, p) => 0.75 * value + 0.25 * g[p] * g[p]);
  const w2 = w.map((value, p) => value - rate * (m2[p] / c1 / (Math.sqrt(v2[p] / c2) + 2 ** -20) + decay * value));
  const buffers = [buffer('w', 'update'), buffer('m', 'update'), buffer('v', 'update'), buffer('g'), buffer('scalars')];
  return {
    name: `AdamW ${I}`,
    kernel: kernel('points', buffers, 'I rate decay c1 c2', [['gi', f('ceildiv', 'I', 4096)]], body),
    args: [I, 0, 1, 16, 3],
    buffers: [w, m, v, g, fill(32, (p) => [rate, decay, 0, c2][p] ?? (p === 16 ? c1 : 0))],
    blocks: Math.ceil(I / 4096),
    expected: new Map([
      [0, w2],
      [1, m2],
      [2, v2],
    ]),
  };
}

/** The two greatest of each row of eight possible values: many ties. */
export function argTop(R: number, J: number): Sample {
  const j = axis('j', 'whole', 0, 'J');
  const body = rowsLoop([
    load('x', [j], from(0, term('r', 'J'), term('j', 1))),
    { is: 'arg-top', tile: 'top', axis: axis('q', 2, 0, 2), source: 'x', over: 'j' },
    write('top', from(1, term('r', 2), term('q', 1))),
  ]);
  const x = ints(R * J, 8, 22);
  const top = zeros(R * 2);
  for (let r = 0; r < R; r++) {
    const order = [...x.subarray(r * J, r * J + J).entries()].sort(([p, a], [q, b]) => b - a || p - q);
    top.set([order[0][0], order[1][0]], r * 2);
  }
  return {
    name: `arg-top ${R} ${J}`,
    kernel: kernel('special', [buffer('x'), buffer('top', 'write', 'i32')], 'R J', rowGrid, body),
    args: [R, J],
    buffers: [x, zeros(R * 2)],
    blocks: Math.ceil(R / 16),
    expected: new Map([[1, top]]),
  };
}

/** The `K` greatest of `N` numbers, of which many are equal, some negative and one none: ties go to the lower position. */
export function largest(N: number, K: number): Sample {
  const body: Statement[] = [{ is: 'largest', of: 0, n: 'N', count: 'K', to: 1, scratch: 2 }];
  const x = ints(N, 11, 31).map((value) => (value === 5 ? -0 : (value - 5) * 0.37));
  if (N > 3) x[3] = Number.NaN;
  const greatness = (value: number) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value);
  const order = [...x.entries()].sort(([p, a], [q, b]) => greatness(b) - greatness(a) || p - q);
  const chosen = zeros(N);
  for (const [position] of order.slice(0, K)) chosen[position] = 1;
  return {
    name: `largest ${K} of ${N}`,
    kernel: kernel('special', [buffer('x'), buffer('chosen', 'write', 'i32'), buffer('counters', 'write', 'i32')], 'N K', [['g', 1]], body),
    args: [N, K],
    buffers: [x, ints(N, 3, 32), ints(256, 9, 33)],
    blocks: 1,
    expected: new Map([[1, chosen]]),
  };
}
