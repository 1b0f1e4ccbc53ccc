/**
 * exp, log, tanh, erf, sin and cos on four lanes from + - * / and integer shifts, never with multiply-add, so that both host classes give
 * the same bits. Largest errors over the ranges that test/emit/functions.test.ts samples: exp, log, tanh, erf 2 ulp; sin and cos 1e-7 absolute for |x| <= 8192 (beyond, reduction loses bits).
 */
import {
  cosine as cosineSeries,
  erfNear,
  errorFar,
  errorNear,
  exponential,
  hyperbolic,
  logarithm,
  quarterTurn,
  sine as sineSeries,
  tanhNear,
} from '../coefficients.ts';
import type { Code, Expression } from './code.ts';

type Elementary = (code: Code, x: Expression) => Expression;
const op = (name: string, ...a: readonly Expression[]): Expression => `(f32x4.${name} ${a.join(' ')})`;
const ints = (name: string, ...a: readonly Expression[]): Expression => `(i32x4.${name} ${a.join(' ')})`;

/** c[0] + c[1] x + ... by Horner's rule. */
function polynomial(code: Code, x: Expression, coefficients: readonly number[]): Expression {
  return coefficients
    .slice(0, -1)
    .reduceRight((sum, c) => op('add', op('mul', sum, x), code.floats(c)), code.floats(coefficients[coefficients.length - 1]));
}

const named = (code: Code, value: Expression) => code.let('f', 'v128', value);
const sign = (code: Code, x: Expression) => `(v128.and ${x} ${code.ints(0x80000000)})`;

/** Just above ln 2^-126: where e^x is about to become subnormal. */
const SMALLEST = -87.33654;
/**
 * 2^n e^r with |r| <= ln 2 / 2 (Cody and Waite reduction); the power of two is applied in two steps, so results overflow to infinity.
 * Below the normal numbers the result is 0: half the scores of a causal attention are masked, and arithmetic that makes a subnormal
 * number costs a hundred cycles.
 */
const exp: Elementary = (code, x) => {
  const bounded = named(code, op('pmax', op('pmin', x, code.floats(89)), code.floats(SMALLEST)));
  const shifted = named(code, op('add', op('mul', bounded, code.floats(Math.LOG2E)), code.floats(12582912)));
  const n = named(code, op('sub', shifted, code.floats(12582912)));
  const high = op('sub', bounded, op('mul', n, code.floats(0.693359375)));
  const r = named(code, op('add', high, op('mul', n, code.floats(0.00021219444005469057))));
  const tail = polynomial(code, r, exponential);
  const series = op('add', op('add', op('mul', tail, op('mul', r, r)), r), code.floats(1));
  const whole = named(code, ints('sub', shifted, code.ints(0x4b400000)));
  const half = named(code, ints('shr_s', whole, '(i32.const 1)'));
  const power = (part: Expression) => ints('add', ints('shl', part, '(i32.const 23)'), code.ints(0x3f800000));
  const value = op('mul', op('mul', series, power(half)), power(ints('sub', whole, half)));
  return `(v128.andnot ${value} ${op('lt', x, code.floats(SMALLEST))})`;
};

/** x = 2^e (1 + f) with 1 + f in [sqrt 1/2, sqrt 2); log 0 = -infinity, of negative numbers NaN. */
const log: Elementary = (code, x) => {
  const tiny = named(code, op('lt', x, code.floats(2 ** -126)));
  const normal = named(code, `(v128.bitselect ${op('mul', x, code.floats(2 ** 23))} ${x} ${tiny})`);
  const offset = named(code, ints('sub', normal, code.ints(0x3f3504f3)));
  const exponent = ints('sub', ints('shr_s', offset, '(i32.const 23)'), `(v128.and ${tiny} ${code.ints(23)})`);
  const e = named(code, op('convert_i32x4_s', exponent));
  const mantissa = ints('add', `(v128.and ${offset} ${code.ints(0x007fffff)})`, code.ints(0x3f3504f3));
  const f = named(code, op('sub', mantissa, code.floats(1)));
  const square = named(code, op('mul', f, f));
  const cubic = op('mul', op('mul', square, f), polynomial(code, f, logarithm));
  const low = op('sub', op('sub', cubic, op('mul', e, code.floats(0.00021219444005469057))), op('mul', square, code.floats(0.5)));
  const value = named(code, op('add', op('add', f, low), op('mul', e, code.floats(0.693359375))));
  const large = named(code, op('lt', x, code.floats(Number.POSITIVE_INFINITY)));
  const ordinary = `(v128.bitselect ${value} ${x} ${large})`;
  const zero = `(v128.bitselect ${code.floats(Number.NEGATIVE_INFINITY)} ${code.floats(Number.NaN)} ${op('eq', x, code.floats(0))})`;
  return `(v128.bitselect ${zero} ${ordinary} ${op('le', x, code.floats(0))})`;
};

/** An odd polynomial below 0.625, 1 - 2 / (e^2x + 1) above. */
const tanh: Elementary = (code, x) => {
  const size = named(code, op('abs', x));
  const square = named(code, op('mul', x, x));
  const tail = polynomial(code, square, hyperbolic);
  const small = named(code, op('add', x, op('mul', op('mul', x, square), tail)));
  const power = exp(code, op('add', size, size));
  const large = op('sub', code.floats(1), op('div', code.floats(2), op('add', power, code.floats(1))));
  return `(v128.bitselect ${small} (v128.or ${large} ${sign(code, x)}) ${op('lt', size, code.floats(tanhNear))})`;
};

/** An odd polynomial below 0.9, 1 - exp(polynomial for the logarithm of the complement) above; 1 from 4 on. */
const erf: Elementary = (code, x) => {
  const size = named(code, op('pmin', op('abs', x), code.floats(4)));
  const square = named(code, op('mul', x, x));
  const small = named(code, op('add', x, op('mul', x, polynomial(code, square, errorNear))));
  const large = op('sub', code.floats(1), exp(code, polynomial(code, size, errorFar)));
  return `(v128.bitselect ${small} (v128.or ${large} ${sign(code, x)}) ${op('lt', size, code.floats(erfNear))})`;
};

/** Angle minus a multiple of pi / 2 in three parts, then the series that the quarter asks for. `turn` is 0 for sine, 1 for cosine. */
function circular(turn: 0 | 1): Elementary {
  return (code, x) => {
    const n = named(code, op('nearest', op('mul', x, code.floats(2 / Math.PI))));
    const r = named(
      code,
      quarterTurn.reduce<Expression>((rest, part) => op('sub', rest, op('mul', n, code.floats(part))), x),
    );
    const square = named(code, op('mul', r, r));
    const sine = op('add', r, op('mul', op('mul', r, square), polynomial(code, square, sineSeries)));
    const head = op('sub', code.floats(1), op('mul', square, code.floats(0.5)));
    const cosine = op('add', head, op('mul', op('mul', square, square), polynomial(code, square, cosineSeries)));
    const quarter = named(code, ints('add', ints('trunc_sat_f32x4_s', n), code.ints(turn)));
    const useCosine = ints('shl', quarter, '(i32.const 31)');
    const value = `(v128.bitselect ${cosine} ${sine} ${ints('shr_s', useCosine, '(i32.const 31)')})`;
    const negative = `(v128.and ${ints('shl', quarter, '(i32.const 30)')} ${code.ints(0x80000000)})`;
    return `(v128.xor ${value} ${negative})`;
  };
}

export const elementary = { exp, log, tanh, erf, sin: circular(0), cos: circular(1) } as const;
