/** Expressions as they are written, for hints that are code. */
import { mark } from '../../../grammar/layout.ts';
import { expression } from '../../../grammar/print-expressions.ts';
import type * as tree from '../../../grammar/tree.ts';

/** One line of source. */
export function sourceOf(node: tree.Expression): string {
  return expression(node).replaceAll(mark, ' ');
}
