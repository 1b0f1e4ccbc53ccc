/**
 * What is known before anything runs: sizes, options, bounds, conditions. One evaluator serves declarations, topologies and variants;
 * bodies fold their static parts with the same operators, so `/` means one thing everywhere: real division; `div` floors, `mod` has the
 * sign of the divisor; what must be a size or an index is checked to be whole.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { StaticValue } from './draft.ts';
import { refuse } from './refuse.ts';
import { listed, meant } from './report.ts';

/** What names stand for, with the names there are for hints. `get` may refuse: the size of an open axis is not known. */
export interface Names {
  get(name: string, place: Place): StaticValue | undefined;
  known(): readonly string[];
  /** The size of a leg `b[k]`, for laws of cores; undefined where there is no such family. */
  sizeOf?(family: string, indices: readonly number[]): number | undefined;
}

/** Names of a map, and behind them those of another scope. */
export function namesOf(numbers: ReadonlyMap<string, number>, behind?: Names): Names {
  return {
    get(name, place) {
      const value = numbers.get(name);
      return value === undefined ? behind?.get(name, place) : number(value);
    },
    known: () => [...numbers.keys(), ...(behind?.known() ?? [])],
    ...(behind?.sizeOf === undefined ? {} : { sizeOf: behind.sizeOf }),
  };
}

export const number = (value: number): StaticValue => ({ is: 'number', value });
export const boolean = (value: boolean): StaticValue => ({ is: 'boolean', value });

/** The value of an expression; refuses unknown names, data and wrong kinds. */
export function evaluate(expression: tree.Expression, names: Names): StaticValue {
  switch (expression.kind) {
    case 'number':
      return number(expression.value);
    case 'boolean':
      return boolean(expression.value);
    case 'identifier':
      return nameValue(expression, names);
    case 'tuple':
      return { is: 'tuple', items: expression.items.map((item) => evaluateNumber(item, names)) };
    case 'conditional':
      return evaluate(evaluateBoolean(expression.condition, names) ? expression.then : expression.else, names);
    case 'unary':
      return settle(foldUnary(expression.operator, evaluate(expression.operand, names)), expression.place);
    case 'binary':
      return binary(expression, names);
    case 'bracketed': {
      const size = sizeOfLeg(expression, names);
      if (size !== undefined) return number(size);
      break;
    }
    case 'call': {
      const name = expression.of.kind === 'identifier' ? expression.of.name : '';
      const values = () => expression.args.items.map((item) => evaluateNumber(item.value, names));
      if (isStaticFunction(name)) return settle(foldFunction(name, values()), expression.place);
      break;
    }
    default:
  }
  return refuse({
    code: 'B211',
    message: 'this is not known before the program runs',
    at: expression.place,
    label: 'a static value is expected',
    hint: `numbers, sizes and options, with + - * / div mod ^, ${Object.keys(functions).join(', ')}`,
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

function binary(expression: tree.Binary, names: Names): StaticValue {
  const { operator, place } = expression;
  const left = evaluate(expression.left, names);
  if (left.is === 'boolean' && (operator === 'and' || operator === 'or') && left.value === (operator === 'or')) return left;
  return settle(foldBinary(operator, left, evaluate(expression.right, names)), place);
}

export function evaluateNumber(expression: tree.Expression, names: Names): number {
  const value = evaluate(expression, names);
  if (value.is === 'number') return value.value;
  return refuse({ code: 'B208', message: 'a number is expected', at: expression.place, label: `this is ${describe(value)}` });
}

export function evaluateBoolean(expression: tree.Expression, names: Names): boolean {
  const value = evaluate(expression, names);
  if (value.is === 'boolean') return value.value;
  return refuse({ code: 'B208', message: 'a condition is expected', at: expression.place, label: `this is ${describe(value)}` });
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

export function showNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : value < 0 ? '-inf' : 'nothing';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** For messages: "the number 3", "a tuple of 2 numbers". */
export function describe(value: StaticValue): string {
  switch (value.is) {
    case 'number':
      return `the number ${showNumber(value.value)}`;
    case 'boolean':
      return String(value.value);
    case 'tuple':
      return `a tuple of ${value.items.length} numbers`;
    case 'function':
      return `the function \`${value.name}\``;
    case 'layer':
      return `the layer \`${value.name}\``;
  }
}

// operators ----------------------------------------------------------------------------------------------------------------
/** A folded value, or the reason why there is none. */
export type Folded = StaticValue | { readonly is: 'problem'; readonly text: string };
const problem = (text: string): Folded => ({ is: 'problem', text });

/** The folded value; refuses with the reason where there is none. */
export function settle(folded: Folded, at: Place): StaticValue {
  return folded.is === 'problem' ? refuse({ code: 'B207', message: folded.text, at, label: 'this has no value' }) : folded;
}

export function foldUnary(operator: 'not' | '-', operand: StaticValue): Folded {
  if (operator === '-') return operand.is === 'number' ? number(-operand.value) : problem(`\`-\` takes a number, not ${describe(operand)}`);
  return operand.is === 'boolean' ? boolean(!operand.value) : problem(`\`not\` takes a condition, not ${describe(operand)}`);
}

export function foldBinary(operator: tree.BinaryOperator, left: StaticValue, right: StaticValue): Folded {
  if (left.is === 'boolean' && right.is === 'boolean') {
    if (operator === 'and') return boolean(left.value && right.value);
    if (operator === 'or') return boolean(left.value || right.value);
    if (operator === '==') return boolean(left.value === right.value);
    if (operator === '!=') return boolean(left.value !== right.value);
  }
  if (operator === 'and' || operator === 'or' || left.is !== 'number' || right.is !== 'number') {
    return problem(`\`${operator}\` cannot join ${describe(left)} and ${describe(right)}`);
  }
  const [a, b] = [left.value, right.value];
  const value = operations[operator](a, b);
  if (typeof value === 'boolean') return boolean(value);
  if (Number.isNaN(value)) return problem(b === 0 ? 'division by zero' : `${showNumber(a)} ${operator} ${showNumber(b)} has no value`);
  return finite(value, a, b);
}

const operations = {
  '<=': (a: number, b: number) => a <= b,
  '>=': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
  '>': (a: number, b: number) => a > b,
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => (b === 0 ? Number.NaN : a / b),
  div: (a: number, b: number) => (b === 0 ? Number.NaN : Math.floor(a / b)),
  mod: (a: number, b: number) => (b === 0 ? Number.NaN : a - b * Math.floor(a / b)),
  '^': (a: number, b: number) => a ** b,
};

/** An infinite result of finite numbers is an overflow; `inf` itself may be carried along. */
function finite(value: number, ...from: readonly number[]): Folded {
  return !Number.isFinite(value) && from.every(Number.isFinite) ? problem('this number is too large') : number(value);
}

/** Functions of numbers that fold. Pointwise functions not named here are left to the program. */
const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  abs: Math.abs,
  floor: Math.floor,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  min: Math.min,
  max: Math.max,
};
export const isStaticFunction = (name: string): boolean => Object.hasOwn(functions, name);

export function foldFunction(name: string, values: readonly number[]): Folded {
  const many = name === 'min' || name === 'max';
  if (many ? values.length < 2 : values.length !== 1) return problem(`\`${name}\` takes ${many ? 'two numbers or more' : 'one number'}`);
  const value = functions[name](...values);
  if (Number.isNaN(value)) return problem(`${name} of ${values.map(showNumber).join(', ')} has no value`);
  return name === 'log' && values[0] === 0 ? problem('log of 0 has no value') : finite(value, ...values);
}
