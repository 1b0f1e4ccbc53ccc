/** Products as nodes, where operands and letters are known. */
import type { AxisId } from '../../values/model.ts';
import type { Axis, Contract, Id, Subscript } from '../../values/program.ts';
import type { Dense, Gather, Letter, NetTerm, Operand, Scope } from './scope.ts';
import { axisOf, isGather } from './scope.ts';

/** One contraction node; letters are numbered in order of first use. */
export function contraction(scope: Scope, operands: readonly Operand[], result: readonly (Letter | Gather)[]): Id {
  const letters: Letter[] = [];
  const ids: Id[] = [];
  const position = (letter: Letter): number => {
    if (!letters.includes(letter)) letters.push(letter);
    return letters.indexOf(letter);
  };
  const subscript = (part: Letter | Gather): Subscript => {
    if (!isGather(part)) return position(part);
    ids.push(part.ids);
    return { ids: operands.length + ids.length - 1, over: part.over.map(position), axis: part.axis };
  };
  const subscripts = operands.map((operand) => operand.subscripts.map(subscript));
  const written = result.map(subscript);
  const axes: Axis[] = letters.map(({ name, size }) => ({ name, size }));
  const attributes: Contract = { letters: axes, operands: subscripts, result: written };
  return scope.builder.add('contract', [...operands.map((operand) => operand.id), ...ids], attributes);
}

/**
 * A product with entries that stand alone, of one operand with one letter: the factors are looked up where the entries stand, and what
 * comes of each is added where it stands. Nothing of the size of the whole weight is made.
 */
export function sparseProduct(scope: Scope, { operands, axes: places }: NetTerm, factors: readonly Dense[], axes: readonly AxisId[]): Id {
  const letters = new Map<AxisId, Letter>();
  const subscript = (axis: AxisId): Letter | Gather => {
    const spread = places.get(axis);
    if (spread !== undefined) return { ids: spread.at!, over: spread.letters, axis: axisOf(scope, axis) };
    if (!letters.has(axis)) letters.set(axis, axisOf(scope, axis));
    return letters.get(axis)!;
  };
  const dense = factors.map(({ id, axes: own }): Operand => ({ id, subscripts: own.map(subscript) }));
  return contraction(scope, [...dense, ...operands], axes.map(subscript));
}

/** Along an axis what lies at the positions of `order`. */
export function lookedUp(scope: Scope, id: Id, axis: number, order: Id): Id {
  const letters = lettersOf(scope, id);
  return contraction(scope, [{ id, subscripts: placedAt(letters, axis, order) }], letters);
}

/** The inverse: what lies at position k goes to position `order[k]`. */
export function putBack(scope: Scope, id: Id, axis: number, order: Id): Id {
  const letters = lettersOf(scope, id);
  return contraction(scope, [{ id, subscripts: letters }], placedAt(letters, axis, order));
}

const lettersOf = (scope: Scope, id: Id): Letter[] => scope.builder.type(id).axes.map(({ name, size }) => ({ name, size }));

function placedAt(letters: readonly Letter[], axis: number, order: Id): (Letter | Gather)[] {
  return letters.map((letter, k) => (k === axis ? { ids: order, over: [letter], axis: { name: letter.name, size: letter.size } } : letter));
}
