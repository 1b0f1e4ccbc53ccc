/**
 * The one evaluator of expressions. It knows literals, operators, choices and the order of evaluation; what names, positions and calls
 * stand for is the business of a domain: static values here, tensors in bodies, entries of tensors in masks, lists in factors. Whatever
 * is known in all operands folds, with the same operators everywhere.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import { describe, foldBinary, foldFunction, foldUnary, isStaticFunction, number, settle, showNumber, staticFunctions } from './fold.ts';
import type { StaticValue } from './instance.ts';
import { refuse } from './refuse.ts';
import { listed, meant } from './report.ts';

/** Names in scope, innermost first, with those there are for hints. `get` may refuse: the size of an open axis is not known. */
export interface Names {
  get(name: string, place: Place): StaticValue | undefined;
  known(): readonly string[];
  /** The size of a leg `b[k]`, for laws of cores; undefined where there is no such family. */
  sizeOf?(family: string, indices: readonly number[]): number | undefined;
}

/** The names of one level: a map, or definitions that are evaluated when asked for. */
export interface Level {
  get(name: string): number | StaticValue | undefined;
  keys(): Iterable<string>;
}

/** The scope chain: the names of a level, and behind them those of another scope. */
export function namesOf(level: Level, behind?: Names): Names {
  return {
    get(name, place) {
      const value = level.get(name);
      return value === undefined ? behind?.get(name, place) : typeof value === 'number' ? number(value) : value;
    },
    known: () => [...level.keys(), ...(behind?.known() ?? [])],
    ...(behind?.sizeOf === undefined ? {} : { sizeOf: behind.sizeOf }),
  };
}

/** What expressions stand for at some kind of place. `Value` includes what is known: `of` makes one, `known` gives it back. */
export interface Domain<Value> {
  of(value: StaticValue): Value;
  known(value: Value): StaticValue | undefined;
  /** Names, positions, calls and whatever else is no literal and no operator. Refuses what has no meaning here. */
  leaf(expression: Leaf): Value;
  /** At least one operand is not known. */
  unary(expression: tree.Unary, operand: Value): Value;
  binary(expression: tree.Binary, left: Value, right: Value): Value;
  /** The condition of `a if c else b`, where it is not known. */
  undecided(condition: tree.Expression, value: Value): never;
}
export type Leaf = Exclude<tree.Expression, tree.NumberLiteral | tree.BooleanLiteral | tree.Conditional | tree.Unary | tree.Binary>;

export function evaluateIn<Value>(expression: tree.Expression, domain: Domain<Value>): Value {
  switch (expression.kind) {
    case 'number':
      return domain.of(number(expression.value));
    case 'boolean':
      return domain.of({ is: 'boolean', value: expression.value });
    case 'conditional': {
      const condition = evaluateIn(expression.condition, domain);
      const decided = domain.known(condition) ?? domain.undecided(expression.condition, condition);
      return evaluateIn(isTrue(decided, expression.condition) ? expression.then : expression.else, domain);
    }
    case 'unary': {
      const operand = evaluateIn(expression.operand, domain);
      const known = domain.known(operand);
      if (known === undefined) return domain.unary(expression, operand);
      return domain.of(settle(foldUnary(expression.operator, known), expression.place));
    }
    case 'binary':
      return binary(expression, domain);
    default:
      return domain.leaf(expression);
  }
}

/** A long sum is a deep tree on its left: walked in a loop. A condition known on the left decides `and` and `or`. */
function binary<Value>(expression: tree.Binary, domain: Domain<Value>): Value {
  const spine: tree.Binary[] = [];
  let at: tree.Expression = expression;
  for (; at.kind === 'binary'; at = at.left) spine.push(at);
  let left = evaluateIn(at, domain);
  for (const node of spine.reverse()) {
    const known = domain.known(left);
    if (known?.is === 'boolean' && node.operator === (known.value ? 'or' : 'and')) continue;
    const right = evaluateIn(node.right, domain);
    const other = domain.known(right);
    left =
      known === undefined || other === undefined
        ? domain.binary(node, left, right)
        : domain.of(settle(foldBinary(node.operator, known, other), node.place));
  }
  return left;
}

function isTrue(value: StaticValue, at: tree.Expression): boolean {
  if (value.is === 'boolean') return value.value;
  return refuse({ code: 'B208', message: 'a condition is expected', at: at.place, label: `this is ${describe(value)}` });
}

