/** Calls: functions and layers are inlined. A layer brings its own axes; a function works on the axes named in its brackets. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId, Move } from '../../values/model.ts';
import { describe } from '../fold.ts';
import { knownTo, matchAxes } from '../formal.ts';
import type { Instance } from '../instance.ts';
import { enclosing } from '../names.ts';
import { refuse } from '../refuse.ts';
import { type Boundary, bindParameters, readArguments, refuseCaptured, translateCondition } from './arguments.ts';
import { axisIn, axisName } from './brackets.ts';
import { callBuiltin, isBuiltin } from './builtin.ts';
import type { Elaboration, Frame } from './context.ts';
import { refit } from './fit.ts';
import { inline } from './inline.ts';
import { asStatic, condition, operand } from './operate.ts';
import { checkMentions } from './reduce.ts';
import { functionOf, resolve } from './resolve.ts';
import { type FunctionPart, type LayerPart, silently, type Value } from './value.ts';

export function call(to: Elaboration, expression: tree.Call, frame: Frame): Value {
  const { args, place } = expression;
  let { of } = expression;
  let brackets: tree.Brackets | undefined;
  if (of.kind === 'bracketed') {
    const inner = of.of.kind === 'identifier' ? resolve(to, frame, of.of) : to.evaluate(of.of, frame);
    if (inner.is !== 'family') [brackets, of] = [of.brackets, of.of];
  }
  const callee = of.kind === 'identifier' ? resolve(to, frame, of) : to.evaluate(of, frame);
  if (callee.is === 'layer') {
    const declaration = functionOf(callee.instances[0], 'forward');
    if (declaration === undefined) return refuseNoForward(callee, of.place);
    if (brackets !== undefined) refuse({ code: 'B318', message: 'a layer has its axes already', at: brackets.place, label: 'here' });
    return callFunction(to, frame, { is: 'function', name: lastStep(callee), declaration, owner: callee }, undefined, args, place);
  }
  if (callee.is === 'function') return callFunction(to, frame, callee, brackets, args, place);
  if (callee.is === 'error') return callee;
  if (callee.is === 'static' && callee.value.is === 'function') {
    const { name, declaration } = callee.value;
    if (declaration) return callFunction(to, frame, { is: 'function', name, declaration }, brackets, args, place);
    if (isBuiltin(name)) return callBuiltin(to, frame, { name, args, place, ...(brackets ? { brackets } : {}) });
  }
  const what = callee.is === 'static' ? describe(callee.value) : callee.is === 'family' ? 'a family of layers' : 'a value';
  const hint = callee.is === 'family' ? 'choose one: `block[1](x)`, `for b in block { ... }`' : undefined;
  return refuse({ code: 'B106', message: 'a function or a layer is expected', at: of.place, label: `this is ${what}`, hint });
}

function lastStep(layer: LayerPart): string {
  const { path, declaration } = layer.instances[0];
  return declaration?.name.name ?? path;
}

function refuseNoForward(layer: LayerPart, at: Place): never {
  const [first] = layer.instances;
  const hint = `call one of its members: ${[...first.members.keys()].join(', ')}`;
  return refuse({
    code: 'B106',
    message: 'this group has no forward',
    at,
    label: 'cannot be called',
    also: [{ place: first.place, text: 'declared here' }],
    hint,
  });
}

function callFunction(
  to: Elaboration,
  frame: Frame,
  callee: FunctionPart,
  brackets: tree.Brackets | undefined,
  args: tree.Arguments,
  place: Place,
): Value {
  const { declaration, owner, name } = callee;
  const { signature } = declaration;
  if (declaration.kind === 'fn') {
    if (to.draft.program.ambiguous.has(declaration)) silently();
    to.draft.program.used.add(declaration);
  }
  to.builder.spend();
  refuseRecursion(to, callee, place);
  const formal = new Map<string, AxisId>();
  const boundary = makeBoundary(to, frame, callee, brackets, place, formal);
  const given = readArguments(to, frame, name, signature, args);
  const on = readCondition(to, frame, name, signature, args, brackets, boundary);
  const own: Frame = {
    locals: new Map(),
    formal,
    ...(owner ? { layer: owner } : {}),
    file: to.draft.program.scopeOf(declaration.place),
    loops: frame.loops,
    conditions: [],
    untaken: new Map(),
  };
  const bound = bindParameters(to, signature, given, own, boundary, place);
  const chosen = owner?.chosen.flatMap((choice) => choice.index.axes) ?? [];
  const captured = chosen.find((axis) => boundary.actual.includes(axis));
  if (captured !== undefined) refuseCaptured(to, name, captured, place, signature.place);
  const hasRest = signature.results.some((result) => result.brackets.items.some((item) => item.kind === 'rest'));
  const rest = [...new Set([...bound.rest, ...chosen])];
  const inner: Frame = { ...own, ...(hasRest || rest.length > 0 ? { rest } : {}) };
  if (signature.where && on) inner.locals.set(signature.where.name, translateCondition(to, on, boundary));
  const call = { declaration, place, ...(owner ? { instance: owner.instances[0] } : {}) };
  const results = inline(to, inner, declaration, call, owner ? pathOf(owner) : undefined);
  const renamed = results.map((value, k) => leave(to, value, signature.results[k], rest, boundary, place));
  return renamed.length === 1 ? renamed[0] : { is: 'several', values: renamed };
}

function refuseRecursion(to: Elaboration, { declaration, owner, name }: FunctionPart, place: Place): void {
  const instance = owner?.instances[0];
  if (!to.calls.some((other) => other.declaration === declaration && other.instance === instance)) return;
  refuse({
    code: 'B105',
    message: `\`${name}\` calls itself`,
    at: place,
    label: 'recursive call',
    also: [{ place: declaration.signature.place, text: 'of this function' }],
    hint: 'functions are not recursive; use `for` with static bounds',
  });
}

/** The instance with a declaration that a group belongs to. */
function home(instance: Instance | undefined): Instance | undefined {
  for (const at of enclosing(instance)) if (at.declaration) return at;
  return undefined;
}

