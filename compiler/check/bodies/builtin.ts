/** Functions of the language: reductions, choices, sizes, joins, and the pointwise functions. What they take is checked here. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId } from '../../values/model.ts';
import { foldFunction, isStaticFunction, number, settle } from '../fold.ts';
import { isPointwise, type PointwiseFunction, pointwiseFunctions } from '../pointwise.ts';
import { refuse } from '../refuse.ts';
import { axisIn, axisList, axisName } from './brackets.ts';
import type { Elaboration, Frame } from './context.ts';
import { greatest, hull, least } from './interval.ts';
import { join } from './join.ts';
import { asReal, asStatic, condition, isInt, nest, numeric, type Operands, operand, proofOf, rangeOf, unify } from './operate.ts';
import { reduce, reductions } from './reduce.ts';
import type { StaticPart, Tensor, Value } from './value.ts';

export interface Call {
  readonly name: string;
  readonly brackets?: tree.Brackets;
  readonly args: tree.Arguments;
  readonly place: Place;
}
type Rule = (to: Elaboration, frame: Frame, call: Call) => Value;

const rules: Readonly<Record<string, Rule>> = {
  top,
  earlier,
  size,
  clamp,
  join: (to, frame, call) => join(to, oneAxis(to, frame, call), tensors(to, frame, call), call.place),
  expand,
  select,
  stop,
};
export const builtinNames: readonly string[] = [...reductions, ...Object.keys(rules), 'bernoulli', 'uniform', ...pointwiseFunctions];

export function callBuiltin(to: Elaboration, frame: Frame, call: Call): Value {
  const { name } = call;
  if (name === 'bernoulli' || name === 'uniform') {
    return refuse({
      code: 'B327',
      message: `\`${name}\` is a law`,
      at: call.place,
      label: 'drawn with `~`',
      hint: `\`r[..] ~ ${name}(...)\``,
    });
  }
  if (reductions.includes(name)) {
    const pointwise = (name === 'min' || name === 'max') && call.brackets === undefined && call.args.items.length > 1;
    return pointwise ? extremes(to, frame, call, name) : reduce(to, frame, call);
  }
  noWhere(call);
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule !== undefined) return rule(to, frame, call);
  if (call.brackets !== undefined) {
    refuse({
      code: 'B318',
      message: `${name} takes no axes`,
      at: call.brackets.place,
      label: 'here',
      hint: `\`${name}(x)\` works on every element`,
    });
  }
  const [value] = operands(to, frame, call, 1);
  return pointwise(to, name as PointwiseFunction, value, call.place);
}

function noWhere(call: Call): void {
  if (call.args.where === undefined) return;
  const hint = 'reductions take `where`, and functions that declare it';
  refuse({ code: 'B328', message: `${call.name} takes no \`where\``, at: call.args.where.place, label: 'here', hint });
}

/** Exactly `count` arguments without names. */
function operands(to: Elaboration, frame: Frame, call: Call, count: number): (Tensor | StaticPart)[] {
  const { items } = call.args;
  if (items.length !== count) {
    const wanted = count === 1 ? 'one value' : `${count} values`;
    refuse({ code: 'B329', message: `${call.name} takes ${wanted}`, at: call.args.place, label: `${items.length} given` });
  }
  return items.map((item) => operand(to.evaluate(item.value, frame), item.place));
}

function tensors(to: Elaboration, frame: Frame, call: Call): Tensor[] {
  return call.args.items.map((item) => tensorOf(operand(to.evaluate(item.value, frame), item.place), item.place));
}

function tensorOf(value: Tensor | StaticPart, at: Place): Tensor {
  if (value.is === 'tensor') return value;
  return refuse({ code: 'B329', message: 'a tensor is expected', at, label: 'this is known before the program runs' });
}

function oneTensor(to: Elaboration, frame: Frame, call: Call): Tensor {
  const [value] = operands(to, frame, call, 1);
  return tensorOf(value, call.args.items[0].place);
}

/** The only axis in the brackets. */
function oneAxis(to: Elaboration, frame: Frame, call: Call): AxisId {
  const [item, ...more] = call.brackets?.items ?? [];
  if (item?.kind === 'index' && more.length === 0) return axisIn(to, frame, axisName(item));
  const at = call.brackets?.place ?? call.place;
  return refuse({ code: 'B318', message: `${call.name} takes one axis`, at, label: 'here', hint: `\`${call.name}[axis](...)\`` });
}

