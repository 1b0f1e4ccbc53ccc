/** Conditions on the run, `while loss < reference + 0.03`: when an event of the schedule goes on. */
import type * as tree from '../../../grammar/tree.ts';
import type { Cond } from '../../values/model.ts';
import type { StaticValue } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { type Domain, evaluateIn, staticLeaf } from '../static.ts';
import type { VariantContext } from './context.ts';

const quantities: readonly Cond['quantity'][] = ['loss', 'error', 'share'];
const comparisons: ReadonlyMap<tree.BinaryOperator, Cond['f']> = new Map([
  ['<', 'lt'],
  ['<=', 'le'],
  ['>', 'gt'],
  ['>=', 'ge'],
]);

/** What is measured, the loss when the statement began plus a number, or what compares the two. */
type Measured =
  | StaticValue
  | { readonly is: 'quantity'; readonly quantity: Cond['quantity'] }
  | { readonly is: 'reference'; readonly plus: number }
  | { readonly is: 'condition'; readonly condition: Cond };

/** B714 where it is none. */
export function conditionOf(expression: tree.Expression, { names }: VariantContext): Cond {
  const domain: Domain<Measured> = {
    of: (value) => value,
    known: (value) => (value.is === 'quantity' || value.is === 'reference' || value.is === 'condition' ? undefined : value),
    leaf(leaf) {
      const quantity = leaf.kind === 'identifier' ? quantities.find((known) => known === leaf.name) : undefined;
      if (quantity !== undefined) return { is: 'quantity', quantity };
      if (leaf.kind === 'identifier' && leaf.name === 'reference') return { is: 'reference', plus: 0 };
      return staticLeaf(leaf, names);
    },
    unary: refuseCondition,
    binary(at, left, right) {
      const f = comparisons.get(at.operator);
      if (f !== undefined && left.is === 'quantity')
        return { is: 'condition', condition: { quantity: left.quantity, f, bound: boundOf(right, at) } };
      const [reference, other] = left.is === 'reference' ? [left, right] : [right, left];
      const sign = at.operator === '+' ? 1 : at.operator === '-' && reference === left ? -1 : 0;
      if (sign === 0 || reference.is !== 'reference' || other.is !== 'number') return refuseCondition(at);
      return { is: 'reference', plus: reference.plus + sign * other.value };
    },
    undecided: refuseCondition,
  };
  const value = evaluateIn(expression, domain);
  return value.is === 'condition' ? value.condition : refuseCondition(expression);
}

function boundOf(value: Measured, at: tree.Expression): Cond['bound'] {
  if (value.is === 'reference') return { reference: true, plus: value.plus };
  return value.is === 'number' ? { reference: false, plus: value.value } : refuseCondition(at);
}

function refuseCondition(at: tree.Expression): never {
  return refuse({
    code: 'B714',
    message: 'a condition on the run compares loss, error or share with a bound',
    at: at.place,
    label: 'not such a condition',
    hint: 'as in `while loss < reference + 0.03`',
  });
}
