/** Threads of the WASM engine: any number of them gives the same bits; a worker that fails ends a run with an error and never hangs it. */
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom, randomProgram, sampleProgram } from '../../compiler/program/random-program.ts';
import type { Kernel } from '../../compiler/values/kernel.ts';
import { kernelKey } from '../../compiler/values/print-kernel.ts';
import { nodeWorker } from '../../runtime/cli/workers.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { runProgram } from '../../runtime/engine/run-program.ts';
import { MOST_THREADS } from '../../runtime/engine/wasm/core.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import type { FromWorker, PoolWorker } from '../../runtime/engine/wasm/pool.ts';
import { context } from '../kernel/check.ts';
import { runSample } from '../kernel/launch.ts';
import { routed, shapes, valuesOf } from '../kernel/routed.ts';
import { axis, f, from, load, map, read, term, write } from '../kernel/spell.ts';
import { isLong } from '../long.ts';
import { runningStep, tinyModel } from './tiny.ts';

const counts = [1, 2, 3, 5];
const workers = nodeWorker;

/** Words of everything that a program gives, as text. */
async function bitsOf(engine: Engine, ...given: [Parameters<typeof runProgram>[1], Parameters<typeof runProgram>[2]]): Promise<string> {
  const found = await runProgram(engine, ...given, context);
  return [...found].map(([name, values]) => `${name} ${new Uint32Array(Float32Array.from(values).buffer).join()}`).join('\n');
}

test('programs give the same bits on any number of threads', async () => {
  // Kernels are compiled for each engine anew, which takes longest.
  const few = isLong ? counts : [1, 3];
  const engines = await Promise.all(few.map((threads) => wasmEngine({ threads, workers })));
  const same = async (name: string, ...given: [Parameters<typeof runProgram>[1], Parameters<typeof runProgram>[2]]) => {
    const found: string[] = [];
    for (const engine of engines) found.push(await bitsOf(engine, ...given));
    for (const [k, bits] of found.entries()) assert.is(bits, found[0], `${name} on ${few[k]} threads`);
  };
  const each = isLong ? 12 : 1;
  for (const operation of table.keys()) {
    if (operation === 'call') continue;
    for (let seed = 100; seed < 100 + each; seed++) {
      const { program, values } = sampleProgram(operation, pickFrom(seed));
      await same(`${operation} ${seed}`, program, values);
    }
  }
  for (let seed = 0; seed < (isLong ? 40 : 4); seed++) {
    const { program, values, wanted } = randomProgram(seed, 4 + (seed % 12));
    await same(`program ${seed}`, differentiate(program, table, { wanted, loss: 'loss' }).program, values);
  }
  for (const [name, shape] of Object.entries(shapes))
    await same(
      name,
      routed(shape),
      valuesOf(routed(shape), (row) => row % 3),
    );
  for (const engine of engines) engine.close();
});

test('50 steps of char-gpt give the same bits on 1, 2, 3 and 5 threads', async () => {
  const states: string[] = [];
  for (const threads of counts) {
    const engine = await wasmEngine({ threads, workers });
    const { bound, spaces } = await runningStep(engine, tinyModel());
    for (let tick = 0; tick < 50; tick++) bound.run({ seed: [1, 2], tick });
    const state = await engine.read(spaces.persistent, 0, spaces.persistent.elements, 'int');
    states.push(state.join());
    engine.close();
  }
  for (const [k, state] of states.entries()) assert.is(state, states[0], `${counts[k]} threads`);
});

/** y = x divided by nothing: every block traps. */
function trapping() {
  const i = axis('i', 4, f('mul', 'g', 4), 'I');
  const body: Kernel['body'] = [
    { is: 'let', index: 'x0', value: { f: 'div', a: ['g', 'Z'] } },
    load('a', [i], from(0, term('i', 1))),
    map('b', [i], read(0), ['a']),
    write('b', from(1, term('i', 1), term('x0', 1))),
  ];
  const buffers = [
    { name: 'b0', element: 'f32', use: 'read' },
    { name: 'b1', element: 'f32', use: 'write' },
  ] as const;
  const own: Omit<Kernel, 'key'> = { form: 'points', buffers, args: ['I', 'Z'], grid: [{ index: 'g', blocks: 64 }], body };
  const numbers = new Float64Array(256);
  return {
    name: 'trapping',
    kernel: { key: kernelKey(own), ...own },
    args: [256, 0],
    buffers: [numbers, numbers],
    blocks: 64,
    expected: new Map([[1, numbers]]),
  };
}

