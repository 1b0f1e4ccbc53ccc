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
const apply = (f: 'sub' | 'div' | 'mul' | 'add' | 'mod', a: MaskIndex, b: MaskIndex): MaskIndex => ({ is: 'apply', f, of: [a, b] });
const compare = (f: 'lt' | 'le' | 'eq' | 'gt', left: MaskIndex, right: MaskIndex): Mask => ({ is: 'compare', f, left, right });

/** (7919 a + 104729 b) mod modulus. */
const hashed = (modulus: number): MaskIndex =>
  apply('mod', apply('add', apply('mul', leg(0), number(7919)), apply('mul', number(104_729), leg(1))), number(modulus));
/** Pairs whose residues add up to one value: how often each comes on either side. */
function pairsWith(modulus: number, value: number): number {
  const [rows, columns] = [7919, 104_729].map((factor) =>
    Map.groupBy(
      Array.from({ length: 8192 }, (_, k) => (k * factor) % modulus),
      (residue) => residue,
    ),
  );
  return [...rows!].reduce((sum, [own, all]) => sum + all.length * (columns!.get((value - own + modulus) % modulus)?.length ?? 0), 0);
}

test('residues, which wrap once along a leg, as trying every position', () => {
  for (const modulus of [1, 7, 97, 1009, 1_000_003]) {
    for (const [low, high] of [
      [-1, modulus],
      [modulus / 3, modulus / 2],
      [0, 5],
    ] as const) {
      const between: Mask = { is: 'and', of: [compare('lt', number(low), hashed(modulus)), compare('le', hashed(modulus), number(high))] };
      const alone: Mask = { is: 'or', of: [between, compare('lt', leg(1), number(4))] };
      const other: Mask = compare(
        'gt',
        number(modulus / 3),
        apply('mod', apply('sub', leg(1), apply('mul', leg(0), number(31))), number(89)),
      );
      const both: Mask = { is: 'or', of: [{ is: 'and', of: [between, other] }, compare('lt', leg(1), number(4))] };
      for (const tested of [both, between, alone, { is: 'not', of: between } as const]) {
        let count = 0;
        for (let a = 0; a < 60; a++) for (let b = 0; b < 50; b++) if (maskHolds(tested, [a, b], () => 0)) count++;
        assert.is(countMask(tested, [60, 50]), count, `${modulus} ${low} ${high}`);
      }
    }
  }
});

test('of two legs of 8192 each, without visiting their 67 million pairs', () => {
  const n = 8192;
  const cases: readonly (readonly [Mask, number])[] = [
    [{ is: 'and', of: [compare('lt', leg(0), number(3)), compare('lt', leg(1), number(5))] }, 15],
    [compare('le', leg(0), leg(1)), (n * (n + 1)) / 2],
    [{ is: 'not', of: compare('gt', leg(0), leg(1)) }, (n * (n + 1)) / 2],
    [compare('eq', apply('div', leg(0), number(8)), apply('div', leg(1), number(8))), n * 8],
    [compare('eq', hashed(1_000_003), number(5)), pairsWith(1_000_003, 5)],
    [compare('eq', number(999), hashed(1000)), pairsWith(1000, 999)],
    [{ is: 'and', of: [compare('le', leg(0), leg(1)), compare('gt', leg(0), apply('sub', leg(1), number(4)))] }, 4 * n - 6],
  ];
  for (const [of, wanted] of cases) assert.is(countMask(of, [n, n]), wanted);
});

test.run();
