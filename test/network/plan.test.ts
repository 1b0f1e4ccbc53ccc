/** The planner against trees counted one by one: exact is the minimum, costs are those of the tree, adjoints and constants count. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plan } from '../../compiler/network/plan.ts';
import type { Request } from '../../compiler/values/plan.ts';

type Tree = number | readonly [Tree, Tree];
const leavesOf = (tree: Tree): number[] => (typeof tree === 'number' ? [tree] : [...leavesOf(tree[0]), ...leavesOf(tree[1])]);

function* treesOf(items: readonly number[]): Generator<Tree> {
  if (items.length === 1) yield items[0];
  for (let set = 1; set < (1 << items.length) - 1; set += 2) {
    const inside = items.filter((_, k) => (set >> k) & 1);
    const outside = items.filter((_, k) => !((set >> k) & 1));
    for (const a of treesOf(inside)) for (const b of treesOf(outside)) yield [a, b];
  }
}
/** Written from the definition: union of the letters that both sides still have, times how often it is computed. */
function costOf(tree: Tree, { network, wanted, constant }: Request): { macs: number; training: number } {
  const open = (sub: Tree): Set<number> => {
    const own = leavesOf(sub);
    const letters = new Set(own.flatMap((k) => [...network.inputs[k]]));
    const outside = network.inputs.flatMap((list, k) => (own.includes(k) ? [] : [...list]));
    const alone = (l: number) => network.inputs.filter((list) => list.includes(l)).length === 1;
    const kept = (l: number) => network.output.includes(l) || outside.includes(l);
    return new Set([...letters].filter((l) => kept(l) && (!alone(l) || network.output.includes(l))));
  };
  if (typeof tree === 'number') return { macs: 0, training: 0 };
  const [a, b] = tree.map((side) => costOf(side, { network, wanted, constant }));
  const macs = [...new Set([...open(tree[0]), ...open(tree[1])])].reduce((product, l) => product * network.sizes[l], 1);
  const has = (flags: readonly boolean[] | undefined, sub: Tree) => leavesOf(sub).some((k) => flags?.[k]);
  const fixed = leavesOf(tree).every((k) => constant?.[k]);
  const times = (fixed ? 0 : 1) + (has(wanted, tree[0]) ? 1 : 0) + (has(wanted, tree[1]) ? 1 : 0);
  return { macs: a.macs + b.macs + (fixed ? 0 : macs), training: a.training + b.training + macs * times };
}
const request: fc.Arbitrary<Request> = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 7 }))
  .chain(([n, sizes]) =>
    fc.record({
      inputs: fc.array(fc.subarray([...sizes.keys()]), { minLength: n, maxLength: n }),
      kept: fc.array(fc.boolean(), { minLength: sizes.length, maxLength: sizes.length }),
      flags: fc.array(fc.constantFrom('plain', 'wanted', 'constant'), { minLength: n, maxLength: n }),
      sizes: fc.constant(sizes),
    }),
  )
  .map(({ inputs, kept, flags, sizes }) => ({
    network: { inputs, output: [...sizes.keys()].filter((l) => kept[l] && inputs.some((list) => list.includes(l))), sizes },
    wanted: flags.map((f) => f === 'wanted'),
    constant: flags.map((f) => f === 'constant'),
  }));

test('the exact search finds the cheapest of all trees', () => {
  fc.assert(
    fc.property(request, (r) => {
      const found = plan(r);
      const all = [...treesOf(r.network.inputs.map((_, k) => k))].map((tree) => costOf(tree, r).training);
      assert.is(found.trainingMacs, Math.min(...all));
      assert.ok(found.optimal);
    }),
    { numRuns: 150, seed: 1 },
  );
});
test('a two-core operator in training costs three times its forward', () => {
  const [batch, i1, i2, o1, o2, bond] = [0, 1, 2, 3, 4, 5];
  const network = {
    inputs: [
      [batch, i1, i2],
      [o1, i1, bond],
      [bond, o2, i2],
    ],
    output: [batch, o1, o2],
    sizes: [64, 8, 8, 8, 8, 2],
  };
  const answer = plan({ network, wanted: [true, true, true] });
  assert.is(answer.macs, 131072);
  assert.is(answer.trainingMacs, 393216);
  assert.equal(answer.steps, [
    [0, 1],
    [2, 3],
  ]);
});
test('a long product of equal matrices: every step is counted, and any order is the best', () => {
  const n = 20;
  const inputs = Array.from({ length: n }, (_, k) => [k, k + 1]);
  const answer = plan({ network: { inputs, output: [0, n], sizes: new Array(n + 1).fill(3) } });
  assert.is(answer.steps.length, n - 1);
  assert.is(answer.macs, (n - 1) * 27);
  assert.ok(answer.optimal);
});
test('a letter without a size is refused', () => {
  assert.throws(() => plan({ network: { inputs: [[0]], output: [0], sizes: [] } }), /letter 0 of operand 0 has no size/);
  assert.throws(() => plan({ network: { inputs: [[0]], output: [1], sizes: [2, 2] } }), /output letter 1 is on no operand/);
});
test.run();
