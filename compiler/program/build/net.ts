/**
 * Products that are not computed yet. A weight made of cores is a net; multiplied with other factors it becomes one contraction over
 * the cores and all of them, so that the planner sees everything. Axes are matched by their factors: a dense factor is split along the
 * outer legs of the network it meets, padded where the network has more rows than the axis.
 */
import type { AxisId, Weight } from '../../values/model.ts';
import type { Id } from '../../values/program.ts';
import { apply, coordinate, number, read } from '../scalar.ts';
import { contraction, lookedUp, putBack, sparseProduct } from './contraction.ts';
import type { Dense, Fixed, Letter, Net, NetTerm, Operand, Scope, Spread, Value } from './scope.ts';
import { addAll, arranged, axisOf, isFixed, isGather, mapOver, parameterNode } from './scope.ts';

export const lettersSize = (letters: readonly Letter[]): number => letters.reduce((product, letter) => product * letter.size, 1);
const isPadded = (spread: Spread) => lettersSize(spread.letters) !== spread.size;
const isSpread = (spread: Spread) =>
  spread.letters.length !== 1 || isPadded(spread) || spread.at !== undefined || spread.order !== undefined;
/** Entries that stand alone: one letter for all axes. */
export const isSparse = ({ axes }: NetTerm): boolean => [...axes.values()].some(({ at }) => at !== undefined);

/** A node as a product of one operand. */
export function lift(scope: Scope, dense: Dense): NetTerm {
  const letters = dense.axes.map((axis) => axisOf(scope, axis));
  const axes = new Map(dense.axes.map((axis, k) => [axis, { letters: [letters[k]], size: letters[k].size }]));
  return { operands: [{ id: dense.id, subscripts: letters }], axes, scale: 1 };
}
function termsOf(scope: Scope, value: Value): readonly NetTerm[] {
  return value.is === 'net' ? value.terms : [lift(scope, value)];
}

/** A weight as the sum of its terms; `axes` are those of the statement that names it, in the weight's order. */
export function weightNet(scope: Scope, weight: Weight, axes: readonly AxisId[]): Net {
  const terms = weight.terms.map((term): NetTerm => {
    if (term.is === 'dense') {
      const letters = weight.axes.map(({ name, size }): Letter => ({ name, size }));
      const subscripts: Letter[] = [];
      for (const [k, leg] of term.perm.entries()) subscripts[leg] = letters[k];
      const spreads = new Map(axes.map((axis, k) => [axis, { letters: [letters[k]], size: weight.axes[k].size }]));
      return { operands: [{ id: parameterNode(scope, term.parameter), subscripts }], axes: spreads, scale: term.scale };
    }
    if (term.is === 'sparse') {
      const place: Letter = { name: 'place', size: scope.model.parameters[term.values.parameter].legs[0].size };
      const spreads = axes.map((axis, k): [AxisId, Spread] => {
        const at = parameterNode(scope, term.places[k].parameter);
        return [axis, { letters: [place], size: weight.axes[k].size, at }];
      });
      const values = parameterNode(scope, term.values.parameter);
      return { operands: [{ id: values, subscripts: [place] }], axes: new Map(spreads), scale: term.scale };
    }
    const letters = new Map(
      term.legs.map(({ id, size, outer, bond, at }): [number, Letter | Fixed] => {
        if (at !== undefined) return [id, { leg: id, size, at }];
        return [id, { name: outer === undefined ? (bond ?? 'b') : `${weight.axes[outer[0]].name}${outer[1] + 1}`, size }];
      }),
    );
    const operands = term.nodes.map(({ parameter, legs }) =>
      cutOperand(
        scope,
        parameterNode(scope, parameter),
        legs.map((leg) => letters.get(leg)!),
      ),
    );
    const outer = (k: number) =>
      term.legs
        .filter((leg) => leg.outer?.[0] === k)
        .sort((a, b) => a.outer![1] - b.outer![1])
        .map((leg) => letters.get(leg.id) as Letter);
    const spreads = new Map(
      axes.map((axis, k): [AxisId, Spread] => {
        const order = term.orders?.find((own) => own.axis === k);
        const placed = order === undefined ? {} : { order: parameterNode(scope, order.parameter) };
        return [axis, { letters: outer(k), size: weight.axes[k].size, ...placed }];
      }),
    );
    return { operands, axes: spreads, scale: term.scale };
  });
  return { is: 'net', terms };
}

