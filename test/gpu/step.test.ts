/**
 * Whole steps on a Vulkan driver against the reference: a tiny character transformer, dense (in a long run) and in gated cores; and random
 * words bit for bit.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../compiler/index.ts';
import { Builder } from '../../compiler/program/builder.ts';
import { apply } from '../../compiler/program/scalar.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import type { Program } from '../../compiler/values/program.ts';
import type { Values } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { runProgram } from '../../runtime/engine/run-program.ts';
import { runningStep, tinyModel } from '../engine/tiny.ts';
import { context } from '../kernel/check.ts';
import { worstError } from '../kernel/launch.ts';
import { isLong } from '../long.ts';
import { gpuTests } from './device.ts';

/** Large, so that an update is no sign of a gradient: near 0 that would turn rounding into steps. */
const epsilon = 1e-2;
const variants = {
  ...(isLong ? { dense: '' } : {}),
  'gated cores': `
    decompose block[*].{query, key, value, mix} as mpo[4*4, 4*4](b = 3)
    decompose block[*].up as mpo[8*8, 4*4](b = 3)
    train central of block[*] with probability 0.5`,
} as const;

/** Uniform numbers, which are exact in f32, and bits, at every element of [rows, more, columns]. */
function randomWords(rows: number, columns: number): Program {
  const builder = new Builder(table, [], { path: 'words', section: 'forward' });
  const domain = [
    { name: 'row', size: rows },
    { name: 'more', size: 2 },
    { name: 'column', size: columns },
  ];
  const word = (stream: string) => ({ is: 'random', stream, rows: 2 }) as const;
  const number = builder.add('map', [], { domain, reads: [], value: apply('uniform', word('numbers')) });
  const bit = apply('real', apply('below', word('bits'), { is: 'number', value: 0.3 }));
  const bits = builder.add('map', [], { domain, reads: [], value: bit });
  return builder.program('words', [
    { kind: 'result', name: 'numbers', value: number },
    { kind: 'result', name: 'bits', value: bits },
  ]);
}

const onGpu = await gpuTests();
const reference = referenceEngine(table);

for (const [name, changes] of Object.entries(variants)) {
  onGpu(`two steps of a tiny char-gpt, ${name}: loss, weights and moments`, async ({ engine }) => {
    const model = tinyModel(changes);
    const [expected, found] = [await runningStep(reference, model, epsilon), await runningStep(engine, model, epsilon)];
    // Small, so that gradients are clipped: those behind open gates count.
    for (const running of [expected, found]) running.write('input clip', [0.02]);
    const { gates } = found.executable;
    assert.is(gates.length > 0, name === 'gated cores');
    const closed = gates[0];
    const before = new Map<string, Values>();
    const gated = new Set(model.parameters.flatMap((p) => (!p.update.frozen && `gate/${p.update.gate}` === closed ? [p.names[0]] : [])));
    for (const path of gated) before.set(path, await found.read(`parameter ${path}`));
    for (const tick of [0, 1]) {
      const step = { seed: [7, 8], tick, gates: closed === undefined ? {} : { [closed]: false } } as const;
      expected.bound.run(step);
      found.bound.run(step);
    }
    for (const key of found.executable.places.keys()) {
      if (!/^(parameter|state|result) /.test(key)) continue;
      const worst = worstError(await expected.read(key), await found.read(key));
      assert.ok(worst < 2e-5, `${key}: ${worst}`);
    }
    for (const [path, values] of before) assert.equal(await found.read(`parameter ${path}`), values, `${path} moved behind a closed gate`);
  });
}

onGpu('random words are those of the reference, bit for bit, at two sizes', async ({ engine }) => {
  for (const [rows, columns] of [
    [5, 40],
    [33, 301],
  ]) {
    const program = randomWords(rows, columns);
    const found = await runProgram(engine, program, new Map(), context);
    for (const { output, value } of evaluate(program, table, () => new Float64Array(), context)) {
      assert.equal(Array.from(found.get(`result ${output.name}`)!), Array.from(value.data), output.name);
      assert.ok(new Set(value.data).size > 1);
    }
  }
});

test.run();
