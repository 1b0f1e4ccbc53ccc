/**
 * `where @b < 8`: a static predicate over a tensor's own legs. `@b` on a core with several legs of bond b means all of them: the
 * comparison must hold for each.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { countMask } from '../../values/mask.ts';
import type { Mask, MaskIndex, Ramp } from '../../values/model.ts';
import type { DraftParameter } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import { bondParts } from '../selector.ts';
import { evaluateNumber, type Names } from '../static.ts';

const comparisons = { '<': 'lt', '<=': 'le', '==': 'eq', '!=': 'ne', '>': 'gt', '>=': 'ge' } as const;
const arithmetic = { '+': 'add', '-': 'sub', '*': 'mul', div: 'div', mod: 'mod' } as const;

interface Building {
  readonly names: Names;
  readonly parameter: DraftParameter;
  /** Where the tensor was selected. */
  readonly selected: Place;
}

/** The mask that `expression` states for a tensor; J37: it uses legs that the tensor has, and is not constant. */
export function buildMask(expression: tree.Expression, names: Names, parameter: DraftParameter, selected: Place): Mask {
  const mask = condition(expression, { names, parameter, selected });
  const sizes = parameter.legs.map(({ size }) => size);
  const all = sizes.reduce((product, size) => product * size, 1);
  const count = countMask(mask, sizes);
  if (count > 0 && (count < all || hasRamp(expression))) return mask;
  return refuse({
    code: 'B704',
    message: `this condition is ${count === 0 ? 'never' : 'always'} true on ${parameter.names[0]}`,
    at: expression.place,
    label: count === 0 ? 'selects no entry' : 'selects every entry',
    also: [{ place: selected, text: `${parameter.names[0]} is ${parameter.legs.map(({ name, size }) => `${name} ${size}`).join(', ')}` }],
    hint: count === 0 ? '`freeze` says so plainly' : 'leave `where` out, or leave this tensor out with `except`',
  });
}

function condition(expression: tree.Expression, building: Building): Mask {
  if (expression.kind === 'unary' && expression.operator === 'not') return { is: 'not', of: condition(expression.operand, building) };
  if (expression.kind === 'binary' && (expression.operator === 'and' || expression.operator === 'or')) {
    return { is: expression.operator, of: [condition(expression.left, building), condition(expression.right, building)] };
  }
  if (expression.kind === 'binary' && expression.operator in comparisons) return comparison(expression, building);
  return refuse({
    code: 'B705',
    message: 'a condition on positions is expected',
    at: expression.place,
    label: 'not a comparison',
    hint: 'as in `@b < 8 and @in mod 2 == 0`',
  });
}

function comparison(expression: tree.Binary, building: Building): Mask {
  const f = comparisons[expression.operator as keyof typeof comparisons];
  const families = [...new Set([...positions(expression.left), ...positions(expression.right)].map(({ name }) => name))];
  if (families.length === 0) {
    refuse({
      code: 'B705',
      message: 'a condition on positions is expected',
      at: expression.place,
      label: 'no position',
      hint: 'as in `@b < 8`',
    });
  }
  let choices: Map<string, number>[] = [new Map()];
  for (const name of positions(expression)) {
    if (choices[0]!.has(name.name)) continue;
    const legs = legsOf(name, building);
    choices = choices.flatMap((choice) => legs.map((leg) => new Map(choice).set(name.name, leg)));
  }
  const all = choices.map((legs): Mask => {
    return { is: 'compare', f, left: index(expression.left, legs, building), right: index(expression.right, legs, building) };
  });
  return all.length === 1 ? all[0]! : { is: 'and', of: all };
}

function legsOf(name: tree.Identifier, { parameter, selected }: Building): number[] {
  const { legs } = parameter;
  const exact = legs.flatMap((leg, k) => (leg.name === name.name ? [k] : []));
  const found = exact.length > 0 ? exact : legs.flatMap((leg, k) => (bondParts(leg.name)[0] === name.name ? [k] : []));
  if (found.length > 0) return found;
  const known = [...new Set(legs.map((leg) => bondParts(leg.name)[0]))];
  return refuse({
    code: 'B702',
    message: `${parameter.names[0]} has no leg \`${name.name}\``,
    at: name.place,
    label: `its legs: ${listed(known)}`,
    also: [{ place: selected, text: `covers ${parameter.names[0]}` }],
    hint: meant(name.name, known, 'select the tensors that have it, as in `train T of ... where ...`'),
  });
}

function index(expression: tree.Expression, legs: ReadonlyMap<string, number>, building: Building): MaskIndex {
  if (expression.kind === 'position') return { is: 'leg', leg: legs.get(expression.name.name)! };
  if (expression.kind === 'ramp') return { is: 'ramp', ramp: evaluateRamp(expression, building.names) };
  if (expression.kind === 'binary' && (positions(expression).length > 0 || hasRamp(expression))) {
    const { operator } = expression;
    if (operator in arithmetic) {
      const of = [index(expression.left, legs, building), index(expression.right, legs, building)] as const;
      return { is: 'apply', f: arithmetic[operator as keyof typeof arithmetic], of };
    }
  } else if (positions(expression).length === 0) {
    return { is: 'number', value: evaluateNumber(expression, building.names) };
  }
  return refuse({ code: 'B705', message: 'positions take + - * div mod', at: expression.place, label: 'not whole numbers' });
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

/** Positions of an expression, in order. */
export function positions(expression: tree.Expression): tree.Identifier[] {
  switch (expression.kind) {
    case 'position':
      return [expression.name];
    case 'binary':
      return [...positions(expression.left), ...positions(expression.right)];
    case 'unary':
      return positions(expression.operand);
    default:
      return [];
  }
}

function hasRamp(expression: tree.Expression): boolean {
  if (expression.kind === 'binary') return hasRamp(expression.left) || hasRamp(expression.right);
  return expression.kind === 'ramp' || (expression.kind === 'unary' && hasRamp(expression.operand));
}
