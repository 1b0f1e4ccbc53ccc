/**
 * Which elements of a tensor are its greatest, over all axes together: exactly `count` of them, ties to the lower position. Bits: no
 * gradient, what learns a mask passes around them.
 */
import { productOf } from '../../values/count.ts';
import { AxisError, type Operation } from '../../values/operation.ts';
import type { Largest } from '../../values/program.ts';
import { fallingOrder } from '../../values/scalar.ts';
import { elements } from '../../values/shape.ts';
import { sampleAxes, type } from '../sample.ts';

export const largest: Operation<Largest> = {
  name: 'largest',
  infer(a, [input]) {
    if (input.dtype !== 'real') throw new AxisError(`largest takes reals, found ${input.dtype}`);
    const size = elements(input.axes);
    if (!(Number.isInteger(a.count) && a.count >= 0 && a.count <= size))
      throw new AxisError(`the ${a.count} greatest of input 0, which has ${size} elements`);
    return { dtype: 'bit', axes: input.axes };
  },
  print: (a, inputs) => `largest ${a.count} of ${inputs[0]}`,
  gradient: 'none',
  reference(a, [input]) {
    const order = Array.from(input.data.keys()).sort((p, q) => fallingOrder(input.data[p], input.data[q]) || p - q);
    const data = new Float64Array(input.data.length);
    for (const position of order.slice(0, a.count)) data[position] = 1;
    return { type: largest.infer(a, [input.type]), data };
  },
  lower: (a) => ({ is: 'largest', count: a.count }),
  spell(a, [input], s) {
    const size = productOf(input.shape);
    const count = s.size(a, 'count');
    const chosen = s.top(s.reshape(input, [size]), 0, count, 'greatest');
    return s.cast(s.reshape(s.scatter(size, chosen, s.expand(s.number(1, 'real'), [count])), input.shape), 'bit');
  },
  sample(pick) {
    const axes = sampleAxes(pick, pick.integer(1, 3), 4);
    return {
      attributes: { count: pick.integer(1, elements(axes)) },
      inputs: [type('real', axes)],
      values: [(p) => p.integer(-2, 2)],
    };
  },
};
