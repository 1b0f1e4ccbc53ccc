/** Memory plan: values that live at once share no element; addresses are aligned; the same lifetimes give the same plan. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { placeScratch } from '../../compiler/values/scratch.ts';

const lifetime = fc.record({
  size: fc.integer({ min: 1, max: 200 }),
  from: fc.integer({ min: 0, max: 30 }),
  length: fc.integer({ min: 0, max: 10 }),
});
const lifetimes = fc
  .array(lifetime, { maxLength: 40 })
  .map((list) => list.map(({ size, from, length }, value) => ({ value, size, from, to: from + length })));

test('values that live at once do not overlap', () => {
  fc.assert(
    fc.property(lifetimes, (lives) => {
      const { addresses, size } = placeScratch(lives);
      for (const a of lives) {
        const own = addresses.get(a.value)!;
        assert.is(own.offset % 16, 0);
        assert.is(own.length, a.size);
        assert.ok(own.offset + own.length <= size);
        for (const b of lives) {
          if (a.value >= b.value || a.to < b.from || b.to < a.from) continue;
          const other = addresses.get(b.value)!;
          assert.ok(own.offset + own.length <= other.offset || other.offset + other.length <= own.offset);
        }
      }
    }),
  );
});

test('values that follow one another use the same memory', () => {
  const lives = [0, 1, 2, 3].map((value) => ({ value, size: 100, from: 2 * value, to: 2 * value + 1 }));
  assert.is(placeScratch(lives).size, 112);
});

test('a plan does not depend on the order of the list', () => {
  fc.assert(
    fc.property(lifetimes, (lives) => {
      assert.equal([...placeScratch(lives.toReversed()).addresses].sort(), [...placeScratch(lives).addresses].sort());
    }),
  );
});

test.run();
