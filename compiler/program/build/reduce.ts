/**
 * Reductions: a sum is a product of one factor; a mean divides by the count of what it saw; max and min read what is beyond all single
 * precision numbers where `where` is false; logsumexp subtracts the maximum, which has no gradient, so exp never overflows. Over nothing:
 * 0, 0, -1e30, 1e30.
 */
import type { AxisId } from '../../values/model.ts';
import type { Scalar } from '../../values/program.ts';
import { apply, number, read, size } from '../scalar.ts';
import { multiply } from './net.ts';
import { reshaped } from './refit.ts';
import type { Dense, Net, Scope, Value } from './scope.ts';
import { arranged, mapOver } from './scope.ts';

/** What a masked entry reads as: the least number of single precision, since people fill masks with that themselves. */
const LOWEST = -3.4028234663852886e38;
const OVER_NOTHING = -1e30;

/** `axes` are those of the result: the axes of `of` without `over`. */
export interface Reduction {
  readonly of: Value;
  /** What `of` is the product of, where that is worth knowing: the sum is then one contraction. */
  readonly factors?: readonly Value[];
  readonly whole: readonly AxisId[];
  readonly over: readonly AxisId[];
  readonly axes: readonly AxisId[];
  readonly where?: Dense;
}

export function sum(scope: Scope, r: Reduction): Dense {
  return multiply(scope, r.factors !== undefined && r.where === undefined ? r.factors : [masked(scope, r, 0)], r.axes);
}

export function mean(scope: Scope, r: Reduction): Dense {
  const total = sum(scope, r);
  const { where } = r;
  const sizeOf = (axes: readonly AxisId[]) => axes.reduce((product, axis) => product * scope.size(axis), 1);
  if (where === undefined) return mapOver(scope, r.axes, [total], apply('div', read(0), size(sizeOf(r.over))));
  const ones = mapOver(scope, where.axes, [where], apply('real', read(0)));
  const seen = multiply(
    scope,
    [ones],
    where.axes.filter((axis) => !r.over.includes(axis)),
  );
  const each = size(sizeOf(r.over.filter((axis) => !where.axes.includes(axis))));
  const count = apply('max', apply('mul', each, read(1)), number(1));
  return mapOver(scope, r.axes, [total, seen], apply('div', read(0), count));
}

export function extreme(scope: Scope, r: Reduction, combine: 'max' | 'min'): Dense {
  if (r.where === undefined) return reduced(scope, r.of, r, combine);
  const sign = combine === 'max' ? 1 : -1;
  const isInt = r.of.is === 'dense' && scope.builder.type(r.of.id).dtype === 'int';
  const least = combine === 'max' ? -(2 ** 31) : 2 ** 31 - 1;
  const found = reduced(scope, masked(scope, r, isInt ? least : sign * LOWEST), r, combine);
  const seen = reduced(scope, r.where, { ...r, whole: r.where.axes }, 'any');
  const nothing = number(isInt ? least : sign * OVER_NOTHING);
  return mapOver(scope, found.axes, [seen, found], apply('select', read(0), read(1), nothing));
}

/** `all` is what no one contradicts. */
export function truth(scope: Scope, r: Reduction, combine: 'any' | 'all'): Dense {
  const bits = r.of as Dense;
  const seen: Scalar = combine === 'any' ? read(0) : apply('not', read(0));
  const inside = r.where === undefined ? seen : apply('and', seen, read(1));
  const found = mapOver(scope, r.whole, r.where === undefined ? [bits] : [bits, r.where], inside);
  const any = reduced(scope, found, r, 'any');
  return combine === 'any' ? any : mapOver(scope, r.axes, [any], apply('not', read(0)));
}

export function logsumexp(scope: Scope, r: Reduction): Dense {
  const shown = asDense(scope, masked(scope, r, LOWEST), r.whole);
  const top = reduced(scope, shown, r, 'max');
  const raised = apply('exp', apply('sub', read(0), apply('stop', read(1))));
  const terms =
    r.where === undefined
      ? mapOver(scope, r.whole, [shown, top], raised)
      : mapOver(scope, r.whole, [shown, top, r.where], apply('select', read(2), raised, number(0)));
  const total = multiply(scope, [terms], r.axes);
  const value = apply('add', apply('log', read(0)), apply('stop', read(1)));
  // The greatest term is 1: a total of 0 is one over nothing.
  const known = r.where === undefined ? value : apply('select', apply('eq', read(0), number(0)), number(OVER_NOTHING), value);
  return mapOver(scope, r.axes, [total, top], known);
}

/** The `pick` greatest along one axis. */
export function top(
  scope: Scope,
  of: Dense,
  over: AxisId,
  pick: AxisId | undefined,
  gives: 'index' | 'value',
  axes: readonly AxisId[],
): Dense {
  const count = pick === undefined ? 1 : scope.size(pick);
  const rest = of.axes.filter((axis) => axis !== over);
  const name = pick === undefined ? 'top' : scope.model.axes[pick].name;
  const id = scope.builder.add('arg-top', [of.id], { axis: of.axes.indexOf(over), count, name });
  const index: Dense =
    pick === undefined ? reshaped(scope, { is: 'dense', id, axes: [] }, rest) : { is: 'dense', id, axes: [...rest, pick] };
  return arranged(scope, gives === 'index' ? index : picked(scope, of, over, index), axes);
}
/** The values at the indices: differentiable, where the choice is not. */
function picked(scope: Scope, of: Dense, over: AxisId, index: Dense): Dense {
  const letters = new Map(index.axes.map((axis) => [axis, { name: scope.model.axes[axis].name, size: scope.size(axis) }]));
  const axis = { name: scope.model.axes[over].name, size: scope.size(over) };
  const gather = { ids: index.id, over: index.axes.map((a) => letters.get(a)!), axis };
  const subscripts = of.axes.map((a) => (a === over ? gather : letters.get(a)!));
  const axes = new Map([...letters].map(([a, letter]) => [a, { letters: [letter], size: letter.size }]));
  const net: Net = { is: 'net', terms: [{ operands: [{ id: of.id, subscripts }], axes, scale: 1 }] };
  return multiply(scope, [net], index.axes);
}

function masked(scope: Scope, r: Reduction, outside: number): Value {
  if (r.where === undefined) return r.of;
  const shown = apply('select', read(1), read(0), number(outside));
  return mapOver(scope, r.whole, [asDense(scope, r.of, r.whole), r.where], shown);
}
const asDense = (scope: Scope, value: Value, axes: readonly AxisId[]): Dense =>
  value.is === 'dense' ? value : multiply(scope, [value], axes);

function reduced(scope: Scope, value: Value, r: Reduction, combine: 'max' | 'min' | 'any'): Dense {
  const dense = asDense(scope, value, r.whole);
  const over = dense.axes.flatMap((axis, k) => (r.over.includes(axis) ? [k] : []));
  const kept = dense.axes.filter((axis) => !r.over.includes(axis));
  const id = scope.builder.add('reduce', [dense.id], { combine, over });
  return { is: 'dense', id, axes: kept };
}
