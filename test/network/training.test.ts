/** Forward with the wanted adjoints as one cost: published figures, all trees, identities of reverse mode. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { measure } from '../../compiler/network/evaluate.ts';
import { plan } from '../../compiler/network/plan.ts';
import { bruteForce, operatorLayer, randomNetwork, randomNumbers } from './cases.ts';

const only =
  (...wanted: number[]) =>
  (k: number) =>
    wanted.includes(k);
/** Layer, whose adjoints are wanted (0 is the input), and the least multiply-adds of a step; cores that are not wanted are constant. */
const layers: [name: string, dims: number[], bond: number, batch: number, wanted: (k: number) => boolean, most: number][] = [
  ['ends and input', [8, 16, 8], 8, 256, only(0, 1, 3), 6.38e8],
  ['last core', [8, 16, 8], 8, 256, only(3), 3.02e8],
  ['last core, small batch', [8, 16, 8], 16, 32, only(3), 7.55e7],
  ['all cores, not the input', [4, 8, 8, 4], 16, 1024, (k) => k > 0, 2.2e9],
  ['input only', [4, 8, 8, 4], 16, 32, only(0), 6.71e7],
  ['last of five', [4, 4, 4, 4, 4], 8, 64, only(5), 4.2e7],
  ['five cores, not the input', [4, 4, 4, 4, 4], 8, 64, (k) => k > 0, 9.24e7],
  ['last of four', [8, 8, 8, 8], 16, 32, only(4), 4.05e8],
];
for (const [name, dims, bond, batch, wanted, most] of layers) {
  test(`${name}: ${dims.join(' x ')}, bond ${bond}, batch ${batch}`, () => {
    const network = operatorLayer(dims, bond, batch);
    const marks = network.inputs.map((_, k) => wanted(k));
    const request = { network, wanted: marks, constant: marks.map((flag, k) => k > 0 && !flag) };
    const found = plan(request);
    assert.is(found.trainingMacs, bruteForce(request));
    assert.ok(found.trainingMacs <= most * 1.005, `${found.trainingMacs} multiply-adds, at most ${most} are expected`);
    assert.ok(found.optimal);
  });
}
test('all adjoints wanted: three times forward, on the same tree', () => {
  for (const [dims, bond] of [
    [[4, 4], 3],
    [[2, 3, 4], 5],
    [[4, 4, 4, 4, 4, 4], 8],
  ] as const) {
    const network = operatorLayer(dims, bond, 16);
    const found = plan({ network, wanted: network.inputs.map(() => true) });
    assert.is(found.trainingMacs, 3 * plan({ network }).macs);
    assert.is(found.trainingMacs, 3 * found.macs);
  }
});
test('every contraction that leaves one operand of a closed network out has the same least cost', () => {
  for (let n = 2; n <= 6; n++) {
    const layer = operatorLayer(new Array(n).fill(3), 4, 7);
    const closed = [...layer.inputs, layer.output];
    const costs = closed.map((output, k) => plan({ network: { inputs: closed.toSpliced(k, 1), output, sizes: layer.sizes } }).macs);
    assert.is(new Set(costs).size, 1, costs.join(' '));
  }
});
test('constant operands: what they make is counted apart, once', () => {
  const network = operatorLayer([4, 4, 4], 4, 2000);
  const fixed = plan({ network, constant: [false, true, true, true] });
  assert.is(fixed.macs, 2000 * 64 * 64);
  assert.ok(fixed.foldedMacs > 0);
  const all = plan({ network, constant: [true, true, true, true] });
  assert.is(all.macs, 0);
  assert.is(all.foldedMacs, plan({ network }).macs);
});
test('a large batch is planned apart from a small one', () => {
  const at = (batch: number) => plan({ network: operatorLayer([8, 8, 8, 8], 64, batch) });
  assert.not.equal(at(1).steps, at(1024).steps);
  // With the weight rebuilt as one of the trees, a layer costs at most its dense form and the rebuild.
  const rebuild = plan({
    network: {
      ...operatorLayer([8, 8, 8, 8], 64, 1024),
      inputs: operatorLayer([8, 8, 8, 8], 64, 1024).inputs.slice(1),
      output: [1, 2, 3, 4, 5, 6, 7, 8],
    },
  });
  assert.ok(at(1024).macs <= 1024 * 4096 ** 2 + rebuild.macs);
});
test('above the size of exact search marks count too: never above the plan that ignores them', () => {
  const random = randomNumbers(3);
  for (let k = 0; k < 3; k++) {
    const network = randomNetwork(random, 18, 26);
    const wanted = network.inputs.map((_, j) => j % 3 === 0);
    const constant = network.inputs.map((_, j) => j % 3 === 1);
    const marked = plan({ network, wanted, constant, budget: 1e5 });
    const plain = measure(plan({ network, budget: 1e5 }).steps, { network, wanted, constant });
    assert.ok(marked.trainingMacs <= plain.trainingMacs);
    assert.equal(marked, plan({ network, wanted, constant, budget: 1e5 }));
  }
});
test.run();