function present(to: Elaboration, value: Tensor, axis: AxisId, at: Place, from: Place): void {
  if (value.axes.includes(axis)) return;
  const also = [{ place: from, text: `is ${to.shape(value.axes)}` }];
  refuse({ code: 'B309', message: `the value has no axis \`${to.table.name(axis)}\``, at, label: 'not an axis of it', also });
}

export function pointwise(to: Elaboration, name: PointwiseFunction, value: Tensor | StaticPart, place: Place): Value {
  if (value.is === 'static') {
    const known = value.value.is === 'number' && isStaticFunction(name) ? value.value.value : undefined;
    if (known !== undefined) return asStatic(settle(foldFunction(name, [known]), place));
  } else if (value.type === 'bool')
    refuse({ code: 'B321', message: `${name} takes numbers, not conditions`, at: place, label: 'true or false' });
  if (name === 'abs' && value.is === 'tensor' && value.type === 'int') {
    return to.apply('abs', [value], 'int', { range: { low: { plus: 0 }, high: { plus: Number.POSITIVE_INFINITY } } });
  }
  if (name === 'floor') return isInt(value) ? value : to.apply('int', [to.apply('floor', [asReal(to, value)], 'real')], 'int');
  return to.apply(name, [asReal(to, value)], 'real');
}

function extremes(to: Elaboration, frame: Frame, call: Call, name: 'min' | 'max'): Value {
  noWhere(call);
  const values = operands(to, frame, call, call.args.items.length);
  return values.reduce((a, b) => {
    if (a.is === 'static' && b.is === 'static' && a.value.is === 'number' && b.value.is === 'number') {
      return asStatic(settle(foldFunction(name, [a.value.value, b.value.value]), call.place)) as StaticPart;
    }
    nest(to, asked(call, call.args.items[0]!.place, call.args.place), a, b);
    const range = name === 'min' ? least(rangeOf(a), rangeOf(b)) : greatest(rangeOf(a), rangeOf(b));
    const [x, y] = unify(to, numeric(a, call.place, name), numeric(b, call.place, name), call.place);
    return to.apply(name, [x, y], x.type, range && x.type === 'int' ? { range } : {});
  });
}

/** Two arguments that must nest. */
function asked({ name, place }: Call, left: Place, right: Place): Operands {
  return { operator: ',', place, left, right, hint: () => `\`expand[...](x)\` gives one argument of \`${name}\` the axes of the other` };
}

/** `choice, best = top[expert, pick](p)`; ties go to the lower index. */
function top(to: Elaboration, frame: Frame, call: Call): Value {
  const [over, pick] = call.brackets ? axisList(to, frame, call.brackets).named : [];
  if (over === undefined || pick === undefined) {
    refuse({
      code: 'B318',
      message: 'top takes two axes',
      at: call.brackets?.place ?? call.place,
      label: 'here',
      hint: '`top[expert, pick](p)`',
    });
  }
  const value = oneTensor(to, frame, call);
  present(to, value, over, call.brackets!.place, call.args.place);
  const [most, count] = [to.table.size(over), to.table.size(pick)];
  if (typeof most === 'number' && (typeof count !== 'number' || count > most)) {
    const label = `${to.table.name(pick)} = ${typeof count === 'number' ? count : 'open'}`;
    refuse({ code: 'B220', message: `there are only ${most} to pick from`, at: call.brackets!.place, label });
  }
  const axes = value.axes.map((axis) => (axis === over ? pick : axis));
  const of = asReal(to, value).id;
  const index = to.tensor({ is: 'top', of, over, pick, gives: 'index' }, axes, 'int', 'top', to.indexing(over, { by: 'made' }));
  return { is: 'several', values: [index, to.tensor({ is: 'top', of, over, pick, gives: 'value' }, axes, 'real', 'top')] };
}

