/** Rows and points of the WASM kernels: the law of folds, every way to address along the vector axis, arg-top, counting sort. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runBlock } from '../../compiler/kernel/interpreter.ts';
import { Builder } from '../../compiler/program/builder.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom } from '../../compiler/program/random-program.ts';
import type { Access, Statement, Term } from '../../compiler/values/kernel.ts';
import type { Pick } from '../../compiler/values/operation.ts';
import { runProgram } from '../../runtime/engine/run-program.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { runSample } from '../kernel/launch.ts';
import type { Sample } from '../kernel/spell.ts';
import { apply, axis, buffer, f, fill, fold, from, ints, kernel, load, map, numbers, read, term, write, zeros } from '../kernel/spell.ts';
import { firstDifference } from './elementwise.ts';

const engine = await wasmEngine();

/** Partial j mod 16 in f32, then the tree of halves. */
function foldedSum(x: Float64Array): number {
  const partials = new Float32Array(16);
  for (const [j, value] of x.entries()) partials[j % 16] += value;
  for (let half = 8; half >= 1; half /= 2) for (let i = 0; i < half; i++) partials[i] += partials[i + half];
  return partials[0];
}

test('a fold adds element j to partial j mod 16, then halves', async () => {
  const body: Statement[] = [
    load('x', [axis('j', 'whole', 0, 'J')], from(0, term('g', 'J'), term('j', 1))),
    fold('sum', 'x', 'sum', 'j'),
    fold('top', 'x', 'max', 'j'),
    write('sum', from(1, term('g', 1))),
    write('top', from(2, term('g', 1))),
  ];
  const made = kernel('rows', [buffer('x'), buffer('y', 'write'), buffer('z', 'write')], 'R J', [['g', 'R']], body);
  for (let J = 1; J <= 70; J++) {
    const x = numbers(3 * J, J).map((value) => Math.fround(Math.exp(8 * value)));
    const rows = [0, 1, 2].map((r) => x.subarray(r * J, r * J + J));
    const expected = new Map([
      [1, Float64Array.from(rows, foldedSum)],
      [2, Float64Array.from(rows, (row) => Math.max(...row))],
    ]);
    const found = await runSample(engine, { name: '', kernel: made, args: [3, J], buffers: [x, zeros(3), zeros(3)], blocks: 3, expected });
    for (const [k, values] of expected) assert.is(firstDifference(found.get(k)!, values), -1, `length ${J}`);
  }
});

test('a row longer than a block has a sum of its own, whatever rows stand before it', async () => {
  const sums = async (rows: number, length: number) => {
    const builder = new Builder(table, [], { path: '', section: 'forward' });
    const axes = [rows, length].map((size, k) => ({ name: `a${k}`, size }));
    const x = builder.source({ kind: 'input', name: 'x', rate: 'batch' }, { dtype: 'real', axes });
    const value = builder.add('contract', [x], { letters: axes, operands: [[0, 1]], result: [0] });
    const program = builder.program('sums', [{ kind: 'result', name: 'y', value }]);
    const data = Float64Array.from({ length: rows * length }, (_, k) => 1 + (k % 7));
    const found = await runProgram(engine, program, new Map([['x', data]]), { seed: [0, 0], tick: 0 });
    const expected = Array.from({ length: rows }, (_, r) => data.subarray(r * length, (r + 1) * length).reduce((a, b) => a + b, 0));
    assert.equal([...Array.from(found.get('result y')!)], expected, `${rows} rows of ${length}`);
  };
  for (const length of [511, 512, 513, 884, 1024, 1025, 2000]) for (const rows of [1, 2, 5]) await sums(rows, length);
});

/** Runs a sample on the engine and in the interpreter; values are copied or added exactly, so both must agree in every bit. */
async function agree(sample: Omit<Sample, 'expected'>, written: number): Promise<void> {
  const buffers = sample.buffers.map((values) => values.slice());
  for (let block = 0; block < sample.blocks; block++) runBlock(sample.kernel, sample.args, buffers, block);
  const found = await runSample(engine, { ...sample, expected: new Map([[written, buffers[written]]]) });
  const where = firstDifference(found.get(written)!, buffers[written]);
  assert.is(where, -1, `${sample.name}: element ${where} is ${found.get(written)![where]}, not ${buffers[written][where]}`);
}

