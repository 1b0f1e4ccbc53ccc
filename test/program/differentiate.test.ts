/** Reverse mode: softmax, ties, sums of uses, cotangents, refusals, random programs. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Builder } from '../../compiler/program/builder.ts';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom, randomProgram, valuesFor } from '../../compiler/program/random-program.ts';
import { apply, coordinate, number, read } from '../../compiler/program/scalar.ts';
import { printProgram } from '../../compiler/values/print-program.ts';
import type { Type } from '../../compiler/values/program.ts';
import { elements } from '../../compiler/values/shape.ts';
import { complaintsAbout } from '../../compiler/values/verify-program.ts';
import { axis, compare, contraction, lossOf, real } from './gradients.ts';
import { run } from './numbers.ts';

test('softmax of masked attention: text and gradient', () => {
  const [b, t, u, e] = [axis('b', 2), axis('t', 4), axis("t'", 4), axis('e', 3)];
  const builder = new Builder(table, [], { path: 'attention', section: 'forward' });
  const values = new Map<string, Float64Array>();
  const source = (name: string, type: Type) => {
    values.set(name, valuesFor(type, pickFrom(values.size)));
    return builder.source({ kind: 'input', name, rate: 'batch' }, type);
  };
  const [q, k, v] = [source('q', real(b, t, e)), source('k', real(b, u, e)), source('v', real(b, u, e))];
  const domain = [b, t, u];
  const s = builder.add('contract', [q, k], {
    letters: [b, t, u, e],
    operands: [
      [0, 1, 3],
      [0, 2, 3],
    ],
    result: [0, 1, 2],
  });
  const masked = apply('select', apply('le', coordinate(2), coordinate(1)), apply('mul', read(0), number(0.577)), number(-1e30));
  const m = builder.add('map', [s], { domain, reads: [[0, 1, 2]], value: masked });
  const top = builder.add('reduce', [m], { combine: 'max', over: [2] });
  const both = [
    [0, 1, 2],
    [0, 1],
  ];
  const w = builder.add('map', [m, top], { domain, reads: both, value: apply('exp', apply('sub', read(0), apply('stop', read(1)))) });
  const z = builder.add('contract', [w], { letters: domain, operands: [[0, 1, 2]], result: [0, 1] });
  const a = builder.add('map', [w, z], { domain, reads: both, value: apply('div', read(0), read(1)) });
  const o = builder.add('contract', [a, v], {
    letters: [b, t, u, e],
    operands: [
      [0, 1, 2],
      [0, 2, 3],
    ],
    result: [0, 1, 3],
  });
  const loss = lossOf(builder, o);
  const program = builder.program('attention', [{ kind: 'result', name: 'loss', value: loss }]);
  const text = printProgram(program, table);
  for (const line of [
    "%4 = map select(le(@t', @t), mul(%3, 0.577), -1e30) : real[b:2 t:4 t':4]",
    '%5 = reduce max %4 over 2 : real[b:2 t:4]',
    '%6 = map exp(sub(%4, stop(%5(b t)))) :',
    "%7 = contract %6(b t t') -> (b t) :",
    '%8 = map div(%6, %7(b t)) :',
    "%9 = contract %8(b t t') %2(b t' e) -> (b t e) : real[b:2 t:4 e:3]  96 macs  # attention",
  ]) {
    assert.ok(text.includes(line), `${line}\nis not in\n${text}`);
  }
  const joint = compare(program, values, ['input q', 'input k', 'input v'], 1e-9);
  const backward = joint.nodes.filter((node) => node.origin.section === 'backward');
  assert.ok(!backward.some((node) => node.operation === 'reduce'), 'stop keeps the maximum out of the gradient');
  assert.ok(
    !backward.some((node) => node.operation === 'map' && JSON.stringify(node.attributes).includes('exp')),
    'exp is read, not computed again',
  );
});

test('ties of a maximum share the gradient', () => {
  const builder = new Builder(table);
  const type = real(axis('i', 4));
  const x = builder.source({ kind: 'input', name: 'x', rate: 'batch' }, type);
  const loss = builder.add('reduce', [x], { combine: 'max', over: [0] });
  const { program } = differentiate(builder.program('max', [{ kind: 'result', name: 'loss', value: loss }]), table, {
    wanted: ['input x'],
    loss: 'loss',
  });
  assert.equal([...run(program, new Map([['x', Float64Array.of(1, 3, 3, 2)]])).get('gradient x')!], [0, 0.5, 0.5, 0]);
});

test('a source used twice has the sum of both gradients, and one without path is said to be absent', () => {
  const builder = new Builder(table);
  const type = real(axis('i', 2));
  const [x, y] = ['x', 'y', 'w'].map((name) => builder.source({ kind: 'parameter', name, rate: 'update' }, type));
  const stopped = builder.add('map', [y], { domain: type.axes, reads: [[0]], value: apply('stop', read(0)) });
  const loss = builder.add('contract', [x, x, stopped], { letters: type.axes, operands: [[0], [0], [0]], result: [] });
  const wanted = ['parameter x', 'parameter y', 'parameter w'];
  const joint = differentiate(builder.program('twice', [{ kind: 'result', name: 'loss', value: loss }]), table, { wanted, loss: 'loss' });
  assert.equal(joint.absent, ['parameter y', 'parameter w']);
  const values = new Map([
    ['x', Float64Array.of(3, -1)],
    ['y', Float64Array.of(2, 5)],
    ['w', Float64Array.of(0, 0)],
  ]);
  assert.equal([...run(joint.program, values).get('gradient x')!], [12, -10]);
});

test('without a loss every real result has a cotangent', () => {
  const { program, values } = contraction('ij,jk->ik', { i: 2, j: 3, k: 2 });
  const y = { ...program, outputs: program.outputs.filter((output) => output.name === 'y') };
  const joint = differentiate(y, table, { wanted: ['parameter x0'] });
  const cotangent = Float64Array.of(1, 0, 0, 0);
  const gradient = run(joint.program, new Map(values).set('y', cotangent)).get('gradient x0')!;
  const b = values.get('x1')!;
  assert.equal([...gradient], [b[0], b[2], b[4], 0, 0, 0]);
});

test('what cannot be differentiated is refused with its name', () => {
  const { program } = contraction('ij->', { i: 2, j: 3 });
  assert.throws(() => differentiate(program, table, { wanted: ['parameter nothing'] }), /parameter nothing/);
  assert.throws(() => differentiate(program, table, { wanted: ['parameter x0'], loss: 'cost' }), /no result cost/);
  const wide = contraction('ij->i', { i: 2, j: 3 }).program;
  assert.throws(() => differentiate(wide, table, { wanted: ['parameter x0'], loss: 'y' }), /a loss is one real number/);
});

test('random programs are well formed and their gradients agree with differences', () => {
  fc.assert(
    fc.property(fc.nat(1e6), (seed) => {
      const { program, values, wanted } = randomProgram(seed, 8);
      assert.ok(program.nodes.every((node) => elements(node.type.axes) < 1e5));
      assert.equal(complaintsAbout(program, table, 'planned'), []);
      compare(program, values, wanted, 1e-6);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test.run();
