/** Overlapping views along an axis, for convolutions: one axis becomes [out, tap]. Its adjoint adds the overlaps: a lookup in a result. */
import { AxisError, type Operation } from '../../values/operation.ts';
import type { Contract, MapOp, Scalar, Window } from '../../values/program.ts';
import { elements, strides } from '../../values/shape.ts';
import { access, index, pointwise } from '../access.ts';
import { sampleAxes, type } from '../sample.ts';
import { apply, coordinate, number, read } from '../scalar.ts';
import { takeWithin } from '../spell/letters.ts';

const times = (factor: number, value: Scalar) => (factor === 1 ? value : apply('mul', number(factor), value));
const said = ({ stride, dilation }: Window) => `${stride === 1 ? '' : ` stride ${stride}`}${dilation === 1 ? '' : ` dilation ${dilation}`}`;

export const window: Operation<Window> = {
  name: 'window',
  infer(a, [input]) {
    if (input.axes[a.axis] === undefined) throw new AxisError(`window on axis ${a.axis} of input 0, which has ${input.axes.length} axes`);
    return { dtype: input.dtype, axes: input.axes.flatMap((axis, k) => (k === a.axis ? [a.out, a.tap] : [axis])) };
  },
  print: (a, inputs) =>
    `window ${inputs[0]} axis ${a.axis} to (${a.out.name}:${a.out.size} ${a.tap.name}:${a.tap.size}) before ${a.before}${said(a)}`,
  gradient(a, at) {
    if (!at.wanted(0)) return [null];
    const input = at.type(at.inputs[0]);
    const letters = at.type(at.cotangent).axes;
    const position = apply('sub', apply('add', times(a.stride, coordinate(0)), times(a.dilation, coordinate(1))), number(a.before));
    const ids = at.add<MapOp>('map', [], { domain: [a.out, a.tap], reads: [], value: position });
    const result = input.axes.map((axis, k) => {
      if (k === a.axis) return { ids: 1, over: [a.axis, a.axis + 1], axis };
      return k < a.axis ? k : k + 1;
    });
    return [at.add<Contract>('contract', [at.cotangent, ids], { letters, operands: [[...letters.keys()]], result })];
  },
  linear: 'all',
  reference(a, [input]) {
    const result = window.infer(a, [input.type]);
    const { size } = input.type.axes[a.axis];
    const inner = elements(input.type.axes.slice(a.axis + 1));
    const outer = elements(input.type.axes.slice(0, a.axis));
    const data = new Float64Array(elements(result.axes));
    let to = 0;
    for (let o = 0; o < outer; o++) {
      for (let out = 0; out < a.out.size; out++) {
        for (let tap = 0; tap < a.tap.size; tap++, to += inner) {
          const from = a.stride * out + a.dilation * tap - a.before;
          if (from >= 0 && from < size) data.set(input.data.subarray((o * size + from) * inner, (o * size + from + 1) * inner), to);
        }
      }
    }
    return { type: result, data };
  },
  lower(a, [input]) {
    const result = window.infer(a, [input]);
    const step = strides(input.axes)[a.axis];
    const positions = input.axes.map((_, k) => (k <= a.axis ? k : k + 1));
    const from = access(0, input.axes, positions, []);
    const both = { [index(a.axis)]: a.stride, [index(a.axis + 1)]: a.dilation };
    return pointwise(
      result.axes,
      [
        {
          ...from,
          terms: { ...from.terms, [index(a.axis)]: a.stride * step, [index(a.axis + 1)]: a.dilation * step },
          plus: -a.before * step,
          where: [{ terms: both, plus: -a.before, size: input.axes[a.axis].size }],
        },
      ],
      read(0),
    );
  },
  spell(a, [input], s) {
    const axes = [a.out, a.tap].map((axis) => s.size(axis, 'size'));
    const along = (k: number, step: number) => s.apply('mul', s.insert(s.range(axes[k]), [1 - k]), s.number(step, 'int'));
    const place = s.apply('sub', s.apply('add', along(0, a.stride), along(1, a.dilation)), s.count(s.size(a, 'before'), 'int'));
    return takeWithin(input, a.axis, place, s);
  },
  sample(pick) {
    const axes = sampleAxes(pick, pick.integer(1, 3), 4);
    const attributes = {
      axis: pick.integer(0, axes.length - 1),
      out: { name: 'out', size: pick.integer(1, 4) },
      tap: { name: 'tap', size: pick.integer(1, 3) },
      stride: pick.integer(1, 3),
      dilation: pick.integer(1, 2),
      before: pick.integer(0, 2),
    };
    return { attributes, inputs: [type('real', axes)] };
  },
};
