/** What writing one statement needs of the function that it stands in. */
import type { Body, ValueId } from '../../values/body.ts';
import type { AxisId, Model, Path } from '../../values/model.ts';
import { type Code, NAME, within } from './python.ts';

/** Anything that PyTorch cannot say as it is meant. */
export class NotSayable extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'NotSayable';
  }
}

export interface Scope {
  readonly model: Model;
  readonly body: Body;
  /** Of the module whose method is written; names of weights are relative to it. */
  readonly path: Path;
  /** Representative sizes of open axes, for the planner. */
  readonly assumed: (axis: AxisId) => number;
  /** The value as Python has it: one dimension for each axis of its statement, in that order. */
  code(id: ValueId): Code;
  /** Adds a line to the function. */
  line(text: string): void;
  /** A variable that is not in use. */
  fresh(name: string): string;
  /** The size of an axis: a number, or read off a value that has it. */
  size(axis: AxisId): string;
  /** Of a tensor at hand: where new ones are made. */
  device(): string;
  /** `self.weight.T['1']` for a tensor of a weight. */
  parameter(name: Path): string;
}

export const axesOf = (scope: Scope, id: ValueId): readonly AxisId[] => scope.body.statements[id].axes;

/** The open axis that a size follows. */
export function rootOf(model: Model, axis: AxisId): AxisId | undefined {
  const { size } = model.axes[axis];
  return typeof size === 'number' ? undefined : size.open;
}

/** Dimensions `from` in the order `to`: all of `from` stand in `to`. */
export function permuted(code: Code, from: readonly AxisId[], to: readonly AxisId[]): Code {
  if (from.every((axis, k) => axis === to[k])) return code;
  const order = to.map((axis) => from.indexOf(axis));
  const swapped = order.flatMap((position, k) => (position === k ? [] : [k]));
  const text =
    swapped.length === 2 ? `${within(code, NAME)}.transpose(${swapped.join(', ')})` : `${within(code, NAME)}.permute(${order.join(', ')})`;
  return { text, strength: NAME };
}

/** A value with `from` as one that broadcasts against `to`: dimensions in the order of `to`, with None for those it lacks. */
export function aligned(code: Code, from: readonly AxisId[], to: readonly AxisId[]): Code {
  if (code.scalar || from.length === 0) return code;
  const present = to.filter((axis) => from.includes(axis));
  const ordered = permuted(code, from, present);
  const first = to.findIndex((axis) => from.includes(axis));
  const marks = to.slice(first).map((axis) => (from.includes(axis) ? ':' : 'None'));
  if (!marks.includes('None')) return ordered;
  const firstNone = marks.indexOf('None');
  const onlyLast = marks.slice(firstNone).every((mark) => mark === 'None');
  const lastNone = marks.lastIndexOf('None');
  const list = onlyLast ? ['...', ...marks.slice(firstNone)] : marks.slice(0, lastNone + 1);
  return { text: `${within(ordered, NAME)}[${list.join(', ')}]`, strength: NAME };
}
