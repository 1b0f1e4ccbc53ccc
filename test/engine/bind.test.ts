/** Launch tables and long rows: what the WASM engine takes from its memory and gives back. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../compiler/index.ts';
import { Builder } from '../../compiler/program/builder.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { runProgram } from '../../runtime/engine/run-program.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { context } from '../kernel/check.ts';
import { runningStep } from './tiny.ts';

test('a table that is released leaves its memory to the next: 5,000 calls fit where one does', async () => {
  const engine = await wasmEngine({ limit: 2 ** 23 });
  const { executable, spaces } = await runningStep(engine);
  const loaded = await engine.load(executable);
  for (let call = 0; call < 5_000; call++) loaded.bind(spaces).release();
  const last = loaded.bind(spaces);
  last.run({ seed: [0, 0], tick: 0 });
  last.release();
  last.release();
  loaded.bind(spaces);
  loaded.release();
  engine.release(engine.allocate(2 ** 18));
});

/** The greatest two of each row, and the rows again behind them in memory. */
function greatest(rows: number, size: number) {
  const builder = new Builder(table, [], { path: 'top', section: 'forward' });
  const axes = [
    { name: 'row', size: rows },
    { name: 'place', size },
  ];
  const x = builder.source({ kind: 'input', name: 'x', rate: 'batch' }, { dtype: 'real', axes });
  const top = builder.add('arg-top', [x], { axis: 1, count: 2, name: 'pick' });
  return builder.program('greatest', [{ kind: 'result', name: 'top', value: top }]);
}

for (const [rows, size] of [
  [2, 2 ** 20 + 77],
  [40, 5],
] as const) {
  test(`the greatest of ${rows} rows of ${size}, with what is no number first`, async () => {
    const x = Float64Array.from({ length: rows * size }, (_, k) => Math.fround(Math.sin(k * 7.7)));
    for (let row = 0; row < rows; row++) x[row * size + ((row * 3) % size)] = row % 3 === 0 ? Number.NaN : 2 + row;
    x[size - 1] = Number.NaN;
    const inputs = new Map([['x', x]]);
    const program = greatest(rows, size);
    const [expected, found] = [
      await runProgram(referenceEngine(table), program, inputs, context),
      await runProgram(await wasmEngine(), program, inputs, context),
    ];
    assert.equal(Array.from(found.get('result top')!), Array.from(expected.get('result top')!));
    assert.equal(Array.from(found.get('result top')!).slice(0, 2), [0, size - 1]);
  });
}

test.run();
