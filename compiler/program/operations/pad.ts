/** Zeros before and behind along one axis. Its adjoint is `slice`; concatenation is a sum of pads. */

import { scaled, sumOf } from '../../values/count.ts';
import { AxisError, type Operation } from '../../values/operation.ts';
import type { Pad, Slice } from '../../values/program.ts';
import { strides } from '../../values/shape.ts';
import { access, index, pointwise } from '../access.ts';
import { copyAlong, resized } from '../along.ts';
import { sampleAxes, type } from '../sample.ts';
import { read } from '../scalar.ts';

export const pad: Operation<Pad> = {
  name: 'pad',
  infer(a, [input]) {
    const axis = input.axes[a.axis];
    if (axis === undefined) throw new AxisError(`pad of axis ${a.axis} of input 0, which has ${input.axes.length} axes`);
    if (a.before < 0 || a.before + axis.size > a.size) {
      throw new AxisError(`input 0, axis ${a.axis} (${axis.name}:${axis.size}) does not fit at ${a.before} into ${a.size}`);
    }
    return resized(input, a.axis, a.size);
  },
  print: (a, inputs) => `pad ${inputs[0]} axis ${a.axis} before ${a.before} size ${a.size}`,
  gradient(a, at) {
    if (!at.wanted(0)) return [null];
    const { size } = at.type(at.inputs[0]).axes[a.axis];
    return [at.add<Slice>('slice', [at.cotangent], { axis: a.axis, from: a.before, size })];
  },
  linear: 'all',
  reference: (a, [input]) => copyAlong(input, pad.infer(a, [input.type]), a.axis, a.before),
  lower(a, [input]) {
    const result = pad.infer(a, [input]);
    const from = access(0, input.axes, [...input.axes.keys()], []);
    const where = [{ terms: { [index(a.axis)]: 1 }, plus: -a.before, size: input.axes[a.axis].size }];
    return pointwise(result.axes, [{ ...from, plus: -a.before * strides(input.axes)[a.axis], where }], read(0));
  },
  spell(a, [input], s) {
    const before = s.size(a, 'before');
    const after = sumOf(s.size(a, 'size'), scaled(before, -1), scaled(input.shape[a.axis], -1));
    return s.pad(input, a.axis, before, after);
  },
  sample(pick) {
    const axes = sampleAxes(pick, pick.integer(1, 3));
    const axis = pick.integer(0, axes.length - 1);
    const before = pick.integer(0, 2);
    return { attributes: { axis, before, size: before + axes[axis].size + pick.integer(0, 2) }, inputs: [type('real', axes)] };
  },
};
