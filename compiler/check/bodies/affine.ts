/** Sums of positions with whole factors: what is known of a value that is one. */
import type * as tree from '../../../grammar/tree.ts';
import type { Affine, StaticPart, Tensor } from './value.ts';

/** Of a sum or difference; undefined where either side is none, or for another operator. */
export function addAffine(operator: tree.BinaryOperator, a: Tensor | StaticPart, b: Tensor | StaticPart): Affine | undefined {
  const [x, y] = [affineOf(a), affineOf(b)];
  if (x === undefined || y === undefined || (operator !== '+' && operator !== '-')) return undefined;
  const sign = operator === '+' ? 1 : -1;
  const terms = new Map(x.terms);
  for (const [axis, factor] of y.terms) terms.set(axis, (terms.get(axis) ?? 0) + sign * factor);
  for (const [axis, factor] of terms) if (factor === 0) terms.delete(axis);
  return { terms, constant: x.constant + sign * y.constant };
}

function affineOf(value: Tensor | StaticPart): Affine | undefined {
  if (value.is === 'tensor') return value.affine;
  return value.value.is === 'number' ? { terms: new Map(), constant: value.value.value } : undefined;
}