function makeBoundary(
  to: Elaboration,
  frame: Frame,
  { declaration, owner, name }: FunctionPart,
  brackets: tree.Brackets | undefined,
  place: Place,
  formal: Map<string, AxisId>,
): Boundary {
  const { table } = to;
  const bound: AxisId[] = [];
  const crossed = new Set<AxisId>();
  if (declaration.kind === 'fn') {
    const items = matchAxes(declaration.name, declaration.axes, brackets, place);
    for (const [k, item] of items.entries()) {
      const parameter = declaration.axes!.parameters[k].name;
      const actual = axisIn(to, frame, axisName(item));
      // Two formal axes bound to one axis are two axes inside.
      const twice = bound.includes(actual);
      const inside = twice
        ? table.declare(
            parameter.name,
            table.size(actual),
            { place: parameter.place, actual },
            `${parameter.place.file} ${parameter.place.from} ${actual}`,
          )
        : actual;
      if (twice) crossed.add(inside);
      bound.push(actual);
      formal.set(parameter.name, inside);
    }
  }
  const instance = home(owner?.instances[0]);
  // A wrapped layer was bound where it stood; its wrapper knows the same axes by formal names of its own.
  const user = frame.layer?.instances[0];
  const outside = (axis: AxisId) => {
    const { actual } = table.info[axis];
    return actual === undefined || instance === undefined ? actual : knownTo(table, actual, user);
  };
  if (instance !== undefined && instance !== home(frame.layer?.instances[0])) {
    for (const axis of instance.axes.values()) {
      const actual = outside(axis);
      if (actual === undefined) continue;
      crossed.add(axis);
      bound.push(actual);
    }
  }
  return {
    name,
    bound: declaration.kind === 'fn' ? [...formal.values()] : [],
    actual: bound,
    toActual: (axis) => (crossed.has(axis) || crossed.has(table.base(axis)) ? (outside(axis) ?? axis) : axis),
    toFormal: (axis) => [...crossed].find((inside) => outside(inside) === axis),
  };
}

function readCondition(
  to: Elaboration,
  frame: Frame,
  name: string,
  signature: tree.Signature,
  args: tree.Arguments,
  brackets: tree.Brackets | undefined,
  boundary: Boundary,
) {
  if (args.where === undefined) return asStatic({ is: 'boolean', value: true });
  if (signature.where === undefined) {
    const also = [{ place: signature.place, text: 'its signature has no `where`' }];
    refuse({ code: 'B328', message: `${name} takes no \`where\``, at: args.where.place, label: 'here', also });
  }
  const value = condition(operand(to.evaluate(args.where, frame), args.where.place), args.where.place);
  if (brackets && value.is === 'tensor') checkMentions(to, value, boundary.actual, args.where, brackets.place);
  return value;
}

/** `each[choice]` of 8 experts is shown as `each[*]`. */
function pathOf(layer: LayerPart): string {
  const [first, second] = layer.instances;
  if (second === undefined) return first.path;
  const other = second.path.split('.');
  return first.path
    .split('.')
    .map((step, k) => (step === other[k] ? step : step.replace(/\[.*\]/, '[*]')))
    .join('.');
}

/** A result on its way out: formal axes become those of the caller, unless one rides along already. */
function leave(to: Elaboration, value: Value, result: tree.Result, rest: readonly AxisId[], boundary: Boundary, place: Place): Value {
  if (value.is !== 'tensor') return value;
  const moves: Move[] = [];
  for (const axis of value.axes) {
    if (rest.includes(axis)) continue;
    const actual = boundary.toActual(axis);
    const clash = rest.includes(actual) || (actual !== axis && moves.some((move) => move.is === 'rename' && move.to === actual));
    if (clash) refuseRiding(to, actual, result, place);
    if (actual !== axis) moves.push({ is: 'rename', from: axis, to: actual });
  }
  const out = refit(to, value, moves);
  return value.index === undefined ? out : { ...out, ...to.indexing(boundary.toActual(value.index.axis), { by: 'same', of: value.index }) };
}

function refuseRiding(to: Elaboration, axis: AxisId, result: tree.Result, place: Place): never {
  const name = to.table.name(axis);
  return refuse({
    code: 'B306',
    message: `\`${name}\` already rides along`,
    at: place,
    label: `the argument has \`${name}\`, and the result would have it again`,
    also: [{ place: result.place, text: 'result axis' }],
    hint: `rename one: \`${name}'\``,
  });
}
