/** Values picked by position: lookups, the greatest of a row, places before. */
import type { Expression } from '../../values/body.ts';
import type { AxisId } from '../../values/model.ts';
import { numberOf } from './pointwise.ts';
import { type Code, call, NAME, within } from './python.ts';
import { aligned, axesOf, permuted, type Scope } from './scope.ts';

export function lookup(scope: Scope, e: Extract<Expression, { is: 'lookup' }>, axes: readonly AxisId[]): Code {
  const own = axesOf(scope, e.of);
  const table = scope.code(e.of);
  const constant = e.at.length === 1 ? numberOf(scope, e.at[0].index) : undefined;
  if (constant !== undefined) {
    const at = own.indexOf(e.at[0].axis);
    const marks = [...own.slice(0, at).map(() => ':'), String(constant)];
    const rest = own.filter((_, k) => k !== at);
    return permuted({ text: `${within(table, NAME)}[${marks.join(', ')}]`, strength: NAME }, rest, axes);
  }
  const indices = new Map(e.at.map(({ axis, index }) => [axis, index]));
  const result = [...axes];
  const picked = own.map((axis): string => {
    const index = indices.get(axis);
    if (index === undefined) return aligned(call('torch.arange', scope.size(axis), `device=${scope.device()}`), [axis], result).text;
    const code = aligned(scope.code(index), axesOf(scope, index), result);
    const other = e.at.find((at) => at.axis === axis)!.else;
    return other === undefined ? code.text : `${within(code, NAME)}.clamp(0, ${scope.size(axis)} - 1)`;
  });
  const simple = embedding(scope, e, own, result, table);
  const found: Code = simple ?? { text: `${within(table, NAME)}[${picked.join(', ')}]`, strength: NAME };
  return e.at.reduce((code, { axis, index, else: other }) => {
    if (other === undefined) return code;
    const ids = within(aligned(scope.code(index), axesOf(scope, index), result), 4);
    const inside = `(${ids} >= 0) & (${ids} < ${scope.size(axis)})`;
    return call('torch.where', inside, code.text, aligned(scope.code(other), axesOf(scope, other), result).text);
  }, found);
}
/** `table[ids]`, and `scores.gather(-1, label[..., None])[..., 0]` for one place of each row. */
function embedding(
  scope: Scope,
  e: Extract<Expression, { is: 'lookup' }>,
  own: readonly AxisId[],
  result: readonly AxisId[],
  table: Code,
): Code | undefined {
  const [{ axis, index, else: other }, ...more] = e.at;
  if (more.length > 0 || other !== undefined) return undefined;
  const [rest, ids] = [own.slice(1), axesOf(scope, index)];
  const code = scope.code(index);
  if (axis === own[0] && !ids.some((id) => rest.includes(id)) && [...ids, ...rest].every((id, k) => id === result[k]))
    return { text: `${within(table, NAME)}[${code.text}]`, strength: NAME };
  const rows = own.slice(0, -1);
  if (axis === own.at(-1) && ids.length === rows.length && rows.every((row, k) => row === ids[k] && row === result[k])) {
    const marked = ids.length === 0 ? `${within(code, NAME)}[None]` : `${within(code, NAME)}[..., None]`;
    return { text: `${within(table, NAME)}.gather(-1, ${marked}).squeeze(-1)`, strength: NAME };
  }
  return undefined;
}

/** Ties go to the lower index, so it is a stable sort. */
export function top(scope: Scope, e: Extract<Expression, { is: 'top' }>, axes: readonly AxisId[]): Code {
  const own = axesOf(scope, e.of);
  const at = own.indexOf(e.over);
  const rest = own.filter((axis) => axis !== e.over);
  const sorted = `${within(scope.code(e.of), NAME)}.sort(dim=${at}, descending=True, stable=True)${e.gives === 'index' ? '.indices' : '.values'}`;
  if (e.pick === undefined) return permuted({ text: `${sorted}.select(${at}, 0)`, strength: NAME }, rest, axes);
  const made = own.map((axis) => (axis === e.over ? e.pick! : axis));
  return permuted({ text: `${sorted}.narrow(${at}, 0, ${scope.size(e.pick)})`, strength: NAME }, made, axes);
}

export function earlier(scope: Scope, e: Extract<Expression, { is: 'earlier' }>, axes: readonly AxisId[]): Code {
  const own = axesOf(scope, e.of);
  const others = own.filter((axis) => !e.over.includes(axis));
  const order = [...others, ...e.over];
  const moved = permuted(scope.code(e.of), own, order);
  const flat = `${within(moved, NAME)}.flatten(${others.length})`;
  const sizes = e.over.map((axis) => scope.size(axis)).join(', ');
  const text = `earlier(${flat}, ${scope.size(e.among)}).unflatten(-1, (${sizes}${e.over.length === 1 ? ',' : ''}))`;
  return permuted({ text, strength: NAME }, order, axes);
}
