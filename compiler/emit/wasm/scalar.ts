/**
 * Scalar expressions as vectors of four lanes: every element of every tile goes through these instructions, so tails and bodies of
 * loops agree bit for bit. A bit is a mask (all ones) inside an expression and 0 or 1 in a tile.
 */
import type { Element, RandomKey } from '../../values/kernel.ts';
import type { Scalar, ScalarFunction } from '../../values/program.ts';
import { threshold } from '../../values/random.ts';
import type { Code, Expression } from './code.ts';
import { elementary } from './functions.ts';
import { randomWord } from './random.ts';

export type Kind = Element | 'mask';
export interface Value {
  readonly kind: Kind;
  readonly code: Expression;
}
/** Where an expression finds its leaves at the position being computed. */
export interface Leaves {
  read(operand: number): Value;
  coordinate(axis: number): Expression;
  /** Row and column of the counter, four lanes each. */
  random(stream: number): { readonly key: RandomKey; readonly row: Expression; readonly column: Expression };
  argument(name: string): Expression;
}

const comparisons: Partial<Record<ScalarFunction, string>> = { lt: 'lt', le: 'le', eq: 'eq' };
const arithmetic: Partial<Record<ScalarFunction, string>> = { add: 'add', sub: 'sub', mul: 'mul', min: 'min', max: 'max' };

/** The element type of an expression; undefined for a literal, which takes that of its siblings. */
function elementOf(value: Scalar, leaves: Leaves): Kind | undefined {
  if (value.is === 'number' || value.is === 'size') return undefined;
  if (value.is === 'read') return leaves.read(value.operand).kind;
  if (value.is === 'coordinate' || value.is === 'random') return 'i32';
  switch (value.f) {
    case 'lt':
    case 'le':
    case 'eq':
    case 'and':
    case 'or':
    case 'not':
    case 'below':
      return 'mask';
    case 'int':
    case 'idiv':
      return 'i32';
    case 'add':
    case 'sub':
    case 'mul':
    case 'neg':
    case 'min':
    case 'max':
    case 'mod':
    case 'stop':
      return shared(value.a, leaves);
    case 'select':
      return shared(value.a.slice(1), leaves);
    default:
      return 'f32';
  }
}

function shared(parts: readonly Scalar[], leaves: Leaves): Element | undefined {
  for (const part of parts) {
    const kind = elementOf(part, leaves);
    if (kind !== undefined) return kind === 'mask' ? 'i32' : kind;
  }
  return undefined;
}

/** The value at one position as an `element`. Equal parts of the expression are computed once. */
export function emitScalar(code: Code, value: Scalar, element: Element, leaves: Leaves): Expression {
  const done = new Map<string, Value>();
  return as(code, emit(value, element), element);

  function emit(part: Scalar, literal: Kind): Value {
    if (part.is === 'number' || part.is === 'size') return constant(code, part.value, literal);
    const key = JSON.stringify(part);
    const known = done.get(key);
    if (known !== undefined) return known;
    const made = part.is === 'apply' ? apply(part.f, part.a, literal) : leaf(part);
    const named = { kind: made.kind, code: code.let('v', 'v128', made.code) };
    done.set(key, named);
    return named;
  }

  function leaf(part: Exclude<Scalar, { is: 'apply' | 'number' | 'size' }>): Value {
    if (part.is === 'read') return leaves.read(part.operand);
    if (part.is === 'coordinate') return { kind: 'i32', code: leaves.coordinate(part.axis) };
    const { key, row, column } = leaves.random(Number(part.stream));
    return { kind: 'i32', code: randomWord(code, leaves.argument(key.key0), leaves.argument(key.key1), row, column) };
  }

  function apply(f: ScalarFunction, a: readonly Scalar[], literal: Kind): Value {
    const typed = (parts: readonly Scalar[], otherwise: Kind): { kind: Element; codes: Expression[] } => {
      const kind = shared(parts, leaves) ?? (otherwise === 'mask' ? 'i32' : otherwise);
      return { kind, codes: parts.map((part) => as(code, emit(part, kind), kind)) };
    };
    const real = (part: Scalar) => as(code, emit(part, 'f32'), 'f32');
    const mask = (part: Scalar) => as(code, emit(part, 'i32'), 'mask');
    switch (f) {
      case 'lt':
      case 'le':
      case 'eq': {
        const { kind, codes } = typed(a, 'f32');
        const signed = kind === 'i32' && f !== 'eq' ? '_s' : '';
        return { kind: 'mask', code: `(${kind}x4.${comparisons[f]}${signed} ${codes[0]} ${codes[1]})` };
      }
      case 'and':
      case 'or':
        return { kind: 'mask', code: `(v128.${f} ${mask(a[0])} ${mask(a[1])})` };
      case 'not':
        return { kind: 'mask', code: `(v128.not ${mask(a[0])})` };
      case 'select': {
        const { kind, codes } = typed(a.slice(1), literal);
        return { kind, code: `(v128.bitselect ${codes[0]} ${codes[1]} ${mask(a[0])})` };
      }
      case 'stop':
        return emit(a[0], literal);
      case 'add':
      case 'sub':
      case 'mul':
      case 'min':
      case 'max': {
        const { kind, codes } = typed(a, literal);
        return { kind, code: binary(f, kind, codes, a) };
      }
      case 'neg': {
        const { kind, codes } = typed(a, literal);
        return { kind, code: `(${kind}x4.neg ${codes[0]})` };
      }
      case 'idiv':
      case 'mod': {
        const { kind, codes } = typed(a, f === 'idiv' ? 'i32' : literal);
        return { kind, code: kind === 'i32' ? integerQuotient(code, f, codes) : realModulo(code, codes) };
      }
      case 'real':
        return { kind: 'f32', code: real(a[0]) };
      case 'int':
        return { kind: 'i32', code: as(code, emit(a[0], 'i32'), 'i32') };
      case 'div':
        return { kind: 'f32', code: `(f32x4.div ${real(a[0])} ${real(a[1])})` };
      case 'sqrt':
      case 'floor':
        return { kind: 'f32', code: `(f32x4.${f} ${real(a[0])})` };
      case 'below':
        return { kind: 'mask', code: below(code, emit(a[0], 'i32').code, a[1], () => real(a[1])) };
      case 'uniform': {
        const top = `(i32x4.shr_u ${emit(a[0], 'i32').code} (i32.const 8))`;
        return { kind: 'f32', code: `(f32x4.mul (f32x4.convert_i32x4_s ${top}) ${code.floats(2 ** -24)})` };
      }
      case 'exp':
      case 'log':
      case 'tanh':
      case 'sigmoid':
      case 'erf':
      case 'sin':
      case 'cos':
        return { kind: 'f32', code: elementary[f](code, real(a[0])) };
    }
  }
}

