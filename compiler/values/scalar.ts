/**
 * Scalar expressions, the bodies of maps and of kernels: their types, their printed form and their value in f64. A number takes the
 * type that its neighbour asks for; int and real never mix without `real(...)` or `int(...)`, so no engine has to guess a conversion.
 */
import type { Axis, Dtype, Scalar, ScalarFunction } from './program.ts';
import { streamKey, threshold, uniformOf, wordAt } from './random.ts';
import { labels } from './shape.ts';

/** `word`: a random uint32, which only `below` and `uniform` take; `number`: a literal that is real, or int or bit where one is asked for. */
export type ScalarType = Dtype | 'word' | 'number';
export class ScalarError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ScalarError';
  }
}

type Rule = 'alike' | 'reals' | 'ints' | 'compare' | 'bits' | 'select' | 'stop' | 'real' | 'int' | 'below' | 'uniform';
interface FunctionRule {
  readonly count: number;
  readonly rule: Rule;
  readonly value: (x: number, y: number, z: number) => number;
}

/** Floor division and its remainder; 0 where the divisor is 0, so that no engine traps. */
const floorDivide = (x: number, y: number) => (y === 0 ? 0 : Math.floor(x / y));
const floorModulo = (x: number, y: number) => (y === 0 ? 0 : x - y * Math.floor(x / y));
/** Towards zero, to the nearest 32-bit integer where there is none; an int cannot say that something is no number: 0. */
const toInt = (x: number) => (Number.isNaN(x) ? 0 : Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(x))));

const functions: Readonly<Record<ScalarFunction, FunctionRule>> = {
  add: { count: 2, rule: 'alike', value: (x, y) => x + y },
  sub: { count: 2, rule: 'alike', value: (x, y) => x - y },
  mul: { count: 2, rule: 'alike', value: (x, y) => x * y },
  neg: { count: 1, rule: 'alike', value: (x) => -x },
  min: { count: 2, rule: 'alike', value: (x, y) => Math.min(x, y) },
  max: { count: 2, rule: 'alike', value: (x, y) => Math.max(x, y) },
  mod: { count: 2, rule: 'alike', value: floorModulo },
  div: { count: 2, rule: 'reals', value: (x, y) => x / y },
  exp: { count: 1, rule: 'reals', value: Math.exp },
  log: { count: 1, rule: 'reals', value: Math.log },
  sqrt: { count: 1, rule: 'reals', value: Math.sqrt },
  tanh: { count: 1, rule: 'reals', value: Math.tanh },
  sigmoid: { count: 1, rule: 'reals', value: (x) => 1 / (1 + Math.exp(-x)) },
  erf: { count: 1, rule: 'reals', value: erf },
  sin: { count: 1, rule: 'reals', value: Math.sin },
  cos: { count: 1, rule: 'reals', value: Math.cos },
  floor: { count: 1, rule: 'reals', value: Math.floor },
  idiv: { count: 2, rule: 'ints', value: floorDivide },
  lt: { count: 2, rule: 'compare', value: (x, y) => (x < y ? 1 : 0) },
  le: { count: 2, rule: 'compare', value: (x, y) => (x <= y ? 1 : 0) },
  eq: { count: 2, rule: 'compare', value: (x, y) => (x === y ? 1 : 0) },
  and: { count: 2, rule: 'bits', value: (x, y) => (x !== 0 && y !== 0 ? 1 : 0) },
  or: { count: 2, rule: 'bits', value: (x, y) => (x !== 0 || y !== 0 ? 1 : 0) },
  not: { count: 1, rule: 'bits', value: (x) => (x === 0 ? 1 : 0) },
  select: { count: 3, rule: 'select', value: (condition, x, y) => (condition !== 0 ? x : y) },
  stop: { count: 1, rule: 'stop', value: (x) => x },
  real: { count: 1, rule: 'real', value: (x) => x },
  int: { count: 1, rule: 'int', value: toInt },
  below: { count: 2, rule: 'below', value: (word, p) => (word < threshold(p) ? 1 : 0) },
  uniform: { count: 1, rule: 'uniform', value: uniformOf },
};

/** Of sorting, greatest first. What is no number comes before all: a row whose scores broke has as many places as another. */
export function fallingOrder(x: number, y: number): number {
  return Number(Number.isNaN(y)) - Number(Number.isNaN(x)) || (x > y ? -1 : Number(x < y));
}

/** Value of one function on numbers, as `reference` means it. */
export function applyFunction(f: ScalarFunction, a: readonly number[]): number {
  return functions[f].value(a[0], a[1], a[2]);
}

/** Type of an expression whose reads have the given types; throws ScalarError saying which function got what. */
export function scalarType(value: Scalar, reads: readonly Dtype[]): ScalarType {
  switch (value.is) {
    case 'number':
      return 'number';
    case 'size':
      return 'real';
    case 'coordinate':
      return 'int';
    case 'random':
      return 'word';
    case 'read':
      if (reads[value.operand] === undefined)
        throw new ScalarError(`operand ${value.operand} is read, but there are ${reads.length} operands`);
      return reads[value.operand];
    case 'apply':
      return applyType(
        value.f,
        value.a,
        value.a.map((a) => scalarType(a, reads)),
      );
  }
}

