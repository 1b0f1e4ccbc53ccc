/** What `bench` measures, keeps and compares. Times are looked at only as far as they are above 0. */
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileStep } from '../../compiler/index.ts';
import { compile } from '../../runtime/cli/api.ts';
import { checkAgainstReference } from '../../runtime/cli/bench/agree.ts';
import { against, type BenchRecord, type Measured } from '../../runtime/cli/bench/record.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { inTurns, openRuns, spreadOf } from '../../runtime/plan/runs.ts';
import { isLong } from '../long.ts';
import { smallProgram, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const file = work.write('small.bond', smallProgram);
const quick = ['--turns', '2', '--threads', '1', '--json'];
const sound = ({ milliseconds }: Measured) =>
  milliseconds.runs === 2 && milliseconds.low > 0 && milliseconds.low <= milliseconds.median && milliseconds.median <= milliseconds.high;

test('products, a step (and layers and the compilation, in a long run) are measured, kept, and compared with what was kept', async () => {
  const out = work.path('before.json');
  const { code, out: printed, err } = await work.run('bench', ...(isLong ? [] : ['--only', 'step,products']), ...quick, '--out', out);
  assert.is(code, 0, err);
  const record: BenchRecord = JSON.parse(printed);
  assert.equal(JSON.parse(readFileSync(out, 'utf8')), record);
  assert.is(record.machine.threads, 1);
  const count = (word: string) => record.measured.filter(({ name }) => name.startsWith(word)).length;
  assert.equal(['product', 'step', 'layer', 'compiling'].map(count), isLong ? [7, 2, 8, 2] : [7, 2, 0, 0]);
  assert.ok(record.measured.every(sound));
  assert.ok(record.measured.every(({ name, gflops }) => name.startsWith('product') === (gflops !== undefined && gflops > 0)));
  const times = (factor: number) => {
    const measured = record.measured.map((one) => ({
      ...one,
      milliseconds: { ...one.milliseconds, median: one.milliseconds.median * factor },
    }));
    writeFileSync(out, JSON.stringify({ ...record, measured }));
    return work.run('bench', '--only', 'products', ...quick, '--against', out);
  };
  const faster = await times(1e6);
  assert.is(faster.code, 0, faster.err);
  assert.match(faster.err, /nothing is slower by more than 10 %/);
  assert.match(faster.err, /and not measured now: (layer .*, )?step of a transformer, dense, /);
  const slower = await times(1e-6);
  assert.is(slower.code, 1);
  assert.match(slower.err, /7 of 7 slower by more than 10 %/);
});

test('a loss is one beyond what is allowed, of what both measured; another machine is named', () => {
  const milliseconds = (median: number) => ({ median, low: median, high: median, runs: 3 });
  const record = (cpu: string, medians: Readonly<Record<string, number>>): BenchRecord => ({
    version: '0',
    machine: { cpu, threads: 2, arithmetic: 'fused', node: '24' },
    measured: Object.entries(medians).map(([name, median]) => ({ name, milliseconds: milliseconds(median) })),
  });
  const before = record('one', { a: 100, b: 50, c: 1 });
  const now = record('other', { a: 109, b: 20, d: 9 });
  assert.is(against(now, before, 'f', 0.1).lost, false);
  assert.is(against(now, before, 'f', 0.08).lost, true);
  assert.is(
    against(now, before, 'f', 0.08).text,
    `not the machine of f: cpu is other, was one
in f and not measured now: c
   ms in f   now  times
a      100   109   1.09  slower
b     50.0  20.0   0.40
1 of 2 slower by more than 8 %
`,
  );
  assert.throws(() => against(record('one', { d: 1 }), before, 'f', 0.1), /f: nothing in it was measured now; it has a, b, c/);
});

test('variants stand against their model, forward and training, at each batch, with the memory that is held', async () => {
  const { code, out, err } = await work.run('bench', file, '--variants', 'Mpo,Half', '--batch', '1,4', '--size', 'time=16', ...quick);
  assert.is(code, 0, err);
  const { measured }: BenchRecord = JSON.parse(out);
  const names = [1, 4].flatMap((batch) =>
    ['forward', 'training'].flatMap((kind) => ['Small', 'Mpo', 'Half'].map((name) => `${name} ${kind}, batch ${batch}`)),
  );
  assert.equal(
    measured.map(({ name }) => name),
    names,
  );
  assert.ok(measured.every(sound));
  const bytes = (name: string) => measured.find((one) => one.name === name)!.bytes!;
  assert.ok(bytes('Small training, batch 4') > bytes('Small training, batch 1'));
  assert.ok(bytes('Small training, batch 4') > bytes('Small forward, batch 4'));
  for (const { name, examples, milliseconds } of measured) assert.is(examples, (1000 * Number(name.at(-1))) / milliseconds.median);
  const plain = await work.run('bench', file, '--variants', 'Small', '--batch', '2', '--turns', '1', '--threads', '1');
  assert.match(plain.out, / +ms, half of the runs +examples\/s +MiB\nSmall forward, batch 2 +[\d.]+ \(/);
});

test('a model without an axis batch is refused', async () => {
  const other = work.write('other.bond', 'edition 1\nmodel M { axis row\n input x[row]\n loss l = sum(x * x) }\n');
  const { code, err } = await work.run('bench', other, '--variants', 'M', ...quick);
  assert.is(code, 1);
  assert.match(err, /M has no open axis batch/);
});

test('an engine whose results are wrong is not measured', async () => {
  const engine = await wasmEngine();
  const wrong = new Proxy(engine, {
    get(_, name) {
      if (name === 'read')
        return async (...given: Parameters<Engine['read']>) => (await engine.read(...given)).map((value) => 1.01 * value);
      const own = Reflect.get(engine, name);
      return typeof own === 'function' ? own.bind(engine) : own;
    },
  });
  const model = compile({ file, variant: 'Mpo' });
  const options = { entries: [{ name: 'next_token', weight: 1 }], sizes: { batch: 2, time: 4 }, mode: 'eval' } as const;
  await checkAgainstReference(engine, 'Mpo', model, options);
  let said = '';
  await checkAgainstReference(wrong, 'Mpo', model, options).catch((error: Error) => {
    said = error.message;
  });
  assert.match(said, /^Mpo: result (loss|next_token) is .* where the reference has .*; nothing was measured$/);
});

test('what is released is held no more; a peak stays', async () => {
  const engine = await wasmEngine();
  const model = compile({ file, variant: 'Mpo' });
  const step = compileStep(model, { entries: [{ name: 'next_token', weight: 1 }], sizes: { batch: 64, time: 16 }, mode: 'eval' });
  const before = engine.usage();
  const runs = await openRuns(engine, [step]);
  const during = engine.usage();
  runs.release();
  assert.ok(during.held > before.held && during.peak > before.peak);
  assert.equal(engine.usage(), { held: before.held, peak: during.peak });
});

test('runs take turns, after each was warm', () => {
  let [now, order] = [0, ''];
  const run = (name: string, takes: number) => ({
    fold: () => {
      order += `fold ${name} `;
    },
    run: () => {
      now += takes;
      order += name;
    },
  });
  const samples = inTurns([run('a', 30), run('b', 50)], 3, () => now);
  assert.equal(samples, [Array(3).fill(0.03), Array(3).fill(0.05)]);
  assert.match(order, /^fold a a{3,}fold b b{3,}(ab){3}$/);
  assert.equal(spreadOf([4, 1, 3, 2, 5]), { median: 3, low: 2, high: 4, runs: 5 });
});
test.run();
