/**
 * Indexing: `embed[ids]`, `x[time = @time - 1 else 0]`. An index picks the axis that it ranges over, its prime family, or the axis that
 * bounds it; `x[axis = i]` names it. A position alone is a renaming, `@row + @dr - 1 else 0` a window (convolution), all else a lookup.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId, ValueId } from '../../values/model.ts';
import { sameSize } from '../axes.ts';
import { describe } from '../fold.ts';
import { refuse } from '../refuse.ts';
import { axisIn } from './brackets.ts';
import type { Elaboration, Frame } from './context.ts';
import { refit } from './fit.ts';
import { exactly, hull, type Interval, showBound, unbounded } from './interval.ts';
import { operand, proofOf, rangeOf } from './operate.ts';
import { boundsIn, positions } from './positions.ts';
import { sourceOf } from './source.ts';
import type { StaticPart, Tensor } from './value.ts';

interface Indexing {
  readonly axis: AxisId;
  readonly index: Tensor;
  readonly otherwise?: { readonly value: Tensor; readonly range: Interval | undefined; readonly zero: boolean };
}

export function access(to: Elaboration, frame: Frame, value: Tensor, brackets: tree.Brackets, of: tree.Expression): Tensor {
  const items = brackets.items.map((item) => readIndex(to, frame, value, item, of));
  let now = value;
  const lookups: Indexing[] = [];
  for (const item of items) {
    const simple = renamed(to, now, item) ?? windowed(to, now, item);
    if (simple === undefined) lookups.push(item);
    else now = simple;
  }
  return lookups.length === 0 ? now : lookup(to, now, lookups);
}

function readIndex(to: Elaboration, frame: Frame, value: Tensor, item: tree.Index, of: tree.Expression): Indexing {
  if (item.kind === 'rest' || item.range.to !== undefined) {
    return refuse({
      code: 'B325',
      message: 'an index is a position, not a range',
      at: item.place,
      label: 'here',
      hint: '`x[axis = @axis + 1 else 0]` shifts',
    });
  }
  const expression = item.range.from;
  const read = operand(to.evaluate(expression, frame), expression.place);
  const index = read.is === 'tensor' ? read : fixedIndex(to, read.value, expression);
  if (index.type !== 'int') {
    return refuse({ code: 'B322', message: 'an index is a whole number', at: expression.place, label: `has ${index.type} values` });
  }
  const axis = item.name === undefined ? indexedAxis(to, frame, value, index, expression, of) : namedAxis(to, frame, value, item.name, of);
  const otherwise = item.else === undefined ? undefined : elseValue(to, frame, item.else, value);
  if (otherwise === undefined) proveRange(to, axis, index, expression);
  return { axis, index, ...(otherwise ? { otherwise } : {}) };
}

function fixedIndex(to: Elaboration, value: Parameters<typeof describe>[0], expression: tree.Expression): Tensor {
  if (value.is === 'number' && Number.isInteger(value.value)) return { ...to.number(value.value, 'int'), range: exactly(value.value) };
  return refuse({ code: 'B322', message: 'an index is a whole number', at: expression.place, label: `this is ${describe(value)}` });
}

function namedAxis(to: Elaboration, frame: Frame, value: Tensor, name: tree.Identifier, of: tree.Expression): AxisId {
  const axis = axisIn(to, frame, name);
  if (value.axes.includes(axis)) return axis;
  const also = [{ place: of.place, text: `is ${to.shape(value.axes)}` }];
  return refuse({ code: 'B309', message: `there is no axis \`${name.name}\` here`, at: name.place, label: 'not an axis of it', also });
}

/** The one axis of the value that the index ranges over, by itself, its prime family, or its bound. */
function indexedAxis(
  to: Elaboration,
  frame: Frame,
  value: Tensor,
  index: Tensor,
  expression: tree.Expression,
  of: tree.Expression,
): AxisId {
  const { table } = to;
  const ranges = index.index?.axis ?? spokenOf(index);
  if (ranges === undefined && value.axes.length === 1) return value.axes[0];
  if (ranges === undefined) {
    return refuse({
      code: 'B312',
      message: 'this index does not say which axis it indexes',
      at: expression.place,
      label: 'a plain whole number',
      also: [{ place: of.place, text: `has ${table.list(value.axes) || 'no axes'}` }],
      hint: value.axes.length > 0 ? `name the axis: \`[${table.name(value.axes[0])} = ...]\`` : undefined,
    });
  }
  const bound = table.info[table.root(ranges)].bound ?? table.info[ranges].bound;
  const tests = [
    (axis: AxisId) => axis === ranges,
    (axis: AxisId) => table.sameFamily(axis, ranges),
    (axis: AxisId) => table.root(axis) === table.root(ranges),
    (axis: AxisId) => bound !== undefined && table.root(axis) === table.root(bound),
  ];
  for (const test of tests) {
    const found = value.axes.filter(test);
    if (found.length === 1) return found[0];
  }
  return refuse({
    code: 'B312',
    message: `\`${table.name(ranges)}\` is not an axis of what is indexed`,
    at: expression.place,
    label: `indexes ${table.name(ranges)}`,
    also: [{ place: of.place, text: `has ${table.list(value.axes) || 'no axes'}` }],
    hint:
      tableOf(to, frame, ranges, expression) ??
      (value.axes.length > 0 ? `to index another axis, name it: \`[${table.name(value.axes[0])} = ...]\`` : undefined),
  });
}

