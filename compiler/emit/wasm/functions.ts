/**
 * exp, log, tanh, sigmoid, erf, sin and cos on four lanes from + - * / and integer shifts, never with multiply-add, so that both host
 * classes give the same bits. Errors over all of f32 stand in docs/results/functions.md, at most 2 units in the last place of a normal number.
 */
import {
  cosine as cosineSeries,
  erfNear,
  errorFar,
  errorNear,
  exponential,
  hyperbolic,
  logarithm,
  quarterTurnLong,
  sine as sineSeries,
  tanhNear,
  turns,
} from '../coefficients.ts';
import { type Code, type Expression, localOf } from './code.ts';

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

/** 1 / (1 + e^-x): exp of the other sign alone would lose what is left at -20, and overflows to infinity, of which 0 comes. */
const sigmoid: Elementary = (code, x) => op('div', code.floats(1), op('add', code.floats(1), exp(code, op('neg', x))));

/** Up to here multiples of pi / 2 are subtracted in f64; beyond, lane by lane, by `farAngle`. */
const FAR = 2 ** 23;
/** r = x - n pi / 2 in [-pi / 4, pi / 4] and n: in f64, whose first part of pi / 2 times n is exact. */
function reduced(code: Code, x: Expression): { readonly r: Expression; readonly n: Expression } {
  const double = (name: string, ...a: readonly Expression[]): Expression => `(f64x2.${name} ${a.join(' ')})`;
  const halves = [x, `(i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 ${x} ${x})`].map((half) => {
    const wide = named(code, double('promote_low_f32x4', half));
    const n = named(code, double('nearest', double('mul', wide, code.doubles(2 / Math.PI))));
    const r = quarterTurnLong.reduce<Expression>((rest, part) => double('sub', rest, double('mul', n, code.doubles(part))), wide);
    return { r: `(f32x4.demote_f64x2_zero ${r})`, n: `(i32x4.trunc_sat_f64x2_s_zero ${n})` };
  });
  const joined = (part: 'r' | 'n') =>
    code.copy(part, 'v128', `(i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 ${halves[0][part]} ${halves[1][part]})`);
  const [r, n] = [joined('r'), joined('n')];
  const far = named(code, op('ge', op('abs', x), code.floats(FAR)));
  code.when(`(v128.any_true ${far})`, () => {
    for (let lane = 0; lane < 4; lane++) {
      code.when(`(i32x4.extract_lane ${lane} ${far})`, () => {
        const found = code.let('angle', 'i64', `(call $far_angle (f32x4.extract_lane ${lane} ${x}))`);
        const quarter = `(i32.wrap_i64 (i64.shr_u ${found} (i64.const 32)))`;
        code.set(localOf(r), `(i32x4.replace_lane ${lane} ${r} (i32.wrap_i64 ${found}))`);
        code.set(localOf(n), `(i32x4.replace_lane ${lane} ${n} ${quarter})`);
      });
    }
  });
  return { r, n };
}

/**
 * Of an angle of at least 2^23, which is an integer times a power of two: the quarter turn in the upper half, the bits of the rest in the
 * lower one. 24 bits times the 96 bits of 1 / (2 pi) that are left after whole turns give 64 bits of the turn; infinities and NaN give NaN.
 */
export const farAngle = `
  (func $far_angle (param $x f32) (result i64)
    (local $bits i32) (local $shift i32) (local $left i64) (local $m i64)
    (local $a i64) (local $b i64) (local $c i64) (local $turn i64) (local $rest i64)
    (local.set $bits (i32.reinterpret_f32 (local.get $x)))
    (local.set $shift (i32.sub (i32.and (i32.shr_u (local.get $bits) (i32.const 23)) (i32.const 255)) (i32.const 150)))
    (if (i32.eq (local.get $shift) (i32.const 105)) (then (return (i64.const 0x7fc00000))))
    (local.set $a (i64.const ${turnWord(0)}))
    (local.set $b (i64.const ${turnWord(1)}))
    (local.set $c (i64.const ${turnWord(2)}))
    (if (i32.ge_s (local.get $shift) (i32.const 64)) (then
      (local.set $a (local.get $b))
      (local.set $b (local.get $c))
      (local.set $c (i64.const ${turnWord(3)}))))
    (local.set $left (i64.extend_i32_u (i32.and (local.get $shift) (i32.const 63))))
    (if (i64.ne (local.get $left) (i64.const 0)) (then
      (local.set $a (i64.or (i64.shl (local.get $a) (local.get $left)) (i64.shr_u (local.get $b) (i64.sub (i64.const 64) (local.get $left)))))
      (local.set $b (i64.or (i64.shl (local.get $b) (local.get $left)) (i64.shr_u (local.get $c) (i64.sub (i64.const 64) (local.get $left)))))))
    (local.set $m (i64.extend_i32_u (i32.or (i32.and (local.get $bits) (i32.const 0x7fffff)) (i32.const 0x800000))))
    (local.set $turn (i64.add (i64.mul (local.get $m) (local.get $a))
      (i64.shr_u (i64.mul (local.get $m) (i64.shr_u (local.get $b) (i64.const 32))) (i64.const 32))))
    (if (i32.lt_s (local.get $bits) (i32.const 0)) (then (local.set $turn (i64.sub (i64.const 0) (local.get $turn)))))
    (local.set $rest (i64.reinterpret_f64 (f64.mul (f64.convert_i64_s (i64.shl (local.get $turn) (i64.const 2))) (f64.const ${Math.PI / 2 / 2 ** 64}))))
    (i64.or
      (i64.shl (i64.shr_u (i64.add (local.get $turn) (i64.const 0x2000000000000000)) (i64.const 62)) (i64.const 32))
      (i64.extend_i32_u (i32.reinterpret_f32 (f32.demote_f64 (f64.reinterpret_i64 (local.get $rest)))))))`;
function turnWord(k: number): string {
  return `0x${((turns >> BigInt(192 - 64 * k)) & 0xffffffffffffffffn).toString(16)}`;
}

/** The series that the quarter asks for. `turn` is 0 for sine, 1 for cosine. */
function circular(turn: 0 | 1): Elementary {
  return (code, x) => {
    const { r, n } = reduced(code, x);
    const square = named(code, op('mul', r, r));
    const sine = op('add', r, op('mul', op('mul', r, square), polynomial(code, square, sineSeries)));
    const head = op('sub', code.floats(1), op('mul', square, code.floats(0.5)));
    const cosine = op('add', head, op('mul', op('mul', square, square), polynomial(code, square, cosineSeries)));
    const quarter = named(code, ints('add', n, code.ints(turn)));
    const useCosine = ints('shl', quarter, '(i32.const 31)');
    const value = `(v128.bitselect ${cosine} ${sine} ${ints('shr_s', useCosine, '(i32.const 31)')})`;
    const negative = `(v128.and ${ints('shl', quarter, '(i32.const 30)')} ${code.ints(0x80000000)})`;
    return `(v128.xor ${value} ${negative})`;
  };
}

export const elementary = { exp, log, tanh, sigmoid, erf, sin: circular(0), cos: circular(1) } as const;
