/** Which values an expression is made of. */
import type { Expression, ValueId } from './model.ts';

/** Values that an expression reads. */
export function readsOf(expression: Expression): readonly ValueId[] {
  switch (expression.is) {
    case 'apply':
    case 'stack':
      return expression.of;
    case 'product':
      return expression.factors;
    case 'reduce':
      return expression.where === undefined ? [expression.of] : [expression.of, expression.where];
    case 'lookup':
      return [expression.of, ...expression.at.flatMap(({ index, else: other }) => (other === undefined ? [index] : [index, other]))];
    case 'draw':
      return expression.probability === undefined ? [] : [expression.probability];
    case 'join':
      return expression.parts.map(({ of }) => of);
    case 'refit':
    case 'top':
    case 'earlier':
    case 'window':
      return [expression.of];
    default:
      return [];
  }
}