/** The axis that `@time - 1` speaks of. */
function spokenOf({ affine }: Tensor): AxisId | undefined {
  const [term, ...more] = affine?.terms ?? [];
  return term !== undefined && more.length === 0 && term[1] === 1 ? term[0] : undefined;
}

/** A weight beside that does have the axis: `kind[part]`? */
function tableOf(to: Elaboration, frame: Frame, axis: AxisId, expression: tree.Expression): string | undefined {
  for (const [name, node] of frame.layer?.instances[0].members ?? []) {
    if (node.is !== 'weight' || to.draft.weights[node.weight].axes.every((own) => !to.table.sameFamily(own.axis, axis))) continue;
    return `\`${name}[${sourceOf(expression)}]\`?`;
  }
  return undefined;
}

function elseValue(to: Elaboration, frame: Frame, expression: tree.Expression, value: Tensor): NonNullable<Indexing['otherwise']> {
  const read = operand(to.evaluate(expression, frame), expression.place);
  const refuseElse = (message: string, label: string): never => refuse({ code: 'B326', message, at: expression.place, label });
  if (read.is === 'tensor' && (read.type !== value.type || read.axes.length > 0)) {
    return refuseElse('the value after `else` is one number', `is ${to.shape(read.axes)}`);
  }
  const number = read.is === 'static' && read.value.is === 'number' ? read.value.value : undefined;
  const fits =
    read.is === 'tensor' || (number !== undefined && (value.type === 'real' || (value.type === 'int' && Number.isInteger(number))));
  if (!fits) return refuseElse(`the value after \`else\` must be ${value.type}`, `this is ${describe((read as StaticPart).value)}`);
  if (value.index !== undefined && positions(to.table, value.index.axis, proofOf(read)) === undefined) {
    const name = to.table.name(value.index.axis);
    const size = to.table.size(value.index.axis);
    const inside = typeof size === 'number' ? `from 0 to ${size - 1}` : `\`${name}\` is open: only 0 is sure to lie in it`;
    refuseElse(`${number ?? 'this'} is not a position of \`${name}\``, inside);
  }
  const range = rangeOf(read);
  if (read.is === 'tensor') return { value: read, range, zero: false };
  return { value: to.number(number!, value.type), range, zero: number === 0 };
}

/** Within the axis, or an `else` is needed. */
function proveRange(to: Elaboration, axis: AxisId, index: Tensor, expression: tree.Expression): void {
  const { table } = to;
  const range = index.range ?? unbounded;
  if (positions(table, axis, { by: 'range', range }) !== undefined) return;
  const { low, high } = boundsIn(table, range);
  const name = (id: AxisId) => table.name(id);
  const from = `from ${showBound(range.low, name)} to ${showBound(range.high, name)}`;
  const open = range.high.axis !== undefined && typeof table.size(axis) === 'number' && low >= 0 && !Number.isFinite(high);
  if (open) {
    refuse({
      code: 'B203',
      message: `a position of \`${name(range.high.axis!)}\` may exceed \`${name(axis)}\``,
      at: expression.place,
      label: 'may lie outside',
      also: [{ place: table.info[range.high.axis!].place, text: `${name(range.high.axis!)} is open` }],
      hint: `\`axis ${name(range.high.axis!)} <= ${name(axis)}\``,
    });
  }
  if (range.low.plus === Number.NEGATIVE_INFINITY && range.high.plus === Number.POSITIVE_INFINITY) {
    refuse({
      code: 'B313',
      message: `nothing keeps this inside ${name(axis)}`,
      at: expression.place,
      label: 'any whole number',
      hint: insideHint(name(axis), expression),
    });
  }
  const outside = low < 0 ? String(Number.isFinite(low) ? range.low.plus : 'a negative position') : showBound(range.high, name);
  refuse({
    code: 'B313',
    message: `${outside} is outside ${name(axis)}`,
    at: expression.place,
    label: from,
    hint: insideHint(name(axis), expression),
  });
}

