/** Contractions of any form, planned and taken apart into steps of two operands, give in the reference engine what their sum gives. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../compiler/index.ts';
import { plan } from '../../compiler/network/index.ts';
import { Builder } from '../../compiler/program/builder.ts';
import { binarise } from '../../compiler/program/passes/binarise.ts';
import type { Contract, Program } from '../../compiler/values/program.ts';
import { verifyProgram } from '../../compiler/values/verify-program.ts';
import { naive, randomNetwork, randomNumbers } from '../network/cases.ts';
import { largestDifference, randomArray, run } from './run.ts';
import '../verified.ts';

const random = randomNumbers(57);
const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));

/** One contraction as it is built from a model, before it is planned. */
function programOf({ inputs, output, sizes }: ReturnType<typeof randomNetwork>): Program {
  const builder = new Builder(table);
  const letters = sizes.map((size, k) => ({ name: `l${k}`, size }));
  const operands = inputs.map((list, k) =>
    builder.source({ kind: 'input', name: `x${k}`, rate: 'batch' }, { dtype: 'real', axes: list.map((letter) => letters[letter]) }),
  );
  const value = builder.add<Contract>('contract', operands, { letters, operands: inputs, result: output });
  return builder.program('contraction', [{ kind: 'result', name: 'y', value }]);
}

test('300 random networks: hyperedges, diagonals, scalars, parts, sizes of 1', () => {
  let joined = 0;
  for (let k = 0; k < 300; k++) {
    const network = randomNetwork(random, whole(1, 6), whole(1, 7));
    if (network.inputs.some((list) => list.length > 6)) continue;
    const program = programOf(network);
    const entries = network.inputs.map((list, n) =>
      randomArray(
        list.reduce((size, letter) => size * network.sizes[letter], 1),
        10 * k + n,
      ),
    );
    const values = Object.fromEntries(entries.map((data, n) => [`x${n}`, data]));
    const found = binarise(program, table, new Map([[program.outputs[0].value, { plan: plan({ network }) }]]));
    verifyProgram(found, table, 'planned');
    const expected = naive(network, entries);
    const scale = Math.max(1, ...expected.map(Math.abs));
    assert.ok(largestDifference(run(found, values)['result y'], expected) <= 1e-12 * scale, JSON.stringify(network));
    joined += network.inputs.length > 2 ? 1 : 0;
  }
  assert.ok(joined > 100, `${joined} had more than two operands`);
});

test.run();
