/** The verifier: each rule is broken once, on a program that is otherwise right. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Builder } from '../../compiler/program/builder.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { apply, number, read } from '../../compiler/program/scalar.ts';
import type { Stage } from '../../compiler/values/operation.ts';
import type { Node, Output, Program } from '../../compiler/values/program.ts';
import { complaintsAbout, type Expected, ProgramError, verifyProgram } from '../../compiler/values/verify-program.ts';
import { axis, real } from './gradients.ts';

/** %0 parameter w, %1 input x, %2 their product, %3 its sum, %4 a bit, %5 a dropout. */
function sound(): Program {
  const builder = new Builder(table, [], { path: 'layer', section: 'forward' });
  const type = real(axis('i', 3));
  const w = builder.source({ kind: 'parameter', name: 'w', rate: 'update' }, type);
  const x = builder.source({ kind: 'input', name: 'x', rate: 'batch' }, type);
  const y = builder.add('map', [w, x], { domain: type.axes, reads: [[0], [0]], value: apply('mul', read(0), read(1)) });
  const loss = builder.add('contract', [y], { letters: type.axes, operands: [[0]], result: [] });
  const bit = builder.add('map', [loss], { domain: [], reads: [[]], value: apply('lt', read(0), number(1)) });
  const keep = apply('below', { is: 'random', stream: 'layer#1', rows: 0 }, number(0.5));
  const dropped = builder.add('map', [y], { domain: type.axes, reads: [[0]], value: apply('select', keep, read(0), number(0)) });
  return builder.program('sound', [
    { kind: 'result', name: 'loss', value: loss },
    { kind: 'state', name: 'w', value: dropped, when: bit },
  ]);
}

const change = (id: number, part: Partial<Node>): Program => {
  const program = sound();
  return { ...program, nodes: program.nodes.map((node, k) => (k === id ? { ...node, ...part } : node)) };
};
const outputs = (...list: Output[]): Program => ({ ...sound(), outputs: list });
const append = (part: Partial<Node>): Program => {
  const program = sound();
  return { ...program, nodes: [...program.nodes, { ...program.nodes[2], ...part }] };
};

test('a sound program passes at every stage', () => {
  for (const stage of ['built', 'planned', 'differentiated', 'lowered'] as const) assert.equal(complaintsAbout(sound(), table, stage), []);
});

const attributes = sound().nodes[2].attributes as { domain: unknown; reads: unknown; value: unknown };
const bits: Output = { kind: 'state', name: 'w', value: 5, when: 3 };
const broken: [string, Program, Stage, RegExp, Expected?][] = [
  ['unknown operation', change(2, { operation: 'convolve' }), 'built', /%2 convolve: there is no such operation/],
  ['later input', change(2, { inputs: [0, 3] }), 'built', /%2 map: reads %3, which does not come before it/],
  ['missing input', change(2, { inputs: [0, -1] }), 'built', /reads %-1/],
  ['wrong type', change(2, { type: real(axis('i', 4)) }), 'built', /%2 map: is real\[i:4\], its inputs give real\[i:3\]/],
  [
    'shape rule',
    change(3, { attributes: { letters: [axis('i', 2)], operands: [[0]], result: [] } }),
    'built',
    /%3 contract: operand 0, axis 0 \(i:3\)/,
  ],
  ['no plain data', change(2, { attributes: { ...attributes, cache: new Map() } }), 'built', /attributes.cache is not plain data/],
  [
    'infinite number',
    change(2, { attributes: { ...attributes, bound: Number.POSITIVE_INFINITY } }),
    'built',
    /attributes.bound is not plain/,
  ],
  ['no origin', change(2, { origin: undefined as unknown as Node['origin'] }), 'built', /%2 map: has no origin/],
  [
    'section',
    change(2, { origin: { path: '', section: 'backward' } }),
    'built',
    /%3 contract: of section forward reads %2 of section backward/,
  ],
  ['source twice', append({ ...sound().nodes[0] }), 'built', /%6: parameter w is a source twice/],
  [
    'output twice',
    outputs({ kind: 'result', name: 'a', value: 3 }, { kind: 'result', name: 'a', value: 2 }),
    'built',
    /result a is there twice/,
  ],
  ['output missing', outputs({ kind: 'result', name: 'a', value: 9 }), 'built', /result a is %9, which is not there/],
  ['gradient of a bit', outputs({ kind: 'gradient', name: 'w', value: 4 }), 'built', /gradient w is bit/],
  ['state without source', outputs({ kind: 'state', name: 'm', value: 5 }), 'built', /state m has no source/],
  ['state of another type', outputs({ kind: 'state', name: 'w', value: 3 }), 'built', /state w is real\[\], its source real\[i:3\]/],
  ['when is no bit', outputs(bits), 'built', /a when \(%3\) that is not one bit/],
  [
    'stream of two shapes',
    append({
      type: real(),
      inputs: [],
      attributes: { domain: [], reads: [], value: apply('uniform', { is: 'random', stream: 'layer#1', rows: 0 }) },
    }),
    'built',
    /layer#1 is drawn as {2}with 0 row axes and as 3 with 0/,
  ],
  [
    'cotangent',
    append({ operation: 'source', inputs: [], attributes: { kind: 'cotangent', name: 'y', rate: 'batch', type: real(axis('i', 3)) } }),
    'built',
    /a cotangent before differentiation/,
  ],
  [
    'three operands',
    append({ operation: 'contract', inputs: [0, 0, 0], attributes: { letters: [axis('i', 3)], operands: [[0], [0], [0]], result: [0] } }),
    'planned',
    /3 operands after planning/,
  ],
  ['idle node', append({}), 'lowered', /%6: map is read by nothing/],
  ['no gradient', sound(), 'differentiated', /parameter w was asked for and has 0 gradients instead of 1/, { wanted: ['parameter w'] }],
];
for (const [name, program, stage, message, expected] of broken) {
  test(`${name} is found`, () => {
    const complaints = complaintsAbout(program, table, stage, expected);
    assert.ok(
      complaints.some((text) => message.test(text)),
      complaints.join('\n'),
    );
    assert.throws(
      () => verifyProgram(program, table, stage, expected),
      (error: unknown) => error instanceof ProgramError && error.complaints.length === complaints.length,
    );
  });
}

test('a wanted source without path may be said to be absent', () => {
  assert.equal(complaintsAbout(sound(), table, 'differentiated', { wanted: ['parameter w'], absent: ['parameter w'] }), []);
});

test.run();
