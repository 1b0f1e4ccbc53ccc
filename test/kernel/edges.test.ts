/** Products of whole numbers, sums over nothing, many routed rows, and masks of long contexts. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kernelise } from '../../compiler/kernel/index.ts';
import { Builder } from '../../compiler/program/builder.ts';
import { sourceLayout } from '../../compiler/program/layout.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { isZeroOutside } from '../../compiler/program/passes/support.ts';
import { placesOf } from '../../compiler/program/places.ts';
import { apply, coordinate, number, read } from '../../compiler/program/scalar.ts';
import type { Program, Type } from '../../compiler/values/program.ts';
import { wasm } from '../../compiler/values/target.ts';
import { runProgram } from '../../runtime/engine/run-program.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { checkProgram, context } from './check.ts';
import { routed } from './routed.ts';

const engine = await wasmEngine();
const axis = (name: string, size: number) => ({ name, size });

/** c = a b over the letters i k, k j. */
function product(dtype: Type['dtype'], [i, k, j]: readonly number[]): Program {
  const builder = new Builder(table);
  const letters = [axis('i', i), axis('k', k), axis('j', j)];
  const source = (name: string, own: readonly number[]) =>
    builder.source({ kind: 'input', name, rate: 'batch' }, { dtype, axes: own.map((letter) => letters[letter]) });
  const inputs = [source('a', [0, 1]), source('b', [1, 2])];
  const operands = [
    [0, 1],
    [1, 2],
  ];
  return builder.program('product', [
    { kind: 'result', name: 'c', value: builder.add('contract', inputs, { letters, operands, result: [0, 2] }) },
  ]);
}

test('a product of whole numbers', async () => {
  const program = product('int', [5, 7, 9]);
  const values = new Map([
    ['a', Float64Array.from({ length: 35 }, (_, n) => n - 17)],
    ['b', Float64Array.from({ length: 63 }, (_, n) => (n % 11) - 5)],
  ]);
  checkProgram(program, values);
  const found = (await runProgram(engine, program, values, context)).get('result c')!;
  let first = 0;
  for (let k = 0; k < 7; k++) first += (k - 17) * (((9 * k) % 11) - 5);
  assert.is(found[0], first);
});

test('a sum over an axis without positions is 0', async () => {
  const program = product('real', [3, 0, 4]);
  const values = new Map([
    ['a', new Float64Array(0)],
    ['b', new Float64Array(0)],
  ]);
  checkProgram(program, values);
  const found = (await runProgram(engine, program, values, context)).get('result c')!;
  assert.equal(Array.from(found), new Array(12).fill(0));
});

test('131,072 routed rows', () => {
  const program = routed({ experts: 2, rows: [512, 256], pick: 2, width: 8, out: 8, beside: 2 });
  const { launches } = kernelise(program, table, placesOf(program, sourceLayout(program)), wasm);
  assert.ok(launches.length > 0);
});

test('softmax of scores masked by a comparison is 0 outside of it, however long the context', () => {
  for (const [size, of, expected] of [
    [2048, 'le', true],
    [4096, 'le', true],
    [4096, 'lt', false],
  ] as const) {
    const builder = new Builder(table);
    const domain = [axis('t', size), axis('u', size)];
    const scores = builder.source({ kind: 'input', name: 's', rate: 'batch' }, { dtype: 'real', axes: domain });
    const condition = apply(of, coordinate(1), coordinate(0));
    const whole = [0, 1];
    const masked = builder.add('map', [scores], { domain, reads: [whole], value: apply('select', condition, read(0), number(-1e30)) });
    const top = builder.add('reduce', [masked], { combine: 'max', over: [1] });
    const value = apply('exp', apply('sub', read(0), read(1)));
    const shown = builder.add('map', [masked, top], { domain, reads: [whole, [0]], value });
    assert.is(isZeroOutside(builder.nodes, shown, condition), expected, `${of} ${size}`);
  }
});

test.run();
