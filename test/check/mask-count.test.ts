/** Predicates are counted by their form: against trying every position, and without trying them where there are many. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countMask, maskHolds } from '../../compiler/values/mask.ts';
import type { Mask, MaskIndex } from '../../compiler/values/model.ts';

const sizes = [5, 7, 4];
const index = fc.letrec<{ index: MaskIndex }>((tie) => ({
  index: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ is: fc.constant('leg' as const), leg: fc.nat(2) }),
    fc.record({ is: fc.constant('number' as const), value: fc.integer({ min: -2, max: 8 }) }),
    fc.record({
      is: fc.constant('apply' as const),
      f: fc.constantFrom('add', 'sub', 'mul', 'div', 'mod'),
      of: fc.tuple(tie('index'), tie('index')),
    }) as fc.Arbitrary<MaskIndex>,
  ),
})).index;
const mask = fc.letrec<{ mask: Mask }>((tie) => ({
  mask: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ is: fc.constant('compare' as const), f: fc.constantFrom('lt', 'le', 'eq', 'ne', 'gt', 'ge'), left: index, right: index }),
    fc.record({ is: fc.constantFrom('and', 'or'), of: fc.array(tie('mask'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ is: fc.constant('not' as const), of: tie('mask') }),
  ) as fc.Arbitrary<Mask>,
})).mask;

function tried(of: Mask): number {
  let count = 0;
  for (let a = 0; a < 5; a++) for (let b = 0; b < 7; b++) for (let c = 0; c < 4; c++) if (maskHolds(of, [a, b, c], () => 0)) count++;
  return count;
}

test('as trying every position', () => {
  fc.assert(
    fc.property(mask, (of) => {
      assert.is(countMask(of, sizes), tried(of));
    }),
    { numRuns: 1000, seed: 9 },
  );
});

const leg = (k: number): MaskIndex => ({ is: 'leg', leg: k });
const number = (value: number): MaskIndex => ({ is: 'number', value });
const apply = (f: 'sub' | 'div', a: MaskIndex, b: MaskIndex): MaskIndex => ({ is: 'apply', f, of: [a, b] });
const compare = (f: 'lt' | 'le' | 'eq' | 'gt', left: MaskIndex, right: MaskIndex): Mask => ({ is: 'compare', f, left, right });

test('of two legs of 8192 each, without visiting their 67 million pairs', () => {
  const n = 8192;
  const cases: readonly (readonly [Mask, number])[] = [
    [{ is: 'and', of: [compare('lt', leg(0), number(3)), compare('lt', leg(1), number(5))] }, 15],
    [compare('le', leg(0), leg(1)), (n * (n + 1)) / 2],
    [{ is: 'not', of: compare('gt', leg(0), leg(1)) }, (n * (n + 1)) / 2],
    [compare('eq', apply('div', leg(0), number(8)), apply('div', leg(1), number(8))), n * 8],
    [{ is: 'and', of: [compare('le', leg(0), leg(1)), compare('gt', leg(0), apply('sub', leg(1), number(4)))] }, 4 * n - 6],
  ];
  for (const [of, wanted] of cases) assert.is(countMask(of, [n, n]), wanted);
});

test.run();
