/** The verifiers find what is wrong: each test breaks one thing of a nest, a kernel or a schedule. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kernel, Nest, Schedule, Statement } from '../../compiler/values/kernel.ts';
import { kernelKey } from '../../compiler/values/print-kernel.ts';
import type { Type } from '../../compiler/values/program.ts';
import { wasm } from '../../compiler/values/target.ts';
import { verifyKernel, verifyKernels } from '../../compiler/values/verify-kernel.ts';
import { verifyNest } from '../../compiler/values/verify-nest.ts';
import { samples } from './samples.ts';
import { Spell } from './spell-program.ts';

const axis = (size: number) => ({ name: 'a', size });
const type: Type = { dtype: 'real', axes: [axis(4), axis(3)] };
const access = (buffer: number, terms: Record<string, number>, plus = 0) => ({ buffer, terms, plus, lookups: [], where: [] });
const nest: Nest = {
  domain: [
    { index: 'i', axis: axis(4), role: 'kept' },
    { index: 'j', axis: axis(3), role: 'reduced' },
  ],
  reads: [access(0, { i: 3, j: 1 })],
  combine: 'sum',
  value: { is: 'read', operand: 0 },
  after: [],
  finish: { is: 'read', operand: 0 },
  write: access(-1, { i: 1 }),
};
const sums: Type = { dtype: 'real', axes: [axis(4)] };
const broken = (changes: Partial<Nest>, pattern: RegExp) =>
  assert.throws(() => verifyNest({ ...nest, ...changes }, [type], sums, 'x'), pattern);

test('nests', () => {
  verifyNest(nest, [type], sums, 'x');
  broken({ reads: [access(0, { i: 3, j: 2 })] }, /read 0 meets 0 to 13 of 12/);
  broken({ reads: [access(0, { i: 3, j: 1 }, -1)] }, /meets -1 to 10/);
  broken({ reads: [access(0, { k: 1 })] }, /the index k, which is not in the domain/);
  broken({ reads: [access(1, { i: 1 })] }, /is input 1, there are 1/);
  broken({ write: access(-1, { i: 1, j: 0 }) }, /the write walks the reduced index j/);
  broken({ after: [access(0, { j: 1 })] }, /epilogue read 0 walks the reduced index j/);
  broken({ combine: 'none' }, /nothing that combines/);
});

test('kernels written by hand are well formed', () => {
  for (const { kernel } of samples()) verifyKernel(kernel, wasm);
});

test('kernels', () => {
  const { kernel } = samples().find(({ name }) => name.startsWith('softmax'))!;
  const change = (changes: Partial<Kernel>): Kernel => {
    const changed = { ...kernel, ...changes };
    return { ...changed, key: kernelKey(changed) };
  };
  const rows = kernel.body[0] as Extract<Statement, { is: 'loop' }>;
  const inside = (edit: (body: readonly Statement[]) => readonly Statement[]) => change({ body: [{ ...rows, body: edit(rows.body) }] });
  const refused = (changed: Kernel, pattern: RegExp) => assert.throws(() => verifyKernel(changed, wasm), pattern);
  refused({ ...kernel, key: '0' }, /its text has the key/);
  refused(change({ buffers: [...kernel.buffers, ...kernel.buffers, ...kernel.buffers] }), /9 buffers, 8 are allowed/);
  refused(change({ args: ['R'] }), /J has no value/);
  refused(
    inside((body) => body.slice(1)),
    /tile x is used before it is made/,
  );
  refused(
    inside((body) => body.map((s) => (s.is === 'fold' ? { ...s, over: 'q' } : s))),
    /has no axis q/,
  );
  refused(
    inside((body) => body.map((s) => (s.is === 'map' ? { ...s, axes: [] } : s))),
    /fewer axes than its operand/,
  );
  refused(change({ buffers: kernel.buffers.map((own) => ({ ...own, use: 'read' })) }), /is read, needed is write or update/);
});

test('schedules', () => {
  const s = new Spell({ j: 5000 });
  const schedule = s.check(s.contract('j->', s.source('j')));
  const [first, second] = schedule.launches;
  const refused = (changes: Partial<Schedule>, pattern: RegExp) =>
    assert.throws(() => verifyKernels({ ...schedule, ...changes }, wasm), pattern);
  const moved = first.buffers.map((address, k) => (k === 0 ? { ...address, offset: 100000 } : address));
  refused({ launches: [second] }, /reads scratch 0 to 3, where no such value lies/);
  refused({ launches: [{ ...first, args: [] }, second] }, /0 arguments for/);
  refused({ launches: [{ ...first, args: first.args.map(() => 0.5) }, second] }, /argument 0.5 is no i32/);
  refused({ launches: [{ ...first, buffers: [] }, second] }, /0 addresses for 2 buffers/);
  refused({ launches: [{ ...first, buffers: moved }, second] }, /leaves the space inputs/);
  refused({ launches: [{ ...first, buffers: [first.buffers[1], first.buffers[1]] }, second] }, /is written and overlaps/);
  refused({ kernels: schedule.kernels.toReversed() }, /is out of order/);
});

test.run();
