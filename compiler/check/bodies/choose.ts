/** Conditions of `if`: static, on options, `training` and family indices; on data there is `select`. */
import type * as tree from '../../../grammar/tree.ts';
import { describe } from '../fold.ts';
import { refuse } from '../refuse.ts';
import type { Elaboration, Frame } from './context.ts';
import { sourceOf } from './source.ts';
import type { Value } from './value.ts';

export function evaluateStaticCondition(to: Elaboration, frame: Frame, expression: tree.Expression): boolean {
  const value = to.evaluate(expression, frame);
  return value.is === 'static' && value.value.is === 'boolean' ? value.value.value : refuseUndecided(to, expression, value);
}

/** No condition, or one that data decide. */
export function refuseUndecided(to: Elaboration, expression: tree.Expression, value: Value): never {
  if (value.is === 'static') {
    return refuse({ code: 'B208', message: 'a condition is expected', at: expression.place, label: `this is ${describe(value.value)}` });
  }
  return refuse({
    code: 'B316',
    message: 'this condition depends on data',
    at: expression.place,
    label: value.is === 'tensor' ? `a tensor, ${to.shape(value.axes)}` : 'not a condition',
    hint: `\`select(${sourceOf(expression)}, a, b)\` chooses by data; \`if\` is decided before the program runs`,
  });
}

/** A number that must be known before anything runs: the bound of a loop, an index of a family. */
export function evaluateStaticInteger(to: Elaboration, frame: Frame, expression: tree.Expression, what: string): number {
  const value = to.evaluate(expression, frame);
  if (value.is === 'static' && value.value.is === 'number' && Number.isSafeInteger(value.value.value)) return value.value.value;
  return refuse({
    code: 'B316',
    message: `${what} must be a whole number that is known before the program runs`,
    at: expression.place,
    label: value.is === 'static' ? `this is ${describe(value.value)}` : 'depends on data or on open sizes',
  });
}
