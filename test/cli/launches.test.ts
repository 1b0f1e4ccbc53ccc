/** `--profile FILE`: every launch with its place, and nothing else than without. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { smallProgram, smallText, workplace } from './command.ts';
import '../verified.ts';

const work = workplace('launches');
test.after(() => work.remove());
const file = work.write('small.bond', smallProgram);
const text = work.write('text.txt', smallText);
const train = ['train', file, '--variant', 'Mpo', '--text', text, '--batch', '4', '--steps', '3', '--json'];

interface Trace {
  readonly traceEvents: readonly {
    readonly ph: string;
    readonly tid: number;
    readonly name: string;
    readonly dur: number;
    readonly args?: { readonly place?: string };
  }[];
  readonly bondsmith: {
    readonly peak_gflops: number;
    readonly peak_gigabytes: number;
    readonly launches_not_in_the_trace: number;
    readonly launches: readonly {
      readonly label: string;
      readonly runs: number;
      readonly macs: number;
      readonly bytes: number;
      readonly place?: string;
      readonly form: string;
    }[];
  };
}
const trace = (name: string): Trace => JSON.parse(readFileSync(work.path(name), 'utf8'));

test('a run that is measured is the run that is not, with one thread and with two', async () => {
  const plain = await work.run(...train, '--out', work.path('plain'), '--threads', '1');
  for (const threads of ['1', '2']) {
    const measured = await work.run(
      ...train,
      '--out',
      work.path(`measured${threads}`),
      '--threads',
      threads,
      '--profile',
      work.path(`${threads}.json`),
    );
    assert.is(measured.code, 0, measured.err);
    assert.match(measured.err, /layer +ms +share +launches/);
    const loss = (out: string) => JSON.parse(out).loss;
    assert.is(loss(measured.out), loss(plain.out));
    const weights = (run: string) => readFileSync(`${work.path(run)}/checkpoint.safetensors`).subarray(-4096);
    assert.equal(weights(`measured${threads}`), weights('plain'));
  }
});

test('the trace has every launch of each step, where it is written, and the passes of the compiler', async () => {
  const { traceEvents, bondsmith } = trace('1.json');
  const launches = traceEvents.filter(({ ph, tid }) => ph === 'X' && tid === 1);
  assert.is(
    launches.length,
    bondsmith.launches.reduce((sum, { runs }) => sum + runs, 0),
  );
  assert.ok(bondsmith.launches.some(({ runs }) => runs === 3));
  assert.is(bondsmith.launches_not_in_the_trace, 0);
  for (const { dur } of launches) assert.ok(dur >= 0);
  assert.ok(bondsmith.launches.some(({ place }) => /small\.bond:\d+:\d+$/.test(place ?? '')));
  assert.ok(bondsmith.launches.filter(({ form }) => form === 'tiles').every(({ macs, bytes }) => macs > 0 && bytes > 0));
  assert.ok(bondsmith.peak_gflops > 0 && bondsmith.peak_gigabytes > 0);
  const passes = traceEvents.filter(({ ph, tid }) => ph === 'X' && tid === 2).map(({ name }) => name);
  // Those that every step goes through, in their order.
  for (const name of ['binarise', 'differentiate', 'simplify']) assert.ok(passes.includes(name), `${name} of ${passes.join()}`);
});

test('explain measures the step of a model, or its evaluation, without data', async () => {
  for (const more of [[], ['--eval']]) {
    const { code, out, err } = await work.run('explain', file, '--variant', 'Mpo', '--profile', work.path('explained.json'), ...more);
    assert.is(code, 0, err);
    assert.match(out, more.length === 0 ? /^10 steps of Mpo: / : /^10 evaluations of Mpo: /);
    assert.ok(trace('explained.json').bondsmith.launches.every(({ runs }) => runs === 10));
  }
});

test('eval of a run', async () => {
  const { code, out, err } = await work.run('eval', work.path('plain'), '--profile', work.path('eval.json'), '--json');
  assert.is(code, 0, err);
  const plain = await work.run('eval', work.path('plain'), '--json');
  assert.is(out, plain.out);
  assert.ok(trace('eval.json').bondsmith.launches.length > 0);
});

test.run();
