/** Under a memory limit a step recomputes what is large and cheap: same values, less space, and an error that names what is possible. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileStep, MemoryError, table } from '../../compiler/index.ts';
import type { CompiledStep, Executable, StepOptions } from '../../compiler/values/executable.ts';
import { sizesOf } from '../../compiler/values/executable.ts';
import { wasm } from '../../compiler/values/target.ts';
import { verifyProgram } from '../../compiler/values/verify-program.ts';
import { complaintsAboutRates } from '../../compiler/values/verify-rates.ts';
import { ModelMaker } from './model-maker.ts';
import { crossEntropy } from './models.ts';
import { parametersOf, randomArray, randomInts, run, runParts, type Values } from './run.ts';

/** Wide scores out of narrow factors, through exponentials: the square array is larger than all else. */
function wide(): ModelMaker {
  const maker = new ModelMaker();
  const [row, column, e] = [maker.axis('row', 64), maker.axis('column', 64), maker.axis('e', 2)];
  const [left, right] = [maker.dense('left', [row, e]), maker.dense('right', [column, e])];
  maker.entry('task', 'loss', (f) => {
    let x = f.product([row, column], f.weight(left), f.weight(right));
    for (let k = 0; k < 4; k++) x = f.apply('mul', f.apply('tanh', x), f.apply('add', f.apply('sin', x), f.input('noise', [row])));
    return crossEntropy(f, x, f.input('label', [row], 'int', column), column);
  });
  return maker;
}
const bytes = ({ schedule }: Executable) => 4 * Object.values(schedule(wasm).sizes).reduce((sum, size) => sum + size, 0);

test('a limit is kept by recomputing, and the values stay', () => {
  const model = wide().model();
  const options: StepOptions = { entries: [{ name: 'task', weight: 1 }], sizes: {}, mode: 'train', phase: 'gradients' };
  const values: Values = { ...parametersOf(model), noise: randomArray(64, 4), label: randomInts(64, 64, 5) };
  const free = compileStep(model, options).batch;
  const limit = Math.floor(bytes(free) * 0.8);
  const tight = compileStep(model, { ...options, memory: { bytes: limit, target: wasm } }).batch;
  assert.ok(bytes(tight) <= limit, `${bytes(tight)} of ${limit}`);
  verifyProgram(tight.program, table, 'lowered');
  assert.ok(tight.program.nodes.some((node) => node.origin.again));
  assert.not.equal(tight.key, free.key);
  assert.equal(run(tight.program, values), run(free.program, values));
  assert.is(
    compileStep(model, { ...options, memory: { bytes: bytes(free), target: wasm } }).batch.program.nodes.length,
    free.program.nodes.length,
  );
});
test('a limit is kept for all parts of an accumulated step together', () => {
  const model = wide().model();
  const parameters = model.parameters.map(({ id }) => id);
  const optimiser = { kind: 'sgd', clip: false, groups: [{ name: 'all', parameters }] } as const;
  const options: StepOptions = { entries: [{ name: 'task', weight: 1 }], sizes: {}, mode: 'train', optimiser, accumulate: 2 };
  const scalars = Object.fromEntries(['rate/all', 'decay/all', 'share'].map((name) => [name, Float64Array.of(0.5)]));
  const values: Values = { ...parametersOf(model), ...scalars };
  const batches = [0, 1].map((k) => ({ noise: randomArray(64, 4 + k), label: randomInts(64, 64, 5 + k) }));
  const all = (step: CompiledStep) => 4 * Object.values(sizesOf(step, wasm)).reduce((sum, size) => sum + size, 0);
  const programs = ({ begin, batch, end }: CompiledStep) => ({ begin: begin!.program, batch: batch.program, end: end!.program });
  const free = compileStep(model, options);
  const limit = Math.floor(all(free) * 0.85);
  const tight = compileStep(model, { ...options, memory: { bytes: limit, target: wasm } });
  assert.ok(all(tight) <= limit, `${all(tight)} of ${limit}`);
  assert.ok(tight.batch.program.nodes.some((node) => node.origin.again));
  assert.equal(complaintsAboutRates(programs(tight)), []);
  assert.equal(runParts(programs(tight), values, batches), runParts(programs(free), values, batches));
});
test('a limit that is too small is refused with one that works', () => {
  const model = wide().model();
  const options: StepOptions = {
    entries: [{ name: 'task', weight: 1 }],
    sizes: {},
    mode: 'train',
    phase: 'gradients',
    memory: { bytes: 1000, target: wasm },
  };
  let needed = 0;
  try {
    compileStep(model, options);
    assert.unreachable('it fits');
  } catch (error) {
    assert.instance(error, MemoryError);
    assert.match((error as MemoryError).message, /needs at least \d+ bytes, the memory limit is 1000/);
    needed = (error as MemoryError).needed;
  }
  assert.ok(bytes(compileStep(model, { ...options, memory: { bytes: needed, target: wasm } }).batch) <= needed);
  assert.throws(() => compileStep(model, { ...options, memory: { bytes: needed - 1, target: wasm } }), /needs at least/);
});
test.run();