/** A core as an operand: where legs are fixed, its part at their positions. Members at one position have one node. */
export function cutOperand(scope: Scope, id: Id, legs: readonly (Letter | Fixed)[]): Operand {
  const subscripts = legs.filter((leg): leg is Letter => !isFixed(leg));
  if (subscripts.length === legs.length) return { id, subscripts };
  let part = id;
  for (const [axis, leg] of legs.entries()) if (isFixed(leg)) part = scope.builder.add('slice', [part], { axis, from: leg.at, size: 1 });
  const { axes } = scope.builder.type(id);
  const free = axes.filter((_, axis) => !isFixed(legs[axis]));
  return { id: scope.builder.add('reshape', [part], { axes: free }), subscripts, cut: { id, legs } };
}

/** The values of a net as a node with these axes. */
export function densify(scope: Scope, value: Value, axes: readonly AxisId[]): Dense {
  return value.is === 'dense' ? arranged(scope, value, axes) : multiply(scope, [value], axes);
}
export const axesOf = (value: Value): readonly AxisId[] => (value.is === 'dense' ? value.axes : [...value.terms[0].axes.keys()]);

/** Product of the values, summed over every axis that `axes` lacks; an axis that no value has is broadcast. */
export function multiply(scope: Scope, values: readonly Value[], axes: readonly AxisId[]): Dense {
  const combinations = values.reduce<NetTerm[][]>(
    (found, value) => found.flatMap((terms) => termsOf(scope, value).map((term) => [...terms, term])),
    [[]],
  );
  return addAll(
    scope,
    combinations.map((terms) => multiplyTerms(scope, terms, axes)),
  );
}

function multiplyTerms(scope: Scope, given: readonly NetTerm[], axes: readonly AxisId[]): Dense {
  const scale = given.reduce((product, term) => product * term.scale, 1);
  const scaled = (dense: Dense) => (scale === 1 ? dense : mapOver(scope, axes, [dense], apply('mul', number(scale), read(0))));
  const plain = given.map(plainDense);
  if (plain.every((dense) => dense?.axes.every((axis) => axes.includes(axis)))) {
    if (plain.length === 1) return scaled(arranged(scope, plain[0]!, axes));
    if (plain.length <= 4) {
      const value = plain.slice(1).reduce((product, _, k) => apply('mul', product, read(k + 1)), read(0));
      return scaled(mapOver(scope, axes, plain as Dense[], value));
    }
  }
  const sparse = given.find(isSparse);
  if (sparse !== undefined) {
    const factors = given.filter((term) => term !== sparse).map((term) => denseOfTerm(scope, term));
    return scaled({ is: 'dense', id: sparseProduct(scope, sparse, factors, axes), axes });
  }
  // Values that change with the batch come first: among trees of equal cost the planner takes the one that starts there.
  const ordered = [...given.filter((_, k) => plain[k] !== undefined), ...given.filter((_, k) => plain[k] === undefined)];
  const { operands, spreads } = unify(scope, ordered, axes);
  const result = axes.flatMap((axis) => spreads.get(axis)?.letters ?? [axisOf(scope, axis)]);
  const id = contraction(scope, operands, result);
  return scaled(narrowed(scope, id, axes, spreads));
}

/** A term that is a node as it stands. */
function plainDense({ operands, axes }: NetTerm): Dense | undefined {
  if (operands.length !== 1) return undefined;
  const [{ id, subscripts }] = operands;
  const spread = [...axes];
  if (spread.some(([, s]) => isSpread(s)) || spread.length !== subscripts.length) return undefined;
  const found = subscripts.map((letter) => spread.find(([, s]) => s.letters[0] === letter)?.[0]);
  return found.includes(undefined) || new Set(found).size < found.length ? undefined : { is: 'dense', id, axes: found as AxisId[] };
}

/** Without its scale. */
function denseOfTerm(scope: Scope, term: NetTerm): Dense {
  return plainDense(term) ?? multiplyTerms(scope, [{ ...term, scale: 1 }], [...term.axes.keys()]);
}

