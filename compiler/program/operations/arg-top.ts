/** Positions of the greatest elements along an axis, in falling order, ties to the lower position. Integers: no gradient. */
import { AxisError, type Operation } from '../../values/operation.ts';
import type { ArgTop } from '../../values/program.ts';
import { fallingOrder } from '../../values/scalar.ts';
import { elements } from '../../values/shape.ts';
import { sampleAxes, type } from '../sample.ts';

export const argTop: Operation<ArgTop> = {
  name: 'arg-top',
  infer(a, [input]) {
    const axis = input.axes[a.axis];
    if (axis === undefined) throw new AxisError(`arg-top of axis ${a.axis} of input 0, which has ${input.axes.length} axes`);
    if (a.count < 1 || a.count > axis.size)
      throw new AxisError(`the ${a.count} greatest of input 0, axis ${a.axis} (${axis.name}:${axis.size})`);
    return { dtype: 'int', axes: [...input.axes.filter((_, k) => k !== a.axis), { name: a.name, size: a.count }] };
  },
  print: (a, inputs) => `arg-top ${inputs[0]} axis ${a.axis} count ${a.count} as ${a.name}`,
  gradient: 'none',
  reference(a, [input]) {
    const result = argTop.infer(a, [input.type]);
    const { size } = input.type.axes[a.axis];
    const inner = elements(input.type.axes.slice(a.axis + 1));
    const rows = input.data.length / size;
    const data = new Float64Array(rows * a.count);
    for (let row = 0; row < rows; row++) {
      const base = Math.floor(row / inner) * size * inner + (row % inner);
      const value = (position: number) => input.data[base + position * inner];
      const order = Array.from({ length: size }, (_, position) => position).sort((p, q) => fallingOrder(value(p), value(q)) || p - q);
      data.set(order.slice(0, a.count), row * a.count);
    }
    return { type: result, data };
  },
  lower: (a) => ({ is: 'arg-top', axis: a.axis, count: a.count }),
  spell(a, [input], s) {
    const found = s.top(input, a.axis, s.size(a, 'count'), 'greatest');
    const order = [...input.shape.keys()].filter((axis) => axis !== a.axis);
    return s.transpose(found, [...order, a.axis]);
  },
  sample(pick) {
    const axes = sampleAxes(pick, pick.integer(1, 3), 4);
    const axis = pick.integer(0, axes.length - 1);
    return {
      attributes: { axis, count: pick.integer(1, axes[axis].size), name: 'k' },
      inputs: [type('real', axes)],
      values: [(p) => p.integer(-2, 2)],
    };
  },
};
