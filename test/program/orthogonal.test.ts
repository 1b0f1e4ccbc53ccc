/** Cores that stay orthogonal: the step against plain loops on the manifold, 1,000 steps, gates, and what is kept beside them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { layoutOf } from '../../compiler/index.ts';
import type { OptimiserSpec, StepOptions } from '../../compiler/values/executable.ts';
import type { Model, Parameter } from '../../compiler/values/model.ts';
import { multiply, orthonormalRows, transpose } from '../../runtime/weights/linear-algebra.ts';
import { perceptron } from './models.ts';
import { largestDifference, parametersOf, randomArray, randomInts, run, type Values, verifiedStep } from './run.ts';

/** `up` is [hidden 2, pixel 3, bond 2] times [bond 2, hidden 2, pixel 2]: the first core has 6 rows of 2 columns, `down` 4 of 3. */
const NAMES = new Map([
  ['up.T[1]', 2],
  ['down', 0],
]);
const constrained = (more: Partial<Parameter> = {}): Model => {
  const model = perceptron().model();
  const parameters = model.parameters.map((parameter) => {
    const orthogonal = NAMES.get(parameter.names[0]);
    return orthogonal === undefined ? parameter : { ...parameter, orthogonal, ...more };
  });
  return { ...model, parameters };
};
const groups = (model: Model) => [{ name: 'all', parameters: model.parameters.map(({ id }) => id) }];
const options = (optimiser: OptimiserSpec, phase: StepOptions['phase'] = 'whole'): StepOptions => ({
  entries: [{ name: 'task', weight: 1 }],
  sizes: { batch: 4 },
  mode: 'train',
  phase,
  optimiser,
});

/** [rows, columns] of a parameter and back; the columns are a leg. */
function matrix({ legs, orthogonal }: Parameter, values: Float64Array): { m: Float64Array; rows: number; columns: number } {
  const columns = legs[orthogonal!].size;
  const after = legs.slice(orthogonal! + 1).reduce((product, { size }) => product * size, 1);
  const rows = values.length / columns;
  const m = new Float64Array(values.length);
  for (let k = 0; k < values.length; k++) {
    const column = Math.floor(k / after) % columns;
    const row = Math.floor(k / after / columns) * after + (k % after);
    m[row * columns + column] = values[k];
  }
  return { m, rows, columns };
}
function defect(parameter: Parameter, values: Float64Array): number {
  const { m, rows, columns } = matrix(parameter, values);
  const gram = multiply(transpose(m, rows, columns), m, columns, rows, columns);
  return gram.reduce((most, x, k) => Math.max(most, Math.abs(x - (k % (columns + 1) === 0 ? 1 : 0))), 0);
}
function orthonormal(parameter: Parameter, values: Float64Array): Float64Array {
  const { m, rows, columns } = matrix(parameter, values);
  const turned = transpose(m, rows, columns);
  orthonormalRows(turned, columns, rows);
  const q = transpose(turned, columns, rows);
  const back = values.slice();
  const index = matrix(
    parameter,
    Float64Array.from(values, (_, k) => k),
  ).m;
  for (const [place, k] of index.entries()) back[k] = q[place];
  return back;
}
function start(model: Model, states: readonly string[]): Values {
  const parameters = parametersOf(model);
  const host = { 'rate/all': 0.05, 'decay/all': 0.1, correction1: 0.19, correction2: 0.02, clip: 0.05 };
  const values: Values = {
    ...Object.fromEntries(Object.entries(host).map(([name, value]) => [name, Float64Array.of(value)])),
    image: randomArray(6 * 4, 7),
    label: randomInts(4, 3, 8),
  };
  for (const parameter of model.parameters) {
    const [name] = parameter.names;
    values[name] = parameter.orthogonal === undefined ? parameters[name] : orthonormal(parameter, parameters[name]);
    for (const state of states)
      values[`${name}.${state}`] = new Float64Array(state === 'v' && parameter.orthogonal !== undefined ? 1 : values[name].length);
  }
  return values;
}

/** X - Q (Q'X + X'Q) / 2, by loops. */
function tangent(q: Float64Array, x: Float64Array, rows: number, columns: number): Float64Array {
  const qx = multiply(transpose(q, rows, columns), x, columns, rows, columns);
  const s = qx.map((value, k) => (value + qx[(k % columns) * columns + Math.floor(k / columns)]) / 2);
  const normal = multiply(q, s, rows, columns, columns);
  return x.map((value, k) => value - normal[k]);
}
/** Y (Y'Y)^(-1/2): by Y'Y = V diag(d) V' for two or three columns, Newton's iteration for the inverse root run until it stands. */
function polar(y: Float64Array, rows: number, columns: number): Float64Array {
  let x = y.slice();
  const size = Math.sqrt(y.reduce((sum, value) => sum + value * value, 0));
  x = x.map((value) => value / size);
  for (let k = 0; k < 200; k++) {
    const cubic = multiply(x, multiply(transpose(x, rows, columns), x, columns, rows, columns), rows, columns, columns);
    x = x.map((value, j) => 1.5 * value - 0.5 * cubic[j]);
  }
  return x;
}

