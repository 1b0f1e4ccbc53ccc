/** Random words of the WASM kernels are those of the host, bit for bit; so are uniform numbers and Bernoulli bits. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Scalar } from '../../compiler/values/program.ts';
import { streamKey, threshold, uniformOf, wordAt } from '../../compiler/values/random.ts';
import { wasmEngine } from '../../runtime/engine/wasm/engine.ts';
import { apply, fill, number, read } from '../kernel/spell.ts';
import { firstDifference, runLine } from './elementwise.ts';

const engine = await wasmEngine();
const count = 1237;
const word: Scalar = { is: 'random', stream: '0', rows: 1 };
const key = streamKey([0xffffffff, 7], 'block@3#1', 12345);
const args = (row: number) => ({ row, key0: key[0] | 0, key1: key[1] | 0 });
const keys = (across: boolean) => [{ key0: 'key0', key1: 'key1', row: across ? 'i' : 'row', column: across ? 'row' : 'i' }];
const line = (value: Scalar, row: number, across = false, operand = new Float64Array(count)) =>
  runLine({ engine, value, operands: [operand], extras: { keys: keys(across) }, args: args(row) });

test('words along columns and along rows', async () => {
  for (const row of [0, 1, 77, 0x7ffffff0]) {
    for (const across of [false, true]) {
      const found = await runLine({
        engine,
        value: word,
        operands: [new Float64Array(count)],
        extras: { keys: keys(across) },
        args: args(row),
        result: 'i32',
      });
      const expected = fill(count, (i) => (across ? wordAt(key, i, row) : wordAt(key, row, i)) | 0);
      assert.is(firstDifference(found, expected), -1, `row ${row}, across ${across}`);
    }
  }
});

test('uniform numbers', async () => {
  const expected = fill(count, (i) => uniformOf(wordAt(key, 5, i)));
  assert.is(firstDifference(await line(apply('uniform', word), 5), expected), -1);
});

test('Bernoulli bits of a number and of a value that is read', async () => {
  for (const p of [0, 2 ** -32, 2 ** -33, 0.1, 0.5, 0.75, 1 - 2 ** -24, 1, 2]) {
    const expected = fill(count, (i) => (wordAt(key, 3, i) < threshold(p) ? 1 : 0));
    const literal = await line(apply('real', apply('below', word, number(p))), 3);
    assert.is(firstDifference(literal, expected), -1, `literal ${p}`);
    const given = await line(apply('real', apply('below', word, read(0))), 3, false, new Float64Array(count).fill(p));
    assert.is(firstDifference(given, expected), -1, `read ${p}`);
  }
});

test.run();
