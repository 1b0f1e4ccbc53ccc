/** The reference engine behind the engine interface: spaces, state, gates, limits. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Builder } from '../../compiler/program/builder.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { apply, read } from '../../compiler/program/scalar.ts';
import type { Program } from '../../compiler/values/program.ts';
import { MemoryLimit } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { axis, real } from '../program/gradients.ts';
import { executableFor, layoutFor } from './executable.ts';

const call = { seed: [1, 2], tick: 0 } as const;
const type = real(axis('i', 2));

/** w := w + x when the gate is set; a and b change places; result y = 2 x. */
function step(): Program {
  const builder = new Builder(table);
  const [w, a, b] = ['w', 'a', 'b'].map((name) => builder.source({ kind: 'parameter', name, rate: 'update' }, type));
  const x = builder.source({ kind: 'input', name: 'x', rate: 'batch' }, type);
  const gate = builder.source({ kind: 'input', name: 'gate/w', rate: 'update' }, { dtype: 'bit', axes: [] });
  const sum = builder.add('map', [w, x], { domain: type.axes, reads: [[0], [0]], value: apply('add', read(0), read(1)) });
  const twice = builder.add('map', [x], { domain: type.axes, reads: [[0]], value: apply('add', read(0), read(0)) });
  return builder.program('step', [
    { kind: 'result', name: 'y', value: twice },
    { kind: 'state', name: 'w', value: sum, when: gate },
    { kind: 'state', name: 'a', value: b },
    { kind: 'state', name: 'b', value: a },
  ]);
}

test('a step reads its inputs, writes results and state, and obeys gates', async () => {
  const engine = referenceEngine(table);
  const program = step();
  const executable = executableFor(program, layoutFor([program]), ['gate/w']);
  const [persistent, inputs, results] = [6, executable.sizes.inputs, 2].map((size) => engine.allocate(size));
  const loaded = await engine.load(executable);
  const bound = loaded.bind({ persistent, inputs, results });
  engine.write(persistent, 0, [10, 20, 1, 2, 3, 4], 'real');
  engine.write(inputs, executable.places.get('input x')!.address.offset, [5, 6], 'real');
  bound.run(call);
  const before = engine.read(persistent, 0, 6, 'real');
  bound.run({ ...call, gates: { 'gate/w': false } });
  assert.equal([...(await before)], [15, 26, 3, 4, 1, 2]);
  assert.equal([...(await engine.read(persistent, 0, 6, 'real'))], [15, 26, 1, 2, 3, 4]);
  assert.equal([...(await engine.read(results, 0, 2, 'real'))], [10, 12]);
});

test('copy, element types and release', async () => {
  const engine = referenceEngine(table);
  const [from, to] = [engine.allocate(4), engine.allocate(4)];
  engine.write(from, 1, [1, 2, 3], 'int');
  engine.copy(from, 2, to, 0, 2);
  assert.equal(await engine.read(to, 0, 3, 'int'), Int32Array.of(2, 3, 0));
  engine.release(from);
  engine.release(from);
  assert.throws(() => engine.write(from, 0, [1], 'real'), /released/);
  assert.throws(() => engine.write(to, 3, [1, 2], 'real'), /elements 3 to 5 of a space of 4/);
  let refused = '';
  await engine.read(to, 4, 1, 'real').catch((error: Error) => {
    refused = error.message;
  });
  assert.match(refused, /elements 4 to 5/);
});

test('memory beyond the limit is refused, and comes back by release', () => {
  const engine = referenceEngine(table, { limit: 80 });
  const space = engine.allocate(8);
  assert.throws(
    () => engine.allocate(3),
    (error: unknown) => error instanceof MemoryLimit && error.needed === 24 && error.available === 16,
  );
  engine.release(space);
  assert.is(engine.allocate(10).elements, 10);
});

test('a space that is missing or too small is named', async () => {
  const engine = referenceEngine(table);
  const program = step();
  const loaded = await engine.load(executableFor(program, layoutFor([program])));
  const persistent = engine.allocate(6);
  assert.throws(() => loaded.bind({ persistent }).run(call), /step was bound without the space inputs/);
  assert.throws(() => loaded.bind({ persistent: engine.allocate(3) }), /step: parameter a ends at element 4 of persistent, which has 3/);
});

test.run();
