/** What the statements of a body read of each other. */
import type { Expression, ValueId } from './body.ts';

/** What a statement reads, in order. */
export function readsOf(e: Expression): readonly ValueId[] {
  const some = (...ids: readonly (ValueId | undefined)[]) => ids.filter((id) => id !== undefined);
  switch (e.is) {
    case 'apply':
    case 'stack':
      return e.of;
    case 'product':
      return e.factors;
    case 'reduce':
      return some(e.of, e.where);
    case 'lookup':
      return some(e.of, ...e.at.flatMap((at) => [at.index, at.else]));
    case 'draw':
      return some(e.probability);
    case 'join':
      return e.parts.map((part) => part.of);
    case 'refit':
    case 'top':
    case 'earlier':
    case 'window':
      return [e.of];
    default:
      return [];
  }
}
