/** How many positions before this one hold the same: a stable counting sort, and the distance from where one's group begins. */
import type { AxisId } from '../../values/model.ts';
import type { Axis, Contract, Id, Subscript } from '../../values/program.ts';
import { apply, coordinate, number, read } from '../scalar.ts';
import type { Dense, Scope } from './scope.ts';
import { arranged, axisOf, mapOver } from './scope.ts';

/** In row-major order of `over`; the ints are from 0 to below `groups`. Along the other axes every position counts for itself. */
export function earlier(scope: Scope, of: Dense, over: readonly AxisId[], axes: readonly AxisId[], groups: number): Dense {
  const { builder } = scope;
  const others = axes.filter((axis) => !over.includes(axis));
  const sizeOf = (own: readonly AxisId[]) => own.reduce((product, axis) => product * scope.size(axis), 1);
  const order = [...others, ...over];
  const line: Axis = { name: 'n', size: sizeOf(order) };
  const all = groups * sizeOf(others);
  const keys = builder.add('reshape', [apart(scope, arranged(scope, of, order), others, groups).id], { axes: [line] });
  const sorted = builder.add('group', [keys], { gives: 'order', groups: all });
  const start = builder.add('group', [keys], { gives: 'start', groups: all });
  const group: Axis = { name: 'g', size: all + 1 };
  const starts = builder.add('map', [start], { domain: [group], reads: [[0]], value: apply('real', read(0)) });
  const index = builder.add('map', [], { domain: [line], reads: [], value: apply('real', coordinate(0)) });
  const gather = (axis: Axis) => ({ ids: 1, over: [0], axis });
  const along = (operand: Id, ids: Id, subscripts: readonly Subscript[], result: readonly Subscript[]) =>
    builder.add<Contract>('contract', [operand, ids], { letters: [line], operands: [subscripts], result });
  const place = along(index, sorted, [0], [gather(line)]);
  const first = along(starts, keys, [gather(group)], [0]);
  const value = apply('int', apply('sub', read(0), read(1)));
  const count = builder.add('map', [place, first], { domain: [line], reads: [[0], [0]], value });
  const id = builder.add('reshape', [count], { axes: order.map((axis) => axisOf(scope, axis)) });
  return arranged(scope, { is: 'dense', id, axes: order }, axes);
}

/** Ints that differ wherever the positions along these axes do. */
function apart(scope: Scope, of: Dense, others: readonly AxisId[], groups: number): Dense {
  if (others.length === 0) return of;
  const row = others.reduce((sum, axis, k) => apply('add', apply('mul', sum, number(scope.size(axis))), coordinate(k)), number(0));
  return mapOver(scope, of.axes, [of], apply('add', apply('mul', row, number(groups)), read(0)));
}
