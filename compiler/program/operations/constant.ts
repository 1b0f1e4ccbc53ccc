/** A literal: one number for every element of its type, or all elements row-major. */
import { AxisError, type Operation } from '../../values/operation.ts';
import type { Constant, Type } from '../../values/program.ts';
import { printNumber } from '../../values/scalar.ts';
import { elements } from '../../values/shape.ts';
import { sampleAxes, type } from '../sample.ts';

/** `Constant` with the type that `infer` gives back. */
export interface TypedConstant extends Constant {
  readonly type: Type;
}

export const constant: Operation<TypedConstant> = {
  name: 'constant',
  infer(a) {
    const count = elements(a.type.axes);
    const values = typeof a.value === 'number' ? [a.value] : a.value;
    if (typeof a.value !== 'number' && a.value.length !== count) {
      throw new AxisError(`a constant of ${count} elements is given ${a.value.length} numbers`);
    }
    const odd = values.find((value) => !Number.isFinite(value) || (a.type.dtype !== 'real' && !Number.isInteger(value)));
    if (odd !== undefined) throw new AxisError(`a constant of type ${a.type.dtype} holds ${odd}`);
    return a.type;
  },
  print: (a) => `constant ${typeof a.value === 'number' ? printNumber(a.value) : `[${a.value.map(printNumber).join(' ')}]`}`,
  gradient: 'none',
  reference(a) {
    const count = elements(a.type.axes);
    return { type: a.type, data: typeof a.value === 'number' ? new Float64Array(count).fill(a.value) : Float64Array.from(a.value) };
  },
  lower: () => 'leaf',
  spell(a, _, s) {
    const shape = a.type.axes.map((axis) => s.size(axis, 'size'));
    if (typeof a.value === 'number') return s.expand(s.count(s.size(a, 'value'), a.type.dtype), shape);
    return s.constant(
      a.value,
      a.type.dtype,
      a.type.axes.map(({ size }) => size),
    );
  },
  sample(pick) {
    const axes = sampleAxes(pick, pick.integer(0, 2));
    const value = pick.boolean() ? pick.integer(-2, 2) : Array.from({ length: elements(axes) }, () => pick.integer(-8, 8) / 4);
    return { attributes: { value, type: type('real', axes) }, inputs: [] };
  },
};
