/** One statement of a body, one value: which group of expressions it belongs to. */
import type { Statement, ValueId } from '../../values/body.ts';
import type { AxisId } from '../../values/model.ts';
import type { Dtype } from '../../values/program.ts';
import { apply, coordinate, number, read } from '../scalar.ts';
import { earlier } from './earlier.ts';
import { lookup } from './lookup.ts';
import { densify, multiply, weightNet } from './net.ts';
import type { Argument } from './pointwise.ts';
import { lowerPointwise } from './pointwise.ts';
import { extreme, logsumexp, mean, type Reduction, sum, top, truth } from './reduce.ts';
import { joinParts, refit, stack } from './refit.ts';
import type { Dense, Scope, Value } from './scope.ts';
import { axisOf, constantOf, dtypeOf, mapOver, valueAt } from './scope.ts';

export function buildStatement(scope: Scope, statement: Statement): Value {
  const { expression, axes, type } = statement;
  const dense = (id: ValueId) => denseOf(scope, id);
  switch (expression.is) {
    case 'input': {
      const kind = scope.kept.has(expression.name) ? 'state' : 'input';
      const source = { kind, name: expression.name, rate: 'batch' } as const;
      const id = scope.builder.source(source, { dtype: dtypeOf(type), axes: axes.map((axis) => axisOf(scope, axis)) });
      return { is: 'dense', id, axes };
    }
    case 'weight':
      return weightNet(scope, scope.model.weights[expression.weight], axes);
    case 'number':
      return constantOf(scope, expression.value, dtypeOf(type));
    case 'size':
      return constantOf(scope, scope.size(expression.axis), 'int');
    case 'position':
      return mapOver(scope, axes, [], coordinate(0));
    case 'apply': {
      const floored = wholeReal(scope, statement);
      if (floored !== undefined) return densify(scope, valueAt(scope, floored), axes);
      const reads = expression.of.map(dense);
      const args = reads.map((read, k) => argument(scope, expression.of[k], read, k));
      return mapOver(scope, inOrderOf(scope, reads, axes), reads, lowerPointwise(expression.f, args, dtypeOf(type)));
    }
    case 'product':
      return multiply(
        scope,
        expression.factors.map((id) => as(scope, valueAt(scope, id), dtypeOf(type))),
        axes,
      );
    case 'reduce':
      return buildReduction(scope, statement, expression);
    case 'refit':
      return refit(scope, valueAt(scope, expression.of), expression.moves, scope.body.statements[expression.of].axes);
    case 'lookup':
      return lookup(scope, expression.of, expression.at, axes);
    case 'stack':
      return stack(
        scope,
        expression.of.map((id) => valueAt(scope, id)),
        expression.axis,
        axes,
      );
    case 'join':
      return joinParts(
        scope,
        expression.parts.map(({ of, from }) => ({ of: valueAt(scope, of), from })),
        expression.axis,
        axes,
      );
    case 'draw':
      return draw(scope, statement, expression.site, expression.probability === undefined ? undefined : dense(expression.probability));
    case 'top':
      return top(scope, dense(expression.of), expression.over, expression.pick, expression.gives, axes);
    case 'earlier':
      return earlier(scope, dense(expression.of), expression.over, axes, scope.size(expression.among));
    case 'window': {
      const of = dense(expression.of);
      const position = of.axes.indexOf(expression.axis);
      const [out, tap] = [axisOf(scope, expression.out), axisOf(scope, expression.tap)];
      const { stride, dilation, before } = expression;
      const id = scope.builder.add('window', [of.id], { axis: position, out, tap, stride, dilation, before });
      const found: readonly AxisId[] = of.axes.flatMap((axis) => (axis === expression.axis ? [expression.out, expression.tap] : [axis]));
      return densify(scope, { is: 'dense', id, axes: found }, axes);
    }
  }
}

export function denseOf(scope: Scope, id: ValueId): Dense {
  const value = valueAt(scope, id);
  return value.is === 'dense' ? value : densify(scope, value, scope.body.statements[id].axes);
}

/** `floor` gives an int; where a real is made of it again it is the floor itself, which an int of 32 bits cannot always hold. */
function wholeReal({ body }: Scope, { expression }: Statement): ValueId | undefined {
  const argumentOf = (of: Statement['expression'], f: string) => (of.is === 'apply' && of.f === f ? of.of[0] : undefined);
  const int = argumentOf(expression, 'real');
  const floor = int === undefined ? undefined : argumentOf(body.statements[int].expression, 'int');
  return floor !== undefined && argumentOf(body.statements[floor].expression, 'floor') !== undefined ? floor : undefined;
}

