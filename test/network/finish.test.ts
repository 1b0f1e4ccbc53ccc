/** Networks that other planners hang on or get wrong, each within a second, and input that is refused with its place. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkSteps, NetworkError } from '../../compiler/network/check.ts';
import { plan } from '../../compiler/network/plan.ts';
import type { Network, Request } from '../../compiler/values/plan.ts';
import { bruteForce, network, randomNumbers } from './cases.ts';

/** Plans; a watch of its own would measure the machine, so the work is bounded instead. */
function planned(text: string, sizes: Record<string, number> = {}, more: Partial<Request> = {}) {
  const given = network(text, sizes);
  const found = plan({ network: given, ...more });
  if (given.inputs.length > 1) checkSteps(found.steps, given.inputs.length);
  return found;
}
test('all sizes 2, with a hyperedge on six operands: 64 multiply-adds or fewer', () => {
  const text = 'a,c,d,db,ab,cb,ac,cd,ad,b->dbc';
  const found = planned(text);
  assert.ok(found.macs <= 64 && found.optimal);
});
test('a hyperedge kept by the output', () => assert.is(planned('nlp,nlq->n', { n: 5, l: 4, p: 3, q: 6 }).macs, 20));
test('three parts without output: letters are summed first', () => assert.is(planned('a,bcd,efg->').macs, 2));
test('a memory limit that cannot be met names the smallest that can', () => {
  const sizes = { c: 10, q: 20, j: 5, e: 12, r: 7, i: 9, k: 6, l: 5, f: 11, s: 13 };
  assert.throws(
    () => planned('cq,cqje,rji,cqik,cqlf,slk->cresf', sizes, { memory: 1000 }),
    /the result alone has 120120; the smallest limit is 120120/,
  );
  const found = planned('cq,cqje,rji,cqik,cqlf,slk->cresf', sizes, { memory: 120_120, budget: 1e5 });
  assert.ok(found.log2Peak <= Math.log2(120_120) + 1e-9);
});
test('an operand without letters', () =>
  assert.equal(plan({ network: { inputs: [[0, 1], []], output: [], sizes: [2, 2] } }).steps, [[0, 1]]));
