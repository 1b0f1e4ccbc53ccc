/** The contraction: the five forms of lookup, diagonals, traces, hyperedges, broadcasts, closure under gradients, what it refuses. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Builder } from '../../compiler/program/builder.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom } from '../../compiler/program/random-program.ts';
import { AxisError } from '../../compiler/values/operation.ts';
import { printProgram } from '../../compiler/values/print-program.ts';
import type { Contract, Type } from '../../compiler/values/program.ts';
import { axis, compare, contraction, real } from './gradients.ts';
import { distance, run } from './numbers.ts';

test('lookup: an embedding is a lookup of its table', () => {
  const ids = { V: { over: 'n', values: [1, 4, 1], axis: axis('v', 5) } };
  const { program, values, wanted } = contraction('Vi->ni', { n: 3, i: 2 }, ids);
  const table = values.get('x0')!;
  assert.equal([...run(program, values).get('result y')!], [table[2], table[3], table[8], table[9], table[2], table[3]]);
  compare(program, values, wanted);
});

test('lookup: a routed expert is a lookup of its weight', () => {
  const { program, values, wanted } = contraction(
    'ni,Eoi->no',
    { n: 3, i: 2, o: 2 },
    { E: { over: 'n', values: [1, 0, 1], axis: axis('e', 2) } },
  );
  const [x, w] = [values.get('x0')!, values.get('x1')!];
  const expected = [1, 0, 1].flatMap((e, n) => [0, 1].map((o) => x[2 * n] * w[4 * e + 2 * o] + x[2 * n + 1] * w[4 * e + 2 * o + 1]));
  assert.ok(distance(run(program, values).get('result y')!, expected) < 1e-15);
  const joint = compare(program, values, wanted);
  assert.not.match(printProgram(joint, table), /n i o\) %\d+\(n/, 'the weight gradient must not be an outer product per token');
});

test('lookup: experts in MPO form share their central core', () => {
  const ids = { E: { over: 'n', values: [1, 0, 1], axis: axis('e', 2) } };
  const { program, values, wanted } = contraction('nij,Eair,rbj->nab', { n: 3, i: 2, j: 2, a: 2, b: 3, r: 2 }, ids);
  compare(program, values, wanted);
});

test('lookup: rows of a factorised table by the digits of their number', () => {
  const ids = {
    H: { over: 'n', values: [0, 2, 2], axis: axis('h', 3) },
    L: { over: 'n', values: [1, 0, 1], axis: axis('l', 2) },
  };
  const { program, values, wanted } = contraction('Hwr,rLu->nwu', { n: 3, w: 2, u: 2, r: 2 }, ids);
  compare(program, values, wanted);
});

test('lookup: scatter-add keeps what several rows add to one place, and drops rows outside', () => {
  const ids = { V: { over: 'n', values: [1, -1, 1], axis: axis('v', 3) } };
  const { program, values, wanted } = contraction('nw->Vw', { n: 3, w: 2 }, ids);
  const x = values.get('x0')!;
  assert.equal([...run(program, values).get('result y')!], [0, 0, x[0] + x[4], x[1] + x[5], 0, 0]);
  compare(program, values, wanted);
});

test('counts are a scatter-add of nothing', () => {
  const ids = { V: { over: 'n', values: [1, 2, 1], axis: axis('v', 3) } };
  const { program, values } = contraction('->V', { n: 3 }, ids);
  assert.equal([...run(program, values).get('result y')!], [0, 2, 1]);
});

for (const text of [
  'ii->i',
  'i->ii',
  'ii->',
  'ir,jr,kr->ijk',
  'i->ij',
  'ij->',
  'ij,jk->ik',
  'ij->ji',
  'iij,j->ij',
  'i,j->',
  'ij,ij->i',
  'i->iji',
]) {
  test(`subscripts ${text}`, () => {
    const { program, values, wanted } = contraction(text, { i: 3, j: 2, k: 2, r: 2 });
    compare(program, values, wanted);
  });
}

test('diagonals, traces and broadcasts mean what they say', () => {
  const y = (text: string) => {
    const { program, values } = contraction(text, { i: 2, j: 2 });
    return { x: values.get('x0')!, y: [...run(program, values).get('result y')!] };
  };
  const trace = y('ii->');
  assert.equal(trace.y, [trace.x[0] + trace.x[3]]);
  const diagonal = y('i->ii');
  assert.equal(diagonal.y, [diagonal.x[0], 0, 0, diagonal.x[1]]);
  const broadcast = y('i->ji');
  assert.equal(broadcast.y, [...broadcast.x, ...broadcast.x]);
});

test('the adjoint of the adjoint of a contraction is the contraction', () => {
  for (let seed = 0; seed < 300; seed++) {
    const { attributes, inputs } = table.get('contract')!.sample(pickFrom(seed));
    const a = attributes as Contract;
    for (const k of a.operands.keys()) {
      const swap = (c: Contract): Contract => ({
        letters: c.letters,
        operands: [c.result, ...c.operands.filter((_, j) => j !== k)],
        result: c.operands[k],
      });
      const first = throughRecord(a, inputs, k);
      const back = throughRecord(first.attributes, first.inputs, 0);
      assert.equal(first.attributes, swap(a));
      const restored = [...back.attributes.operands.slice(1, k + 1), back.attributes.operands[0], ...back.attributes.operands.slice(k + 1)];
      assert.equal({ ...back.attributes, operands: restored }, a);
    }
  }
});

/** The contraction that the record's gradient adds for operand k, and the types of its inputs. */
function throughRecord(attributes: Contract, inputs: readonly Type[], k: number): { attributes: Contract; inputs: Type[] } {
  const builder = new Builder(table);
  const ids = inputs.map((type, j) => builder.source({ kind: 'input', name: `x${j}`, rate: 'batch' }, type));
  const result = builder.add('contract', ids, attributes);
  const cotangent = builder.source({ kind: 'cotangent', name: 'y', rate: 'batch' }, builder.type(result));
  const { gradient } = table.get('contract')!;
  if (gradient === 'none') throw new Error('a contraction has a gradient');
  gradient(attributes, {
    node: builder.nodes[result],
    inputs: ids,
    result,
    cotangent,
    type: (id) => builder.type(id),
    wanted: (input) => input === k,
    add: (operation, of, a) => builder.add(operation, of, a),
  });
  const node = builder.nodes.at(-1)!;
  return { attributes: node.attributes as Contract, inputs: node.inputs.map((id) => builder.type(id)) };
}

