/**
 * `where @b < 8`: a static predicate, stated with the legs that one place of a tensor has, stored with the legs of the tensor. `@b` on a
 * core with several legs of bond b means all of them: the condition must hold for each. `@b[1]` is one of them.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { countMask } from '../../values/mask.ts';
import type { Mask, MaskIndex, Ramp } from '../../values/model.ts';
import type { StaticValue } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { pathText, type TensorMatch } from '../selector.ts';
import { type Domain, evaluateIn, evaluateNumber, type Names, staticLeaf } from '../static.ts';
import { termsOf } from '../tensor/flat.ts';
import { nameOf } from '../tensor/slots.ts';
import { resolve } from '../tensor/tensor.ts';
import { positionsIn, within } from '../walk.ts';
import { type VariantContext, withBindings } from './context.ts';
import { legsIn, legsNamed, namedLegOf, type Seeing, textOfLeg } from './legs.ts';

type Comparison = Extract<Mask, { is: 'compare' }>['f'];
type Arithmetic = Extract<MaskIndex, { is: 'apply' }>['f'];
const comparisons: ReadonlyMap<tree.BinaryOperator, Comparison> = new Map([
  ['<', 'lt'],
  ['<=', 'le'],
  ['==', 'eq'],
  ['!=', 'ne'],
  ['>', 'gt'],
  ['>=', 'ge'],
]);
const arithmetic: ReadonlyMap<tree.BinaryOperator, Arithmetic> = new Map([
  ['+', 'add'],
  ['-', 'sub'],
  ['*', 'mul'],
  ['div', 'div'],
  ['mod', 'mod'],
]);

/** The mask that `expression` states for a tensor at one of its places; J37: it uses legs that the tensor has, and is not constant. */
export function buildMask(context: VariantContext, expression: tree.Expression, match: TensorMatch, selected: Place): Mask {
  const called = nameOf(context.draft, match.tensor);
  const building: Seeing = { names: withBindings(context.names, match.bindings), match, called, selected };
  refuseEntries(expression, building);
  const mask = conditionOf(expression, building);
  const sizes = match.tensor.legs.map(({ size }) => size);
  const all = sizes.reduce((product, size) => product * size, 1);
  const count = countMask(mask, sizes);
  if (count > 0 && (count < all || within(expression).some(({ kind }) => kind === 'ramp'))) return mask;
  return refuse({
    code: 'B704',
    message: `this condition is ${count === 0 ? 'never' : 'always'} true on ${called}`,
    at: expression.place,
    label: count === 0 ? 'selects no entry' : 'selects every entry',
    also: [{ place: selected, text: `${called} is ${match.legs.map(({ name, size }) => `${name} ${size}`).join(', ')}` }],
    hint: count === 0 ? '`freeze` says so plainly' : 'leave `where` out, or leave this tensor out with `except`',
  });
}

/** B715: a weight that is a network has no entries of its own, so a condition on its axes has nothing to hold for. */
function refuseEntries(expression: tree.Expression, { match, selected }: Seeing): void {
  const { weight, choice, node } = match;
  if (node === undefined || choice.name !== undefined) return;
  const axis = positionsIn(expression).find(({ name }) => weight.axes.some((own) => own.name === name));
  if (axis === undefined) return;
  const dense = weight.terms.length > 1 && weight.terms.some((term) => resolve(term.use).tensor.body === undefined);
  refuse({
    code: 'B715',
    message: `\`${weight.path}\` is a network: its entries are products of cores, which no condition on \`@${axis.name}\` can pick`,
    at: axis.place,
    label: 'an axis of the whole weight',
    also: [
      { place: selected, text: 'selects the whole weight' },
      { place: resolve(weight.terms[termsOf(weight)[match.term]!.of]!.use).tensor.body!.selected, text: 'made a network here' },
    ],
    hint: dense
      ? `\`dense of ${pathText(match.parts.slice(0, -1))}\` is the weight without its adapter`
      : `leave the weight dense, or name a core, whose own legs are meant then, as in \`${pathText(match.parts.slice(-1))} of ...\``,
  });
}

/**
 * What an expression is on the entries of one tensor. A name such as `b` may mean several legs (`b[1]` and `b[2]`): the whole condition must
 * hold for each choice of them, so that `@b >= 4` and `not @b < 4` agree.
 */
type Entry = StaticValue | { readonly is: 'index'; readonly index: MaskIndex } | { readonly is: 'mask'; readonly mask: Mask };

