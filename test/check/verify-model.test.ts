/** The verifier of models: each rule is broken once, on a model that is otherwise right. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Expression, Model, NetworkTerm, Parameter, Weight } from '../../compiler/values/model.ts';
import { complaintsAboutModel, ModelError, verifyModel } from '../../compiler/values/verify-model.ts';
import { modelOf } from './program.ts';

const text = `edition 1
model Sound(width = 8, classes = 4) {
  axis batch, time <= width
  input x[batch, width], label[batch] in classes, ids[batch, time] in classes
  up, down: linear[width -> width](biased = false)
  table: [classes, width] ~ normal(0.1)
  loss task = mean(down(up(x)) * table[label]) + mean(table[ids])
}
variant Shared of Sound {
  decompose up, down as mpo[2*2*2, 2*2*2](b = 4)
  tie T[2] of up = T[2] of down
  train T[1] of up where @b < 2
  squeeze b of {up, down} by 1
}`;
const sound = (): Model => modelOf(text, 'Shared');

const parameter = (id: number, part: Partial<Parameter>): Model => {
  const model = sound();
  return { ...model, parameters: model.parameters.map((own) => (own.id === id ? { ...own, ...part } : own)) };
};
const weight = (id: number, change: (weight: Weight) => Partial<Weight>): Model => {
  const model = sound();
  return { ...model, weights: model.weights.map((own) => (own.id === id ? { ...own, ...change(own) } : own)) };
};
const network = (change: (term: NetworkTerm) => Partial<NetworkTerm>): Model =>
  weight(0, ({ terms }) => ({ terms: [{ ...(terms[0] as NetworkTerm), ...change(terms[0] as NetworkTerm) }] }));
const statement = (is: Expression['is'], change: (expression: never) => object): Model => {
  const model = sound();
  const [entry] = model.entries;
  let done = false;
  const statements = entry!.train.statements.map((own) => {
    if (done || own.expression.is !== is) return own;
    done = true;
    return { ...own, ...change(own as never) };
  });
  return { ...model, entries: [{ ...entry!, train: { ...entry!.train, statements } }] };
};
type Statement = Model['entries'][number]['train']['statements'][number];
const inTrain = (change: (expression: Statement['expression']) => Statement['expression']) => (own: Statement) => ({
  expression: change(own.expression),
});

const tied = sound().parameters.findIndex(({ names }) => names.length > 1);
const dense = sound().weights.findIndex(({ path }) => path === 'table');
const broken: readonly (readonly [string, Model, RegExp])[] = [
  ['an id', parameter(1, { id: 7 }), /parameter 1 has the id 7/],
  ['no name', parameter(0, { names: [] }), /has no name/],
  ['one name twice', parameter(1, { names: [sound().parameters[0]!.names[0]!] }), /parameter .* is there twice/],
  ['a missing name', parameter(tied, { names: sound().parameters[tied]!.names.slice(0, 1) }), /stands in .* and has no name there/],
  [
    'a name of no place',
    parameter(0, { names: [...sound().parameters[0]!.names, 'up.weight.X'] }),
    /is the name of a place where it does not stand/,
  ],
  ['a leg of another size', parameter(0, { legs: [{ name: 'a', size: 3 }, ...sound().parameters[0]!.legs.slice(1)] }), /is a tensor of 3/],
  [
    'a mask of no leg',
    parameter(0, { keep: { is: 'compare', f: 'lt', left: { is: 'leg', leg: 9 }, right: { is: 'number', value: 1 } } }),
    /mask of leg 9/,
  ],
  ['a gate that is not there', parameter(0, { update: { frozen: false, gate: 3 } }), /behind gate 3/],
  ['a turn of no event', parameter(0, { update: { frozen: false, turn: { clock: 5, value: 1 } } }), /turn 1 of event 5/],
  ['values from nowhere', parameter(0, { init: { law: { is: 'source' }, scale: 1 } }), /weights that are not given/],
  [
    'a core of no decomposition',
    parameter(0, { origin: { is: 'factor', of: { is: 'fresh', path: 'x' }, decomposition: 8, node: 0 } }),
    /core 0 of decomposition 8/,
  ],
  ['a leg without an end', network(({ nodes }) => ({ nodes: nodes.slice(1) })), /is on (no core|one core alone)/],
  ['legs out of order', network(({ legs }) => ({ legs: legs.toReversed() })), /leg 0 has the id/],
  ['two legs for one factor', network(({ legs }) => ({ legs: legs.with(1, { ...legs[1]!, outer: [0, 0] }) })), /its outer legs are/],
  ['a core that is not there', network(({ nodes }) => ({ nodes: nodes.with(0, { ...nodes[0]!, parameter: 99 }) })), /is parameter 99/],
  [
    'other factors',
    weight(0, ({ axes }) => ({ axes: axes.with(0, { ...axes[0]!, factors: [2, 4] }) })),
    /its outer legs are|has another size/,
  ],
  [
    'no permutation',
    weight(dense, () => ({ terms: [{ is: 'dense', parameter: sound().parameters.at(-1)!.id, perm: [0, 0], scale: 1 }] })),
    /in the order 0,0/,
  ],
  [
    'a transpose that does not fit',
    weight(dense, ({ terms }) => ({ terms: [{ ...terms[0]!, perm: [1, 0] } as never] })),
    /is a tensor of 4,8 in the order 1,0/,
  ],
  [
    'a squeeze of an outer leg',
    { ...sound(), schedule: sound().schedule.map((event) => ({ ...event, bonds: [{ weight: 0, legs: [0] }] }) as never) },
    /not all of which are bonds/,
  ],
  [
    'an axis that is not its product',
    { ...sound(), axes: sound().axes.map((axis, k) => (k === 2 ? { ...axis, products: [[2, 2]] } : axis)) },
    /and the product of/,
  ],
  [
    'a later value',
    statement(
      'product',
      inTrain((own) => ({ ...own, factors: [1e6] }) as never),
    ),
    /reads 1000000/,
  ],
  ['an axis twice', statement('product', (own: Statement) => ({ axes: [...own.axes, own.axes[0]!] })), /an axis twice/],
  ['axes of another shape', statement('weight', (own: Statement) => ({ axes: own.axes.slice(1) })), /weight has axes/],
  ['a type', statement('weight', () => ({ type: 'int' })), /is int, by its definition real/],
  [
    'an index that nothing proves',
    { ...sound(), entries: sound().entries.map((entry) => ({ ...entry, inputs: entry.inputs.map(({ index: _, ...input }) => input) })) },
    /index \d+ of axis classes lies in -Infinity to Infinity/,
  ],
];

test('a sound model passes', () => {
  assert.equal(complaintsAboutModel(sound()), []);
});

for (const [rule, model, expected] of broken) {
  test(`${rule} is found`, () => {
    assert.match(complaintsAboutModel(model).join('\n'), expected);
    assert.throws(
      () => verifyModel(model),
      (error: unknown) => error instanceof ModelError,
    );
  });
}

test.run();