/** The axes in the order of the largest value that is read, so that values keep one order from node to node and are not moved about. */
function inOrderOf(scope: Scope, reads: readonly Dense[], axes: readonly AxisId[]): readonly AxisId[] {
  const size = (dense: Dense) => dense.axes.reduce((product, axis) => product * scope.size(axis), 1);
  const first = reads.reduce<Dense | undefined>(
    (most, dense) => (most === undefined || size(dense) > size(most) ? dense : most),
    undefined,
  );
  const leading = first?.axes ?? [];
  return [...leading, ...axes.filter((axis) => !leading.includes(axis))];
}

/** A literal stays a literal, so that powers and masks see it. */
function argument(scope: Scope, id: ValueId, dense: Dense, k: number): Argument {
  const { expression } = scope.body.statements[id];
  const { dtype } = scope.builder.type(dense.id);
  return { value: expression.is === 'number' ? number(expression.value) : read(k), dtype };
}

/** Ints and bits become reals where a real is asked for. */
function as(scope: Scope, value: Value, dtype: Dtype): Value {
  if (value.is === 'net' || dtype === 'bit') return value;
  const own = scope.builder.type(value.id).dtype;
  return own === dtype ? value : mapOver(scope, value.axes, [value], apply(dtype, read(0)));
}

function buildReduction(scope: Scope, statement: Statement, expression: Extract<Statement['expression'], { is: 'reduce' }>): Dense {
  const { combine, over, of, where } = expression;
  const condition = where === undefined ? undefined : denseOf(scope, where);
  const factors = where === undefined && (combine === 'sum' || combine === 'mean') ? netFactors(scope, of) : undefined;
  const value = as(scope, valueAt(scope, of), dtypeOf(statement.type));
  const own = value.is === 'dense' ? value.axes : scope.body.statements[of].axes;
  const whole = [...own, ...(condition?.axes.filter((axis) => !own.includes(axis)) ?? [])];
  const axes = whole.filter((axis) => !over.includes(axis));
  const reduction: Reduction = { of: value, whole, over, axes, where: condition, factors };
  switch (combine) {
    case 'sum':
      return sum(scope, reduction);
    case 'mean':
      return mean(scope, reduction);
    case 'logsumexp':
      return logsumexp(scope, reduction);
    case 'max':
    case 'min':
      return extreme(scope, reduction, combine);
    case 'any':
    case 'all':
      return truth(scope, reduction, combine);
  }
}

/** The factors of a product of reals of which one is a weight made of cores: its sum needs no rebuilt weight, listed or not. */
function netFactors(scope: Scope, of: ValueId): Value[] | undefined {
  const { expression } = scope.body.statements[of];
  const isSquare = expression.is === 'apply' && expression.f === 'pow' && isTwo(scope, expression.of[1]);
  if (expression.is !== 'apply' || (expression.f !== 'mul' && !isSquare)) return undefined;
  const factors = isSquare ? [expression.of[0], expression.of[0]] : expression.of;
  const values = factors.flatMap((id) => netFactors(scope, id) ?? [valueAt(scope, id)]);
  const isReal = values.every((value) => value.is === 'net' || scope.builder.type(value.id).dtype === 'real');
  const hasCores = values.some((value) => value.is === 'net' && value.terms.some(({ operands }) => operands.length > 1));
  return isReal && hasCores ? values : undefined;
}
function isTwo(scope: Scope, id: ValueId): boolean {
  const { expression } = scope.body.statements[id];
  return expression.is === 'number' && expression.value === 2;
}

/** Rows of the counter are all axes but the last; a scalar draw is the first word of a line of one. */
function draw(scope: Scope, statement: Statement, site: string, probability: Dense | undefined): Dense {
  const { axes } = statement;
  const word = { is: 'random', stream: site, rows: Math.max(0, axes.length - 1) } as const;
  const value =
    probability === undefined
      ? apply('uniform', word)
      : apply('select', apply('below', word, read(0)), apply('real', number(1)), number(0));
  return mapOver(scope, axes, probability === undefined ? [] : [probability], value);
}
