/** What a weight counts for the loss: results of the step against sums over its gradients, beside and instead of the update. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importanceName } from '../../compiler/index.ts';
import type { Importance, StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { perceptron } from './models.ts';
import { parametersOf, randomArray, randomInts, run, type Values, verifiedStep } from './run.ts';

const model = perceptron().model();
const groups = [{ name: 'all', parameters: model.parameters.map((p) => p.id) }];
const common = { entries: [{ name: 'task', weight: 1 }], sizes: { batch: 4 }, mode: 'train' } as const;
const both = (of: Model): Importance[] =>
  of.parameters.flatMap(({ id }) => (['taylor', 'fisher'] as const).map((measure) => ({ measure, parameter: id })));
const values: Values = {
  ...parametersOf(model),
  'rate/all': Float64Array.of(0.1),
  'decay/all': Float64Array.of(0),
  clip: Float64Array.of(1e-3),
  image: randomArray(24, 7),
  label: randomInts(4, 3, 8),
};
const gradients = run(verifiedStep(model, { ...common, phase: 'gradients' }), values);
const sgd: StepOptions = { ...common, optimiser: { kind: 'sgd', clip: true, groups } };

function check(found: Values, of: Model = model): void {
  for (const { names } of of.parameters) {
    const [name] = names;
    const gradient = gradients[`gradient ${name}`];
    const expected = {
      taylor: gradient.reduce((sum, g, k) => sum + g * values[name][k], 0),
      fisher: gradient.reduce((sum, g) => sum + g * g, 0) / gradient.length,
    };
    for (const measure of ['taylor', 'fisher'] as const) {
      const [value] = found[`result ${importanceName(measure, name)}`];
      assert.ok(Math.abs(value - expected[measure]) <= 1e-14 * (1 + Math.abs(value)), `${measure} ${name}: ${value}, ${expected[measure]}`);
    }
  }
}

test('beside the update, of the gradient before clipping; the update is what it was', () => {
  const plain = run(verifiedStep(model, sgd), values);
  const measured = run(verifiedStep(model, { ...sgd, importance: both(model) }), values);
  check(measured);
  for (const [name, value] of Object.entries(plain)) assert.equal(measured[name], value, name);
});

test('alone: losses and importance leave, no state, no gradient; frozen weights count too', () => {
  const frozen = { ...model, parameters: model.parameters.map((p) => ({ ...p, update: { frozen: true as const } })) };
  const program = verifiedStep(frozen, { ...common, phase: 'importance', importance: both(frozen) });
  assert.ok(program.outputs.every(({ kind }) => kind === 'result'));
  check(run(program, values), frozen);
});

test('the first-order change of the loss', () => {
  const [{ id, names }] = model.parameters;
  const program = verifiedStep(model, { ...common, phase: 'importance', importance: [{ measure: 'taylor', parameter: id }] });
  const at = (share: number) => run(program, { ...values, [names[0]]: values[names[0]].map((w) => w * share) })['result loss'][0];
  const [change] = run(program, values)[`result ${importanceName('taylor', names[0])}`];
  assert.ok(Math.abs((at(1 + 1e-6) - at(1 - 1e-6)) / 2e-6 - change) < 1e-8);
});

test('a weight that the loss does not read counts nothing', () => {
  const id = model.parameters.length;
  const idle = { ...model.parameters[0], id, names: ['idle'] };
  const more = { ...model, parameters: [...model.parameters, idle] };
  const importance = [{ measure: 'taylor', parameter: id }] as const;
  assert.equal([...run(verifiedStep(more, { ...common, phase: 'importance', importance }), values)['result taylor idle']], [0]);
});

test.run();