function insideHint(axis: string, expression: tree.Expression): string {
  const source = sourceOf(expression);
  return `say what stands outside: \`[${axis} = ${source} else 0]\`, or keep it inside: \`clamp[${axis}](${source})\``;
}

/** A plain position of an axis of the same size is a change of name. */
function renamed(to: Elaboration, value: Tensor, { axis, index }: Indexing): Tensor | undefined {
  const { affine } = index;
  if (affine === undefined || affine.constant !== 0 || affine.terms.size !== 1) return undefined;
  const [[target, factor]] = affine.terms;
  if (factor !== 1 || !sameSize(to.table.size(axis), to.table.size(target))) return undefined;
  if (target === axis) return value;
  return value.axes.includes(target) ? undefined : refit(to, value, [{ is: 'rename', from: axis, to: target }]);
}

/** `stride * @out + dilation * @tap - before else 0`. */
function windowed(to: Elaboration, value: Tensor, { axis, index, otherwise }: Indexing): Tensor | undefined {
  const { affine } = index;
  if (affine === undefined || affine.terms.size !== 2 || value.type !== 'real') return undefined;
  if (otherwise !== undefined && !otherwise.zero) return undefined;
  if ([...affine.terms.values()].some((factor) => factor < 1)) return undefined;
  const out = outOf(to, axis, [...affine.terms.keys()]);
  const tap = [...affine.terms.keys()].find((id) => id !== out);
  const others = value.axes.filter((id) => id !== axis);
  if (out === undefined || tap === undefined || typeof to.table.size(tap) !== 'number') return undefined;
  if (others.includes(out) || others.includes(tap)) return undefined;
  const axes = value.axes.flatMap((id) => (id === axis ? [out, tap] : [id]));
  const [stride, dilation] = [affine.terms.get(out)!, affine.terms.get(tap)!];
  return to.tensor({ is: 'window', of: value.id, axis, out, tap, stride, dilation, before: -affine.constant }, axes, value.type, 'window');
}

/** Of two axes the one that the result lies along: the axis itself, one of its size, or else the longer. */
function outOf(to: Elaboration, axis: AxisId, ids: readonly AxisId[]): AxisId | undefined {
  const same = ids.find((id) => id === axis) ?? ids.find((id) => sameSize(to.table.size(id), to.table.size(axis)));
  const length = (id: AxisId) => {
    const size = to.table.size(id);
    return typeof size === 'number' ? size : Number.POSITIVE_INFINITY;
  };
  return same ?? ids.toSorted((a, b) => length(b) - length(a))[0];
}

function lookup(to: Elaboration, value: Tensor, items: readonly Indexing[]): Tensor {
  const indexed = items.map((item) => item.axis);
  const kept = value.axes.filter((axis) => !indexed.includes(axis));
  const axes: AxisId[] = [];
  const add = (axis: AxisId) => {
    if (!axes.includes(axis)) axes.push(axis);
  };
  // Axes that the value keeps stand where they stood; those of an index stand where the indexed axis stood.
  for (const axis of value.axes) {
    const item = items.find((other) => other.axis === axis);
    if (item === undefined) add(axis);
    else for (const from of item.index.axes) if (!kept.includes(from)) add(from);
  }
  const at = items.map(({ axis, index, otherwise }): { axis: AxisId; index: ValueId; else?: ValueId } => ({
    axis,
    index: index.id,
    ...(otherwise ? { else: otherwise.value.id } : {}),
  }));
  const { index } = value;
  const range = items.reduce<Interval | undefined>((all, { otherwise }) => (otherwise ? hull(all, otherwise.range) : all), value.range);
  return to.tensor({ is: 'lookup', of: value.id, at }, axes, value.type, 'lookup', {
    ...(index === undefined ? {} : { index }),
    ...(range ? { range } : {}),
  });
}
