/** The launch loop of the WASM engine: nothing is allocated in a run, runs are reproducible, gates skip whole updates. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../compiler/index.ts';
import { MemoryLimit } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { runningStep, tinyModel } from './tiny.ts';

const typedArrays = [
  'Float32Array',
  'Float64Array',
  'Int32Array',
  'Uint8Array',
  'Uint32Array',
  'Int8Array',
  'Int16Array',
  'Uint16Array',
] as const;

/** Counts typed arrays made, and growths of any memory, while `body` runs. */
function counting(body: () => void): { arrays: number; growths: number } {
  const counts = { arrays: 0, growths: 0 };
  const scope = globalThis as unknown as Record<string, unknown>;
  const originals = typedArrays.map((name) => [name, scope[name]] as const);
  const grow = WebAssembly.Memory.prototype.grow;
  for (const [name, original] of originals) {
    scope[name] = new Proxy(original as new () => object, {
      construct: (target, args, type) => {
        counts.arrays++;
        return Reflect.construct(target, args, type);
      },
      get: (target, key) => (key === 'from' || key === 'of' ? () => counts.arrays++ : Reflect.get(target, key)),
    });
  }
  WebAssembly.Memory.prototype.grow = function (pages: number) {
    counts.growths++;
    return grow.call(this, pages);
  };
  try {
    body();
  } finally {
    for (const [name, original] of originals) scope[name] = original;
    WebAssembly.Memory.prototype.grow = grow;
  }
  return counts;
}

test('the counter sees what it counts', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const counts = counting(() => {
    new Float32Array(3);
    Int32Array.from([1]);
    memory.grow(1);
  });
  assert.equal(counts, { arrays: 2, growths: 1 });
});

test('100 steps make no typed array and grow no memory', async () => {
  const { bound, read } = await runningStep(await wasmEngine());
  const first = (await read('result loss'))[0];
  const counts = counting(() => {
    for (let tick = 0; tick < 100; tick++) bound.run({ seed: [1, 2], tick });
  });
  assert.equal(counts, { arrays: 0, growths: 0 });
  assert.not.equal((await read('result loss'))[0], first);
});

test('two runs are equal bit for bit, on one engine and on another', async () => {
  const engines = [await wasmEngine(), await wasmEngine()];
  const losses = await Promise.all(
    [engines[0], engines[0], engines[1]].map(async (engine) => {
      const { bound, read } = await runningStep(engine);
      const found: number[] = [];
      for (let tick = 0; tick < 10; tick++) {
        bound.run({ seed: [3, 4], tick });
        found.push((await read('result loss'))[0]);
      }
      return found;
    }),
  );
  assert.equal(losses[1], losses[0]);
  assert.equal(losses[2], losses[0]);
  assert.ok(losses[0][9] < losses[0][0]);
});

test('ten steps agree with the reference', async () => {
  const [wasm, reference] = await Promise.all([wasmEngine(), referenceEngine(table)].map(async (engine) => runningStep(await engine)));
  for (let tick = 0; tick < 10; tick++) {
    wasm.bound.run({ seed: [1, 2], tick });
    reference.bound.run({ seed: [1, 2], tick });
    const [found, expected] = [(await wasm.read('result loss'))[0], (await reference.read('result loss'))[0]];
    assert.ok(Math.abs(found - expected) < 2e-4 * Math.abs(expected), `step ${tick}: ${found}, reference ${expected}`);
  }
});

const gated = `decompose block[*].up as mpo[8*8, 4*4](b = 4)
  train central of block[*].up with probability 0.5`;

test('a closed gate leaves weight and moments untouched, bit for bit; all else is updated', async () => {
  for (const engine of [await wasmEngine(), referenceEngine(table)]) {
    const { model, executable, bound, read } = await runningStep(engine, tinyModel(gated));
    const central = model.parameters.find(({ role }) => role === 'central')!.names[0];
    const states = [`parameter ${central}`, `state ${central}.m`, `state ${central}.v`];
    const [gate] = executable.gates;
    bound.run({ seed: [1, 2], tick: 0 });
    const before = await Promise.all([...states, 'parameter embed'].map(read));
    bound.run({ seed: [1, 2], tick: 1, gates: { [gate]: false } });
    const closed = await Promise.all([...states, 'parameter embed'].map(read));
    for (const k of states.keys()) assert.equal([...closed[k]], [...before[k]], states[k]);
    assert.not.equal([...closed[3]], [...before[3]]);
    bound.run({ seed: [1, 2], tick: 2, gates: { [gate]: true } });
    assert.not.equal([...(await read(states[0]))], [...before[0]]);
  }
});

/** The same decomposition, the central core frozen, or trained with probability 0. */
const decomposed = 'decompose block[*].up as mpo[8*8, 4*4](b = 4)';
const never = `${decomposed}\n  train central of block[*].up with probability 0`;
const frozen = `${decomposed}\n  freeze central of block[*].up`;

test('a core trained with probability 0 is as before after training, bit for bit; the rest is as where it is frozen', async () => {
  for (const [engine, tolerance] of [
    [referenceEngine(table), 1e-12],
    [await wasmEngine(), 1e-4],
  ] as const) {
    const [a, b] = [await runningStep(engine, tinyModel(never)), await runningStep(engine, tinyModel(frozen))];
    const central = a.model.parameters.find(({ role }) => role === 'central')!.names[0];
    const before = await a.read(`parameter ${central}`);
    const gates = Object.fromEntries(a.executable.gates.map((gate) => [gate, false]));
    for (let tick = 0; tick < 10; tick++) for (const { bound } of [a, b]) bound.run({ seed: [1, 2], tick, gates });
    assert.equal([...(await a.read(`parameter ${central}`))], [...before]);
    for (const { names } of a.model.parameters) {
      const [found, expected] = [await a.read(`parameter ${names[0]}`), await b.read(`parameter ${names[0]}`)];
      assert.ok(
        expected.every((value, i) => Math.abs(value - found[i]) <= tolerance),
        names[0],
      );
    }
  }
});

test('memory is zero-filled, given back, and refused with what it needs beyond the limit', async () => {
  const engine = await wasmEngine({ limit: 2 ** 24 });
  const space = engine.allocate(1000);
  engine.write(space, 0, new Float32Array(1000).fill(7), 'real');
  engine.release(space);
  const again = engine.allocate(1000);
  assert.equal([...new Set(await engine.read(again, 0, 1000, 'real'))], [0]);
  try {
    engine.allocate(2 ** 24);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, MemoryLimit);
    assert.match((error as Error).message, /this needs 64 MiB of engine memory/);
  }
  assert.throws(() => engine.write(again, 999, [1, 2], 'real'), /elements 999 to 1001 of a space of 1000/);
  engine.release(again);
  assert.throws(() => engine.write(again, 0, [1], 'real'), /released/);
});

test.run();
