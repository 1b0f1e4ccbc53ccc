/**
 * Changes of axes that keep the values: split, merge, rename. Dense values are reshaped; a net only regroups the letters of its axes,
 * so that a decomposed weight stays a network through them. Also what needs axes moved and nothing else: stack, join, window.
 */
import type { Move } from '../../values/body.ts';
import type { AxisId } from '../../values/model.ts';
import type { Axis, Id } from '../../values/program.ts';
import { cutOperand, densify, isSparse, lettersSize } from './net.ts';
import type { Dense, Fixed, Letter, Net, NetTerm, Operand, Scope, Spread, Value } from './scope.ts';
import { addNodes, arranged, axisOf, isFixed, isGather } from './scope.ts';

export function refit(scope: Scope, of: Value, moves: readonly Move[], axesBefore: readonly AxisId[]): Value {
  if (of.is === 'net') {
    const terms = of.terms.map((term) => regroupAll(scope, term, moves));
    if (!terms.includes(undefined)) return { is: 'net', terms: terms as NetTerm[] };
  }
  const start = of.is === 'dense' ? of : densify(scope, of, axesBefore);
  return moves.reduce((dense, move) => moveDense(scope, dense, move), start);
}

function moveDense(scope: Scope, dense: Dense, move: Move): Dense {
  if (move.is === 'rename') return { ...dense, axes: dense.axes.map((axis) => (axis === move.from ? move.to : axis)) };
  if (move.is === 'split')
    return reshaped(
      scope,
      dense,
      dense.axes.flatMap((axis) => (axis === move.axis ? move.into : [axis])),
    );
  const first = dense.axes.findIndex((axis) => move.axes.includes(axis));
  const rest = dense.axes.filter((axis) => !move.axes.includes(axis));
  const before = rest.slice(0, first);
  const after = rest.slice(first);
  const ordered = arranged(scope, dense, [...before, ...move.axes, ...after]);
  return reshaped(scope, ordered, [...before, move.into, ...after]);
}
export function reshaped(scope: Scope, dense: Dense, axes: readonly AxisId[]): Dense {
  return { is: 'dense', id: scope.builder.add('reshape', [dense.id], { axes: axes.map((axis) => axisOf(scope, axis)) }), axes };
}

function regroupAll(scope: Scope, term: NetTerm, moves: readonly Move[]): NetTerm | undefined {
  let axes: Map<AxisId, Spread> | undefined = new Map(term.axes);
  for (const move of moves) {
    axes = regroup(scope, axes, move);
    if (axes === undefined) return undefined;
  }
  return { ...term, axes };
}
/** Undefined where the factors do not nest, or rows of padding lie between them. */
function regroup(scope: Scope, axes: Map<AxisId, Spread>, move: Move): Map<AxisId, Spread> | undefined {
  const result = new Map<AxisId, Spread>();
  if (move.is === 'merge') {
    const spreads = move.axes.map((axis) => axes.get(axis)!);
    if (spreads.some(isPlaced)) return undefined;
    if (spreads.some((spread) => lettersSize(spread.letters) !== spread.size)) return undefined;
    for (const [axis, spread] of axes) {
      if (!move.axes.includes(axis)) result.set(axis, spread);
      else if (!result.has(move.into)) {
        const letters = spreads.flatMap((s) => s.letters);
        result.set(move.into, { letters, size: lettersSize(letters) });
      }
    }
    return result;
  }
  for (const [axis, spread] of axes) {
    if (axis !== (move.is === 'rename' ? move.from : move.axis)) result.set(axis, spread);
    else if (move.is === 'rename') result.set(move.to, spread);
    else if (isPlaced(spread)) return undefined;
    else {
      let rest = spread.letters;
      for (const part of move.into) {
        const letters = leading(rest, scope.size(part));
        if (letters === undefined) return undefined;
        rest = rest.slice(letters.length);
        result.set(part, { letters, size: scope.size(part) });
      }
      if (rest.some((letter) => letter.size !== 1)) return undefined;
    }
  }
  return result;
}
/** Its letters are not the digits of the position. */
const isPlaced = ({ at, order }: Spread): boolean => at !== undefined || order !== undefined;

/** The first letters whose product is `size`. */
function leading(letters: readonly Letter[], size: number): readonly Letter[] | undefined {
  let product = 1;
  let count = 0;
  while (product < size && count < letters.length) product *= letters[count++].size;
  return product === size ? letters.slice(0, count) : undefined;
}

/** Zeros around every part, then the sum: parts lie one after another along the axis at `position`. */
function concatenated(scope: Scope, parts: readonly Id[], position: number): Id {
  const sizes = parts.map((part) => scope.builder.type(part).axes[position].size);
  const size = sizes.reduce((sum, part) => sum + part, 0);
  let before = 0;
  const padded = parts.map((part, k) => {
    const id = scope.builder.add('pad', [part], { axis: position, before, size });
    before += sizes[k];
    return id;
  });
  return addNodes(scope.builder, padded);
}

export function joinParts(scope: Scope, parts: readonly { of: Value; from: AxisId }[], axis: AxisId, axes: readonly AxisId[]): Dense {
  const dense = parts.map((part) => {
    const own = axes.map((a) => (a === axis ? part.from : a));
    return densify(scope, part.of, own).id;
  });
  return { is: 'dense', id: concatenated(scope, dense, axes.indexOf(axis)), axes };
}