function applyType(f: ScalarFunction, a: readonly Scalar[], types: readonly ScalarType[]): ScalarType {
  const { count, rule } = functions[f];
  const fail = (expected: string): never => {
    throw new ScalarError(`${f} takes ${expected}, found (${types.join(', ')})`);
  };
  if (a.length !== count) fail(count === 1 ? '1 argument' : `${count} arguments`);
  const all = (kind: Dtype, from = 0) =>
    types.slice(from).every((type, k) => type === kind || (type === 'number' && fits(a[from + k], kind)));
  const alike = (from = 0): ScalarType => {
    const kind = types.slice(from).find((type) => type !== 'number') ?? 'number';
    if (kind === 'word' || (kind !== 'number' && !all(kind, from))) fail('arguments of one type; write real(...) around an int');
    return kind;
  };
  switch (rule) {
    case 'alike':
      return alike() === 'bit' ? fail('numbers; write int(...) or real(...) around a bit') : alike();
    case 'reals':
      return all('real') ? 'real' : fail('reals; write real(...) around an int');
    case 'ints':
      return all('int') ? 'int' : fail('ints');
    case 'compare':
      alike();
      return 'bit';
    case 'bits':
      return all('bit') ? 'bit' : fail('bits');
    case 'select':
      if (types[0] !== 'bit' && !(types[0] === 'number' && fits(a[0], 'bit'))) fail('a bit first');
      return alike(1);
    case 'stop':
      return alike();
    case 'real':
    case 'int':
      return types[0] === 'word' ? fail('a number; write uniform(...) around a random word') : rule;
    case 'below':
      return types[0] === 'word' && all('real', 1) ? 'bit' : fail('a random word and a real');
    case 'uniform':
      return types[0] === 'word' ? 'real' : fail('a random word');
  }
}

function fits(value: Scalar, kind: Dtype): boolean {
  if (kind === 'real' || value.is !== 'number') return true;
  return kind === 'int' ? Number.isInteger(value.value) : value.value === 0 || value.value === 1;
}

/** `select(le(@t', @t), mul(%3, 0.5), -1e30)`: reads by the given texts, coordinates by the names of the domain. */
export function printScalar(value: Scalar, reads: readonly string[], domain: readonly Axis[]): string {
  const names = labels(domain);
  const print = (part: Scalar): string => {
    switch (part.is) {
      case 'read':
        return reads[part.operand];
      case 'number':
        return printNumber(part.value);
      case 'size':
        return `size(${part.value})`;
      case 'coordinate':
        return `@${names[part.axis]}`;
      case 'random':
        return `random(${JSON.stringify(part.stream)}, ${part.rows})`;
      case 'apply':
        return `${part.f}(${part.a.map(print).join(', ')})`;
    }
  };
  return print(value);
}

/** The shortest decimal that reads back as the same number. */
export function printNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value).replace('e+', 'e');
}

/** All parts, outermost first. */
export function subterms(value: Scalar): readonly Scalar[] {
  const found: Scalar[] = [];
  const visit = (part: Scalar): void => {
    found.push(part);
    if (part.is === 'apply') part.a.forEach(visit);
  };
  visit(value);
  return found;
}

/** What an expression sees at one point: operands by number, coordinates by domain axis. Filled by the caller before each call. */
export interface Point {
  readonly reads: Float64Array;
  readonly coordinates: Int32Array;
}

/**
 * A function that gives the value at the point held in `point`. Random words are those of (seed, stream, tick) at the point's row (the
 * linear index over the first `rows` axes) and column (the last axis; 0 when the rows are all).
 */
export function compileScalar(
  value: Scalar,
  point: Point,
  sizes: readonly number[],
  context: { readonly seed: readonly [number, number]; readonly tick: number },
): () => number {
  const { reads, coordinates } = point;
  const compile = (part: Scalar): (() => number) => {
    switch (part.is) {
      case 'read': {
        const operand = part.operand;
        return () => reads[operand];
      }
      case 'number':
      case 'size': {
        const number = part.value;
        return () => number;
      }
      case 'coordinate': {
        const axis = part.axis;
        return () => coordinates[axis];
      }
      case 'random': {
        const key = streamKey(context.seed, part.stream, context.tick);
        const { rows } = part;
        return () => {
          let row = 0;
          for (let axis = 0; axis < rows; axis++) row = row * sizes[axis] + coordinates[axis];
          return wordAt(key, row, rows < sizes.length ? coordinates[sizes.length - 1] : 0);
        };
      }
      case 'apply': {
        const { value: f } = functions[part.f];
        const [x, y, z] = part.a.map(compile);
        if (part.f === 'select') return () => (x() !== 0 ? y() : z());
        if (z !== undefined) return () => f(x(), y(), z());
        if (y !== undefined) return () => f(x(), y(), 0);
        return () => f(x(), 0, 0);
      }
    }
  };
  return compile(value);
}

/**
 * The error function to about 1e-15: below 3 the series of positive terms 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!
 * (Abramowitz and Stegun 7.1.6), above it the continued fraction of its complement (7.1.14).
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  const scale = Math.exp(-size * size) / Math.sqrt(Math.PI);
  if (size < 3) {
    let term = size;
    let sum = size;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * size * size) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * 2 * scale * sum;
  }
  let tail = size;
  for (let n = 40; n >= 1; n--) tail = size + n / 2 / tail;
  return Math.sign(x) * (1 - scale / tail);
}
