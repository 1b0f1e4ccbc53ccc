/** Forms: splitting and merging digits keeps what they mean; alignment finds common factorisations and nothing else. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { align, type Digit, type Form, substitute } from '../../compiler/kernel/form.ts';
import { affineStride } from '../../compiler/kernel/kernel-builder.ts';

/** Row-major digits of the given sizes. */
function rowMajor(sizes: readonly number[]): { digits: Digit[]; form: Form } {
  const digits = sizes.map((size): Digit => ({ size }));
  const terms = new Map<Digit, number>();
  digits.reduceRight((stride, digit) => {
    terms.set(digit, stride);
    return stride * digit.size;
  }, 1);
  return { digits, form: { terms, plus: 0 } };
}
const terms = (form: Form) => [...form.terms].map(([digit, stride]) => [digit.size, stride]).sort((a, b) => b[1] - a[1]);
/** All values that a form takes, in the order of its strides. */
const values = (form: Form) =>
  [...form.terms]
    .sort((a, b) => b[1] - a[1])
    .reduce((list, [digit, stride]) => list.flatMap((at) => Array.from({ length: digit.size }, (_, i) => at + i * stride)), [0]);

test('nested factorisations meet in their common refinement', () => {
  const [a, b] = [rowMajor([4, 6]).form, rowMajor([2, 2, 3, 2]).form];
  const pairing = align(a, b)!;
  assert.equal(terms(substitute(a, pairing.first)), terms(b));
  for (const [digit, stride] of substitute(b, pairing.second).terms) assert.is(substitute(a, pairing.first).terms.get(digit), stride);
});

test('factorisations that do not nest are refused', () => {
  assert.is(align(rowMajor([4, 6]).form, rowMajor([3, 8]).form), undefined);
  assert.is(align(rowMajor([3, 4]).form, rowMajor([4, 3]).form), undefined);
});

test('forms over different elements are refused', () => {
  const { digits, form } = rowMajor([4, 6]);
  assert.is(align(form, { terms: new Map([[digits[1], 1]]), plus: 0 }), undefined);
  assert.is(align(form, { ...rowMajor([4, 6]).form, plus: 1 }), undefined);
});

test('aligned forms take the values that they took', () => {
  const factors = fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(factors, fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 31 }), (list, cutA, cutB) => {
      const merged = (cuts: number) => {
        const sizes: number[] = [];
        list.forEach((size, k) => {
          if (k > 0 && (cuts >> k) & 1) sizes.push(sizes.pop()! * size);
          else sizes.push(size);
        });
        return sizes;
      };
      const [a, b] = [rowMajor(merged(cutA)).form, rowMajor(merged(cutB)).form];
      const pairing = align(a, b)!;
      const [left, right] = [substitute(a, pairing.first), substitute(b, pairing.second)];
      assert.equal([...left.terms].sort(), [...right.terms].sort());
      assert.equal(values(left), values(a));
    }),
  );
});

test('a group is affine where its digits lie in a row, and needs a table elsewhere', () => {
  const { digits, form } = rowMajor([2, 3, 4]);
  assert.is(affineStride(form, { index: 'm', digits }), 1);
  assert.is(affineStride(form, { index: 'm', digits: [digits[0], digits[1]] }), 4);
  assert.is(affineStride(form, { index: 'm', digits: [digits[0], digits[2]] }), undefined);
  assert.is(affineStride(form, { index: 'm', digits: [{ size: 5 }] }), 0);
});

test.run();
