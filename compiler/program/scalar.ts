/**
 * Algebra of scalar expressions: building with simplification, symbolic derivative, substitution. Typing, print and value stand in
 * values/scalar.ts, where every room may use them.
 */
import type { Dtype, Scalar, ScalarFunction } from '../values/program.ts';
import { applyFunction, scalarType, subterms } from '../values/scalar.ts';

export const read = (operand: number): Scalar => ({ is: 'read', operand });
export const number = (value: number): Scalar => ({ is: 'number', value });
/** Up to what an argument of a kernel holds. */
export const size = (value: number): Scalar => (value < 2 ** 31 ? { is: 'size', value } : number(value));
export const coordinate = (axis: number): Scalar => ({ is: 'coordinate', axis });
/** As written, without simplification. */
export const apply = (f: ScalarFunction, ...a: readonly Scalar[]): Scalar => ({ is: 'apply', f, a });

export function isNumber(value: Scalar, of: number): boolean {
  return value.is === 'number' && value.value === of;
}

/** Structural equality. */
export function equalScalars(a: Scalar, b: Scalar): boolean {
  if (a.is === 'apply') return b.is === 'apply' && a.f === b.f && a.a.length === b.a.length && a.a.every((x, k) => equalScalars(x, b.a[k]));
  switch (a.is) {
    case 'read':
      return b.is === 'read' && a.operand === b.operand;
    case 'number':
      return b.is === 'number' && Object.is(a.value, b.value);
    case 'size':
      return b.is === 'size' && a.value === b.value;
    case 'coordinate':
      return b.is === 'coordinate' && a.axis === b.axis;
    case 'random':
      return b.is === 'random' && a.stream === b.stream && a.rows === b.rows;
  }
}

/** The expression with every part for which `change` gives something replaced, outermost first. */
export function substitute(value: Scalar, change: (part: Scalar) => Scalar | undefined): Scalar {
  const changed = change(value);
  if (changed !== undefined) return changed;
  return value.is === 'apply' ? { ...value, a: value.a.map((a) => substitute(a, change)) } : value;
}

/** Operands that are read, ascending. */
export function operandsOf(value: Scalar): number[] {
  const found = new Set<number>();
  for (const part of subterms(value)) if (part.is === 'read') found.add(part.operand);
  return [...found].sort((a, b) => a - b);
}

/**
 * One application, simplified: numbers folded, neutral and absorbing elements dropped (values are finite here, so 0 * x is 0). What is left
 * gives the same number as what was written, to the last bit: a rounding more or less moves values across a step that comes after
 * (`floor`, comparisons, buckets). So numbers move through products only where they are powers of two, and a division stays one.
 * Never changes a type except from int or bit to a number literal.
 */
export function simple(f: ScalarFunction, ...a: readonly Scalar[]): Scalar {
  const [x, y, z] = a;
  if (a.every((part) => part.is === 'number') && f !== 'stop') {
    const value = applyFunction(
      f,
      a.map((part) => (part as { value: number }).value),
    );
    if (Number.isFinite(value)) return number(value);
  }
  const negated = (part: Scalar): Scalar | undefined => (part.is === 'apply' && part.f === 'neg' ? part.a[0] : undefined);
  switch (f) {
    case 'add':
      if (isNumber(x, 0)) return y;
      if (isNumber(y, 0)) return x;
      if (equalScalars(x, y)) return simple('mul', number(2), x);
      return negated(y) !== undefined ? simple('sub', x, negated(y)!) : apply(f, x, y);
    case 'sub':
      if (isNumber(y, 0)) return x;
      if (isNumber(x, 0)) return simple('neg', y);
      return negated(y) !== undefined ? simple('add', x, negated(y)!) : apply(f, x, y);
    case 'neg':
      return negated(x) ?? apply(f, x);
    case 'mul':
      return product(x, y);
    case 'div':
      if (isNumber(x, 0)) return x;
      if (y.is === 'number' && isPowerOfTwo(y.value)) return product(number(1 / y.value), x);
      return negated(x) !== undefined ? simple('neg', simple('div', negated(x)!, y)) : apply(f, x, y);
    case 'select':
      if (x.is === 'number') return x.value !== 0 ? y : z;
      if (equalScalars(y, z)) return y;
      if (x.is === 'apply' && x.f === 'not') return simple('select', x.a[0], z, y);
      return apply(f, x, decided(y, x, 1), decided(z, x, 2));
    case 'and':
      if (isNumber(x, 0) || isNumber(y, 1)) return x;
      return isNumber(y, 0) || isNumber(x, 1) ? y : apply(f, x, y);
    case 'or':
      if (isNumber(x, 1) || isNumber(y, 0)) return x;
      return isNumber(y, 1) || isNumber(x, 0) ? y : apply(f, x, y);
    case 'not':
      return x.is === 'apply' && x.f === 'not' ? x.a[0] : apply(f, x);
    case 'stop':
      return x.is === 'number' || (x.is === 'apply' && x.f === 'stop') ? x : apply(f, x);
    default:
      return apply(f, ...a);
  }
}