const SPREAD = 4096;
/** An access along the axis i and the row g: contiguous, standing, strided, by table, looked up; guarded on the axis, on the row or not. */
function anyAccess(pick: Pick, buffer: number, distinct: boolean): { access: Access; name: string } {
  const along: Record<string, readonly Term[]> = {
    contiguous: [term('i', 1)],
    strided: [term('i', 'stride')],
    twice: [term('i', 2)],
    table: [{ index: 'i', table: 't' }],
    'looked up': [{ ids: from(1, term('i', 1)), stride: 3, size: 40 }],
    'looked up by row': [{ ids: from(1, term('g', 1)), stride: 2, size: 40 }, term('i', 1)],
    standing: [],
  };
  const names = Object.keys(along).filter((name) => !distinct || (name !== 'standing' && !name.startsWith('looked')));
  const name = pick.of(names);
  const guards = [undefined, [{ value: f('add', 'i', -3), size: 20 }], [{ value: f('add', 'g', -1), size: 'R' }]] as const;
  const where = pick.of(guards);
  const access: Access = {
    buffer,
    terms: [...along[name], term('g', 300)],
    ...(where === undefined ? {} : { where }),
    ...(pick.boolean() ? { outside: 7 } : {}),
  };
  return { access, name: `${name} ${JSON.stringify(where ?? '')}` };
}

test('reads and writes in every way of addressing', async () => {
  const pick = pickFrom(5);
  for (let round = 0; round < 60; round++) {
    const [one, two, to] = [anyAccess(pick, 2, false), anyAccess(pick, 3, false), anyAccess(pick, 4, true)];
    const extent = pick.of(['whole', 32] as const);
    const i = axis('i', extent, extent === 'whole' ? 0 : f('mul', 'gi', 32), 'I');
    const body: Statement[] = [
      load('x', [i], one.access),
      load('y', [i], two.access),
      map('z', [i], apply('add', read(0), read(1)), ['x', 'y']),
      { is: 'write', tile: 'z', to: to.access, ...(pick.boolean() ? { add: true as const } : {}) },
    ];
    const [R, I] = [3, pick.integer(1, 60)];
    const adds = body[3].is === 'write' && body[3].add === true;
    const grid =
      extent === 'whole'
        ? ([['g', 'R']] as const)
        : ([
            ['g', 'R'],
            ['gi', f('ceildiv', 'I', 32)],
          ] as const);
    const roles = [buffer('tables', 'read', 'i32'), buffer('ids', 'read', 'i32'), buffer('x'), buffer('y'), buffer('to', 'update')];
    const sample = {
      name: `${one.name}, ${two.name} to ${to.name}${adds ? ', added' : ''}, ${I}`,
      kernel: kernel(adds ? 'scatter' : 'points', roles, 'R I stride t', grid, body),
      args: [R, I, 4, 10],
      buffers: [fill(80, (p) => ((p * 37) % 80) * 3), ints(64, 44, round), ...[1, 2, 3].map((seed) => numbers(SPREAD, seed + round))],
      blocks: R * (extent === 'whole' ? 1 : Math.ceil(I / 32)),
    };
    await agree(sample, 4);
  }
});

test('arg-top: as many as there are elements, ties to the lower index, reals and integers', async () => {
  for (const element of ['f32', 'i32'] as const) {
    for (const [J, count] of [
      [1, 1],
      [7, 7],
      [30, 8],
    ] as const) {
      const j = axis('j', 'whole', 0, 'J');
      const body: Statement[] = [
        load('x', [j], from(0, term('g', 'J'), term('j', 1)), element),
        { is: 'arg-top', tile: 'top', axis: axis('q', count, 0, count), source: 'x', over: 'j' },
        write('top', from(1, term('g', count), term('q', 1))),
      ];
      const roles = [buffer('x', 'read', element), buffer('top', 'write', 'i32')];
      const made = kernel('special', roles, 'R J', [['g', 'R']], body);
      const x = ints(5 * J, 4, J).map((value) => value - 2);
      await agree({ name: `${element} ${J}`, kernel: made, args: [5, J], buffers: [x, zeros(5 * count)], blocks: 5 }, 1);
    }
  }
});

test('counting sort: stable order and starts, keys in no group last', async () => {
  for (const gives of ['order', 'start'] as const) {
    const body: Statement[] = [{ is: 'group', gives, keys: 0, n: 'N', groups: 'G', to: 1, scratch: 2 }];
    const roles = [buffer('keys', 'read', 'i32'), buffer('to', 'write', 'i32'), buffer('counters', 'write', 'i32')];
    const made = kernel('special', roles, 'N G', [['g', 1]], body);
    for (const [N, G] of [
      [1, 1],
      [100, 7],
      [50, 60],
    ] as const) {
      const buffers = [ints(N, G + 2, N).map((key) => key - 1), zeros(gives === 'order' ? N : G + 1), zeros(G + 1)];
      await agree({ name: `${gives} ${N} ${G}`, kernel: made, args: [N, G], buffers, blocks: 1 }, 1);
    }
  }
});

test.run();