/** How many positions before, in row-major order of the axes named, hold the same. */
function earlier(to: Elaboration, frame: Frame, call: Call): Value {
  const value = oneTensor(to, frame, call);
  if (value.index === undefined) {
    refuse({
      code: 'B322',
      message: 'earlier counts positions of an axis',
      at: call.args.place,
      label: `has ${value.type} values`,
      hint: 'positions are what top and argmax give, and inputs that are declared in an axis',
    });
  }
  const over = call.brackets ? axisList(to, frame, call.brackets).axes : value.axes;
  for (const axis of over) present(to, value, axis, call.brackets?.place ?? call.place, call.args.place);
  const range = { low: { plus: 0 }, high: { plus: Number.POSITIVE_INFINITY } };
  return to.tensor({ is: 'earlier', of: value.id, over, among: value.index.axis }, value.axes, 'int', 'earlier', { range });
}

/** The number of positions of the axes together. */
function size(to: Elaboration, frame: Frame, call: Call): Value {
  operands(to, frame, call, 0);
  let known = 1;
  let open: Tensor | undefined;
  for (const axis of call.brackets ? axisList(to, frame, call.brackets).axes : []) {
    const one = to.size(axis);
    if (typeof one === 'number') known *= one;
    else open = open === undefined ? one : to.apply('mul', [open, one], 'int', positive);
  }
  if (open === undefined) return asStatic(number(known));
  return known === 1 ? open : to.apply('mul', [open, to.number(known, 'int')], 'int', positive);
}
const positive = { range: { low: { plus: 1 }, high: { plus: Number.POSITIVE_INFINITY } }, free: true };

/** Into the positions of an axis; the result indexes it. */
function clamp(to: Elaboration, frame: Frame, call: Call): Value {
  const axis = oneAxis(to, frame, call);
  const value = oneTensor(to, frame, call);
  if (value.type !== 'int')
    refuse({ code: 'B322', message: 'clamp takes whole numbers', at: call.args.place, label: `has ${value.type} values` });
  const count = to.size(axis);
  const last = typeof count === 'number' ? to.number(count - 1, 'int') : to.apply('sub', [count, to.number(1, 'int')], 'int');
  const above = to.apply('max', [value, to.number(0, 'int')], 'int');
  return to.apply('min', [above, last], 'int', to.indexing(axis, { by: 'made' }));
}

/** The value repeated along axes that it lacks. */
function expand(to: Elaboration, frame: Frame, call: Call): Value {
  const { axes: more } = call.brackets ? axisList(to, frame, call.brackets) : { axes: [] };
  const [given] = operands(to, frame, call, 1);
  const value = asReal(to, given);
  for (const axis of more) {
    if (!value.axes.includes(axis)) continue;
    refuse({
      code: 'B306',
      message: `the value has axis \`${to.table.name(axis)}\` already`,
      at: call.brackets!.place,
      label: 'to be added',
    });
  }
  return to.tensor({ is: 'product', factors: [value.id] }, [...value.axes, ...more], 'real', 'expand');
}

function select(to: Elaboration, frame: Frame, call: Call): Value {
  const [first, a, b] = operands(to, frame, call, 3);
  const test = condition(first, call.args.items[0].place);
  if (test.is === 'static') return test.value.is === 'boolean' && test.value.value ? a : b;
  const [of, left, right] = call.args.items.map((item) => item.place);
  nest(to, asked(call, left!, right!), a, b);
  nest(to, asked(call, of!, left!), test, a);
  nest(to, asked(call, of!, right!), test, b);
  const [x, y] = unify(to, a, b, right!);
  if (x.type !== 'int') return to.apply('select', [test, x, y], x.type);
  return to.apply('select', [test, x, y], 'int', chosen(to, a, b));
}

/** Positions of an axis where both are; else whole numbers of either range. */
function chosen(to: Elaboration, a: Tensor | StaticPart, b: Tensor | StaticPart): Partial<Tensor> {
  const of = [proofOf(a), proofOf(b)];
  for (const value of [a, b]) {
    if (value.is === 'static' || value.index === undefined) continue;
    const both = to.indexing(value.index.axis, { by: 'each', of });
    if (both.index !== undefined) return both;
  }
  const range = hull(rangeOf(a), rangeOf(b));
  return range ? { range } : {};
}

/** The identity with derivative 0. */
function stop(to: Elaboration, frame: Frame, call: Call): Value {
  const [value] = operands(to, frame, call, 1);
  if (value.is === 'static' || value.type !== 'real') return value;
  return to.apply('stop', [value], 'real');
}

export function isBuiltin(name: string): boolean {
  return builtinNames.includes(name) || isPointwise(name);
}