function constant(code: Code, value: number, kind: Kind): Value {
  if (kind === 'f32') return { kind, code: code.floats(value) };
  return { kind: 'i32', code: code.ints(value) };
}

/** Conversion between element types; f32 to i32 rounds towards zero and saturates. */
export function as(code: Code, value: Value, kind: Kind): Expression {
  if (value.kind === kind) return value.code;
  if (kind === 'mask') {
    const element = value.kind === 'i32' ? 'i32x4' : 'f32x4';
    return `(${element}.ne ${value.code} ${element === 'i32x4' ? code.ints(0) : code.floats(0)})`;
  }
  if (value.kind === 'mask') return `(v128.and ${value.code} ${kind === 'i32' ? code.ints(1) : code.floats(1)})`;
  return kind === 'i32' ? `(i32x4.trunc_sat_f32x4_s ${value.code})` : `(f32x4.convert_i32x4_s ${value.code})`;
}

/** max and min with a literal are one instruction (pmax keeps a NaN that stands first); in general they must carry a NaN of either side. */
function binary(f: 'add' | 'sub' | 'mul' | 'min' | 'max', kind: Element, [x, y]: readonly Expression[], a: readonly Scalar[]): Expression {
  if (f !== 'min' && f !== 'max') return `(${kind}x4.${arithmetic[f]} ${x} ${y})`;
  if (kind === 'i32') return `(i32x4.${f}_s ${x} ${y})`;
  if (a[1].is === 'number') return `(f32x4.p${f} ${x} ${y})`;
  return a[0].is === 'number' ? `(f32x4.p${f} ${y} ${x})` : `(f32x4.${f} ${x} ${y})`;
}

/** floor(x / y) or its remainder through f64, exact for 32-bit integers; 0 where y is 0. */
function integerQuotient(code: Code, f: 'idiv' | 'mod', [x, y]: readonly Expression[]): Expression {
  const half = (low: boolean) => {
    const wide = (v: Expression) => `(f64x2.convert_low_i32x4_s ${low ? v : swapHalves(v)})`;
    return `(i32x4.trunc_sat_f64x2_s_zero (f64x2.floor (f64x2.div ${wide(x)} ${wide(y)})))`;
  };
  const both = code.let('q', 'v128', `(i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 ${half(true)} ${half(false)})`);
  const result = f === 'idiv' ? both : `(i32x4.sub ${x} (i32x4.mul ${both} ${y}))`;
  return `(v128.and ${result} (i32x4.ne ${y} ${code.ints(0)}))`;
}
const swapHalves = (v: Expression) => `(i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 ${v} ${v})`;

function realModulo(code: Code, [x, y]: readonly Expression[]): Expression {
  const rest = `(f32x4.sub ${x} (f32x4.mul ${y} (f32x4.floor (f32x4.div ${x} ${y}))))`;
  return `(v128.and ${rest} (f32x4.ne ${y} ${code.floats(0)}))`;
}

/** word < round(p * 2^32) as unsigned integers; halves round up, as on the host. */
function below(code: Code, word: Expression, p: Scalar, real: () => Expression): Expression {
  if (p.is === 'number') {
    const bound = threshold(p.value);
    return bound >= 2 ** 32 ? code.ints(-1) : `(i32x4.lt_u ${word} ${code.ints(bound)})`;
  }
  const scaled = code.let('p', 'v128', `(f32x4.mul ${real()} ${code.floats(2 ** 32)})`);
  const near = code.let('p', 'v128', `(f32x4.nearest ${scaled})`);
  const tie = `(f32x4.eq (f32x4.sub ${scaled} ${near}) ${code.floats(0.5)})`;
  const bound = `(i32x4.trunc_sat_f32x4_u (f32x4.add ${near} (v128.and ${tie} ${code.floats(1)})))`;
  return `(v128.or (i32x4.lt_u ${word} ${bound}) (f32x4.ge ${scaled} ${code.floats(2 ** 32)}))`;
}
