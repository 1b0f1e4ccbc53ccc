/** Options: arguments bound to declared options, defaults filled in, kinds compared. */
import type { Label, Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { Instance, StaticValue } from './draft.ts';
import { refuse } from './refuse.ts';
import { listed, meant } from './report.ts';
import { describe, evaluate, type Names } from './static.ts';

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
 * Binds what is given, later over earlier, and puts the values into `into` in declared order; defaults see the options before them
 * through `own`. What `into` holds already was set from outside and stays.
 */
export function bindOptions(declared: Optioned, given: readonly Given[], own: Names, into: Map<string, StaticValue>, at: Place): void {
  const bound = new Map<string, { readonly argument: tree.Argument; readonly from: Given }>();
  for (const from of given) bindArguments(declared, from, bound);
  for (const option of declared.options) {
    const name = option.name.name;
    const argument = bound.get(name);
    const settled = into.get(name);
    if (settled !== undefined) {
      if (option.value !== undefined) sameKind(option, settled, optionValue(option, option.value, own), at);
    } else if (argument !== undefined) {
      const value = optionValue(option, argument.argument.value, argument.from.names, argument.from.scope);
      if (option.value !== undefined) sameKind(option, value, optionValue(option, option.value, own), argument.argument.value.place);
      into.set(name, value);
    } else if (option.value !== undefined) {
      into.set(name, optionValue(option, option.value, own));
    } else {
      refuse({
        code: 'B109',
        message: `${declared.name.name} needs \`${name}\``,
        at,
        label: `\`${name}\` is not given`,
        also: [{ place: option.place, text: 'declared without a default' }],
        hint: `\`${declared.name.name}(${name} = ...)\``,
      });
    }
  }
}

function bindArguments(
  declared: Optioned,
  from: Given,
  bound: Map<string, { readonly argument: tree.Argument; readonly from: Given }>,
): void {
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

function optionValue(option: tree.Option, expression: tree.Expression, names: Names, scope?: Instance): StaticValue {
  if (option.type !== 'layer') return evaluate(expression, names);
  const [applied, args] = expression.kind === 'call' ? [expression.of, expression.args] : [expression, undefined];
  const [head, brackets] = applied.kind === 'bracketed' ? [applied.of, applied.brackets] : [applied, undefined];
  const value = head.kind === 'identifier' ? names.get(head.name, head.place) : undefined;
  if (value?.is === 'layer') {
    const given = { ...(args ? { args } : {}), ...(brackets ? { brackets } : {}), ...(scope ? { scope } : {}) };
    return args || brackets ? { ...value, ...given } : value;
  }
  const unknown = head.kind === 'identifier' && value === undefined;
  return refuse({
    code: unknown ? 'B101' : 'B106',
    message: unknown ? `there is no layer \`${head.name}\`` : `option \`${option.name.name}\` takes a layer`,
    at: expression.place,
    label: unknown ? 'unknown' : value === undefined ? 'not a layer' : `this is ${describe(value)}`,
    also: [{ place: option.place, text: 'declared here' }],
  });
}

function sameKind(option: tree.Option, value: StaticValue, standard: StaticValue, at: Place): void {
  if (value.is === standard.is) return;
  refuse({
    code: 'B208',
    message: `option \`${option.name.name}\` takes ${kinds[standard.is]}`,
    at,
    label: `this is ${describe(value)}`,
    also: [{ place: option.place, text: `as ${describe(standard)}` }],
  });
}
const kinds = { number: 'a number', boolean: 'true or false', tuple: 'a tuple', function: 'a function', layer: 'a layer' };