/** The value of an expression; refuses unknown names, data and wrong kinds. */
export function evaluate(expression: tree.Expression, names: Names): StaticValue {
  return evaluateIn(expression, staticDomain(names));
}

function staticDomain(names: Names): Domain<StaticValue> {
  const same = (value: StaticValue) => value;
  // All operands are known here.
  const never = (expression: tree.Expression) => refuseUnknown(expression);
  return { of: same, known: same, leaf: (expression) => staticLeaf(expression, names), unary: never, binary: never, undecided: never };
}

/** What a leaf stands for where everything is known. */
export function staticLeaf(expression: Leaf, names: Names): StaticValue {
  switch (expression.kind) {
    case 'identifier':
      return nameValue(expression, names);
    case 'tuple':
      return { is: 'tuple', items: expression.items.map((item) => evaluateNumber(item, names)) };
    case 'bracketed': {
      const size = sizeOfLeg(expression, names);
      return size === undefined ? refuseUnknown(expression) : number(size);
    }
    case 'call': {
      const name = expression.of.kind === 'identifier' ? expression.of.name : '';
      if (!isStaticFunction(name)) return refuseUnknown(expression);
      const values = expression.args.items.map((item) => evaluateNumber(item.value, names));
      return settle(foldFunction(name, values), expression.place);
    }
    default:
      return refuseUnknown(expression);
  }
}

function refuseUnknown(expression: tree.Expression): never {
  return refuse({
    code: 'B211',
    message: 'this is not known before the program runs',
    at: expression.place,
    label: 'a static value is expected',
    hint: `numbers, sizes and options, with + - * / div mod ^, ${staticFunctions.join(', ')}`,
  });
}

function nameValue(name: tree.Identifier, names: Names): StaticValue {
  if (name.name === 'inf') return number(Number.POSITIVE_INFINITY);
  return (
    names.get(name.name, name.place) ??
    refuse({
      code: 'B101',
      message: `\`${name.name}\` is not defined`,
      at: name.place,
      label: 'unknown',
      hint: meant(name.name, names.known(), `known here: ${listed(names.known())}`),
    })
  );
}

function sizeOfLeg({ of, brackets }: tree.Bracketed, names: Names): number | undefined {
  if (names.sizeOf === undefined || of.kind !== 'identifier') return undefined;
  const indices = brackets.items.map((item) => (item.kind === 'index' ? evaluateInteger(item.range.from, names, 'an index') : Number.NaN));
  return names.sizeOf(of.name, indices);
}
export function evaluateNumber(expression: tree.Expression, names: Names): number {
  const value = evaluate(expression, names);
  if (value.is === 'number') return value.value;
  return refuse({ code: 'B208', message: 'a number is expected', at: expression.place, label: `this is ${describe(value)}` });
}

export function evaluateBoolean(expression: tree.Expression, names: Names): boolean {
  return isTrue(evaluate(expression, names), expression);
}

/** An integer, in [least, 2^53]; `what` names it in the error. */
export function evaluateInteger(expression: tree.Expression, names: Names, what: string, least = Number.MIN_SAFE_INTEGER): number {
  const value = evaluateNumber(expression, names);
  if (Number.isSafeInteger(value) && value >= least) return value;
  const wanted = least === 1 ? 'a positive integer' : least === 0 ? 'an integer, 0 or more' : 'an integer';
  const shown = showNumber(value);
  return refuse({ code: 'B204', message: `${what} must be ${wanted}, found ${shown}`, at: expression.place, label: `this is ${shown}` });
}

/** The greatest size of an axis, and the greatest number of elements of a tensor. */
export const mostElements = 2 ** 31;

/** A size: a whole number from 1 to 2^31. `what` names it in the error. */
export function evaluateSize(expression: tree.Expression, names: Names, what: string): number {
  return checkSize(evaluateNumber(expression, names), expression, what);
}

export function checkSize(value: number, at: tree.Expression | { readonly place: Place }, what: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= mostElements) return value;
  const shown = showNumber(value);
  const divided = 'kind' in at && at.kind === 'binary' && at.operator === '/' && !Number.isInteger(value);
  return refuse(
    value > mostElements
      ? { code: 'B209', message: `${what}: ${shown} is above the greatest size, 2^31`, at: at.place, label: `this is ${shown}` }
      : {
          code: 'B204',
          message: `${what}: ${shown} is not a size`,
          at: at.place,
          label: `this is ${shown}`,
          hint: divided ? 'write `div` to round down, or choose a number that divides' : 'a size is a whole number, 1 or more',
        },
  );
}
