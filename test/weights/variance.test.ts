/** Fresh networks: the weight that drawn cores make has the variance that the program asks for, whatever the topology. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check, networkOf } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { initialise } from '../../runtime/weights/initialise.ts';
import { mergeNetwork } from '../../runtime/weights/network.ts';

const DRAWS = 400;
const DEVIATION = 0.3;

function modelOf(rows: number, columns: number, as: string): Model {
  const text = `edition 1
model Line(rows = ${rows}, columns = ${columns}) {
  axis batch
  input x[batch, columns]
  w: [rows, columns] ~ normal(${DEVIATION})
  forward(x[batch, columns]) -> y[batch, rows] { y[batch, rows] = w * x }
  loss size = mean(forward(x) ^ 2)
}
variant Network of Line { decompose w as ${as} }`;
  const { model, diagnostics } = check({ file: 'line.bond', text, name: 'Network', load: () => undefined });
  const wrong = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  assert.equal(
    wrong.map((diagnostic) => diagnostic.message),
    [],
  );
  return model!;
}

const cases: readonly (readonly [number, number, string])[] = [
  [6, 4, 'mpo[6, 4]'],
  [12, 10, 'mpo[4*3, 2*5](b = 5)'],
  [16, 16, 'mpo[4*2*2, 2*2*4](b = 4)'],
  [16, 16, 'mpo[2^4, 2^4](b = 3)'],
  [32, 32, 'mpo[2^5, 2^5](b = 2)'],
  [11, 8, 'mpo[padded 3*4, 2*4](b = 4)'],
  [12, 12, 'ring[4*3, 3*4](b = 3)'],
  [27, 8, 'ring[3^3, 2^3](b = 2)'],
  [16, 16, 'tree[2^4, 2^4](e = 3)'],
  [12, 12, 'cp[4*3, 3*4](r = 6)'],
  [12, 12, 'tucker(r = 5, s = 4)'],
  [12, 12, 'kronecker[4*3, 3*4]'],
  [16, 16, 'btt[4*4, 4*4](r = 3)'],
  [16, 16, 'block_term[4*4, 4*4](terms = 3, r = 2)'],
];

for (const [rows, columns, as] of cases) {
  test(`${as}: mean of W squared over ${DRAWS} draws lies within 4 standard errors of the square asked for`, () => {
    const model = modelOf(rows, columns, as);
    const [weight] = model.weights;
    const network = networkOf(weight)!;
    const squares = Array.from({ length: DRAWS }, (_, seed) => {
      const { values } = initialise(model, [seed, 7]);
      const cores = network.nodes.map((node) => values[node.parameter]);
      const { data } = mergeNetwork(network, weight.axes, cores);
      return data.reduce((sum, value) => sum + value * value, 0) / data.length;
    });
    const mean = squares.reduce((sum, value) => sum + value, 0) / DRAWS;
    const variance = squares.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (DRAWS - 1);
    const error = Math.sqrt(variance / DRAWS);
    assert.ok(Math.abs(mean - DEVIATION ** 2) < 4 * error, `${mean} for ${DEVIATION ** 2}, standard error ${error}`);
  });
}

test.run();
