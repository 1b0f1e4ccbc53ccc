/** Splits and merges axes; the elements keep their row-major order, so it costs nothing. */
import { AxisError, type Operation } from '../../values/operation.ts';
import type { Reshape } from '../../values/program.ts';
import { elements, printType } from '../../values/shape.ts';
import { sampleAxes, shuffle, type } from '../sample.ts';

export const reshape: Operation<Reshape> = {
  name: 'reshape',
  infer(a, [input]) {
    const result = { dtype: input.dtype, axes: a.axes };
    if (elements(a.axes) !== elements(input.axes)) {
      throw new AxisError(
        `${printType(input)} with ${elements(input.axes)} elements cannot become ${printType(result)} with ${elements(a.axes)}`,
      );
    }
    return result;
  },
  print: (a, inputs) => `reshape ${inputs[0]} to (${a.axes.map((axis) => `${axis.name}:${axis.size}`).join(' ')})`,
  gradient: (_, at) => [at.wanted(0) ? at.add<Reshape>('reshape', [at.cotangent], { axes: at.type(at.inputs[0]).axes }) : null],
  linear: 'all',
  reference: (a, [input]) => ({ type: reshape.infer(a, [input.type]), data: input.data }),
  lower: () => 'view',
  spell: (a, [input], s) =>
    s.reshape(
      input,
      a.axes.map((axis) => s.size(axis, 'size')),
    ),
  sample(pick) {
    const axes = sampleAxes(pick, pick.integer(1, 4));
    const sizes = shuffle(
      pick,
      axes.map((axis) => axis.size),
    ).map((size, k) => ({ name: `s${k}`, size }));
    const merged = { name: 'm', size: elements(axes) };
    return pick.boolean()
      ? { attributes: { axes: sizes }, inputs: [type('real', pick.boolean() ? axes : [merged])] }
      : { attributes: { axes: [merged] }, inputs: [type('real', axes)] };
  },
};
