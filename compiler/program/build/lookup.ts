/**
 * Indexing by data. A lookup is a subscript of a product, not a copy: the product that reads it gathers while it multiplies. In a
 * decomposed table an id is looked up digit by digit in the cores, or in the rebuilt table, whichever costs fewer multiply-adds.
 */
import { plan } from '../../network/plan.ts';
import type { ValueId } from '../../values/body.ts';
import type { AxisId } from '../../values/model.ts';
import type { Axis, Id, Scalar } from '../../values/program.ts';
import { apply, number, read } from '../scalar.ts';
import { axesOf, densify, isSparse, lettersSize, lift } from './net.ts';
import type { Dense, Gather, Letter, Net, NetTerm, Operand, Scope, Spread, Value } from './scope.ts';
import { axisOf, isGather, mapOver, valueAt } from './scope.ts';

export interface At {
  readonly axis: AxisId;
  readonly index: ValueId;
  readonly else?: ValueId;
}

export function lookup(scope: Scope, of: ValueId, at: readonly At[], axes: readonly AxisId[]): Value {
  const value = valueAt(scope, of);
  const bits = value.is === 'dense' && scope.builder.type(value.id).dtype === 'bit';
  const numbers = bits ? mapOver(scope, value.axes, [value], apply('int', read(0))) : value;
  const found = at.reduce<Value>((looked, one) => sliced(scope, looked, one) ?? gathered(scope, looked, one), numbers);
  return withElse(scope, bits ? mapOver(scope, axes, [densify(scope, found, axes)], apply('lt', number(0), read(0))) : found, at, axes);
}

/** A fixed position, or the positions of a shorter axis, are a slice. */
function sliced(scope: Scope, value: Value, { axis, index, else: other }: At): Value | undefined {
  const { expression } = scope.body.statements[index];
  const axes = axesOf(value);
  const at = axes.indexOf(axis);
  if (expression.is === 'number') {
    const position = expression.value;
    if (position < 0 || position >= scope.size(axis)) return undefined;
    if (value.is === 'net') {
      const terms = value.terms.map((term) => slicedTerm(scope, term, axis, position));
      if (terms.every((term) => term !== undefined)) return { is: 'net', terms };
    }
    const rest = axes.filter((a) => a !== axis);
    const cut = scope.builder.add('slice', [densify(scope, value, axes).id], { axis: at, from: position, size: 1 });
    const id = scope.builder.add('reshape', [cut], { axes: rest.map((a) => axisOf(scope, a)) });
    return { is: 'dense', id, axes: rest };
  }
  if (expression.is !== 'position' || other !== undefined) return undefined;
  const along = expression.axis;
  if (axes.includes(along) || scope.size(along) > scope.size(axis)) return undefined;
  const id = scope.builder.add('slice', [densify(scope, value, axes).id], { axis: at, from: 0, size: scope.size(along) });
  return { is: 'dense', id, axes: axes.map((a) => (a === axis ? along : a)) };
}

/** The cores of a term at one position of an axis: each is cut at its digit. Undefined where data look up in that axis already. */
function slicedTerm(scope: Scope, term: NetTerm, axis: AxisId, position: number): NetTerm | undefined {
  const { letters, order } = term.axes.get(axis)!;
  if (isSparse(term) || order !== undefined) return undefined;
  if (term.operands.some(({ subscripts }) => subscripts.some((s) => isGather(s) && s.over.some((letter) => letters.includes(letter))))) {
    return undefined;
  }
  const digit = (letter: Letter) => Math.floor(position / lettersSize(letters.slice(letters.indexOf(letter) + 1))) % letter.size;
  const operands = term.operands.map(({ id, subscripts }): Operand => {
    let cut = id;
    subscripts.forEach((s, k) => {
      if (!isGather(s) && letters.includes(s)) cut = scope.builder.add('slice', [cut], { axis: k, from: digit(s), size: 1 });
    });
    if (cut === id) return { id, subscripts };
    const kept = subscripts.flatMap((s, k) => (isGather(s) || !letters.includes(s) ? [k] : []));
    const { axes } = scope.builder.type(cut);
    return { id: scope.builder.add('reshape', [cut], { axes: kept.map((k) => axes[k]) }), subscripts: kept.map((k) => subscripts[k]) };
  });
  return { ...term, operands, axes: new Map([...term.axes].filter(([a]) => a !== axis)) };
}

/** An index may itself be looked up. */
const indexOf = (scope: Scope, index: ValueId): Dense => densify(scope, valueAt(scope, index), scope.body.statements[index].axes);

function gathered(scope: Scope, value: Value, { axis, index }: At): Net {
  const ids = indexOf(scope, index);
  const net: Net = value.is === 'net' ? value : { is: 'net', terms: [lift(scope, value)] };
  return { is: 'net', terms: net.terms.map((term) => gatheredTerm(scope, term, axis, ids)) };
}

