/**
 * Fit: a value is brought to an index list by four moves only: split a declared product axis, merge it, add or drop primes, reorder. It
 * never sums, broadcasts or takes a diagonal. Assignments with an index list, arguments and results all use it; nothing else converts
 * axes.
 */
import type { AxisId, Move } from '../../values/model.ts';
import type { AxisTable } from '../axes.ts';
import type { Elaboration } from './context.ts';
import type { Tensor } from './value.ts';

export interface Fitting {
  readonly moves: readonly Move[];
  /** Axes of the value that nothing of the list took. */
  readonly left: readonly AxisId[];
  /** Axes of the list that nothing gives. */
  readonly missing: readonly AxisId[];
  /** More than one way: what stands against what. */
  readonly ambiguous?: { readonly axis: AxisId; readonly choices: readonly string[] };
}

/** How `axes` become `list`, as far as they do. */
export function fitAxes(table: AxisTable, axes: readonly AxisId[], list: readonly AxisId[]): Fitting {
  const moves: Move[] = [];
  const left = axes.filter((axis) => !list.includes(axis));
  const missing = list.filter((axis) => !axes.includes(axis));
  let ambiguous: Fitting['ambiguous'];
  const take = (from: AxisId[], items: readonly AxisId[]) => {
    for (const item of items) from.splice(from.indexOf(item), 1);
  };
  const note = (axis: AxisId, ways: readonly (readonly AxisId[])[]) => {
    if (ways.length > 1) ambiguous ??= { axis, choices: ways.map((way) => table.list(way)) };
  };
  for (const source of [...left]) {
    const ways = splits(table, source, missing);
    note(source, ways.map(leaves));
    if (ways.length === 0) continue;
    moves.push(...splitMoves(ways[0]));
    take(left, [source]);
    take(missing, leaves(ways[0]));
  }
  for (const target of [...missing]) {
    const ways = table
      .products(target)
      .map((factors) => merge(table, target, factors, left))
      .filter((way) => way !== undefined);
    note(
      target,
      ways.map((way) => way.from),
    );
    if (ways.length === 0) continue;
    moves.push(...ways[0].moves);
    take(left, ways[0].from);
    take(missing, [target]);
  }
  for (const target of [...missing]) {
    const sources = left.filter((axis) => related(table, axis, target));
    const targets = missing.filter((axis) => related(table, axis, target));
    if (sources.length === 0) continue;
    if (sources.length > 1 || targets.length > 1) {
      ambiguous ??= { axis: target, choices: sources.map((axis) => table.name(axis)) };
      continue;
    }
    moves.push({ is: 'rename', from: sources[0], to: target });
    take(left, sources);
    take(missing, [target]);
  }
  return { moves, left, missing, ...(ambiguous ? { ambiguous } : {}) };
}

/** One prime family, or two formal names of one axis of the model. */
function related(table: AxisTable, a: AxisId, b: AxisId): boolean {
  return table.sameFamily(a, b) || table.root(a) === table.root(b);
}

/** A split of an axis whose leaves are all wanted; a factor may be split again. */
interface Split {
  readonly axis: AxisId;
  readonly parts: readonly (Split | AxisId)[];
}

function splits(table: AxisTable, axis: AxisId, wanted: readonly AxisId[]): Split[] {
  const found: Split[] = [];
  for (const factors of table.products(axis)) {
    const parts = factors.map((factor) => (wanted.includes(factor) ? factor : splits(table, factor, wanted)[0]));
    if (parts.every((part) => part !== undefined)) found.push({ axis, parts });
  }
  return found;
}

function leaves(split: Split): AxisId[] {
  return split.parts.flatMap((part) => (typeof part === 'number' ? [part] : leaves(part)));
}

function splitMoves(split: Split): Move[] {
  const into = split.parts.map((part) => (typeof part === 'number' ? part : part.axis));
  const inner = split.parts.flatMap((part) => (typeof part === 'number' ? [] : splitMoves(part)));
  return [{ is: 'split', axis: split.axis, into }, ...inner];
}

interface Merge {
  readonly from: AxisId[];
  readonly moves: Move[];
}

function merge(table: AxisTable, into: AxisId, factors: readonly AxisId[], given: readonly AxisId[]): Merge | undefined {
  const parts: Merge[] = [];
  for (const factor of factors) {
    const deeper = given.includes(factor)
      ? { from: [factor], moves: [] }
      : table
          .products(factor)
          .map((inner) => merge(table, factor, inner, given))
          .find((way) => way !== undefined);
    if (deeper === undefined) return undefined;
    parts.push(deeper);
  }
  return {
    from: parts.flatMap((part) => part.from),
    moves: [...parts.flatMap((part) => part.moves), { is: 'merge', axes: factors, into }],
  };
}

/** The axes after the moves, each result in the place of what it came from. */
export function moved(axes: readonly AxisId[], moves: readonly Move[]): AxisId[] {
  let now = [...axes];
  for (const move of moves) {
    if (move.is === 'split') now = now.flatMap((axis) => (axis === move.axis ? move.into : [axis]));
    else if (move.is === 'rename') now = now.map((axis) => (axis === move.from ? move.to : axis));
    else now = now.flatMap((axis) => (axis === move.axes[0] ? [move.into] : move.axes.includes(axis) ? [] : [axis]));
  }
  return now;
}

/**
 * The value with moves applied, its axes in the order of `order` as far as it names them; no moves, no statement. A fit of a fit is one
 * fit of the first value: passing from layer to layer is one change of names.
 */
export function refit(to: Elaboration, value: Tensor, moves: readonly Move[], order: readonly AxisId[] = []): Tensor {
  if (moves.length === 0) return value;
  const now = moved(value.axes, moves);
  const axes = order.length === now.length && order.every((axis) => now.includes(axis)) ? order : now;
  const { index, range, free } = value;
  const more = { free, ...(index === undefined ? {} : { index }), ...(range ? { range } : {}) };
  const made = to.builder.expression(value.id);
  const [of, all] = made.is === 'refit' ? [made.of, chain(made.moves, moves)] : [value.id, moves];
  return to.tensor({ is: 'refit', of, moves: all }, axes, value.type, 'fit', more);
}

/** `a -> b, b -> c` is `a -> c`. */
function chain(first: readonly Move[], then: readonly Move[]): Move[] {
  const all = [...first];
  for (const move of then) {
    const last = all.findIndex((known) => move.is === 'rename' && known.is === 'rename' && known.to === move.from);
    const known = all[last];
    if (
      move.is !== 'rename' ||
      known?.is !== 'rename' ||
      all.slice(last + 1).some((later) => touches(later, move.from) || touches(later, move.to))
    )
      all.push(move);
    else if (known.from === move.to) all.splice(last, 1);
    else all[last] = { is: 'rename', from: known.from, to: move.to };
  }
  return all;
}

function touches(move: Move, axis: AxisId): boolean {
  if (move.is === 'rename') return move.from === axis || move.to === axis;
  return move.is === 'split' ? move.axis === axis || move.into.includes(axis) : move.into === axis || move.axes.includes(axis);
}
