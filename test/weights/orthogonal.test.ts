/** First values of cores that stay orthogonal: orthonormal columns, and the weight that it was. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import { gaugeOrder, receiverOf } from '../../compiler/values/orthogonal.ts';
import { unfold } from '../../runtime/weights/gauge.ts';
import { initialise, SourceError } from '../../runtime/weights/initialise.ts';
import { multiply, transpose } from '../../runtime/weights/linear-algebra.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { distance, norm } from '../../runtime/weights/tensor.ts';
import { modelOf } from '../check/program.ts';
import { gaussian } from './networks.ts';
import { mergedWeight, weightModel } from './programs.ts';

/** Parameters by the end of their name, the leg by name. */
function constrained(model: Model, legs: Readonly<Record<string, string>>): Model {
  const parameters = model.parameters.map((parameter) => {
    const wanted = Object.entries(legs).find(([end]) => parameter.names[0].endsWith(end));
    if (wanted === undefined) return parameter;
    return { ...parameter, orthogonal: parameter.legs.findIndex(({ name }) => name === wanted[1]) };
  });
  return { ...model, parameters };
}
function defect(tensor: HostTensor, leg: number): number {
  const columns = tensor.shape[leg];
  const own = unfold(tensor, leg);
  const rows = own.length / columns;
  const gram = multiply(own, transpose(own, columns, rows), columns, rows, columns);
  return gram.reduce((most, value, k) => Math.max(most, Math.abs(value - (k % (columns + 1) === 0 ? 1 : 0))), 0);
}
function checkOrthogonal(model: Model, values: readonly HostTensor[]): void {
  for (const { id, orthogonal, names } of model.parameters)
    if (orthogonal !== undefined) assert.ok(defect(values[id], orthogonal) < 1e-13, names[0]);
}

test('drawn cores are orthonormal over their bonds, and the weight is that of the same draw', () => {
  const plain = weightModel({ as: 'mpo[4*2*3, 3*5*2](b = 4)', sizes: [24, 30] });
  const model = constrained(plain, { 'T[1]': 'b[1]', 'T[2]': 'b[2]' });
  assert.equal(
    gaugeOrder(model).map((id) => model.parameters[id].names[0]),
    ['w.T[1]', 'w.T[2]'],
  );
  const values = initialise(model, [3, 0]).values;
  checkOrthogonal(model, values);
  const before = mergedWeight(plain, initialise(plain, [3, 0]).values);
  assert.ok(distance(mergedWeight(model, values).data, before.data) <= 1e-13 * norm(before.data));
});

test('chains that meet at one core are gauged from their ends', () => {
  const model = constrained(weightModel({ as: 'mpo[4*2*3, 3*5*2](b = 4)', sizes: [24, 30] }), { 'T[3]': 'b[2]', 'T[1]': 'b[1]' });
  checkOrthogonal(model, initialise(model, [5, 0]).values);
});

test('given weights are gauged without changing them, also where a core lacks rank', () => {
  const given = gaussian([24, 30], 4);
  // Rank 1: all bonds but one direction are empty.
  const thin = { shape: [24, 30], data: Float64Array.from({ length: 720 }, (_, k) => Math.sin(Math.floor(k / 30)) * Math.cos(k % 30)) };
  for (const weight of [given, thin]) {
    const model = constrained(weightModel({ as: 'mpo[4*6, 5*6]', sizes: [24, 30], given: true }), { 'T[1]': 'b[1]' });
    const { values } = initialise(model, [1, 0], () => weight);
    checkOrthogonal(model, values);
    assert.ok(distance(mergedWeight(model, values).data, weight.data) <= 1e-12 * norm(weight.data));
  }
});

test('two cores that send their rest to each other, outer legs and dense tensors that are not orthogonal are refused', () => {
  const whole = weightModel({ as: 'mpo[4*6, 5*6](b = 8)', sizes: [24, 30] });
  const both = constrained(whole, { 'T[1]': 'b[1]', 'T[2]': 'b[1]' });
  assert.equal(gaugeOrder(both), []);
  assert.throws(() => initialise(both, [1, 0]), /w.T\[1\] cannot be orthogonal/);
  const outer = weightModel({ as: 'mpo[4*6, 5*6](b = 8)', sizes: [24, 30] });
  assert.match(String(receiverOf(outer, 0, 0)), /no bond/);
  const text = (law: string) => `edition 1
model Alone(rows = 24, columns = 3) {
  axis batch
  input x[batch, rows]
  w: [rows, columns] ~ ${law}
  fn whole(x[batch, rows]) -> y[batch, columns] { y[batch, columns] = x * w }
  loss size = mean(whole(x) ^ 2)
}`;
  const orthogonal = constrained(modelOf(text('orthogonal'), 'Alone'), { w: 'columns' });
  checkOrthogonal(orthogonal, initialise(orthogonal, [1, 0]).values);
  const alone = constrained(modelOf(text('normal(0.3)'), 'Alone'), { w: 'columns' });
  assert.throws(
    () => initialise(alone, [1, 0]),
    (error: Error) => error instanceof SourceError && /decompose it/.test(error.message),
  );
});

test.run();
