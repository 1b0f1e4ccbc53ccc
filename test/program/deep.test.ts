/** Programs as deep as a chain of 20,000 values: no pass may recurse along it, or look at all of it for each of its values. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kernelise } from '../../compiler/kernel/index.ts';
import { Builder } from '../../compiler/program/builder.ts';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { sourceLayout } from '../../compiler/program/layout.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { cut } from '../../compiler/program/passes/cut.ts';
import { cone } from '../../compiler/program/passes/part.ts';
import { splitByRate } from '../../compiler/program/passes/rates.ts';
import { remat } from '../../compiler/program/passes/remat.ts';
import { placesOf } from '../../compiler/program/places.ts';
import { apply, read } from '../../compiler/program/scalar.ts';
import type { Program } from '../../compiler/values/program.ts';
import { wasm } from '../../compiler/values/target.ts';
import { verifyProgram } from '../../compiler/values/verify-program.ts';

const DEPTH = 20_000;
const axis = { name: 'i', size: 4 };

/** y = f(f(... x)), each f a map; with `every`, each so many steps a product with a vector of weights. */
function chain(depth: number, every = 0): Program {
  const builder = new Builder(table);
  const type = { dtype: 'real', axes: [axis] } as const;
  let value = builder.source({ kind: 'input', name: 'x', rate: 'batch' }, type);
  const weight = builder.source({ kind: 'parameter', name: 'w', rate: 'update' }, type);
  for (let k = 0; k < depth; k++) {
    const inputs = every > 0 && k % every === 0 ? [value, weight] : [value];
    const scalar = inputs.length === 2 ? apply('mul', read(0), read(1)) : apply('tanh', read(0));
    value = builder.add('map', inputs, { domain: [axis], reads: inputs.map(() => [0]), value: scalar });
  }
  const loss = builder.add('contract', [value], { letters: [axis], operands: [[0]], result: [] });
  return builder.program('chain', [{ kind: 'result', name: 'loss', value: loss }]);
}

test('what a value is made of', () => {
  const program = chain(DEPTH);
  assert.is(cone(program, [program.nodes.length - 1], () => false).size, DEPTH + 2);
});

test('halves for the tape', () => {
  const { program } = differentiate(chain(4000, 4), table, { wanted: ['parameter w'] });
  const { forward, backward } = cut(program, table);
  for (const half of [forward, backward]) verifyProgram(half, table, 'lowered');
});

test('parts by rate, and a memory limit', () => {
  const { program } = differentiate(chain(DEPTH, 4), table, { wanted: ['parameter w'], loss: 'loss' });
  const parts = splitByRate(program, table, 2);
  verifyProgram(parts.batch, table, 'lowered');
  let asked = 0;
  const smaller = remat(program, table, 1, () => (asked++ === 0 ? 2 : 1));
  assert.ok(smaller.nodes.some(({ origin }) => origin.again));
});

test('kernels', () => {
  const program = chain(4000);
  const { launches } = kernelise(program, table, placesOf(program, sourceLayout(program)), wasm);
  assert.ok(launches.length >= 1);
});

test.run();
