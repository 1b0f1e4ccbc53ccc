/**
 * Operators and functions of static values, for every place where an expression is evaluated, so that `/` means one thing everywhere: real
 * division; `div` floors, `mod` has the sign of the divisor. What has no value is told by whoever asked, at its place.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { StaticValue } from './instance.ts';
import { refuse } from './refuse.ts';

export const number = (value: number): StaticValue => ({ is: 'number', value });
export const boolean = (value: boolean): StaticValue => ({ is: 'boolean', value });

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
    case 'topology':
      return `the topology \`${value.name}\``;
  }
}

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
const functions: ReadonlyMap<string, (...values: number[]) => number> = new Map(
  Object.entries({
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
  }),
);
export const staticFunctions: readonly string[] = [...functions.keys()];
export const isStaticFunction = (name: string): boolean => functions.has(name);

export function foldFunction(name: string, values: readonly number[]): Folded {
  const many = name === 'min' || name === 'max';
  if (many ? values.length < 2 : values.length !== 1) return problem(`\`${name}\` takes ${many ? 'two numbers or more' : 'one number'}`);
  const value = functions.get(name)!(...values);
  if (Number.isNaN(value)) return problem(`${name} of ${values.map(showNumber).join(', ')} has no value`);
  return name === 'log' && values[0] === 0 ? problem('log of 0 has no value') : finite(value, ...values);
}