test('a loop on one operand', () => assert.is(planned('aa,bc,cd->bd').macs, 8 + 4));
test('dangling and repeated letters; an output letter that nothing has is refused', () => {
  assert.throws(() => planned('ab,aad,bcef->z'), /output letter \d+ is on no operand/);
  assert.is(planned('ab,aad,bcef->b').macs, 6);
});
test('a vector beside a matrix', () => assert.is(planned('ij,j,jk->ik').macs, bruteForce({ network: network('ij,j,jk->ik') })));
test('no common letters', () => assert.is(planned('a,b,c,d->abcd').macs, bruteForce({ network: network('a,b,c,d->abcd') })));
test('one operand takes no step, and none is an error', () => {
  assert.equal(planned('abc->ca').steps, []);
  assert.ok(planned('abc->ca').optimal);
  assert.throws(() => plan({ network: { inputs: [], output: [], sizes: [] } }), /no operands/);
});
test('greedy joins are not the best here; ours are', () => {
  const given = network('abc,bdih,dfjm,kfg,chmg->aijk', { a: 6, b: 5, c: 7, d: 4, f: 8, g: 3, h: 6, i: 5, j: 4, k: 6, m: 5 });
  assert.is(plan({ network: given }).macs, bruteForce({ network: given }));
});
test('a memory limit on three operands', () => {
  const found = planned('ikl,plm,mki->p', { i: 8, k: 9, l: 10, p: 4, m: 7 }, { memory: 50, budget: 1e5 });
  assert.ok(found.log2Peak <= Math.log2(720));
  for (const list of found.results) assert.ok(list.length > 0);
});
test('two vectors are multiplied before they meet a large operand', () => {
  const found = planned('a,b,abc->c', { a: 10, b: 10, c: 100 });
  assert.is(found.macs, 100 + 10_000);
  assert.equal(found.steps, [
    [0, 1],
    [2, 3],
  ]);
});
test('a lattice of 4 by 4, all sizes 2: the published optimum', () => {
  const at = (row: number, column: number) => 4 * row + column;
  const inputs: number[][] = Array.from({ length: 16 }, () => []);
  const pairs = Array.from({ length: 4 }, (_, i) =>
    [0, 1, 2].flatMap((j) => [[at(i, j), at(i, j + 1)] as const, [at(j, i), at(j + 1, i)] as const]),
  );
  pairs.flat().forEach((pair, letter) => {
    for (const k of pair) inputs[k].push(letter);
  });
  const found = plan({ network: { inputs, output: [], sizes: new Array(24).fill(2) } });
  assert.is(found.macs, 580);
  assert.ok(found.optimal);
});
test('sizes of 1 everywhere, and a hyperedge of size 1 over all operands', () => {
  assert.is(planned('ab,bc,cd,de->ae', { a: 1, b: 1, c: 1, d: 1, e: 1 }).macs, 3);
  const inputs = Array.from({ length: 60 }, (_, k) => [k, k + 1, 61]);
  const found = plan({ network: { inputs, output: [0, 60, 61], sizes: [...new Array(61).fill(4), 1] } });
  assert.is(found.macs, 59 * 64);
  assert.ok(found.optimal);
});
test('300 letters on few operands, and 112 operands with letters of everything', () => {
  const many = Array.from({ length: 300 }, (_, k) => k);
  const wide = plan({ network: { inputs: [many, many.slice(0, 200), many.slice(100)], output: [], sizes: new Array(300).fill(2) } });
  assert.is(wide.steps.length, 2);
  const random = randomNumbers(2);
  const inputs = Array.from({ length: 112 }, (_, k) => [k % 40, Math.floor(random() * 40), 40]);
  const batch = plan({ network: { inputs, output: [40], sizes: [...new Array(40).fill(2), 100] }, budget: 2e5 });
  assert.is(batch.steps.length, 111);
});
test('costs beyond 2^53 and beyond doubles', () => {
  const giant = {
    inputs: [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
    output: [0, 3],
    sizes: [2 ** 40, 2 ** 40, 2 ** 40, 2 ** 40],
  };
  assert.is(plan({ network: giant }).macs, 2 ** 121);
  const letters = Array.from({ length: 40 }, (_, k) => k);
  const beyond: Network = { inputs: [letters, letters.slice(1), letters.slice(2)], output: letters, sizes: new Array(40).fill(2 ** 50) };
  const found = plan({ network: beyond });
  assert.is(found.steps.length, 2);
  assert.not(found.optimal);
});
test('ten thousand operands and more than 65,536 letters are joined greedily', () => {
  const side = 100;
  const inputs: number[][] = Array.from({ length: side * side }, () => []);
  let letter = 0;
  for (let k = 0; k < side * side; k++) {
    for (const other of [k % side < side - 1 ? k + 1 : -1, k + side < side * side ? k + side : -1]) {
      if (other < 0) continue;
      for (let copy = 0; copy < 4; copy++, letter++) {
        inputs[k].push(letter);
        inputs[other].push(letter);
      }
    }
  }
  assert.ok(letter > 65_536);
  const found = plan({ network: { inputs, output: [], sizes: new Array(letter).fill(2) } });
  checkSteps(found.steps, side * side);
  assert.is(found.method, 'greedy');
});

const two = { inputs: [[0, 1], [1]], output: [0], sizes: [2, 3] };
const refused: readonly [what: string, request: Request, message: RegExp][] = [
  ['an unknown size', { network: { ...two, sizes: [2] } }, /letter 1 of operand 0 has no size/],
  ['a size of 0', { network: { ...two, sizes: [2, 0] } }, /letter 1 of operand 0 has size 0; expected a whole number/],
  ['a negative size', { network: { ...two, sizes: [-2, 3] } }, /letter 0 of operand 0 has size -2/],
  ['half a size', { network: { ...two, sizes: [2, 1.5] } }, /size 1.5/],
  ['a size that overflows', { network: { ...two, sizes: [2, 2 ** 60] } }, /expected a whole number from 1 to 2\^53 - 1/],
  ['not a number', { network: { ...two, sizes: [Number.NaN, 3] } }, /size NaN/],
  ['marks of another length', { network: two, wanted: [true] }, /wanted has 1 entries; expected one for each of the 2 operands/],
  ['no memory', { network: two, memory: 0 }, /the memory limit is 0/],
  ['no budget', { network: two, budget: -1 }, /the budget is -1/],
  ['no time', { network: two, seconds: Number.NaN }, /the time limit is NaN/],
];
for (const [what, request, message] of refused) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => plan(request),
      (error: unknown) => error instanceof NetworkError && message.test(error.message),
    );
  });
}
test.run();