test('a kernel that fails ends the run with an error that names its launch, and the engine with it', async () => {
  const engine = await wasmEngine({ threads: 3, workers });
  const failure = await runSample(engine, trapping()).catch((error: Error) => error.message);
  assert.match(String(failure), /threads of the WASM engine have ended: thread \d failed at trapping/);
  const again = await runSample(engine, trapping()).catch((error: Error) => error.message);
  assert.match(String(again), /open another engine/);
});

/** Workers that a test can look at. */
function watched(made: (worker: PoolWorker) => PoolWorker = (worker) => worker) {
  const ends: string[] = [];
  const all: PoolWorker[] = [];
  const spawn = () => {
    const worker = nodeWorker();
    worker.onEnd((why) => ends.push(why));
    all.push(worker);
    return made(worker);
  };
  return { spawn, ends, all };
}
const until = async (what: () => boolean) => {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test('a worker that dies between runs is an error of the next run', async () => {
  const { spawn, ends, all } = watched();
  const { bound } = await runningStep(await wasmEngine({ threads: 2, workers: spawn }));
  bound.run({ seed: [1, 2], tick: 0 });
  all[0].terminate();
  await until(() => ends.length > 0);
  assert.throws(() => bound.run({ seed: [1, 2], tick: 1 }), /thread 1 ended: it left with exit code 1/);
});

test('a worker that dies while others wait for it is an error, not a hang', async () => {
  const { spawn, all } = watched();
  const { bound } = await runningStep(await wasmEngine({ threads: 2, workers: spawn, patience: 1 }));
  bound.run({ seed: [1, 2], tick: 0 });
  all[0].terminate();
  // No event reaches a thread that is at work, so nothing but its own patience tells it.
  assert.throws(() => bound.run({ seed: [1, 2], tick: 1 }), /a thread does not answer \(thread 0 at .*; thread 1 at /);
});

test('a worker that cannot start is an error', async () => {
  const { spawn } = watched((worker) => ({ ...worker, post: () => worker.terminate() }));
  const failure = await wasmEngine({ threads: 2, workers: spawn }).catch((error: Error) => error.message);
  assert.match(String(failure), /thread 1 ended/);
});

test('close ends all workers', async () => {
  const { spawn, ends } = watched();
  const engine = await wasmEngine({ threads: 4, workers: spawn });
  engine.close();
  await until(() => ends.length === 3);
  assert.is(ends.length, 3);
});

test('a process that is done exits though nobody closed its engine', () => {
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const text = `
    const { nodeWorker } = await import(${url('../../runtime/cli/workers.ts')});
    const { wasmEngine } = await import(${url('../../runtime/engine/wasm/engine.ts')});
    const { runningStep } = await import(${url('./tiny.ts')});
    const { bound } = await runningStep(await wasmEngine({ threads: 3, workers: nodeWorker }));
    bound.run({ seed: [1, 2], tick: 0 });
    console.log('done');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', text], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  assert.is(stdout, 'done\n', stderr);
  assert.is(status, 0, stderr);
});

test('numbers of threads', async () => {
  for (const threads of [0, -1, 1.5, Number.NaN]) {
    const failure = await wasmEngine({ threads, workers }).catch((error: Error) => error.message);
    assert.match(String(failure), /expected a whole number from 1 on/);
  }
  const told: string[] = [];
  const tell = (text: string) => void told.push(text);
  const alone = await wasmEngine({ threads: 2, tell });
  alone.close();
  let started = 0;
  const idle = (): PoolWorker => {
    started++;
    let answer: (message: FromWorker) => void;
    return {
      post: () => queueMicrotask(() => answer({ done: true })),
      onMessage: (listen) => (answer = listen),
      onEnd: () => undefined,
      hold: () => undefined,
      terminate: () => undefined,
    };
  };
  const most = await wasmEngine({ threads: 1000, workers: idle, tell });
  assert.is(started, MOST_THREADS - 1);
  most.close();
  assert.equal(told, [
    'one thread instead of 2: this host starts no workers',
    `${MOST_THREADS} threads instead of 1000: there can be no more`,
  ]);
});

test.run();