/** Weights of one structure stack core by core, a core that all share stays one; anything else is stacked as dense values. */
export function stack(scope: Scope, values: readonly Value[], axis: AxisId, axes: readonly AxisId[]): Value {
  const net = stackedNets(scope, values, axis);
  if (net !== undefined) return net;
  const rest = axes.filter((a) => a !== axis);
  const rows = values.map((value) => asRow(scope, densify(scope, value, rest).id, axis));
  return arranged(scope, { is: 'dense', id: concatenated(scope, rows, 0), axes: [axis, ...rest] }, axes);
}
/** With an axis of size 1 in front. */
function asRow(scope: Scope, id: Id, axis: AxisId): Id {
  const front: Axis = { name: scope.model.axes[axis].name, size: 1 };
  return scope.builder.add('reshape', [id], { axes: [front, ...scope.builder.type(id).axes] });
}

function stackedNets(scope: Scope, values: readonly Value[], axis: AxisId): Net | undefined {
  const nets = values.filter((value): value is Net => value.is === 'net');
  const first = nets[0];
  if (nets.length < values.length || !nets.every((net) => alike(first, net))) return undefined;
  const terms = first.terms.map((term, t): NetTerm => {
    const letter = axisOf(scope, axis);
    const family = familyLegs(nets.map((net) => net.terms[t].operands));
    const operands = term.operands.map((operand, k): Operand => {
      const ids = nets.map((net) => net.terms[t].operands[k].id);
      if (ids.every((id) => id === operand.id)) return operand;
      if (family !== undefined) {
        const { id, legs } = operand.cut!;
        return cutOperand(
          scope,
          id,
          legs.map((leg) => (isFixed(leg) ? (family.get(leg.leg) ?? leg) : leg)),
        );
      }
      const rows = ids.map((id) => asRow(scope, id, axis));
      return { id: concatenated(scope, rows, 0), subscripts: [letter, ...operand.subscripts] };
    });
    const spread = { letters: family === undefined ? [letter] : [...family.values()], size: letter.size };
    return { ...term, operands, axes: new Map<AxisId, Spread>([[axis, spread], ...term.axes]) };
  });
  return { is: 'net', terms };
}

/**
 * Where the rows are the members of a family in their order, cores need no stacking: letters for the family's legs that the rows walk, most
 * significant first. Undefined where rows are other tensors too, or not all members.
 */
function familyLegs(rows: readonly (readonly Operand[])[]): Map<number, Letter> | undefined {
  const walked = new Map<number, { readonly size: number; readonly at: readonly number[] }>();
  for (const k of rows[0].keys()) {
    const own = rows.map((operands) => operands[k]);
    if (own.every(({ id }) => id === own[0].id)) continue;
    const { cut } = own[0];
    if (cut === undefined || own.some((other) => other.cut?.id !== cut.id)) return undefined;
    for (const [j, leg] of cut.legs.entries()) {
      if (!isFixed(leg)) continue;
      const at = own.map((other) => (other.cut!.legs[j] as Fixed).at);
      if (at.some((position) => position !== at[0])) walked.set(leg.leg, { size: leg.size, at });
    }
  }
  const steps = ({ at }: { readonly at: readonly number[] }) => at.findIndex((position) => position !== at[0]);
  const legs = [...walked].sort(([, a], [, b]) => steps(b) - steps(a));
  const numberOf = (row: number) => legs.reduce((number, [, { size, at }]) => number * size + at[row], 0);
  const count = legs.reduce((product, [, { size }]) => product * size, 1);
  if (count !== rows.length || rows.some((_, row) => numberOf(row) !== row)) return undefined;
  return new Map(legs.map(([leg, { size }]) => [leg, { name: 'family', size }]));
}
/** Same operands with the same subscripts, letter for letter. Spreads are told apart by their letters, whatever the axes are called. */
function alike(a: Net, b: Net): boolean {
  if (a.terms.length !== b.terms.length) return false;
  return a.terms.every((term, t) => {
    const other = b.terms[t];
    if (isSparse(term) || isSparse(other) || term.scale !== other.scale || term.operands.length !== other.operands.length) return false;
    const match = new Map<Letter, Letter>();
    const same = (x: Letter, y: Letter) => {
      if (!match.has(x)) match.set(x, y);
      return match.get(x) === y && x.size === y.size;
    };
    const operands = term.operands.every((operand, k) => {
      const others = other.operands[k].subscripts;
      return (
        operand.subscripts.length === others.length &&
        operand.subscripts.every((s, j) => {
          const o = others[j];
          return !isGather(s) && !isGather(o) && same(s, o);
        })
      );
    });
    const spreads = [...other.axes.entries()];
    return (
      operands &&
      term.axes.size === spreads.length &&
      [...term.axes].every(([axis, spread], j) => {
        const [name, letters] = spreads[j];
        return (
          axis === name &&
          spread.order === letters.order &&
          spread.letters.length === letters.letters.length &&
          spread.letters.every((l, i) => same(l, letters.letters[i]))
        );
      })
    );
  });
}
