/** What must hold of every body: single assignment, no axis twice, and each expression's axes as its definition says. */
import type { AxisId, Body, Expression, Model, Move, Statement } from '../../compiler/values/model.ts';

/** Every violation found, in words. */
export function faultsOf(model: Model): string[] {
  return model.entries.flatMap((entry) =>
    (['train', 'eval'] as const).flatMap((mode) => {
      const body = entry[mode];
      return body.statements.flatMap((statement, id) =>
        faults(model, body, statement, id).map((fault) => `${entry.name} ${mode} ${id} ${statement.name}: ${fault}`),
      );
    }),
  );
}

const set = (axes: readonly AxisId[]) => [...new Set(axes)].sort((a, b) => a - b).join();
const sameSet = (a: readonly AxisId[], b: readonly AxisId[]) => set(a) === set(b);
const without = (axes: readonly AxisId[], gone: readonly AxisId[]) => axes.filter((axis) => !gone.includes(axis));

function faults(model: Model, body: Body, statement: Statement, id: number): string[] {
  const found: string[] = [];
  const { axes, expression } = statement;
  const must = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  must(new Set(axes).size === axes.length, 'an axis twice');
  const of = (value: number): Statement => {
    must(value < id, `reads ${value}, which is not before it`);
    return body.statements[value];
  };
  must(
    sameSet(axes, axesOf(model, expression, of, axes)),
    `${expression.is} has axes ${axes}, by its definition ${axesOf(model, expression, of, axes)}`,
  );
  if (expression.is === 'apply' && ['add', 'sub', 'mul', 'div', 'min', 'max', 'lt', 'le', 'gt', 'ge'].includes(expression.f)) {
    must(new Set(expression.of.map((value) => of(value).type)).size === 1, 'operands of different types');
  }
  if (expression.is === 'lookup') for (const { index } of expression.at) must(of(index).type === 'int', 'an index that is no int');
  if (expression.is === 'product') for (const factor of expression.factors) must(of(factor).type === 'real', 'a factor that is not real');
  return found;
}

function axesOf(model: Model, expression: Expression, of: (value: number) => Statement, own: readonly AxisId[]): readonly AxisId[] {
  switch (expression.is) {
    case 'weight':
      return model.weights[expression.weight].axes.map((axis) => axis.axis);
    case 'number':
    case 'size':
      return [];
    case 'position':
      return [expression.axis];
    case 'apply':
      return expression.of.flatMap((value) => of(value).axes);
    case 'reduce': {
      const { axes } = of(expression.of);
      return expression.over.every((axis) => axes.includes(axis)) ? without(axes, expression.over) : [-1];
    }
    case 'refit':
      return expression.moves.reduce<readonly AxisId[]>((axes, move) => moved(model, axes, move), of(expression.of).axes);
    case 'lookup':
      return [
        ...without(
          of(expression.of).axes,
          expression.at.map((item) => item.axis),
        ),
        ...expression.at.flatMap((item) => of(item.index).axes),
      ];
    case 'stack':
      return [expression.axis, ...of(expression.of[0]).axes];
    case 'top': {
      const rest = without(of(expression.of).axes, [expression.over]);
      return expression.pick === undefined ? rest : [...rest, expression.pick];
    }
    case 'earlier':
      return of(expression.of).axes;
    case 'join':
      return [...without(of(expression.parts[0].of).axes, [expression.parts[0].from]), expression.axis];
    case 'window':
      return [...without(of(expression.of).axes, [expression.axis]), expression.out, expression.tap];
    default:
      return own;
  }
}

/** Axes after one move; an impossible move gives an axis that is none. */
function moved(model: Model, axes: readonly AxisId[], move: Move): readonly AxisId[] {
  const size = (axis: AxisId) => JSON.stringify(model.axes[axis].size);
  const product = (all: readonly AxisId[]) => all.reduce((n, axis) => n * (model.axes[axis].size as number), 1);
  if (move.is === 'rename') {
    const fits = axes.includes(move.from) && !axes.includes(move.to) && size(move.from) === size(move.to);
    return fits ? [...without(axes, [move.from]), move.to] : [-1];
  }
  if (move.is === 'split') {
    const fits = axes.includes(move.axis) && product(move.into) === model.axes[move.axis].size;
    return fits ? [...without(axes, [move.axis]), ...move.into] : [-1];
  }
  const fits = move.axes.every((axis) => axes.includes(axis)) && product(move.axes) === model.axes[move.into].size;
  return fits ? [...without(axes, move.axes), move.into] : [-1];
}
