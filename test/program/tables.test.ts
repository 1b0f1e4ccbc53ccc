/** Tables made of cores: rebuilt and then looked up, or looked up core by core, as it costs less; the meaning is the same. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, stepProgram, verifyAfter } from '../../compiler/index.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Contract, Program } from '../../compiler/values/program.ts';
import { largestDifference, parametersOf, randomArray, run } from './run.ts';

const text = `edition 1
model Plain(width = 8, inner = 12) {
  axis batch, time
  input x[batch, time, width], target[batch, time, width]
  ffn: mlp[width, inner]
  loss task = mean((ffn(x) - target) ^ 2)
}
variant Experts of Plain {
  wrap ffn in mixture[width, expert = 3, pick = 2]
  decompose ffn.each[*].up as mpo[3*2*2, 2*2*2](b = 3)
  decompose ffn.each[*].down as mpo[2*2*2, 2*2*3](b = 3)
  share central of ffn.each[x].{up, down} over x
}
`;
const { model } = check({ file: 'tables.bond', text, load: () => undefined, name: 'Experts' });

/** After build, and after the pass. */
function around(sizes: StepOptions['sizes']): readonly [Program, Program] {
  let [before, after]: (Program | undefined)[] = [];
  const options: StepOptions = { entries: [{ name: 'task', weight: 1 }], sizes, mode: 'train', phase: 'gradients' };
  stepProgram(model!, options, (pass, program) => {
    verifyAfter(pass, program);
    if (pass.name === 'simplify') before = program;
    if (pass.name === 'tables') after = program;
  });
  return [before!, after!];
}
/** Contractions of more than two cores without a lookup: tables. */
const tables = ({ nodes }: Program) =>
  nodes.filter(({ operation, attributes, inputs }) => {
    const { operands } = attributes as Contract;
    return operation === 'contract' && operands.length > 2 && inputs.length === operands.length;
  }).length;

for (const [time, expected] of [
  [1, 0],
  [600, 2],
] as const) {
  test(`${time} rows: ${expected} tables are rebuilt`, () => {
    const [before, after] = around({ batch: 1, time });
    assert.is(tables(before), 0);
    assert.is(tables(after), expected);
    const values = { x: randomArray(8 * time, 1), target: randomArray(8 * time, 2), ...parametersOf(model!) };
    const [a, b] = [before, after].map((program) => run(program, values));
    assert.ok(largestDifference(a['result loss'], b['result loss']) < 1e-12);
  });
}

test.run();
