/**
 * Arguments meet parameters: each is fitted to the index list of its parameter; what the lists do not take rides along where the
 * signature writes `..`. Formal axes of a layer are renamed from those of the caller, so no name is captured.
 */
import type { Label, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId, Move } from '../../values/model.ts';
import { findAxis } from '../names.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import { axisName } from './brackets.ts';
import type { Elaboration, Frame } from './context.ts';
import { checkElement } from './element.ts';
import { fitAxes, refit } from './fit.ts';
import { refuseAmbiguous } from './listed.ts';
import { operand } from './operate.ts';
import type { StaticPart, Tensor, Value } from './value.ts';

/** Between a caller and a callee. */
export interface Boundary {
  readonly name: string;
  /** A formal axis of the callee as the caller knows it. */
  toActual(axis: AxisId): AxisId;
  /** The formal axis that stands for an axis of the caller, if any. */
  toFormal(axis: AxisId): AxisId | undefined;
  /** Axes of the caller that a function works on under their own names: they cannot ride along too. */
  readonly bound: readonly AxisId[];
  /** Axes of the caller that formal axes are bound to. */
  readonly actual: readonly AxisId[];
}

export interface Bound {
  readonly values: Map<string, Value>;
  readonly rest: readonly AxisId[];
}

/** `callee` is the frame in which the parameters' axes are named; values already there (earlier arguments) serve defaults. */
export function bindParameters(
  to: Elaboration,
  signature: tree.Signature,
  given: ReadonlyMap<string, { readonly value: Value; readonly place: Place }>,
  callee: Frame,
  boundary: Boundary,
  at: Place,
): Bound {
  const values = new Map<string, Value>();
  const rest: AxisId[] = [];
  for (const parameter of signature.parameters) {
    const { name } = parameter;
    const argument = given.get(name.name);
    if (argument === undefined) {
      if (parameter.value === undefined) refuseMissing(boundary.name, signature, parameter, at);
      values.set(name.name, to.evaluate(parameter.value, callee));
    } else values.set(name.name, bindOne(to, parameter, argument.value, argument.place, callee, boundary, rest));
    callee.locals.set(name.name, values.get(name.name)!);
  }
  return { values, rest };
}

function bindOne(
  to: Elaboration,
  parameter: tree.Parameter,
  value: Value,
  at: Place,
  callee: Frame,
  boundary: Boundary,
  rest: AxisId[],
): Value {
  if (parameter.brackets === undefined) return bindPlain(to, parameter, value, at);
  const tensor = operand(value, at);
  const list = parameterAxes(to, callee, parameter.brackets);
  const fitted = tensor.is === 'static' ? tensor : fitArgument(to, parameter, list, tensor, at, boundary, rest);
  return checkElement(to, fitted, parameter.element, {
    axis: (name) => findAxis(to.draft, callee.layer?.instances[0], name, callee.formal),
    toActual: boundary.toActual,
    at,
    declared: parameter.place,
    name: parameter.name.name,
  });
}

/** Without brackets: what is known before the program runs, or one number. */
function bindPlain(to: Elaboration, parameter: tree.Parameter, value: Value, at: Place): Value {
  if (value.is === 'tensor' && value.axes.length > 0) {
    return refuse({
      code: 'B331',
      message: `\`${parameter.name.name}\` is one number`,
      at,
      label: `is ${to.shape(value.axes)}`,
      also: [{ place: parameter.place, text: 'declared without axes' }],
      hint: `declare it \`${parameter.name.name}[..]\` to take tensors`,
    });
  }
  return value;
}

interface ParameterList {
  readonly named: readonly AxisId[];
  readonly hasRest: boolean;
}
function parameterAxes(to: Elaboration, callee: Frame, brackets: tree.Brackets): ParameterList {
  const named: AxisId[] = [];
  for (const item of brackets.items) {
    if (item.kind === 'rest') continue;
    const axis = findAxis(to.draft, callee.layer?.instances[0], axisName(item), callee.formal);
    if (named.includes(axis)) refuse({ code: 'B319', message: 'an axis stands here twice', at: item.place, label: 'second' });
    named.push(axis);
  }
  return { named, hasRest: brackets.items.some((item) => item.kind === 'rest') };
}

