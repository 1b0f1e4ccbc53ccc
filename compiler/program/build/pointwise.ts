/**
 * Pointwise functions of the language as scalar expressions of the program, in stable form: no branch gives an infinity or a NaN that
 * the other branch would have to hide. `pow` becomes products, roots or exp(p log x).
 */
import type { Pointwise } from '../../values/body.ts';
import type { Dtype, Scalar, ScalarFunction } from '../../values/program.ts';
import { apply, number } from '../scalar.ts';

export interface Argument {
  readonly value: Scalar;
  readonly dtype: Dtype;
}

/** The expression of `f`, converted so that its type is `result`. */
export function lowerPointwise(f: Pointwise, args: readonly Argument[], result: Dtype): Scalar {
  if (f === 'real' || f === 'int') return apply(f, args[0].value);
  if (f === 'and' || f === 'or' || f === 'not') return apply(f, ...args.map((a) => converted(a, 'bit')));
  const comparison = comparisons[f];
  if (comparison !== undefined) {
    const kind = args.some((a) => a.dtype === 'real') ? 'real' : 'int';
    return comparison(converted(args[0], kind), converted(args[1], kind));
  }
  if (f === 'select') return apply('select', converted(args[0], 'bit'), converted(args[1], result), converted(args[2], result));
  const numeric = args.map((a) => converted(a, result));
  const expand = expansions[f];
  return expand !== undefined ? expand(numeric) : apply(f as ScalarFunction, ...numeric);
}

export function converted({ value, dtype }: Argument, to: Dtype): Scalar {
  if (dtype === to) return value;
  return to === 'bit' ? apply('not', apply('eq', value, number(0))) : apply(to, value);
}

const comparisons: Partial<Record<Pointwise, (a: Scalar, b: Scalar) => Scalar>> = {
  lt: (a, b) => apply('lt', a, b),
  le: (a, b) => apply('le', a, b),
  eq: (a, b) => apply('eq', a, b),
  ne: (a, b) => apply('not', apply('eq', a, b)),
  gt: (a, b) => apply('lt', b, a),
  ge: (a, b) => apply('le', b, a),
};

const mul = (a: Scalar, b: Scalar) => apply('mul', a, b);
const half = (x: Scalar) => mul(number(0.5), x);
const expansions: Partial<Record<Pointwise, (a: readonly Scalar[]) => Scalar>> = {
  relu: ([x]) => apply('max', x, number(0)),
  abs: ([x]) => apply('select', apply('lt', x, number(0)), apply('neg', x), x),
  silu: ([x]) => mul(x, apply('sigmoid', x)),
  /** x Phi(x), Hendrycks and Gimpel (2016). */
  gelu: ([x]) => mul(half(x), apply('add', number(1), apply('erf', mul(number(Math.SQRT1_2), x)))),
  /** Their approximation, used by GPT-2 and ALBERT. */
  gelu_tanh: ([x]) => {
    const cubic = apply('add', x, mul(number(0.044715), mul(x, mul(x, x))));
    return mul(half(x), apply('add', number(1), apply('tanh', mul(number(Math.sqrt(2 / Math.PI)), cubic))));
  },
  pow: ([x, p]) => power(x, p),
};

/** Small whole and half exponents are exact for any sign; others are for positive bases. */
function power(x: Scalar, p: Scalar): Scalar {
  if (p.is === 'number' && Number.isInteger(p.value) && Math.abs(p.value) <= 8) {
    const whole = wholePower(x, Math.abs(p.value));
    return p.value < 0 ? apply('div', number(1), whole) : whole;
  }
  if (p.is === 'number' && Math.abs(p.value) === 0.5) {
    const root = apply('sqrt', x);
    return p.value > 0 ? root : apply('div', number(1), root);
  }
  if (x.is === 'number' && x.value > 0) return apply('exp', mul(p, number(Math.log(x.value))));
  return apply('exp', mul(p, apply('log', x)));
}
function wholePower(x: Scalar, p: number): Scalar {
  if (p === 0) return number(1);
  if (p === 1) return x;
  const root = wholePower(x, Math.floor(p / 2));
  return p % 2 === 0 ? mul(root, root) : mul(x, mul(root, root));
}
