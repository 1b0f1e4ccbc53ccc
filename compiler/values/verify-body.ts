/**
 * What must hold of every body of a model: single assignment, no axis twice, each expression's axes and type as its definition in body.ts
 * says, and every index without an `else` proved to lie in its axis. The proof here knows nothing of the checker's: intervals of numbers,
 * at several sizes of the open axes.
 */
import type { Body, Entry, Expression, Move, Pointwise, Statement, ValueId } from './body.ts';
import type { AxisId, Model } from './model.ts';
import { readsOf } from './reads.ts';
import { intervalsOf, sampleSizes } from './verify-indices.ts';

/** Every violation found, with the number of the statement. */
export function bodyComplaints(model: Model, entry: Entry, mode: 'train' | 'eval'): string[] {
  const body = entry[mode];
  const complaints = body.statements.flatMap((statement, id) =>
    statementComplaints(model, entry, body, statement, id).map((text) => `${id} ${statement.name}: ${text}`),
  );
  if (complaints.length > 0) return complaints;
  for (const { value, name } of body.results) {
    if (body.statements[value] === undefined) complaints.push(`result ${name} is ${value}, which is not there`);
  }
  for (const { value, path } of body.penalties) {
    if (body.statements[value]?.axes.length !== 0) complaints.push(`penalty ${path} is no scalar`);
  }
  return complaints.length > 0 ? complaints : indexComplaints(model, entry, body);
}

const inputOf = (entry: Entry, wanted: string) => [...entry.inputs, ...(entry.kept ?? [])].find(({ name }) => name === wanted);
const sameSet = (a: readonly AxisId[], b: readonly AxisId[]) => a.every((axis) => b.includes(axis)) && b.every((axis) => a.includes(axis));
const without = (axes: readonly AxisId[], gone: readonly AxisId[]) => axes.filter((axis) => !gone.includes(axis));

function statementComplaints(model: Model, entry: Entry, body: Body, { axes, type, expression }: Statement, id: number): string[] {
  const complaints: string[] = [];
  const late = readsOf(expression).find((value) => !(Number.isInteger(value) && value >= 0 && value < id));
  if (late !== undefined) return [`reads ${late}, which is not before it`];
  const of = (value: ValueId) => body.statements[value]!;
  if (axes.some((axis, k) => axes.indexOf(axis) !== k)) complaints.push('an axis twice');
  if (!axes.every((axis) => model.axes[axis] !== undefined)) complaints.push(`has axes ${axes}, not all of which are there`);
  const wanted = axesOf(model, entry, expression, of, axes);
  if (!sameSet(axes, wanted)) complaints.push(`${expression.is} has axes ${axes}, by its definition ${wanted}`);
  const types = typesOf(entry, expression, of);
  if (!types.includes(type)) complaints.push(`is ${type}, by its definition ${types.join(' or ') || 'nothing'}`);
  return complaints;
}

function axesOf(model: Model, entry: Entry, e: Expression, of: (value: ValueId) => Statement, own: readonly AxisId[]): readonly AxisId[] {
  switch (e.is) {
    case 'input':
      return inputOf(entry, e.name)?.axes ?? [-1];
    case 'weight':
      return model.weights[e.weight]?.axes.map(({ axis }) => axis) ?? [-1];
    case 'number':
    case 'size':
      return [];
    case 'position':
      return [e.axis];
    case 'apply':
      return e.of.flatMap((value) => of(value).axes);
    case 'reduce': {
      const { axes } = of(e.of);
      return e.over.every((axis) => axes.includes(axis)) ? without(axes, e.over) : [-1];
    }
    case 'refit':
      return e.moves.reduce<readonly AxisId[]>((axes, move) => moved(model, axes, move), of(e.of).axes);
    case 'lookup': {
      const indexed = e.at.map(({ axis }) => axis);
      const { axes } = of(e.of);
      if (!indexed.every((axis) => axes.includes(axis))) return [-1];
      return [...without(axes, indexed), ...e.at.flatMap(({ index }) => of(index).axes)];
    }
    case 'stack':
      return [e.axis, ...of(e.of[0]!).axes];
    case 'top':
      return [...without(of(e.of).axes, [e.over]), ...(e.pick === undefined ? [] : [e.pick])];
    case 'earlier':
      return of(e.of).axes;
    case 'join':
      return [...without(of(e.parts[0]!.of).axes, [e.parts[0]!.from]), e.axis];
    case 'window':
      return [...without(of(e.of).axes, [e.axis]), e.out, e.tap];
    // What a product lacks is summed, what no factor has is broadcast; a draw has the axes that it is asked for.
    case 'product':
    case 'draw':
      return own;
  }
}