function fitArgument(
  to: Elaboration,
  parameter: tree.Parameter,
  { named, hasRest }: ParameterList,
  value: Tensor,
  at: Place,
  boundary: Boundary,
  rest: AxisId[],
): Tensor {
  const wanted = named.map((axis) => boundary.toActual(axis));
  const fitting = fitAxes(to.table, value.axes, wanted);
  if (fitting.ambiguous) refuseAmbiguous(to, fitting.ambiguous, at, parameter.place, value);
  if (fitting.missing.length > 0) refuseLacking(to, parameter, value, fitting.missing, at);
  if (!hasRest && fitting.left.length > 0) refuseLeft(to, parameter, value, fitting.left, wanted, at);
  const captured = fitting.left.find((axis) => boundary.bound.includes(axis));
  if (captured !== undefined) refuseCaptured(to, boundary.name, captured, at, parameter.place);
  for (const axis of fitting.left) if (!rest.includes(axis)) rest.push(axis);
  const renames = named.flatMap((axis, k): Move[] => (wanted[k] === axis ? [] : [{ is: 'rename', from: wanted[k], to: axis }]));
  return refit(to, value, [...fitting.moves, ...renames]);
}

export function refuseCaptured(to: Elaboration, callee: string, axis: AxisId, at: Place, declared: Place): never {
  const name = to.table.name(axis);
  return refuse({
    code: 'B306',
    message: `\`${name}\` already rides along`,
    at,
    label: `has \`${name}\` beside what ${callee} takes`,
    also: [{ place: declared, text: `${callee} uses this axis itself` }],
    hint: `rename one: \`${name}'\``,
  });
}

function refuseLacking(to: Elaboration, parameter: tree.Parameter, value: Tensor, missing: readonly AxisId[], at: Place): never {
  const names = value.axes.map((axis) => to.table.name(axis));
  const lacking = to.table.list(missing);
  return refuse({
    code: 'B309',
    message: `the argument has no axis \`${lacking}\``,
    at,
    label: `is ${to.shape(value.axes)}`,
    also: [{ place: parameter.place, text: `\`${parameter.name.name}\` takes ${lacking}` }],
    hint: meant(to.table.name(missing[0]), names),
  });
}

function refuseLeft(
  to: Elaboration,
  parameter: tree.Parameter,
  value: Tensor,
  left: readonly AxisId[],
  wanted: readonly AxisId[],
  at: Place,
): never {
  return refuse({
    code: 'B332',
    message: `\`${parameter.name.name}\` takes ${to.shape(wanted)}; \`${to.table.list(left)}\` is left over`,
    at,
    label: `is ${to.shape(value.axes)}`,
    also: [{ place: parameter.place, text: 'no `..` here: nothing rides along' }],
    hint: `reduce \`${to.table.list(left)}\` first`,
  });
}

function refuseMissing(name: string, signature: tree.Signature, parameter: tree.Parameter, at: Place): never {
  return refuse({
    code: 'B329',
    message: `${name} needs \`${parameter.name.name}\``,
    at,
    label: `\`${parameter.name.name}\` is not given`,
    also: [{ place: signature.place, text: `takes ${listed(signature.parameters.map((p) => p.name.name))}` }],
  });
}

/** Evaluates arguments in the caller's frame and gives each to its parameter. */
export function readArguments(
  to: Elaboration,
  frame: Frame,
  name: string,
  signature: tree.Signature,
  args: tree.Arguments,
): Map<string, { readonly value: Value; readonly place: Place }> {
  const parameters = signature.parameters.map((parameter) => parameter.name.name);
  const given = new Map<string, { readonly value: Value; readonly place: Place }>();
  let position = 0;
  for (const argument of args.items) {
    const target = argument.name?.name ?? parameters[position++];
    const also: Label[] = [{ place: signature.place, text: `takes ${listed(parameters)}` }];
    if (target === undefined || !parameters.includes(target)) {
      const hint = target === undefined ? undefined : meant(target, parameters);
      const message =
        target === undefined
          ? `${name} takes ${parameters.length === 1 ? 'one argument' : `${parameters.length} arguments`}`
          : `${name} has no parameter \`${target}\``;
      refuse({
        code: 'B329',
        message,
        at: argument.name?.place ?? argument.place,
        label: target === undefined ? 'one too many' : 'unknown',
        also,
        hint,
      });
    }
    if (given.has(target)) refuse({ code: 'B329', message: `\`${target}\` is given twice`, at: argument.place, label: 'second', also });
    given.set(target, { value: to.evaluate(argument.value, frame), place: argument.value.place });
  }
  return given;
}

/** A condition handed over: its axes as the callee names them. */
export function translateCondition(to: Elaboration, value: Tensor | StaticPart, boundary: Boundary): Value {
  if (value.is === 'static') return value;
  const moves: Move[] = [];
  for (const axis of value.axes) {
    const formal = boundary.toFormal(axis);
    if (formal !== undefined && formal !== axis && !value.axes.includes(formal)) moves.push({ is: 'rename', from: axis, to: formal });
  }
  return refit(to, value, moves);
}
