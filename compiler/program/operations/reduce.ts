/** Greatest, least or any over axes. A sum is a contraction. Ties share the gradient equally. */
import type { Nest } from '../../values/kernel.ts';
import { AxisError, type Operation } from '../../values/operation.ts';
import type { Contract, MapOp, Reduce, Type } from '../../values/program.ts';
import { elements, labels, strides } from '../../values/shape.ts';
import { access, index, pointwise } from '../access.ts';
import { sampleAxes, subset, type } from '../sample.ts';
import { apply, number, read } from '../scalar.ts';

/** Over nothing; finite, so that a step which meets it goes on. Over something a reduction starts from what is there. */
const overNothing = { max: -1e30, min: 1e30, any: 0 } as const;
const start = { max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY, any: 0 } as const;
const isEmpty = (a: Reduce, input: Type) => a.over.some((axis) => input.axes[axis].size === 0);

export const reduce: Operation<Reduce> = {
  name: 'reduce',
  infer(a, [input]) {
    if ((a.combine === 'any') !== (input.dtype === 'bit'))
      throw new AxisError(`${a.combine} over ${input.dtype}: any takes bits, max and min take numbers`);
    const odd = a.over.find((axis, k) => input.axes[axis] === undefined || a.over.indexOf(axis) !== k);
    if (odd !== undefined)
      throw new AxisError(`${a.combine} over axis ${odd} of input 0, which has ${input.axes.length} axes, each at most once`);
    return { dtype: input.dtype, axes: keptOf(a, input).map((axis) => input.axes[axis]) };
  },
  print: (a, inputs) => `reduce ${a.combine} ${inputs[0]} over ${a.over.join(' ')}`,
  gradient(a, at) {
    const input = at.type(at.inputs[0]);
    if (!at.wanted(0)) return [null];
    const whole = input.axes.map((_, axis) => axis);
    const kept = keptOf(a, input);
    const domain = input.axes;
    const hit = apply('eq', read(0), read(1));
    const ties = at.add<MapOp>('map', [at.inputs[0], at.result], {
      domain,
      reads: [whole, kept],
      value: apply('select', hit, number(1), number(0)),
    });
    const count = at.add<Contract>('contract', [ties], { letters: domain, operands: [whole], result: kept });
    const value = apply('select', hit, apply('div', read(2), read(3)), number(0));
    return [at.add<MapOp>('map', [at.inputs[0], at.result, at.cotangent, count], { domain, reads: [whole, kept, kept, kept], value })];
  },
  reference(a, [input]) {
    const result = reduce.infer(a, [input.type]);
    const steps = strides(result.axes);
    const kept = keptOf(a, input.type);
    const data = new Float64Array(elements(result.axes)).fill((isEmpty(a, input.type) ? overNothing : start)[a.combine]);
    const sizes = input.type.axes.map((axis) => axis.size);
    const own = strides(input.type.axes);
    for (let n = 0; n < input.data.length; n++) {
      const to = kept.reduce((sum, axis, k) => sum + (Math.floor(n / own[axis]) % sizes[axis]) * steps[k], 0);
      data[to] = a.combine === 'min' ? Math.min(data[to], input.data[n]) : Math.max(data[to], input.data[n]);
    }
    return { type: result, data };
  },
  lower(a, [input]): Nest {
    const kept = keptOf(a, input);
    const result = reduce.infer(a, [input]);
    if (isEmpty(a, input)) return pointwise(result.axes, [], number(overNothing[a.combine]));
    return {
      domain: input.axes.map((axis, k) => ({ index: index(k), axis, role: a.over.includes(k) ? 'reduced' : 'kept' })),
      reads: [access(0, input.axes, [...input.axes.keys()], [])],
      combine: a.over.length === 0 ? 'none' : a.combine,
      value: read(0),
      after: [],
      finish: read(0),
      write: access(-1, result.axes, kept, []),
    };
  },
  spell(a, [input], s) {
    const kept = [...input.shape.keys()].filter((axis) => !a.over.includes(axis)).map((axis) => input.shape[axis]);
    if (a.over.some((axis) => input.shape[axis] === 0)) return s.expand(s.number(overNothing[a.combine], input.dtype), kept);
    if (a.combine !== 'any') return s.reduce(a.combine, input, a.over);
    return s.cast(s.reduce('max', s.cast(input, 'int'), a.over), 'bit');
  },
  sample(pick) {
    const combine = pick.of(['max', 'min', 'any'] as const);
    const axes = labels(sampleAxes(pick, pick.integer(1, 3))).map((name) => ({ name, size: pick.integer(1, 4) }));
    const over = subset(pick, [...axes.keys()]);
    return {
      attributes: { combine, over },
      inputs: [type(combine === 'any' ? 'bit' : 'real', axes)],
      values: [combine === 'any' ? (p) => p.integer(0, 1) : undefined],
    };
  },
};

function keptOf(a: Reduce, input: Type): number[] {
  return [...input.axes.keys()].filter((axis) => !a.over.includes(axis));
}