/** Letters of every axis made the same object in all operands; dense factors are split and padded along networks. */
function unify(scope: Scope, given: readonly NetTerm[], kept: readonly AxisId[]) {
  const spreads = new Map<AxisId, Spread>();
  for (const term of given) {
    for (const [axis, spread] of term.axes) {
      const before = spreads.get(axis);
      if (before === undefined || (!isSpread(before) && isSpread(spread))) spreads.set(axis, spread);
    }
  }
  for (const [axis, { letters, size, order }] of spreads) {
    spreads.set(axis, { size, ...(order === undefined ? {} : { order }), letters: letters.map(({ name, size }) => ({ name, size })) });
  }
  const operands: Operand[] = [];
  const zeroPadded = new Set<AxisId>();
  for (const term of given) {
    const fitting = [...term.axes].every(([axis, spread]) => sameSizes(spread, spreads.get(axis)!));
    if (fitting) operands.push(...renamed(term, spreads));
    else {
      const dense = denseOfTerm(scope, term);
      operands.push(widened(scope, dense, spreads));
      for (const axis of dense.axes) zeroPadded.add(axis);
    }
  }
  for (const [axis, spread] of spreads) {
    if (isPadded(spread) && !kept.includes(axis) && !zeroPadded.has(axis)) operands.push(rowsOf(scope, axis, spread));
  }
  return { operands, spreads };
}
function sameSizes(a: Spread, b: Spread): boolean {
  return a.order === b.order && a.letters.length === b.letters.length && a.letters.every((letter, k) => letter.size === b.letters[k].size);
}

/** The operands of a term with the common letters of its axes, and letters of its own for the rest (a net may stand twice in a product). */
function renamed(term: NetTerm, spreads: ReadonlyMap<AxisId, Spread>): Operand[] {
  const letters = new Map<Letter, Letter>();
  for (const [axis, spread] of term.axes) {
    for (const [k, letter] of spread.letters.entries()) letters.set(letter, spreads.get(axis)!.letters[k]);
  }
  const change = (letter: Letter): Letter => {
    const known = letters.get(letter);
    if (known !== undefined) return known;
    const own = { ...letter };
    letters.set(letter, own);
    return own;
  };
  return term.operands.map(({ id, subscripts }) => ({
    id,
    subscripts: subscripts.map((s) => (isGather(s) ? { ...s, over: s.over.map(change) } : change(s))),
  }));
}

/** A dense factor along the spread axes: in their orders, zeros behind, then split. */
function widened(scope: Scope, dense: Dense, spreads: ReadonlyMap<AxisId, Spread>): Operand {
  let id = dense.id;
  for (const [k, axis] of dense.axes.entries()) {
    const spread = spreads.get(axis)!;
    if (spread.order !== undefined) id = lookedUp(scope, id, k, spread.order);
    if (isPadded(spread)) id = scope.builder.add('pad', [id], { axis: k, before: 0, size: lettersSize(spread.letters) });
  }
  const letters = dense.axes.flatMap((axis) => spreads.get(axis)!.letters);
  return { id: scope.builder.add('reshape', [id], { axes: letters.map(({ name, size }) => ({ name, size })) }), subscripts: letters };
}

/** 1 for rows that the axis has, 0 for rows of padding. */
function rowsOf(scope: Scope, axis: AxisId, spread: Spread): Operand {
  const domain = [{ name: scope.model.axes[axis].name, size: lettersSize(spread.letters) }];
  const value = apply('select', apply('lt', coordinate(0), number(spread.size)), number(1), number(0));
  const rows = scope.builder.add('map', [], { domain, reads: [], value: apply('real', value) });
  return {
    id: scope.builder.add('reshape', [rows], { axes: spread.letters.map(({ name, size }) => ({ name, size })) }),
    subscripts: spread.letters,
  };
}

/** Spread axes merged again and cut to the size of the axis, in its order. */
function narrowed(scope: Scope, made: Id, axes: readonly AxisId[], spreads: ReadonlyMap<AxisId, Spread>): Dense {
  let id = made;
  const spreadOf = (axis: AxisId) => spreads.get(axis);
  if (axes.some((axis) => spreadOf(axis) !== undefined && isSpread(spreadOf(axis)!))) {
    const merged = axes.map((axis) => {
      const spread = spreadOf(axis);
      return { name: scope.model.axes[axis].name, size: spread === undefined ? scope.size(axis) : lettersSize(spread.letters) };
    });
    id = scope.builder.add('reshape', [id], { axes: merged });
  }
  for (const [k, axis] of axes.entries()) {
    const spread = spreadOf(axis);
    if (spread !== undefined && isPadded(spread)) id = scope.builder.add('slice', [id], { axis: k, from: 0, size: spread.size });
    if (spread?.order !== undefined) id = putBack(scope, id, k, spread.order);
  }
  return { is: 'dense', id, axes };
}