/** A branch of a selection: selections by the same condition inside it are decided. */
function decided(branch: Scalar, condition: Scalar, taken: 1 | 2): Scalar {
  return substitute(branch, (part) => {
    const same = part.is === 'apply' && part.f === 'select' && equalScalars(part.a[0], condition);
    return same ? decided(part.a[taken], condition, taken) : undefined;
  });
}

/** Multiplying by it rounds nothing, as long as the result is a normal number. */
function isPowerOfTwo(value: number): boolean {
  const exponent = Math.round(Math.log2(Math.abs(value)));
  return Math.abs(exponent) <= 32 && Math.abs(value) === 2 ** exponent;
}

/** Products carry their number in front: 2 * (4 * x) is 8 * x. */
function product(x: Scalar, y: Scalar): Scalar {
  if (isNumber(x, 0) || isNumber(y, 1)) return x;
  if (isNumber(y, 0) || isNumber(x, 1)) return y;
  if (y.is === 'number') return product(y, x);
  if (isNumber(x, -1)) return simple('neg', y);
  for (const one of [x, y]) {
    const times = (part: Scalar) => (one === x ? product(part, y) : product(x, part));
    if (one.is === 'apply' && one.f === 'neg') return simple('neg', times(one.a[0]));
    if (one.is === 'apply' && one.f === 'select' && (isNumber(one.a[1], 0) || isNumber(one.a[2], 0))) {
      return simple('select', one.a[0], times(one.a[1]), times(one.a[2]));
    }
  }
  if (y.is !== 'apply' || y.a[0].is !== 'number') return apply('mul', x, y);
  const [first, second] = y.a;
  const isExact = isPowerOfTwo(first.value) || (x.is === 'number' && isPowerOfTwo(x.value));
  if (isExact && x.is === 'number' && (y.f === 'mul' || y.f === 'div')) return simple(y.f, number(x.value * first.value), second);
  return isExact && y.f === 'mul' ? product(first, apply('mul', x, second)) : apply('mul', x, y);
}

/** Simplified from the leaves up, to the same type: an int or bit that came out as a number literal keeps its type by a conversion. */
export function simplifyScalar(value: Scalar, reads: readonly Dtype[]): Scalar {
  const result = rebuild(value);
  const before = scalarType(value, reads);
  if (scalarType(result, reads) === before) return result;
  if (before === 'int') return apply('int', result);
  return before === 'bit' ? apply('eq', result, number(1)) : result;
}
function rebuild(value: Scalar): Scalar {
  return value.is === 'apply' ? simple(value.f, ...value.a.map(rebuild)) : value;
}

/**
 * d value / d operand, simplified. Comparisons, integers, random words and `stop` have derivative 0. Where min or max meet equal arguments each
 * gets half; against an argument without derivative the other gets 0 there (so that relu has slope 0 at 0).
 */
