/**
 * What a name means inside a layer instance: options, lets and family indices, axes, members, then the enclosing groups, then the file.
 * A bare name of an axis is its size; a positive integer may be used as an axis (it becomes one at its first use).
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { AxisId } from '../values/model.ts';
import type { Draft } from './draft.ts';
import { describe, number } from './fold.ts';
import type { Instance, StaticValue } from './instance.ts';
import { refuse } from './refuse.ts';
import { listed, meant } from './report.ts';
import type { FileScope } from './scope.ts';
import { checkSize, type Names } from './static.ts';

export function splitPrimes(name: string): { readonly base: string; readonly primes: number } {
  const base = name.replace(/'+$/, '');
  return { base, primes: name.length - base.length };
}

/** The instance and the groups around it, innermost first. */
export function* enclosing(instance: Instance | undefined): Generator<Instance> {
  for (let at = instance; at !== undefined; at = at.outer) yield at;
}

function fileOf(draft: Draft, instance: Instance | undefined): FileScope {
  for (const at of enclosing(instance)) if (at.declaration) return draft.program.scopeOf(at.declaration.place);
  return draft.program.scopeOf(draft.declaration.place);
}

/** Static names of an instance; the size of an open axis is refused. */
export function instanceNames(draft: Draft, instance: Instance): Names {
  const behind = draft.program.names(fileOf(draft, instance));
  return {
    get(name, place) {
      const { base, primes } = splitPrimes(name);
      for (const at of enclosing(instance)) {
        const option = primes === 0 ? at.options.get(name) : undefined;
        if (option !== undefined) return option;
        const axis = at.axes.get(base);
        if (axis !== undefined) return number(knownSize(draft, axis, place));
      }
      return behind.get(name, place);
    },
    known: () => [...[...enclosing(instance)].flatMap((at) => [...at.options.keys(), ...at.axes.keys()]), ...behind.known()],
  };
}

export function knownSize(draft: Draft, axis: AxisId, place: Place): number {
  const size = draft.table.size(axis);
  if (typeof size === 'number') return size;
  return refuse({
    code: 'B213',
    message: `the size of \`${draft.table.name(axis)}\` is not known before the program is built`,
    at: place,
    label: `\`${draft.table.name(axis)}\` is open`,
    also: [{ place: draft.table.info[axis].place, text: 'declared here' }],
    hint: 'sizes depend on options; open axes get theirs from the data',
  });
}

/** The axis of that name, or undefined. `formal` are the axes of the function around, if any. */
export function lookupAxis(
  draft: Draft,
  instance: Instance | undefined,
  name: tree.Identifier,
  formal?: ReadonlyMap<string, AxisId>,
): AxisId | undefined {
  const { base, primes } = splitPrimes(name.name);
  const own = formal?.get(base) ?? instanceAxis(draft, instance, base, name.place);
  return own === undefined ? undefined : draft.table.prime(own, primes);
}

/** As `lookupAxis`; refuses unknown names. */
export function findAxis(
  draft: Draft,
  instance: Instance | undefined,
  name: tree.Identifier,
  formal?: ReadonlyMap<string, AxisId>,
): AxisId {
  const axis = lookupAxis(draft, instance, name, formal);
  if (axis !== undefined) return axis;
  const known = axisNames(instance, formal);
  const { base } = splitPrimes(name.name);
  return refuse({
    code: 'B102',
    message: `unknown axis \`${name.name}\``,
    at: name.place,
    label: 'not declared',
    hint: meant(base, known, `new axes are declared with \`axis\`; known: ${listed(known)}`),
  });
}

export function axisNames(instance: Instance | undefined, formal?: ReadonlyMap<string, AxisId>): string[] {
  const sizes = (at: Instance) => [...at.options].filter(([, value]) => value.is === 'number' && isSize(value.value)).map(([name]) => name);
  return [...new Set([...(formal?.keys() ?? []), ...[...enclosing(instance)].flatMap((at) => [...at.axes.keys(), ...sizes(at)])])];
}

const isSize = (value: number) => Number.isInteger(value) && value >= 1;

function instanceAxis(draft: Draft, instance: Instance | undefined, name: string, place: Place): AxisId | undefined {
  for (const at of enclosing(instance)) {
    const axis = at.axes.get(name);
    if (axis !== undefined) return axis;
    const option = at.options.get(name);
    if (option !== undefined) return axisOfOption(draft, at, name, option, place);
  }
  const entry = draft.program.find(fileOf(draft, instance), name);
  if (entry?.item.kind !== 'let') return undefined;
  const size = sizeOf(draft.program.valueOf(entry.item), name, place);
  return draft.table.declare(name, size, { place: entry.item.place }, `let ${entry.item.place.file} ${name}`);
}

/** Whether a `let` of the file gives the name a value. */
export function isFileSize(draft: Draft, instance: Instance, name: string): boolean {
  return draft.program.find(fileOf(draft, instance), name)?.item.kind === 'let';
}

function axisOfOption(draft: Draft, at: Instance, name: string, option: StaticValue, place: Place): AxisId {
  const declared = at.declaration?.options.find((o) => o.name.name === name);
  const size = sizeOf(option, name, place, declared?.value);
  const axis = draft.table.declare(name, size, { place: declared?.place ?? at.place }, `${siteOf(at)} ${name} = ${size}`);
  at.axes.set(name, axis);
  return axis;
}

/** What is no size is told where the option is declared, since there it can be changed. */
function sizeOf(value: StaticValue, name: string, place: Place, declared?: tree.Expression): number {
  if (value.is === 'number') return checkSize(value.value, declared ?? { place }, `\`${name}\` is used as an axis`);
  return refuse({ code: 'B106', message: `\`${name}\` is ${describe(value)}, an axis is expected`, at: place, label: 'not an axis' });
}

/**
 * Where a layer stands, one for all members of a family (`block[3].query` -> `block[*].query`), and the text that put it there: a wrapper
 * stands where the layer stood that it wraps, and both may have an axis of one name and size.
 */
export function siteOf({ path, place }: Instance): string {
  return `${path.replace(/\[[\d,]+\]/g, '[*]')} ${place.file} ${place.from}`;
}

/** `block[3].query`. */
export function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
