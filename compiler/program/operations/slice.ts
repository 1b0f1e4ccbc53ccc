/** A run of positions along one axis. Its adjoint is `pad`. */
import { AxisError, type Operation } from '../../values/operation.ts';
import type { Pad, Slice } from '../../values/program.ts';
import { strides } from '../../values/shape.ts';
import { access, pointwise } from '../access.ts';
import { copyAlong, resized } from '../along.ts';
import { sampleAxes, type } from '../sample.ts';
import { read } from '../scalar.ts';

export const slice: Operation<Slice> = {
  name: 'slice',
  infer(a, [input]) {
    const axis = input.axes[a.axis];
    if (axis === undefined) throw new AxisError(`slice of axis ${a.axis} of input 0, which has ${input.axes.length} axes`);
    if (a.from < 0 || a.size < 0 || a.from + a.size > axis.size) {
      throw new AxisError(`slice ${a.from} to ${a.from + a.size} of input 0, axis ${a.axis} (${axis.name}:${axis.size})`);
    }
    return resized(input, a.axis, a.size);
  },
  print: (a, inputs) => `slice ${inputs[0]} axis ${a.axis} from ${a.from} size ${a.size}`,
  gradient(a, at) {
    if (!at.wanted(0)) return [null];
    const { size } = at.type(at.inputs[0]).axes[a.axis];
    return [at.add<Pad>('pad', [at.cotangent], { axis: a.axis, before: a.from, size })];
  },
  linear: 'all',
  reference: (a, [input]) => copyAlong(input, slice.infer(a, [input.type]), a.axis, -a.from),
  lower(a, [input]) {
    const result = slice.infer(a, [input]);
    const from = access(0, input.axes, [...input.axes.keys()], []);
    return pointwise(result.axes, [{ ...from, plus: a.from * strides(input.axes)[a.axis] }], read(0));
  },
  spell: (a, [input], s) => s.slice(input, a.axis, s.size(a, 'from'), s.size(a, 'size')),
  sample(pick) {
    const axes = sampleAxes(pick, pick.integer(1, 3), 4);
    const axis = pick.integer(0, axes.length - 1);
    const size = pick.integer(1, axes[axis].size);
    return { attributes: { axis, from: pick.integer(0, axes[axis].size - size), size }, inputs: [type('real', axes)] };
  },
};