function gatheredTerm(scope: Scope, given: NetTerm, axis: AxisId, ids: Dense): NetTerm {
  const isSplit = ({ letters, order }: Spread) => letters.length !== 1 || order !== undefined;
  const clash = ids.axes.some((a) => a !== axis && given.axes.has(a) && isSplit(given.axes.get(a)!));
  const whole =
    clash ||
    isSparse(given) ||
    given.axes.get(axis)!.order !== undefined ||
    (given.operands.length > 1 && !isStack(scope, given, axis) && tableIsCheaper(given, axis, ids, scope));
  const term = whole ? lift(scope, densify(scope, { is: 'net', terms: [given] }, axesOf({ is: 'net', terms: [given] }))) : given;
  const spread = term.axes.get(axis)!;
  const axes = new Map([...term.axes].filter(([a]) => a !== axis));
  const over = ids.axes.map((a) => {
    const letter = axes.get(a)?.letters[0] ?? axisOf(scope, a);
    if (!axes.has(a)) axes.set(a, { letters: [letter], size: letter.size });
    return letter;
  });
  const gathers = digits(scope, ids, spread).map((id, k): Gather => ({ ids: id, over, axis: axisOfLetter(spread.letters[k]) }));
  const operands = term.operands.map(
    ({ id, subscripts }): Operand => ({
      id,
      subscripts: subscripts.map((s) => (isGather(s) || !spread.letters.includes(s) ? s : gathers[spread.letters.indexOf(s)])),
    }),
  );
  return { operands, axes, scale: whole ? 1 : term.scale };
}
const axisOfLetter = ({ name, size }: Letter): Axis => ({ name, size });
/** The axis of a family that is looked up by data: its tables are as many as there are members, rows are used where they lie. */
function isStack(scope: Scope, term: NetTerm, axis: AxisId): boolean {
  const spread = term.axes.get(axis)!;
  return spread.letters.length === 1 && spread.letters[0].size === scope.size(axis) && term.operands.length > 1;
}

/** The digits of an id along the factors of the axis, most significant first. */
function digits(scope: Scope, ids: Dense, { letters, size }: Spread): Id[] {
  if (letters.length === 1 && letters[0].size === size) return [ids.id];
  return letters.map((letter, k) => {
    const after = lettersSize(letters.slice(k + 1));
    const high: Scalar = after === 1 ? read(0) : apply('idiv', read(0), number(after));
    return mapOver(scope, ids.axes, [ids], k === 0 ? high : apply('mod', high, number(letter.size))).id;
  });
}

/** Multiply-adds of rebuilding the table and moving its rows, against those of multiplying the looked-up rows of the cores. */
function tableIsCheaper(term: NetTerm, axis: AxisId, ids: Dense, scope: Scope): boolean {
  const spread = term.axes.get(axis)!;
  const count: Letter = { name: 'rows', size: ids.axes.reduce((product, a) => product * scope.size(a), 1) };
  const kept = [...term.axes].filter(([a]) => a !== axis).flatMap(([, s]) => s.letters);
  const cost = (lettersOf: (operand: Operand) => readonly Letter[], output: readonly Letter[]) => {
    const inputs = term.operands.map(lettersOf);
    const all = [...new Set(inputs.flat())];
    const at = (list: readonly Letter[]) => [
      ...new Set(list.filter((letter) => all.includes(letter)).map((letter) => all.indexOf(letter))),
    ];
    return plan({ network: { inputs: inputs.map(at), output: at(output), sizes: all.map((letter) => letter.size) } }).macs;
  };
  const own = (operand: Operand) => operand.subscripts.flatMap((s) => (isGather(s) ? s.over : [s]));
  const rows = (operand: Operand) => own(operand).map((letter) => (spread.letters.includes(letter) ? count : letter));
  const table = cost(own, [...kept, ...spread.letters]) + count.size * lettersSize(kept);
  return table <= cost(rows, [...kept, count]);
}

/** `else` where an index is out of range; a lookup alone gives 0 there. */
function withElse(scope: Scope, found: Value, at: readonly At[], axes: readonly AxisId[]): Value {
  return at.reduce((value, { axis, index, else: other }) => {
    if (other === undefined) return value;
    const ids = indexOf(scope, index);
    const looked = value.is === 'dense' ? value : densify(scope, value, axes);
    const otherwise = densify(scope, valueAt(scope, other), scope.body.statements[other].axes);
    const inside = apply('and', apply('le', number(0), read(1)), apply('lt', read(1), number(scope.size(axis))));
    return mapOver(scope, looked.axes, [looked, ids, otherwise], apply('select', inside, read(0), read(2)));
  }, found);
}
