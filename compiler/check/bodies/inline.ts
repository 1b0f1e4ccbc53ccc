/** The body of a function in the frame of its arguments, and its results fitted to what is declared. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Instance } from '../instance.ts';
import { refuse } from '../refuse.ts';
import { axisIn, axisList } from './brackets.ts';
import { type Elaboration, type Frame, findLocal } from './context.ts';
import { checkElement } from './element.ts';
import { fitAxes, refit } from './fit.ts';
import { refuseAmbiguous } from './listed.ts';
import { operand } from './operate.ts';
import { refuseUntaken } from './resolve.ts';
import { silently, type Tensor, type Value } from './value.ts';

export interface Inlined {
  readonly declaration: tree.Fn | tree.Forward;
  readonly instance?: Instance;
  readonly place: Place;
}

/** Results in declared order, on the callee's axes. `path` names the layer that the statements belong to. */
export function inline(
  to: Elaboration,
  frame: Frame,
  declaration: tree.Fn | tree.Forward,
  call: Inlined,
  path: string | undefined,
): Value[] {
  const fresh = () => inlineFresh(to, frame, declaration, call, path);
  return path === undefined || to.templates === undefined ? fresh() : to.templates.body(to, frame, declaration, fresh);
}

function inlineFresh(to: Elaboration, frame: Frame, declaration: tree.Fn | tree.Forward, call: Inlined, path: string | undefined): Value[] {
  const { signature, body } = declaration;
  const outer = to.builder.path;
  to.calls.push(call);
  if (path !== undefined) to.builder.path = path;
  const values = bodyValues(to, frame, body, signature);
  const results = signature.results.map((result, k) =>
    finishResult(to, frame, result, values[k], body.kind === 'value' ? body.value.place : result.place),
  );
  to.builder.path = outer;
  to.calls.pop();
  return results;
}

function bodyValues(to: Elaboration, frame: Frame, body: tree.Body, signature: tree.Signature): Value[] {
  if (body.kind === 'value') {
    const value = to.evaluate(body.value, frame);
    const values = value.is === 'several' ? value.values : [value];
    if (values.length === signature.results.length) return [...values];
    const message = `${signature.results.length} results are declared`;
    return refuse({ code: 'B320', message, at: body.value.place, label: `${values.length} here` });
  }
  to.run(body.statements, frame);
  return signature.results.map((result) => {
    if (result.name === undefined) {
      return refuse({
        code: 'B320',
        message: 'a result needs a name',
        at: result.place,
        label: 'nameless',
        hint: '`-> y[..]`, and the body sets y',
      });
    }
    const found = findLocal(frame, result.name.name)?.value;
    const branch = found === undefined ? frame.untaken.get(result.name.name) : undefined;
    if (branch !== undefined) refuseUntaken(to, result.name.name, result.place, branch);
    if (found === undefined) {
      const also = [{ place: body.place, text: 'body' }];
      return refuse({
        code: 'B320',
        message: `the result \`${result.name.name}\` is never set`,
        at: result.place,
        label: 'declared here',
        also,
      });
    }
    return found.is === 'error' ? silently() : found;
  });
}

function finishResult(to: Elaboration, frame: Frame, result: tree.Result, value: Value, at: Place): Value {
  const read = operand(value, at);
  const border = {
    axis: (name: tree.Identifier) => axisIn(to, frame, name),
    toActual: (axis: number) => axis,
    at,
    declared: result.place,
    name: result.name?.name ?? 'the result',
  };
  if (read.is === 'static') {
    const named = axisList(to, { ...frame, rest: frame.rest ?? [] }, result.brackets).named;
    if (named.length === 0) return checkElement(to, read, result.element, border);
    const hint = `\`expand[${to.table.list(named)}](x)\` repeats it`;
    return refuse({ code: 'B314', message: `the result is declared with ${to.shape(named)}`, at, label: 'this is one number', hint });
  }
  return checkElement(to, fitResult(to, frame, result, read, at), result.element, border);
}

function fitResult(to: Elaboration, frame: Frame, result: tree.Result, value: Tensor, at: Place): Tensor {
  const list = axisList(to, { ...frame, rest: frame.rest ?? [] }, result.brackets);
  const fitting = fitAxes(to.table, value.axes, list.axes);
  if (fitting.ambiguous) refuseAmbiguous(to, fitting.ambiguous, at, result.place, value);
  const missing = fitting.missing.filter((axis) => list.named.includes(axis));
  if (missing.length === 0 && fitting.left.length === 0) return refit(to, value, fitting.moves, list.axes);
  const [left, lacking] = [to.table.list(fitting.left), to.table.list(missing)];
  return refuse({
    code: 'B314',
    message: `the result ${result.name ? `\`${result.name.name}\` ` : ''}has other axes than declared`,
    at: result.place,
    label: 'declared result',
    also: [{ place: at, text: `is ${to.shape(value.axes)}` }],
    hint: left !== '' ? `drop or reduce \`${left}\`` : `nothing gives \`${lacking}\``,
  });
}
