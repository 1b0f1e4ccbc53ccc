/** An expression of a body in another model: other numbers of values, axes and weights. */
import type { AxisId, Expression, Move, ValueId, WeightId } from '../../compiler/values/model.ts';
import { withReads } from './micro.ts';

export interface Places {
  value(id: ValueId): ValueId;
  axis(id: AxisId): AxisId;
  weight(id: WeightId): WeightId;
}

export function withMoved(from: Expression, { value, axis, weight }: Places): Expression {
  const expression = withReads(from, value);
  switch (expression.is) {
    case 'weight':
      return { ...expression, weight: weight(expression.weight) };
    case 'size':
    case 'position':
    case 'stack':
      return { ...expression, axis: axis(expression.axis) };
    case 'reduce':
      return { ...expression, over: expression.over.map(axis) };
    case 'refit':
      return { ...expression, moves: expression.moves.map((move) => movedMove(move, axis)) };
    case 'lookup':
      return { ...expression, at: expression.at.map((at) => ({ ...at, axis: axis(at.axis) })) };
    case 'top':
      return { ...expression, over: axis(expression.over), ...(expression.pick === undefined ? {} : { pick: axis(expression.pick) }) };
    case 'earlier':
      return { ...expression, over: expression.over.map(axis), among: axis(expression.among) };
    case 'join':
      return { ...expression, axis: axis(expression.axis), parts: expression.parts.map((part) => ({ ...part, from: axis(part.from) })) };
    case 'window':
      return { ...expression, axis: axis(expression.axis), out: axis(expression.out), tap: axis(expression.tap) };
    default:
      return expression;
  }
}

function movedMove(move: Move, axis: (id: AxisId) => AxisId): Move {
  switch (move.is) {
    case 'split':
      return { ...move, axis: axis(move.axis), into: move.into.map(axis) };
    case 'merge':
      return { ...move, axes: move.axes.map(axis), into: axis(move.into) };
    case 'rename':
      return { ...move, from: axis(move.from), to: axis(move.to) };
  }
}