export function derivative(value: Scalar, operand: number): Scalar {
  if (value.is === 'read') return number(value.operand === operand ? 1 : 0);
  if (value.is !== 'apply' || constantFunctions.has(value.f)) return number(0);
  const inner = value.a.map((a) => derivative(a, operand));
  if (value.f === 'select') return simple('select', value.a[0], inner[1], inner[2]);
  return inner.reduce((sum, slope, k) => {
    if (isNumber(slope, 0)) return sum;
    const other = value.a[1 - k];
    return simple('add', sum, simple('mul', partial(value, k, other !== undefined && isSmooth(other)), slope));
  }, number(0));
}

const constantFunctions: ReadonlySet<ScalarFunction> = new Set<ScalarFunction>([
  ...(['stop', 'floor', 'idiv', 'lt', 'le', 'eq', 'and', 'or', 'not', 'real', 'int', 'below', 'uniform'] as const),
]);

/** Does any operand enter with a derivative? Only asked for ties. */
function isSmooth(value: Scalar): boolean {
  if (value.is === 'read') return true;
  return value.is === 'apply' && !constantFunctions.has(value.f) && value.a.some(isSmooth);
}

/** Partial derivative in argument k. The function's own value is written as `value`, so that a result already there can be read. */
function partial(value: Extract<Scalar, { is: 'apply' }>, k: number, tied: boolean): Scalar {
  const [x, y] = value.a;
  const half = number(0.5);
  /** 1 where a > b, 0 where a < b; where one of them is no number the slope is none either, or a broken value would train on as a zero. */
  const greater = (a: Scalar, b: Scalar): Scalar => {
    const above = apply('select', apply('lt', b, a), number(1), simple('add', a, b));
    if (!tied) return apply('select', apply('le', a, b), number(0), above);
    return apply('select', apply('lt', a, b), number(0), apply('select', apply('eq', a, b), half, above));
  };
  switch (value.f) {
    case 'add':
      return number(1);
    case 'sub':
      return number(k === 0 ? 1 : -1);
    case 'neg':
      return number(-1);
    case 'mul':
      return k === 0 ? y : x;
    case 'div':
      // Reciprocals: where the divisor is one of a row, a printer divides once for the row.
      return k === 0 ? simple('div', number(1), y) : simple('neg', simple('mul', value, simple('div', number(1), y)));
    case 'mod':
      return k === 0 ? number(1) : simple('neg', simple('floor', simple('div', x, y)));
    case 'max':
      return k === 0 ? greater(x, y) : greater(y, x);
    case 'min':
      return k === 0 ? greater(y, x) : greater(x, y);
    case 'exp':
      return value;
    case 'log':
      return simple('div', number(1), x);
    case 'sqrt':
      return simple('div', half, value);
    case 'tanh':
      return simple('sub', number(1), simple('mul', value, value));
    case 'sigmoid':
      return simple('mul', value, simple('sub', number(1), value));
    case 'erf':
      return simple('mul', number(2 / Math.sqrt(Math.PI)), apply('exp', simple('neg', simple('mul', x, x))));
    case 'sin':
      return apply('cos', x);
    case 'cos':
      return simple('neg', apply('sin', x));
    default:
      throw new Error(`${value.f} has no derivative, but one was asked for`);
  }
}

/** A map body with the inputs that it reads and how. `I` is what names an input: an id, or a position. */
export interface Body<I> {
  readonly inputs: readonly I[];
  readonly reads: readonly (readonly number[])[];
  readonly value: Scalar;
}
/** Only the inputs that are read, each pair of input and read once. */
export function compact<I>({ inputs, reads, value }: Body<I>): Body<I> {
  const kept: { input: I; read: readonly number[]; key: string }[] = [];
  const renumbered = new Map<number, number>();
  for (const operand of operandsOf(value)) {
    const key = reads[operand].join(' ');
    let at = kept.findIndex((entry) => entry.input === inputs[operand] && entry.key === key);
    if (at < 0) at = kept.push({ input: inputs[operand], read: reads[operand], key }) - 1;
    renumbered.set(operand, at);
  }
  return {
    inputs: kept.map((entry) => entry.input),
    reads: kept.map((entry) => entry.read),
    value: substitute(value, (part) => (part.is === 'read' ? read(renumbered.get(part.operand)!) : undefined)),
  };
}
