/** Axis parameters of a layer: fresh axes, bound to axes of the place where the layer is used. */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { AxisId } from '../values/model.ts';
import type { AxisTable } from './axes.ts';
import type { Draft } from './draft.ts';
import type { Instance } from './instance.ts';
import { enclosing, findAxis, instanceNames, siteOf, splitPrimes } from './names.ts';
import { refuse } from './refuse.ts';
import { evaluateSize } from './static.ts';

/** `brackets` are written in `scope`; the layer is called from `user`. */
export interface AxisUse {
  readonly brackets: tree.Brackets | undefined;
  readonly scope: Instance;
  readonly user: Instance;
  readonly place: Place;
}

/** Declares the formal axes of `instance`. Without brackets, or with too few or too many, refuses and shows the signature. */
export function bindAxes(draft: Draft, instance: Instance, use: AxisUse): void {
  const declaration = instance.declaration!;
  const parameters = declaration.axes?.parameters ?? [];
  const items = matchAxes(declaration.name, declaration.axes, use.brackets, use.place);
  for (const [k, { name }] of parameters.entries()) {
    const actual = actualAxis(draft, instance, name.name, items[k], use);
    const info = { place: name.place, actual, bound: draft.table.info[actual].bound };
    const key = `${siteOf(instance)} ${name.name} <- ${actual}`;
    instance.axes.set(name.name, draft.table.declare(name.name, draft.table.size(actual), info, key));
  }
}

/** The bracket items in the order of the axis parameters; named items go to the parameter of their name, others to that of their place. */
export function matchAxes(
  owner: tree.Identifier,
  axes: tree.Axes | undefined,
  brackets: tree.Brackets | undefined,
  place: Place,
): tree.IndexItem[] {
  const parameters = axes?.parameters ?? [];
  const items = brackets?.items ?? [];
  const found: tree.IndexItem[] = [];
  for (const [position, item] of items.entries()) {
    if (item.kind === 'rest') return refuseAxes(owner, axes, item.place, '`..` is not an axis here');
    const at = item.name ? parameters.findIndex((p) => p.name.name === item.name?.name) : position;
    if (at < 0 || at >= parameters.length || found[at] !== undefined) return refuseAxes(owner, axes, item.place, 'one too many');
    found[at] = item;
  }
  const missing = parameters.find((_, k) => found[k] === undefined);
  if (missing !== undefined) return refuseAxes(owner, axes, brackets?.place ?? place, `\`${missing.name.name}\` is not given`);
  return found;
}

function refuseAxes(owner: tree.Identifier, axes: tree.Axes | undefined, at: Place, label: string): never {
  const names = (axes?.parameters ?? []).map((p) => p.name.name);
  const count = names.length === 1 ? 'one axis' : `${names.length === 0 ? 'no' : names.length} axes`;
  const arrow = axes?.arrow;
  const signature = arrow === undefined ? names.join(', ') : `${names.slice(0, arrow).join(', ')} -> ${names.slice(arrow).join(', ')}`;
  return refuse({
    code: 'B318',
    message: `${owner.name} takes ${count}${names.length > 0 ? ` (${names.join(', ')})` : ''}`,
    at,
    label,
    also: [{ place: axes?.place ?? owner.place, text: 'declared here' }],
    hint: names.length === 0 ? 'write it without brackets' : `\`${owner.name}[${signature}]\`, with axes of yours in their places`,
  });
}

function actualAxis(draft: Draft, instance: Instance, formal: string, item: tree.IndexItem, use: AxisUse): AxisId {
  const { from } = item.range;
  const known = from.kind === 'identifier' && (item.name === undefined || isAxis(use.scope, from.name));
  if (known) return translate(draft, findAxis(draft, use.scope, from), use);
  const size = evaluateSize(from, instanceNames(draft, use.scope), `axis \`${formal}\``);
  return draft.table.declare(formal, size, { place: item.place }, `${siteOf(instance)} new ${formal} = ${size}`);
}

function isAxis(scope: Instance, name: string): boolean {
  const { base } = splitPrimes(name);
  return [...enclosing(scope)].some((at) => at.axes.has(base));
}

function translate(draft: Draft, axis: AxisId, use: AxisUse): AxisId {
  return use.scope === use.user ? axis : knownTo(draft.table, axis, use.user);
}

/** An axis of another place, as the user of the layer knows it: the formal axis that stands for the same one. */
export function knownTo(table: AxisTable, axis: AxisId, user: Instance | undefined): AxisId {
  const own = [...enclosing(user)].flatMap((at) => [...at.axes.values()]);
  if (own.includes(axis)) return axis;
  return own.find((candidate) => table.root(candidate) === table.root(axis)) ?? axis;
}
