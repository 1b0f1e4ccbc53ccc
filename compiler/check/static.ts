/**
 * What is known before anything runs: sizes, options, bounds, conditions. One evaluator serves declarations, topologies and variants;
 * bodies fold their static parts with the same operators, so `/` means one thing everywhere.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { StaticValue } from './draft.ts';
import { meant, type Report } from './report.ts';

/** Where the names of a static expression are found. `open` is an axis whose size is given when a program is built. */
export interface StaticScope {
  find(name: string): StaticValue | 'open' | undefined;
  names(): Iterable<string>;
  readonly report: Report;
}

export const number = (value: number): StaticValue => ({ is: 'number', value });
export const boolean = (value: boolean): StaticValue => ({ is: 'boolean', value });

/** The value, or undefined where it has none; then the reason has been reported. */
export function evaluateStatic(expression: tree.Expression, scope: StaticScope): StaticValue | undefined {
  switch (expression.kind) {
    case 'number':
      return number(expression.value);
    case 'boolean':
      return boolean(expression.value);
    case 'identifier':
      return named(expression, scope);
    case 'tuple':
      return tuple(expression, scope);
    case 'conditional': {
      const condition = evaluateBoolean(expression.condition, scope);
      return condition === undefined ? undefined : evaluateStatic(condition ? expression.then : expression.else, scope);
    }
    case 'binary':
      return binary(expression, scope);
    case 'unary': {
      const operand = evaluateStatic(expression.operand, scope);
      return operand && settle(foldUnary(expression.operator, operand), expression.place, scope.report);
    }
    case 'call':
      return call(expression, scope);
    default:
      scope.report.error('B207', expression.place, 'not known before the program runs', 'a static value is expected here', {
        hint: 'sizes, options and bounds are made of numbers, options and axes',
      });
      return undefined;
  }
}

/** As `evaluateStatic`, where a number is needed. */
export function evaluateNumber(expression: tree.Expression, scope: StaticScope): number | undefined {
  const value = evaluateStatic(expression, scope);
  if (value === undefined || value.is === 'number') return value?.value;
  scope.report.error('B208', expression.place, describe(value), `a number is expected, not ${describe(value)}`);
  return undefined;
}

/** As `evaluateStatic`, where true or false is needed. */
export function evaluateBoolean(expression: tree.Expression, scope: StaticScope): boolean | undefined {
  const value = evaluateStatic(expression, scope);
  if (value === undefined || value.is === 'boolean') return value?.value;
  scope.report.error('B208', expression.place, describe(value), `true or false is expected, not ${describe(value)}`);
  return undefined;
}

/** A size: a positive integer up to 2^31. `what` names it in the message. */
export function evaluateSize(expression: tree.Expression, scope: StaticScope, what: string): number | undefined {
  const value = evaluateNumber(expression, scope);
  return value === undefined ? undefined : checkSize(value, expression, what, scope.report);
}

export function checkSize(value: number, at: { place: Place } | tree.Expression, what: string, report: Report): number | undefined {
  if (Number.isInteger(value) && value >= 1 && value <= 2 ** 31) return value;
  const shown = showNumber(value);
  if (Number.isFinite(value) && !Number.isInteger(value)) {
    const whole = 'kind' in at && at.kind === 'binary' && at.operator === '/' ? '`div` rounds down: ' : '';
    report.error('B204', at.place, `= ${shown}`, `${what}: ${shown} is not a size`, { hint: `${whole}a size is a whole number` });
  } else if (value > 2 ** 31) {
    report.error('B209', at.place, `= ${shown}`, `${what}: ${shown} is above the largest size, 2^31`);
  } else {
    report.error('B204', at.place, `= ${shown}`, `${what}: ${shown} is not a size`, { hint: 'a size is 1 or more' });
  }
  return undefined;
}

export function showNumber(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value).replace('Infinity', 'inf');
  return String(Number(value.toPrecision(4)));
}

/** For messages: "the number 3", "a function". */
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

export function foldUnary(operator: 'not' | '-', operand: StaticValue): Folded {
  if (operator === '-') return operand.is === 'number' ? number(-operand.value) : problem(`\`-\` takes a number, not ${describe(operand)}`);
  return operand.is === 'boolean' ? boolean(!operand.value) : problem(`\`not\` takes true or false, not ${describe(operand)}`);
}