test('AdamW on the manifold is the plain loop: tangent gradient and moment, one second moment, no decay, polar factor', () => {
  const model = constrained();
  const values = start(model, ['m', 'v']);
  const spec: OptimiserSpec = { kind: 'adamw', clip: false, groups: groups(model) };
  const gradients = run(verifiedStep(model, options(spec, 'gradients')), values);
  const found = run(verifiedStep(model, options(spec)), values);
  for (const parameter of model.parameters.filter(({ orthogonal }) => orthogonal !== undefined)) {
    const [name] = parameter.names;
    const { m: q, rows, columns } = matrix(parameter, values[name]);
    const g = tangent(q, matrix(parameter, gradients[`gradient ${name}`]).m, rows, columns);
    const m = tangent(
      q,
      g.map((x) => 0.1 * x),
      rows,
      columns,
    );
    const v = (0.001 * g.reduce((sum, x) => sum + x * x, 0)) / g.length;
    const y = q.map((x, k) => x - (0.05 * (m[k] / 0.19)) / (Math.sqrt(v / 0.02) + 1e-8));
    assert.ok(largestDifference(matrix(parameter, found[`state ${name}`]).m, polar(y, rows, columns)) < 1e-12, name);
    assert.ok(largestDifference(matrix(parameter, found[`state ${name}.m`]).m, m) < 1e-15, `${name}.m`);
    assert.ok(Math.abs(found[`state ${name}.v`][0] - v) < 1e-15 && found[`state ${name}.v`].length === 1, `${name}.v`);
  }
});

test('after 1,000 steps (100 of the rarer settings) the columns are orthonormal to 1e-5, whatever the optimiser, and the loss has fallen', () => {
  const specs: [OptimiserSpec, number][] = [
    [{ kind: 'adamw', clip: true, groups: [] }, 1000],
    [{ kind: 'adamw', clip: false, beta1: 0, beta2: 0, groups: [] }, 100],
    [{ kind: 'sgd', clip: false, groups: [] }, 100],
    [{ kind: 'sgd', clip: true, momentum: 0.9, groups: [] }, 100],
  ];
  for (const [spec, steps] of specs) {
    const model = constrained();
    const whole = { ...spec, groups: groups(model) };
    const program = verifiedStep(model, options(whole));
    const values = start(model, ['m', 'v', 'momentum']);
    const first = run(program, values)['result loss'][0];
    let last = first;
    for (let k = 0; k < steps; k++) {
      const outputs = run(program, { ...values, correction1: Float64Array.of(1), correction2: Float64Array.of(1) });
      for (const [key, value] of Object.entries(outputs)) {
        if (key.startsWith('state ')) values[key.slice(6)] = value;
        if (key === 'result loss') last = value[0];
      }
    }
    for (const parameter of model.parameters.filter(({ orthogonal }) => orthogonal !== undefined)) {
      const off = defect(parameter, values[parameter.names[0]]);
      assert.ok(off <= 1e-5, `${parameter.names[0]} with ${JSON.stringify(spec)}: ${off}`);
    }
    assert.ok(last < first, `${JSON.stringify(spec)}: ${first} to ${last}`);
  }
});

test('a step of length 8 still ends on the manifold', () => {
  const model = constrained();
  const spec: OptimiserSpec = { kind: 'sgd', clip: false, groups: groups(model) };
  const values = start(model, []);
  const gradients = run(verifiedStep(model, options(spec, 'gradients')), values);
  for (const parameter of model.parameters.filter(({ orthogonal }) => orthogonal !== undefined)) {
    const [name] = parameter.names;
    const { m: q, rows, columns } = matrix(parameter, values[name]);
    const g = tangent(q, matrix(parameter, gradients[`gradient ${name}`]).m, rows, columns);
    const rate = 8 / Math.sqrt(g.reduce((sum, x) => sum + x * x, 0));
    const found = run(verifiedStep(model, options(spec)), { ...values, 'rate/all': Float64Array.of(rate) });
    assert.ok(defect(parameter, found[`state ${name}`]) <= 1e-6, `${name}: ${defect(parameter, found[`state ${name}`])}`);
  }
});

test('a skipped update does not retract', () => {
  const model = constrained({ update: { frozen: false, gate: 0 } });
  const gated: Model = { ...model, gates: [{ id: 0, probability: 0.5, place: { file: 'x', from: 0, to: 0 } }] };
  const values: Values = { ...start(gated, ['m', 'v']), 'gate/0': Float64Array.of(0) };
  for (const name of NAMES.keys()) values[name] = values[name].map((x) => 2 * x);
  const spec: OptimiserSpec = { kind: 'adamw', clip: true, groups: groups(gated) };
  const program = verifiedStep(gated, options(spec));
  const closed = run(program, values);
  const open = run(program, { ...values, 'gate/0': Float64Array.of(1) });
  for (const name of NAMES.keys()) {
    assert.is(largestDifference(closed[`state ${name}`], values[name]), 0);
    assert.is(largestDifference(closed[`state ${name}.m`], values[`${name}.m`]), 0);
    assert.ok(largestDifference(open[`state ${name}`], values[name]) > 0.1);
  }
});

test('the layout has one number for the second moments of an orthogonal core', () => {
  const model = constrained();
  const { members } = layoutOf(model, { kind: 'adamw', clip: false, groups: groups(model) });
  const length = (name: string) => members.find((member) => member.name === name)!.address.length;
  assert.equal([length('up.T[1]'), length('up.T[1].m'), length('up.T[1].v'), length('up.T[2].v')], [12, 12, 1, 8]);
});

test.run();
