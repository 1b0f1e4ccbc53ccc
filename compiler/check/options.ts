/** Options: arguments bound to declared options, defaults filled in, kinds compared. */
import type { Label, Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { Bindings } from './bindings.ts';
import { describe } from './fold.ts';
import type { Instance, StaticValue } from './instance.ts';
import { refuse } from './refuse.ts';
import { listed, meant } from './report.ts';
import { evaluate, type Names } from './static.ts';
import { statedFactors } from './topology/factors.ts';

/** Arguments and the names they are written in; `scope` is kept with layers that are handed over. */
export interface Given {
  readonly args: tree.Arguments | undefined;
  readonly names: Names;
  readonly scope?: Instance;
}
/** What declares options. */
export interface Optioned {
  readonly name: tree.Identifier;
  readonly options: readonly tree.Option[];
}

/**
 * Defines the declared options: what is given, later over earlier, else the default, which sees all names of `own`. What `set` holds was
 * set from outside: it comes before both, and is taken out of `set`. `defaults` stand for those of the text.
 */
export function defineOptions(
  declared: Optioned,
  given: readonly Given[],
  own: Names,
  into: Bindings,
  at: Place,
  set: Map<string, StaticValue> = new Map(),
  defaults: ReadonlyMap<string, StaticValue> = new Map(),
): void {
  const bound = new Map<string, BoundArgument>();
  for (const from of given) bindArguments(declared, from, bound);
  for (const option of declared.options) {
    const name = option.name.name;
    const settled = set.get(name);
    set.delete(name);
    const argument = bound.get(name);
    into.define(option.name, () => {
      const standard = () => (option.value === undefined ? undefined : optionValue(option, option.value, own));
      if (settled !== undefined) return sameKind(option, settled, standard(), at);
      const other = defaults.get(name);
      if (argument === undefined && other !== undefined) return sameKind(option, other, standard(), at);
      if (argument === undefined) return standard() ?? refuseAbsent(declared, option, at);
      const { value } = argument.argument;
      return sameKind(option, optionValue(option, value, argument.from.names, argument.from.scope), standard(), value.place);
    });
  }
}

interface BoundArgument {
  readonly argument: tree.Argument;
  readonly from: Given;
}

function refuseAbsent(declared: Optioned, option: tree.Option, at: Place): never {
  const { name } = option.name;
  return refuse({
    code: 'B109',
    message: `${declared.name.name} needs \`${name}\``,
    at,
    label: `\`${name}\` is not given`,
    also: [{ place: option.place, text: 'declared without a default' }],
    hint: `\`${declared.name.name}(${name} = ...)\``,
  });
}

function bindArguments(declared: Optioned, from: Given, bound: Map<string, BoundArgument>): void {
  const mine = new Map<string, tree.Argument>();
  const names = declared.options.map((option) => option.name.name);
  let position = 0;
  for (const argument of from.args?.items ?? []) {
    const name = argument.name?.name ?? names[position++];
    if (name === undefined || !names.includes(name)) refuseOption(declared, argument.name ?? argument, names);
    const first = mine.get(name);
    if (first !== undefined) {
      const also: Label[] = [{ place: first.place, text: 'first' }];
      refuse({ code: 'B103', message: `option \`${name}\` is given twice`, at: argument.place, label: 'second', also });
    }
    mine.set(name, argument);
  }
  for (const [name, argument] of mine) bound.set(name, { argument, from });
}

/** `declared` has no such option. */
export function refuseOption(declared: Optioned, found: tree.Identifier | tree.Argument, names: readonly string[]): never {
  const name = 'kind' in found ? found.name : undefined;
  return refuse({
    code: 'B205',
    message: name === undefined ? `${declared.name.name} has ${names.length} options` : `${declared.name.name} has no option \`${name}\``,
    at: found.place,
    label: name === undefined ? 'one too many' : 'unknown',
    also: [{ place: declared.name.place, text: `options: ${listed(names)}` }],
    hint: name === undefined ? undefined : meant(name, names),
  });
}

/** A layer or a topology may be handed over by name, or applied in part: `router = switch(balance = 0.01)`. */
function optionValue(option: tree.Option, expression: tree.Expression, names: Names, scope?: Instance): StaticValue {
  if (option.type === undefined) return evaluate(expression, names);
  if (option.type === 'factors') return { is: 'tuple', items: statedFactors(expression, names) };
  const [applied, args] = expression.kind === 'call' ? [expression.of, expression.args] : [expression, undefined];
  const [head, brackets] = applied.kind === 'bracketed' ? [applied.of, applied.brackets] : [applied, undefined];
  const value = head.kind === 'identifier' ? names.get(head.name, head.place) : undefined;
  const part = { ...(args ? { args } : {}), ...(brackets ? { brackets } : {}) };
  if (value?.is === option.type && args === undefined && brackets === undefined) return value;
  if (value?.is === 'layer' && option.type === 'layer') return { ...value, ...part, ...(scope ? { scope } : {}) };
  if (value?.is === 'topology' && option.type === 'topology') return { ...value, given: [...value.given, { ...part, names }] };
  const unknown = head.kind === 'identifier' && value === undefined;
  return refuse({
    code: unknown ? 'B101' : 'B106',
    message: unknown ? `there is no ${option.type} \`${head.name}\`` : `option \`${option.name.name}\` takes a ${option.type}`,
    at: expression.place,
    label: unknown ? 'unknown' : value === undefined ? `not a ${option.type}` : `this is ${describe(value)}`,
    also: [{ place: option.place, text: 'declared here' }],
  });
}

/** The value, which is of the kind of the default. */
function sameKind(option: tree.Option, value: StaticValue, standard: StaticValue | undefined, at: Place): StaticValue {
  const wanted = standard?.is ?? (option.type === 'factors' ? 'tuple' : option.type);
  if (wanted === undefined || value.is === wanted) return value;
  return refuse({
    code: 'B208',
    message: `option \`${option.name.name}\` takes ${kinds[wanted]}`,
    at,
    label: `this is ${describe(value)}`,
    also: [{ place: option.place, text: standard === undefined ? 'declared here' : `as ${describe(standard)}` }],
  });
}
const kinds = {
  number: 'a number',
  boolean: 'true or false',
  tuple: 'a tuple',
  function: 'a function',
  layer: 'a layer',
  topology: 'a topology',
};