export function foldBinary(operator: tree.BinaryOperator, left: StaticValue, right: StaticValue): Folded {
  if (left.is === 'boolean' && right.is === 'boolean') {
    if (operator === 'and') return boolean(left.value && right.value);
    if (operator === 'or') return boolean(left.value || right.value);
    if (operator === '==') return boolean(left.value === right.value);
    if (operator === '!=') return boolean(left.value !== right.value);
  }
  if (left.is !== 'number' || right.is !== 'number') {
    return problem(`\`${operator}\` cannot join ${describe(left)} and ${describe(right)}`);
  }
  return foldNumbers(operator, left.value, right.value);
}

function foldNumbers(operator: tree.BinaryOperator, a: number, b: number): Folded {
  switch (operator) {
    case '<=':
      return boolean(a <= b);
    case '>=':
      return boolean(a >= b);
    case '<':
      return boolean(a < b);
    case '>':
      return boolean(a > b);
    case '==':
      return boolean(a === b);
    case '!=':
      return boolean(a !== b);
    case '+':
      return finite(a + b, a, b);
    case '-':
      return finite(a - b, a, b);
    case '*':
      return finite(a * b, a, b);
    case '/':
      return b === 0 ? problem('division by zero') : finite(a / b, a, b);
    case 'div':
      return b === 0 ? problem('division by zero') : finite(Math.floor(a / b), a, b);
    case 'mod':
      return b === 0 ? problem('division by zero') : finite(a - b * Math.floor(a / b), a, b);
    case '^':
      return finite(a ** b, a, b);
    default:
      return problem(`\`${operator}\` takes true or false, not numbers`);
  }
}

function finite(value: number, ...from: readonly number[]): Folded {
  if (Number.isNaN(value)) return problem('this has no value');
  if (!Number.isFinite(value) && from.every(Number.isFinite)) return problem('this number is too large');
  return number(value);
}

/** Functions of numbers that fold. The pointwise functions not named here are kept for the program to compute. */
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

export function foldFunction(name: string, values: readonly number[]): Folded | undefined {
  if (!Object.hasOwn(functions, name)) return undefined;
  const many = name === 'min' || name === 'max';
  if (many ? values.length < 2 : values.length !== 1) return problem(`\`${name}\` takes ${many ? 'two numbers or more' : 'one number'}`);
  return finite(functions[name](...values), ...values);
}

/** Reports what a fold could not do. */
export function settle(folded: Folded, place: Place, report: Report): StaticValue | undefined {
  if (folded.is !== 'problem') return folded;
  report.error('B210', place, 'here', folded.text);
  return undefined;
}

// cases of the evaluator -----------------------------------------------------------------------------------------------------
function named(expression: tree.Identifier, scope: StaticScope): StaticValue | undefined {
  if (expression.name === 'inf') return number(Number.POSITIVE_INFINITY);
  const found = scope.find(expression.name);
  if (found === 'open') {
    scope.report.error('B207', expression.place, 'open', `the size of \`${expression.name}\` is not known before the program is built`, {
      hint: 'sizes depend on options; open axes get theirs from the data',
    });
    return undefined;
  }
  if (found === undefined) {
    scope.report.error('B101', expression.place, 'unknown', `\`${expression.name}\` is not defined`, {
      hint: meant(expression.name, scope.names()),
    });
  }
  return found;
}

function tuple(expression: tree.Tuple, scope: StaticScope): StaticValue | undefined {
  const items = expression.items.map((item) => evaluateNumber(item, scope));
  return items.every((item) => item !== undefined) ? { is: 'tuple', items } : undefined;
}

function binary(expression: tree.Binary, scope: StaticScope): StaticValue | undefined {
  const left = evaluateStatic(expression.left, scope);
  if (left?.is === 'boolean' && expression.operator === (left.value ? 'or' : 'and')) return left;
  const right = evaluateStatic(expression.right, scope);
  return left && right && settle(foldBinary(expression.operator, left, right), expression.place, scope.report);
}

function call(expression: tree.Call, scope: StaticScope): StaticValue | undefined {
  const { of, args } = expression;
  if (of.kind !== 'identifier' || !Object.hasOwn(functions, of.name)) {
    scope.report.error('B207', expression.place, 'not static', 'a static value is expected here', {
      hint: `functions of numbers: ${Object.keys(functions).join(', ')}`,
    });
    return undefined;
  }
  const values = args.items.map((argument) => evaluateNumber(argument.value, scope));
  if (!values.every((value) => value !== undefined)) return undefined;
  const folded = foldFunction(of.name, values);
  return folded && settle(folded, expression.place, scope.report);
}