test('axes that disagree are refused with both places', () => {
  const { infer } = table.get('contract')!;
  const letters = [axis('i', 2), axis('j', 3)];
  const v = axis('v', 5);
  const ids: Type = { dtype: 'int', axes: [axis('i', 2)] };
  const refused: [Contract, Type[], RegExp][] = [
    [
      { letters, operands: [[0, 1], [1]], result: [0] },
      [real(axis('a', 2), axis('b', 3)), real(axis('c', 4))],
      /operand 1, axis 0 \(c:4\) is letter j:3 of operand 0, axis 1/,
    ],
    [{ letters, operands: [[0]], result: [0] }, [real(axis('a', 2), axis('b', 3))], /operand 0 has 2 axes and 1 subscripts/],
    [{ letters, operands: [[0]], result: [0] }, [real(axis('a', 2))], /letter 1 \(j\) stands nowhere/],
    [{ letters, operands: [[0, 2]], result: [] }, [real(axis('a', 2), axis('b', 3))], /has letter 2, there are 2/],
    [{ letters, operands: [[0, 1]], result: [] }, [real(axis('a', 2), axis('b', 3)), ids], /input 1 is neither an operand/],
    [
      { letters, operands: [[{ ids: 1, over: [0], axis: v }, 1]], result: [] },
      [real(v, axis('b', 3)), real(axis('i', 2))],
      /not an int input/,
    ],
    [
      { letters, operands: [[{ ids: 1, over: [0], axis: axis('v', 4) }, 1]], result: [] },
      [real(v, axis('b', 3)), ids],
      /\(v:5\) is looked up as v:4/,
    ],
    [{ letters, operands: [[{ ids: 1, over: [0, 1], axis: v }, 1]], result: [] }, [real(v, axis('b', 3)), ids], /of 1 axes at 2 letters/],
    [
      { letters, operands: [[{ ids: 1, over: [1], axis: v }, 0]], result: [] },
      [real(v, axis('i', 2)), ids],
      /input 1, axis 0 \(i:2\) is letter j:3/,
    ],
    [{ letters, operands: [[0], [1]], result: [] }, [real(axis('a', 2)), { dtype: 'int', axes: [axis('b', 3)] }], /one element type/],
  ];
  for (const [attributes, inputs, message] of refused) {
    assert.throws(
      () => infer(attributes, inputs),
      (error: Error) => error instanceof AxisError && message.test(error.message),
      String(message),
    );
  }
  const builder = new Builder(table, [], { path: 'block[3].up', section: 'forward' });
  const x = builder.source({ kind: 'input', name: 'x', rate: 'batch' }, real(axis('a', 2)));
  assert.throws(
    () => builder.add('contract', [x], { letters: [axis('i', 3)], operands: [[0]], result: [] }),
    /%1 = contract of block\[3\].up on \(%0: real\[a:2\]\)/,
  );
});

test.run();