/** Axes after one move; an impossible move gives an axis that is none. */
function moved(model: Model, axes: readonly AxisId[], move: Move): readonly AxisId[] {
  const size = (axis: AxisId) => JSON.stringify(model.axes[axis]?.size);
  const product = (all: readonly AxisId[]) => all.reduce((n, axis) => n * (model.axes[axis]?.size as number), 1);
  if (move.is === 'rename') {
    const fits = axes.includes(move.from) && !axes.includes(move.to) && size(move.from) === size(move.to);
    return fits ? [...without(axes, [move.from]), move.to] : [-1];
  }
  if (move.is === 'split') {
    const fits = axes.includes(move.axis) && product(move.into) === model.axes[move.axis]?.size;
    return fits ? [...without(axes, [move.axis]), ...move.into] : [-1];
  }
  const fits = move.axes.every((axis) => axes.includes(axis)) && product(move.axes) === model.axes[move.into]?.size;
  return fits ? [...without(axes, move.axes), move.into] : [-1];
}

type Type = Statement['type'];
const comparisons: readonly Pointwise[] = ['lt', 'le', 'eq', 'ne', 'gt', 'ge'];
const logic: readonly Pointwise[] = ['and', 'or', 'not'];
const whole: readonly Pointwise[] = ['idiv', 'mod'];
const either: readonly Pointwise[] = ['add', 'sub', 'mul', 'min', 'max', 'neg', 'abs', 'stop'];

/** The types that the expression may have, none where an operand has a wrong one. */
function typesOf(entry: Entry, e: Expression, of: (value: ValueId) => Statement): readonly Type[] {
  switch (e.is) {
    case 'input': {
      const input = inputOf(entry, e.name);
      return input === undefined ? [] : [input.type];
    }
    case 'number':
      return Number.isInteger(e.value) ? ['int', 'real', 'bool'] : ['real'];
    case 'size':
    case 'position':
    case 'earlier':
      return ['int'];
    case 'weight':
    case 'draw':
      return ['real'];
    case 'product':
      return e.factors.every((factor) => of(factor).type === 'real') ? ['real'] : [];
    case 'apply':
      return appliedTypes(
        e.f,
        e.of.map((value) => of(value).type),
      );
    case 'reduce':
      if (e.where !== undefined && of(e.where).type !== 'bool') return [];
      if (e.combine === 'any' || e.combine === 'all') return of(e.of).type === 'bool' ? ['bool'] : [];
      return e.combine === 'mean' || e.combine === 'logsumexp' ? ['real'] : [of(e.of).type];
    case 'refit':
    case 'window':
      return [of(e.of).type];
    case 'lookup':
      return e.at.every((item) => of(item.index).type === 'int' && (item.else === undefined || of(item.else).type === of(e.of).type))
        ? [of(e.of).type]
        : [];
    case 'stack':
      return common(e.of.map((value) => of(value).type));
    case 'join':
      return common(e.parts.map((part) => of(part.of).type));
    case 'top':
      return e.gives === 'index' ? ['int'] : ['real'];
  }
}

const common = (types: readonly Type[]): readonly Type[] => (types.every((type) => type === types[0]) ? types.slice(0, 1) : []);

function appliedTypes(f: Pointwise, types: readonly Type[]): readonly Type[] {
  if (f === 'real') return ['real'];
  if (f === 'int' || f === 'floor') return ['int', 'real'];
  if (f === 'select') return types[0] === 'bool' ? common(types.slice(1)) : [];
  if (comparisons.includes(f)) return common(types).length === 1 ? ['bool'] : [];
  if (logic.includes(f)) return types.every((type) => type === 'bool') ? ['bool'] : [];
  if (types.includes('bool')) return f === 'stop' ? ['bool'] : [];
  if (whole.includes(f) || either.includes(f)) return common(types);
  return types.every((type) => type === 'real') ? ['real'] : [];
}

/** Positions that are read without an `else`, at open axes of one position and of many. */
function indexComplaints(model: Model, entry: Entry, body: Body): string[] {
  const complaints = new Set<string>();
  for (const sizeOf of sampleSizes(model)) {
    const intervals = intervalsOf(entry, body, sizeOf);
    body.statements.forEach(({ name, expression }, id) => {
      if (expression.is !== 'lookup') return;
      for (const { axis, index, else: otherwise } of expression.at) {
        const { low, high } = intervals[index]!;
        if (otherwise !== undefined || (low >= 0 && high < sizeOf(axis))) continue;
        complaints.add(
          `${id} ${name}: index ${index} of axis ${model.axes[axis]!.name} lies in ${low} to ${high}, the axis has ${sizeOf(axis)}`,
        );
      }
    });
  }
  return [...complaints];
}
