/** `join[a](x, y)`: concatenation. Axis a has the size of the parts' axes together; every other axis is common to all parts. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type { AxisId } from '../../values/model.ts';
import { refuse } from '../refuse.ts';
import type { Elaboration } from './context.ts';
import { asReal, isInt } from './operate.ts';
import type { Tensor, Value } from './value.ts';

export function join(to: Elaboration, axis: AxisId, values: readonly Tensor[], place: Place): Value {
  const { table } = to;
  if (values.length < 2) refuse({ code: 'B329', message: 'join takes two tensors or more', at: place, label: `${values.length} given` });
  const common = values[0].axes.filter((id) => values.every((value) => value.axes.includes(id)));
  const own = values.map((value) => value.axes.filter((id) => !common.includes(id)));
  const from = own.every((axes) => axes.length === 1) ? own.map(([id]) => id) : values.map(() => sameEverywhere(to, axis, values, common));
  if (own.some((axes) => axes.length > 1) || from.some((id) => id === undefined)) {
    return refuse({
      code: 'B330',
      message: 'the parts of a join differ in one axis each',
      at: place,
      label: values.map((value) => to.shape(value.axes)).join(' and '),
      hint: `\`axis ${table.name(axis)} = a + b\` is the size of \`join[${table.name(axis)}](x, y)\`, x with a, y with b`,
    });
  }
  const ids = from as AxisId[];
  const sizes = ids.map((id) => table.size(id));
  const total = sizes.reduce<number>((sum, size) => sum + (typeof size === 'number' ? size : Number.NaN), 0);
  if (total !== table.size(axis)) {
    const label = `${table.name(axis)} = ${table.sizeText(axis)}`;
    refuse({
      code: 'B221',
      message: `the parts have ${ids.map((id) => table.name(id)).join(' + ')} = ${total} positions`,
      at: place,
      label,
    });
  }
  const int = values.every(isInt);
  const parts = values.map((value, k) => ({ of: (int ? value : asReal(to, value)).id, from: ids[k] }));
  const axes = values[0].axes.map((id) => (id === ids[0] ? axis : id));
  return to.tensor({ is: 'join', parts, axis }, axes, int ? 'int' : 'real', 'join');
}

/** Parts of equal axes are joined along the one whose sizes add up. */
function sameEverywhere(to: Elaboration, axis: AxisId, values: readonly Tensor[], common: readonly AxisId[]): AxisId | undefined {
  const size = to.table.size(axis);
  const found = common.filter((id) => {
    const each = to.table.size(id);
    return typeof each === 'number' && typeof size === 'number' && each * values.length === size;
  });
  return found.length === 1 ? found[0] : undefined;
}
