/** Each simplification against the network as it was: the same least cost, and trees that are trees of the whole. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { measure } from '../../compiler/network/evaluate.ts';
import { exactTree } from '../../compiler/network/exact.ts';
import { measureOf } from '../../compiler/network/objective.ts';
import { plan } from '../../compiler/network/plan.ts';
import { assembled, presolve } from '../../compiler/network/presolve.ts';
import { problemOf } from '../../compiler/network/problem.ts';
import type { Network } from '../../compiler/values/plan.ts';
import { bruteForce, network, randomNetwork, randomNumbers } from './cases.ts';

const random = randomNumbers(11);
const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
const least = (given: Network) => measure(exactTree(problemOf({ network: given }), measureOf())!, { network: given }).macs;

/** The least cost by way of `simplify`; each part exactly. */
function simplifiedCost(given: Network): number | undefined {
  const problem = problemOf({ network: given });
  const simplified = presolve(problem);
  if (simplified === undefined) return undefined;
  const trees = simplified.parts.map((part) => exactTree(problemOf({ network: part.network }), measureOf())!);
  return measure(assembled(problem, simplified, trees), { network: given }).macs;
}

test('letters of size 1: leaving them out and putting them in changes no cost', () => {
  for (let k = 0; k < 200; k++) {
    const given = randomNetwork(random, whole(2, 6), whole(1, 8));
    const one = given.sizes.length;
    const inputs = given.inputs.map((letters) => (random() < 0.5 ? [...letters, one] : letters));
    const some = inputs.some((letters) => letters.includes(one));
    const larger = { inputs, output: some && random() < 0.5 ? [...given.output, one] : given.output, sizes: [...given.sizes, 1] };
    assert.is(plan({ network: larger }).macs, plan({ network: given }).macs);
    assert.is(plan({ network: larger }).macs, bruteForce({ network: larger }));
  }
});
test('diagonals and letters of one operand: a repeated or a summed letter changes no cost', () => {
  const plain = network('ab,bc,cd->ad', { a: 3, b: 4, c: 5, d: 2 });
  const dressed = network('aab,bcc,cdxx->ad', { a: 3, b: 4, c: 5, d: 2, x: 9 });
  assert.is(plan({ network: dressed }).macs, plan({ network: plain }).macs);
  assert.is(plan({ network: dressed }).macs, bruteForce({ network: dressed }));
});
test('operands of equal letters are multiplied first, at no more cost', () => {
  let tried = 0;
  for (let k = 0; k < 300; k++) {
    const given = randomNetwork(random, whole(2, 6), whole(1, 7));
    const inputs = [...given.inputs, ...given.inputs.slice(0, whole(1, 2))];
    const doubled = { ...given, inputs };
    const problem = problemOf({ network: doubled });
    if (problem.of.some((edges) => edges.length === 0) || (presolve(problem)?.parts.length ?? 2) > 1) continue;
    tried++;
    assert.is(simplifiedCost(doubled), least(doubled), JSON.stringify(doubled));
  }
  assert.ok(tried > 50);
});
test('scalars and parts that share nothing, without output: as cheap as planned together', () => {
  let tried = 0;
  for (let k = 0; k < 300; k++) {
    const [a, b] = [randomNetwork(random, whole(1, 4), whole(1, 5)), randomNetwork(random, whole(1, 4), whole(1, 5))];
    const shifted = b.inputs.map((letters) => letters.map((letter) => letter + a.sizes.length));
    const both = { inputs: [...a.inputs, ...shifted, []], output: [], sizes: [...a.sizes, ...b.sizes] };
    const cost = simplifiedCost(both);
    if (cost === undefined) continue;
    tried++;
    assert.is(cost, least(both), JSON.stringify(both));
  }
  assert.ok(tried > 200);
});
test('parts with output: the tree is one of the whole, and close to the best', () => {
  for (let k = 0; k < 100; k++) {
    const [a, b] = [randomNetwork(random, whole(2, 4), whole(2, 5)), randomNetwork(random, whole(2, 4), whole(2, 5))];
    const shift = (list: readonly number[]) => list.map((letter) => letter + a.sizes.length);
    const both = {
      inputs: [...a.inputs, ...b.inputs.map(shift)],
      output: [...a.output, ...shift(b.output)],
      sizes: [...a.sizes, ...b.sizes],
    };
    const cost = simplifiedCost(both);
    if (cost !== undefined) assert.ok(cost <= 2 * least(both), JSON.stringify(both));
  }
});
test('a large network in parts: products of matrices, scalars and twins', () => {
  const chain = (from: number, count: number) => Array.from({ length: count }, (_, k) => [from + k, from + k + 1]);
  const inputs = [...chain(0, 20), ...chain(21, 20), [], [], [5, 6]];
  const found = plan({ network: { inputs, output: [], sizes: new Array(42).fill(3) } });
  assert.ok(found.optimal);
  assert.is(found.steps.length, inputs.length - 1);
  // Ends that nothing holds are summed: of twenty matrices 18 stay, between two vectors; each step is a vector by a matrix.
  assert.is(found.macs, 9 + 2 * (18 * 9 + 3) + 3);
});
test.run();
