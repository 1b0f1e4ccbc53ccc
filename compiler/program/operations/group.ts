/** Stable counting sort of integer keys: the order, or where each group starts. Keys outside [0, groups) are in no group and come last. */

import { sumOf } from '../../values/count.ts';
import { AxisError, type Operation } from '../../values/operation.ts';
import type { Group } from '../../values/program.ts';
import { type } from '../sample.ts';

export const group: Operation<Group> = {
  name: 'group',
  infer(a, [input]) {
    if (input.dtype !== 'int' || input.axes.length !== 1)
      throw new AxisError(`group takes ints on one axis, found ${input.dtype} on ${input.axes.length}`);
    return { dtype: 'int', axes: a.gives === 'order' ? input.axes : [{ name: 'start', size: a.groups + 1 }] };
  },
  print: (a, inputs) => `group ${a.gives} of ${inputs[0]} in ${a.groups}`,
  gradient: 'none',
  reference(a, [input]) {
    const result = group.infer(a, [input.type]);
    const place = (key: number) => (key >= 0 && key < a.groups ? key : a.groups);
    const start = new Float64Array(a.groups + 1);
    for (const key of input.data) if (place(key) < a.groups) start[place(key) + 1]++;
    for (let g = 1; g <= a.groups; g++) start[g] += start[g - 1];
    if (a.gives === 'start') return { type: result, data: start };
    const next = start.slice();
    const data = new Float64Array(input.data.length);
    input.data.forEach((key, n) => {
      data[next[place(key)]++] = n;
    });
    return { type: result, data };
  },
  lower: (a) => ({ is: 'group', gives: a.gives, groups: a.groups }),
  spell(a, [keys], s) {
    const groups = s.size(a, 'groups');
    const outside = s.count(groups, 'int');
    const isKey = s.apply('and', s.apply('le', s.number(0, 'int'), keys), s.apply('lt', keys, outside));
    const places = s.where(isKey, keys, outside);
    const [count] = keys.shape;
    if (a.gives === 'order') return s.top(places, 0, count, 'least');
    const before = s.apply('lt', s.insert(places, [1]), s.insert(s.range(sumOf(groups, 1)), [0]));
    return s.reduce('sum', s.cast(before, 'int'), [0]);
  },
  sample(pick) {
    const groups = pick.integer(1, 4);
    return {
      attributes: { gives: pick.of(['order', 'start'] as const), groups },
      inputs: [type('int', [{ name: 'n', size: pick.integer(1, 6) }])],
      values: [(p) => p.integer(-1, groups)],
    };
  },
};