function conditionOf(expression: tree.Expression, building: Seeing): Mask {
  let choices: ReadonlyMap<string, number>[] = [new Map()];
  for (const named of legsIn(expression)) {
    const text = textOfLeg(named, building.names);
    if (choices[0]!.has(text)) continue;
    const legs = legsNamed(named, building);
    choices = choices.flatMap((choice) => legs.map(({ leg }) => new Map([...choice, [text, leg]])));
  }
  const all = choices.map((legs) => {
    const entry = evaluateIn(expression, entriesOf(legs, building));
    return entry.is === 'mask' ? entry.mask : refuseNoPosition(expression, legs.size === 0 ? 'no position' : 'not a comparison');
  });
  return all.length === 1 ? all[0]! : { is: 'and', of: all };
}

function entriesOf(legs: ReadonlyMap<string, number>, { names }: Seeing): Domain<Entry> {
  const index = (entry: Entry, at: tree.Expression): MaskIndex =>
    entry.is === 'index' ? entry.index : entry.is === 'number' ? { is: 'number', value: entry.value } : refuseIndex(at);
  const mask = (entry: Entry, at: tree.Expression): Mask => (entry.is === 'mask' ? entry.mask : refuseNoPosition(at, 'not a comparison'));
  return {
    of: (value) => value,
    known: (entry) => (entry.is === 'index' || entry.is === 'mask' ? undefined : entry),
    leaf(at) {
      const named = namedLegOf(at);
      if (named !== undefined) return { is: 'index', index: { is: 'leg', leg: legs.get(textOfLeg(named, names))! } };
      if (at.kind === 'ramp') return { is: 'index', index: { is: 'ramp', ramp: evaluateRamp(at, names) } };
      return staticLeaf(at, names);
    },
    unary(at, operand) {
      if (at.operator === 'not') return { is: 'mask', mask: { is: 'not', of: mask(operand, at.operand) } };
      return { is: 'index', index: { is: 'apply', f: 'sub', of: [{ is: 'number', value: 0 }, index(operand, at.operand)] } };
    },
    binary(at, left, right) {
      const { operator } = at;
      if (operator === 'and' || operator === 'or') {
        // Where a known side decides, the evaluator has decided or does so here.
        const fixed = left.is === 'boolean' ? left : right.is === 'boolean' ? right : undefined;
        if (fixed !== undefined) return fixed.value === (operator === 'or') ? fixed : fixed === left ? right : left;
        return { is: 'mask', mask: { is: operator, of: [mask(left, at.left), mask(right, at.right)] } };
      }
      const of = [index(left, at.left), index(right, at.right)] as const;
      const compared = comparisons.get(operator);
      if (compared !== undefined) return { is: 'mask', mask: { is: 'compare', f: compared, left: of[0], right: of[1] } };
      const f = arithmetic.get(operator);
      return f === undefined ? refuseIndex(at) : { is: 'index', index: { is: 'apply', f, of } };
    },
    undecided: refuseIndex,
  };
}

function refuseNoPosition(at: tree.Expression, label: string): never {
  return refuse({
    code: 'B705',
    message: 'a condition on positions is expected',
    at: at.place,
    label,
    hint: 'as in `@b < 8 and @in mod 2 == 0`',
  });
}

function refuseIndex(at: tree.Expression): never {
  return refuse({ code: 'B705', message: 'positions take + - * div mod', at: at.place, label: 'not whole numbers' });
}

/** J38: a ramp reaches its end. */
export function evaluateRamp(ramp: tree.Ramp, names: Names): Ramp {
  const [from, to, by] = [ramp.from, ramp.to, ramp.by].map((part) => evaluateNumber(part, names)) as [number, number, number];
  if ((by > 0 && to > from) || (by < 0 && to < from)) return { from, to, by, every: evaluateEvery(ramp.every) };
  return refuse({
    code: 'B706',
    message: `a ramp from ${from} by ${by} does not reach ${to}`,
    at: ramp.place,
    label: 'never arrives',
    hint: `by ${to > from ? Math.abs(by) || 1 : -(Math.abs(by) || 1)}`,
  });
}

export function evaluateEvery(every: tree.Every): { every: number; unit: 'steps' | 'epochs' } {
  if (Number.isInteger(every.count) && every.count >= 1) return { every: every.count, unit: every.unit };
  return refuse({ code: 'B706', message: 'a time is a positive whole number', at: every.place, label: `${every.count}` });
}
