/** A map as one word of the target for each function of its expression; what stands in it twice is said once. */
import type { Dtype, MapOp, Scalar, ScalarFunction } from '../../values/program.ts';
import { scalarType } from '../../values/scalar.ts';
import { NotSpelt, type Speller, type Spelt } from '../../values/spelling.ts';
import { alignedTo, atSubscripts } from './letters.ts';

export function spellMap(a: MapOp, inputs: readonly Spelt[], s: Speller): Spelt {
  const sizes = a.domain.map((axis) => s.size(axis, 'size'));
  const order = [...a.domain.keys()];
  const alphabet = { sizes, inputs };
  const reads = inputs.map((value, k) => alignedTo(atSubscripts(value, a.reads[k], alphabet, s), order, s));
  const coordinate = (axis: number) => alignedTo({ value: s.range(sizes[axis]), letters: [axis] }, order, s);
  const dtypes = inputs.map(({ dtype }) => dtype);
  return s.expand(new Spelling(s, reads, dtypes, coordinate).of(a.value, 'real'), sizes);
}

class Spelling {
  readonly #s: Speller;
  readonly #reads: readonly Spelt[];
  readonly #dtypes: readonly Dtype[];
  readonly #coordinate: (axis: number) => Spelt;
  constructor(s: Speller, reads: readonly Spelt[], dtypes: readonly Dtype[], coordinate: (axis: number) => Spelt) {
    [this.#s, this.#reads, this.#dtypes, this.#coordinate] = [s, reads, dtypes, coordinate];
  }

  /** `wanted`: what a literal is. */
  of(scalar: Scalar, wanted: Dtype): Spelt {
    switch (scalar.is) {
      case 'read':
        return this.#reads[scalar.operand];
      case 'number':
        return this.#s.count(this.#s.size(scalar, 'value'), wanted);
      case 'size':
        return this.#s.count(this.#s.size(scalar, 'value'), 'real');
      case 'coordinate':
        return this.#coordinate(scalar.axis);
      case 'random':
        throw new NotSpelt(`random numbers (${scalar.stream}) have no standard operator that gives the same ones`);
      case 'apply':
        return this.#applied(scalar.f, scalar.a, wanted);
    }
  }
  #dtypeOf(scalars: readonly Scalar[], wanted: Dtype): Dtype {
    const types = scalars.map((scalar) => scalarType(scalar, this.#dtypes));
    return types.find((type): type is Dtype => type === 'real' || type === 'int' || type === 'bit') ?? wanted;
  }

  #applied(f: ScalarFunction, a: readonly Scalar[], wanted: Dtype): Spelt {
    const s = this.#s;
    const alike = (own: readonly Scalar[], kind = this.#dtypeOf(own, wanted)) => own.map((scalar) => this.of(scalar, kind));
    switch (f) {
      case 'lt':
      case 'le':
      case 'eq':
        return s.apply(f, ...alike(a, this.#dtypeOf(a, 'real')));
      case 'and':
      case 'or':
      case 'not':
        return s.apply(f, ...alike(a, 'bit'));
      case 'select':
        return selected(this.of(a[0], 'bit'), alike(a.slice(1)), s);
      case 'stop':
        return this.of(a[0], wanted);
      case 'real':
        return s.cast(this.of(a[0], 'real'), 'real');
      case 'int':
        return toInt(this.of(a[0], 'real'), s);
      case 'mod':
      case 'idiv': {
        const [x, y] = alike(a, f === 'idiv' ? 'int' : this.#dtypeOf(a, wanted));
        return divided(f, x, y, a[1], s);
      }
      case 'below':
      case 'uniform':
        return this.of(a[0], 'real');
      default:
        return s.apply(f, ...alike(a));
    }
  }
}

function selected(condition: Spelt, [yes, no]: readonly Spelt[], s: Speller): Spelt {
  if (yes.dtype !== 'bit') return s.where(condition, yes, no);
  return s.apply('or', s.apply('and', condition, yes), s.apply('and', s.apply('not', condition), no));
}
/** Towards zero, to the nearest 32-bit integer where there is none; what is no number is 0. */
function toInt(x: Spelt, s: Speller): Spelt {
  if (x.dtype !== 'real') return s.cast(x, 'int');
  const [least, most] = [-(2 ** 31), 2 ** 31];
  const near = s.apply('max', s.apply('min', x, s.number(2 * most, 'real')), s.number(2 * least, 'real'));
  const whole = s.cast(s.where(s.apply('isnan', x), s.number(0, 'real'), near), 'int');
  return s.apply('max', s.apply('min', whole, s.number(most - 1, 'int')), s.number(least, 'int'));
}
/** Rounded down; 0 where the divisor is 0. */
function divided(f: 'mod' | 'idiv', x: Spelt, y: Spelt, divisor: Scalar, s: Speller): Spelt {
  const zero = s.number(0, y.dtype);
  const safe = divisor.is === 'number' && divisor.value !== 0;
  const isZero = s.apply('eq', y, zero);
  const by = safe ? y : s.where(isZero, s.number(1, y.dtype), y);
  const rest = y.dtype === 'int' ? s.apply('mod', x, by) : s.apply('sub', x, s.apply('mul', by, s.apply('floor', s.apply('div', x, by))));
  const value = f === 'mod' ? rest : s.apply('quotient', s.apply('sub', x, rest), by);
  return safe ? value : s.where(isZero, zero, value);
}
