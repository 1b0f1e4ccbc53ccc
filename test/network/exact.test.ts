/** The exact searches against all trees, and against each other where both apply. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { branchesTree, isClosedTree } from '../../compiler/network/branches.ts';
import { chainOrder, chainTree } from '../../compiler/network/chain.ts';
import { connectedTree } from '../../compiler/network/connected-search.ts';
import { measure } from '../../compiler/network/evaluate.ts';
import { exactTree } from '../../compiler/network/exact.ts';
import { measureOf } from '../../compiler/network/objective.ts';
import { plan } from '../../compiler/network/plan.ts';
import { problemOf } from '../../compiler/network/problem.ts';
import type { Network } from '../../compiler/values/plan.ts';
import { bruteForce, randomNumbers, randomRequest } from './cases.ts';

const random = randomNumbers(5);
const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));

function sameAsAllTrees(operands: () => number, cases: number): void {
  for (let k = 0; k < cases; k++) {
    const request = randomRequest(random, operands(), whole(0, 10));
    const found = plan(request);
    assert.ok(found.optimal);
    const cost = request.constant?.every((flag) => flag) ? found.foldedMacs + found.trainingMacs : found.trainingMacs;
    assert.is(cost, bruteForce(request), JSON.stringify(request));
  }
}
test('exact search is the minimum over all trees: 10,000 networks of up to 6 operands', () => sameAsAllTrees(() => whole(1, 6), 10_000));
test('exact search is the minimum over all trees: 200 networks of 7 operands', () => sameAsAllTrees(() => 7, 200));

/** The textbook recurrence over a product of matrices. */
function textbook(sizes: readonly number[]): number {
  const n = sizes.length - 1;
  const cost = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let length = 1; length < n; length++) {
    for (let i = 0; i + length < n; i++) {
      const options = Array.from(
        { length },
        (_, k) => cost[i][i + k] + cost[i + k + 1][i + length] + sizes[i] * sizes[i + k + 1] * sizes[i + length + 1],
      );
      cost[i][i + length] = Math.min(...options);
    }
  }
  return cost[0][n - 1];
}
test('chains: the textbook recurrence, in any order of operands, with ends open or closed', () => {
  for (let k = 0; k < 200; k++) {
    const n = whole(3, 40);
    const sizes = Array.from({ length: n + 1 }, () => whole(2, 60));
    const [from, to] = [whole(0, 1), whole(0, 1)];
    if (from === 1) sizes[0] = 1;
    if (to === 1) sizes[n] = 1;
    const inputs = Array.from({ length: n }, (_, j) => [j, j + 1]).sort(() => random() - 0.5);
    const output = [0, n].filter((letter) => sizes[letter] > 1);
    const found = plan({ network: { inputs, output, sizes } });
    assert.is(found.trainingMacs, textbook(sizes));
    assert.ok(found.optimal);
  }
});
test('chains and closed trees: the fast searches are as good as all trees', () => {
  let [chains, trees] = [0, 0];
  for (let k = 0; k < 400; k++) {
    const network = randomTree(whole(3, 9), k % 2 === 0);
    const problem = problemOf({ network });
    const best = measure(exactTree(problem, measureOf())!, { network }).macs;
    const order = chainOrder(problem);
    if (order !== undefined) {
      chains++;
      assert.is(measure(chainTree(problem, order), { network }).macs, best);
    }
    if (!isClosedTree(problem)) continue;
    trees++;
    assert.is(measure(branchesTree(problem), { network }).macs, best, JSON.stringify(network));
  }
  assert.ok(chains > 40 && trees > 300);
});
function randomTree(operands: number, path: boolean): Network {
  const inputs: number[][] = Array.from({ length: operands }, () => []);
  for (let k = 1; k < operands; k++) {
    inputs[k].push(k - 1);
    inputs[path && random() < 0.7 ? k - 1 : whole(0, k - 1)].push(k - 1);
  }
  return { inputs, output: [], sizes: Array.from({ length: operands - 1 }, () => whole(2, 12)) };
}

test('the search with a cost cap is as good as all trees, with letters of two ends and of more', () => {
  let found = 0;
  for (let k = 0; k < 300; k++) {
    const operands = whole(4, 10);
    const network = k % 3 === 0 ? randomTree(operands, false) : sparse(operands, k % 3 === 1);
    const problem = problemOf({ network });
    if (problem.of.some((list) => list.length === 0)) continue;
    const best = measure(exactTree(problem, measureOf())!, { network }).macs;
    for (const slack of [1, 3]) {
      const search = connectedTree(problem, best * slack, Number.POSITIVE_INFINITY);
      let step = search.next();
      while (!step.done) step = search.next();
      assert.ok(step.value !== undefined, JSON.stringify(network));
      assert.is(measure(step.value, { network }).macs, best, JSON.stringify(network));
      found++;
    }
  }
  assert.ok(found > 300);
});
/** Connected, a few letters more than a tree, some kept; with `simple` every letter has two ends. */
function sparse(operands: number, simple: boolean): Network {
  const tree = randomTree(operands, false);
  const inputs = tree.inputs.map((list) => [...list]);
  const sizes = [...tree.sizes];
  const output: number[] = [];
  for (let k = 0; k < operands / 2; k++) {
    const letter = sizes.push(whole(2, 9)) - 1;
    const a = whole(0, operands - 1);
    inputs[a].push(letter);
    const b = whole(0, operands - 1);
    if (a === b || random() < 0.3) output.push(letter);
    else inputs[b].push(letter);
    if (!simple && b !== a) inputs[(b + 1) % operands].push(letter);
  }
  return { inputs, output, sizes };
}
test.run();
