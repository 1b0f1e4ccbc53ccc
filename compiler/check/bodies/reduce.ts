/**
 * Reductions: `mean[a](x where c)`. In brackets stand the reduced axes, none means all. Over nothing sum and mean are 0, max is -1e30.
 * The condition lies within the operand's axes and mentions a reduced one, or it masks the wrong side.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId } from '../../values/model.ts';
import { refuse } from '../refuse.ts';
import { meant } from '../report.ts';
import { axisIn, axisName, restOf } from './brackets.ts';
import type { Elaboration, Frame } from './context.ts';
import { asReal, condition, operand } from './operate.ts';
import type { Tensor, Value } from './value.ts';

export const reductions: readonly string[] = ['sum', 'mean', 'max', 'min', 'logsumexp', 'argmax'];

interface Call {
  readonly name: string;
  readonly brackets?: tree.Brackets;
  readonly args: tree.Arguments;
  readonly place: Place;
}

export function reduce(to: Elaboration, frame: Frame, call: Call): Value {
  const [argument, ...more] = call.args.items;
  if (argument === undefined || more.length > 0) {
    refuse({ code: 'B329', message: `${call.name} takes one value`, at: call.args.place, label: `${call.args.items.length} given` });
  }
  const given = operand(to.evaluate(argument.value, frame), argument.place);
  if (given.is === 'static') {
    return refuse({ code: 'B329', message: 'a tensor is expected', at: argument.place, label: 'this is known before the program runs' });
  }
  const over = call.brackets === undefined ? [...given.axes] : reducedAxes(to, frame, call.brackets, given, argument.place);
  const where = call.args.where && masked(to, frame, call.args.where, given, over, call);
  if (call.name === 'argmax') return argmax(to, given, over, call, where);
  const value = summand(to, call, given);
  if (over.length === 0 && where === undefined) return value;
  const axes = given.axes.filter((axis) => !over.includes(axis));
  const combine = call.name as 'sum' | 'mean' | 'max' | 'min' | 'logsumexp';
  const type = value.type;
  // Over nothing the greatest of whole numbers is none of them.
  const range = type === 'int' && where === undefined && (combine === 'max' || combine === 'min') ? value.range : undefined;
  const expression = { is: 'reduce' as const, combine, over, of: value.id, ...(where ? { where: where.id } : {}) };
  return to.tensor(expression, axes, type, call.name, { free: value.free, ...(range ? { range } : {}) });
}

/** Conditions count as 0 and 1 in sums and means; means and logarithms are real. */
function summand(to: Elaboration, call: Call, given: Tensor): Tensor {
  if (given.type === 'bool' && call.name !== 'sum' && call.name !== 'mean') {
    refuse({ code: 'B321', message: `${call.name} takes numbers, not conditions`, at: call.args.place, label: 'true or false' });
  }
  if (given.index !== undefined && given.affine === undefined) {
    const label = `indexes ${to.table.name(given.index.axis)}`;
    refuse({ code: 'B322', message: 'an index is compared, indexed with or subtracted, not reduced', at: call.args.place, label });
  }
  if (given.type === 'bool') return to.apply('real', [given], 'real');
  return given.type === 'int' && call.name !== 'mean' && call.name !== 'logsumexp' ? given : asReal(to, given);
}

function reducedAxes(to: Elaboration, frame: Frame, brackets: tree.Brackets, value: Tensor, from: Place): AxisId[] {
  const over: AxisId[] = [];
  for (const item of brackets.items) {
    if (item.kind === 'rest') {
      over.push(...restOf(frame, item).filter((axis) => value.axes.includes(axis) && !over.includes(axis)));
      continue;
    }
    const name = axisName(item);
    const axis = axisIn(to, frame, name);
    if (!value.axes.includes(axis)) refuseAbsent(to, value, axis, name.place, from);
    if (!over.includes(axis)) over.push(axis);
  }
  return over;
}

function refuseAbsent(to: Elaboration, value: Tensor, axis: AxisId, at: Place, from: Place): never {
  const name = to.table.name(axis);
  const shape = to.shape(value.axes);
  const names = value.axes.map((other) => to.table.name(other));
  return refuse({
    code: 'B309',
    message: `the value has no axis \`${name}\``,
    at,
    label: 'not an axis of it',
    also: [{ place: from, text: `is ${shape}` }],
    hint: meant(name, names) ?? (names.length > 0 ? `it has ${names.join(', ')}` : 'it is one number already'),
  });
}

function masked(
  to: Elaboration,
  frame: Frame,
  expression: tree.Expression,
  value: Tensor,
  over: readonly AxisId[],
  call: Call,
): Tensor | undefined {
  const where = condition(operand(to.evaluate(expression, frame), expression.place), expression.place);
  if (where.is === 'static') {
    if (where.value.is === 'boolean' && where.value.value) return undefined;
    return to.apply('ne', [to.number(0, 'int'), to.number(0, 'int')], 'bool');
  }
  const outside = where.axes.filter((axis) => !value.axes.includes(axis));
  if (outside.length > 0) {
    refuse({
      code: 'B308',
      message: `the condition has \`${to.table.list(outside)}\`, the value has not`,
      at: expression.place,
      label: `has ${to.table.list(where.axes)}`,
      also: [{ place: call.args.items[0].place, text: `is ${to.shape(value.axes)}` }],
    });
  }
  checkMentions(to, where, over, expression, call.brackets?.place ?? call.place);
  return where;
}

/** Rule H13. */
export function checkMentions(to: Elaboration, where: Tensor, over: readonly AxisId[], at: tree.Expression, reduced: Place): void {
  if (where.axes.some((axis) => over.includes(axis)) || over.length === 0) return;
  const kin = where.axes.find((axis) => over.some((other) => to.table.sameFamily(axis, other)));
  const wanted = kin === undefined ? undefined : over.find((axis) => to.table.sameFamily(axis, kin));
  const name = to.table.list(over);
  refuse({
    code: 'B308',
    message: `the condition does not mention \`${name}\``,
    at: at.place,
    label: where.axes.length === 0 ? 'has no axes' : `has ${to.table.list(where.axes)}`,
    also: [{ place: reduced, text: over.length === 1 ? 'reduced axis' : 'reduced axes' }],
    hint: wanted !== undefined && at.kind === 'identifier' ? `\`where ${at.name}[@${to.table.name(wanted)}]\`` : undefined,
  });
}

function argmax(to: Elaboration, value: Tensor, over: readonly AxisId[], call: Call, where: Tensor | undefined): Value {
  if (over.length !== 1 || where !== undefined) {
    const at = call.args.where?.place ?? call.brackets?.place ?? call.place;
    const message = where ? 'argmax takes no `where`' : 'argmax takes one axis';
    return refuse({ code: 'B318', message, at, label: 'here', hint: '`argmax[classes](scores)`' });
  }
  const axes = value.axes.filter((axis) => axis !== over[0]);
  const of = asReal(to, value).id;
  return to.tensor({ is: 'top', of, over: over[0], gives: 'index' }, axes, 'int', 'argmax', to.indexing(over[0], { by: 'made' }));
}
