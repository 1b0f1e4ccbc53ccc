/** Sums of positions with whole factors: what is known of a value that is one. */
import type * as tree from '../../../grammar/tree.ts';
import type { Affine, StaticPart, Tensor } from './value.ts';

/** Of a sum, a difference, or a product with a whole number; undefined where either side is none, or for another operator. */
export function combineAffine(operator: tree.BinaryOperator, a: Tensor | StaticPart, b: Tensor | StaticPart): Affine | undefined {
  const [x, y] = [affineOf(a), affineOf(b)];
  if (x === undefined || y === undefined) return undefined;
  if (operator === '*') return x.terms.size === 0 ? scaled(y, x.constant) : y.terms.size === 0 ? scaled(x, y.constant) : undefined;
  if (operator !== '+' && operator !== '-') return undefined;
  const sign = operator === '+' ? 1 : -1;
  const terms = new Map(x.terms);
  for (const [axis, factor] of y.terms) terms.set(axis, (terms.get(axis) ?? 0) + sign * factor);
  for (const [axis, factor] of terms) if (factor === 0) terms.delete(axis);
  return { terms, constant: x.constant + sign * y.constant };
}

function scaled({ terms, constant }: Affine, factor: number): Affine | undefined {
  if (factor === 0) return undefined;
  return { terms: new Map([...terms].map(([axis, k]) => [axis, k * factor])), constant: constant * factor };
}

function affineOf(value: Tensor | StaticPart): Affine | undefined {
  if (value.is === 'tensor') return value.affine;
  return value.value.is === 'number' ? { terms: new Map(), constant: value.value.value } : undefined;
}
