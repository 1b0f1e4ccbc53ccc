/**
 * From `mpo[3*4^4, padded 8^5](b = 64)` and the declaration `mpo[out[n], in[n]](b[1..n-1])`: what every name of the declaration stands
 * for. Pattern variables (n) follow from the lengths of the factor lists or are given by name; lists that are not written are chosen
 * by the rules of factors.ts once their length is known; bonds are read, not yet sized.
 */
import type { Label, Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { Bindings } from '../bindings.ts';
import { describe, number } from '../fold.ts';
import type { StaticValue } from '../instance.ts';
import { refuse } from '../refuse.ts';
import { meant } from '../report.ts';
import { evaluate, evaluateBoolean, evaluateInteger, type Names, namesOf } from '../static.ts';
import { statedFactors } from './factors.ts';
import { axisFactors, type PatternAxis } from './lists.ts';
import { handedOn, legNamesOfNested } from './nested.ts';
import { appliedIn, type TopologyUse, topologyValue } from './use.ts';

export interface Pattern {
  /** Pattern variables, options that are plain numbers, and the sizes of the axes. */
  readonly numbers: Map<string, number>;
  readonly axes: readonly PatternAxis[];
  readonly bonds: ReadonlyMap<string, BondFamily>;
  readonly names: Names;
  /** Cores, roles and requirements, `if` decided. */
  readonly items: readonly tree.TopologyItem[];
  /** Options without a value, which are handed on to a nested topology and nothing else. */
  readonly absent: ReadonlySet<string>;
}
/** `b[1..n-1]`: index ranges (none for a single bond `r`) and what the use says of the sizes. */
export interface BondFamily {
  readonly name: string;
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
  readonly given?: { readonly value: number | readonly number[]; readonly place: Place };
  readonly place: Place;
}

export function matchPattern(use: TopologyUse): Pattern {
  const { topology, reference } = use;
  const parameters = topology.axes.parameters;
  if (parameters.length !== use.axes.length) refuseCount(use);
  const variables = patternVariables(topology);
  const given = bindArguments(use, variables);
  const numbers = new Map<string, number>();
  for (const variable of variables) {
    const bound = given.get(variable);
    if (bound !== undefined) numbers.set(variable, evaluateInteger(bound.argument.value, bound.names, `\`${variable}\``, 1));
  }
  const axes = axisFactors(use, numbers);
  for (const axis of axes) numbers.set(axis.name, axis.size);
  const own = new Bindings();
  const names = namesOf(own, namesOf(numbers));
  const everywhere = legNames(topology.items);
  const isBond = (option: tree.Option) => option.brackets !== undefined || everywhere.has(option.name.name);
  const passed = new Set(nestedIn(topology.items).flatMap(handedOn));
  const absent = new Set<string>();
  for (const option of topology.options) {
    const { name } = option.name;
    if (isBond(option)) continue;
    const bound = given.get(name);
    if (bound === undefined && option.value === undefined && option.type === undefined && passed.has(name)) absent.add(name);
    else own.define(option.name, () => optionValue(use, option, bound, names, passed.has(name)));
  }
  for (const [name, value] of own.all()) if (value.is === 'number') numbers.set(name, value.value);
  const items = chosenItems(topology.items, names, own);
  const placed = legNames(items);
  const bonds = new Map<string, BondFamily>();
  for (const option of topology.options) {
    const { name } = option.name;
    // Bonds of a branch that was not taken do not exist.
    if (!isBond(option) || (everywhere.has(name) && !placed.has(name))) continue;
    const bound = given.get(name);
    const [value, at, scope] = bound ? [bound.argument.value, bound.argument.place, bound.names] : [option.value, option.place, names];
    bonds.set(name, {
      name,
      ranges: option.brackets === undefined ? [] : rangesOf(option.brackets, names),
      ...(value === undefined ? {} : { given: { value: bondValue(value, scope), place: at } }),
      place: option.place,
    });
  }
  checkRequirements(topology, items, numbers, names, reference.place);
  return { numbers, axes, bonds, names, items, absent };
}

/** What an option without legs stands for: a whole number, true or false for an `if`, a topology, or what is handed on to one. */
function optionValue(use: TopologyUse, option: tree.Option, bound: Bound | undefined, names: Names, passed: boolean): StaticValue {
  const expression = bound?.argument.value ?? option.value ?? refuseMissing(use, option);
  const scope = bound?.names ?? names;
  if (option.type === 'topology') return topologyValue(use.program, expression, scope) ?? refuseNoTopology(option, expression);
  const value = option.type === 'factors' ? tuple(statedFactors(expression, scope)) : evaluate(expression, scope);
  if (value.is === 'boolean' || (value.is === 'tuple' && (passed || option.type === 'factors'))) return value;
  return number(evaluateInteger(expression, scope, `\`${option.name.name}\``));
}

const tuple = (items: readonly number[]): StaticValue => ({ is: 'tuple', items });

function refuseNoTopology(option: tree.Option, { place }: tree.Expression): never {
  return refuse({
    code: 'B106',
    message: `option \`${option.name.name}\` takes a topology`,
    at: place,
    label: 'not a topology',
    also: [{ place: option.place, text: 'declared here' }],
  });
}

/** In both branches of every `if`. */
function nestedIn(items: readonly tree.TopologyItem[]): tree.Nested[] {
  return items.flatMap((item) => {
    if (item.kind === 'nested') return [item];
    return item.kind === 'if' ? nestedIn([...item.then.items, ...(item.else?.items ?? [])]) : [];
  });
}

/** Items with `if` decided and `let` defined, in order. */
function chosenItems(items: readonly tree.TopologyItem[], names: Names, own: Bindings): tree.TopologyItem[] {
  return items.flatMap((item) => {
    if (item.kind === 'let') {
      own.define(item.name, () => evaluate(item.value, names));
      return [];
    }
    if (item.kind !== 'if') return [item];
    const block = evaluateBoolean(item.condition, names) ? item.then : item.else;
    return block === undefined ? [] : chosenItems(block.items, names, own);
  });
}

/** Families of the legs of all cores, those of both branches of an `if` included. */
function legNames(items: readonly tree.TopologyItem[]): Set<string> {
  const found = new Set<string>();
  for (const item of items) {
    if (item.kind === 'core') for (const leg of item.legs) found.add(leg.name.name);
    if (item.kind === 'nested') for (const name of legNamesOfNested(item)) found.add(name);
    if (item.kind === 'if') for (const name of legNames([...item.then.items, ...(item.else?.items ?? [])])) found.add(name);
  }
  return found;
}

interface Bound {
  readonly argument: tree.Argument;
  readonly names: Names;
}

/** The names in the brackets of the axes: `n` of `out[n]`. */
function patternVariables(topology: tree.Topology): string[] {
  const found = new Set<string>();
  for (const { brackets } of topology.axes.parameters) {
    for (const item of brackets?.items ?? []) {
      if (item.kind === 'index' && item.range.from.kind === 'identifier') found.add(item.range.from.name);
    }
  }
  return [...found];
}

/** Arguments by option; without a name they follow the order of the options. */
function bindArguments(use: TopologyUse, variables: readonly string[]): Map<string, Bound> {
  const options = use.topology.options.map((option) => option.name.name);
  const known = [...options, ...variables.filter((v) => !options.includes(v))];
  const bound = new Map<string, Bound>();
  for (const { args, names } of appliedIn(use)) {
    const here = new Map<string, tree.Argument>();
    let position = 0;
    for (const argument of args?.items ?? []) {
      const name = argument.name?.name ?? options[position++];
      if (name === undefined || !known.includes(name)) return refuseArgument(use, argument, position, known);
      const first = here.get(name);
      if (first !== undefined) {
        const also = [{ place: first.place, text: 'first' }];
        refuse({ code: 'B205', message: `\`${name}\` is given twice`, at: argument.place, label: 'second', also });
      }
      here.set(name, argument);
      bound.set(name, { argument, names });
    }
  }
  return bound;
}

const otherNamesOfBonds = ['rank', 'ranks', 'bond', 'bonds', 'bond_dim', 'bond_dimension', 'chi', 'max_rank', 'tt_rank'];

function refuseArgument(use: TopologyUse, argument: tree.Argument, position: number, known: readonly string[]): never {
  const { topology } = use;
  const name = argument.name?.name;
  const legs = legNames(topology.items);
  const bond = topology.options.find((option) => option.brackets !== undefined || legs.has(option.name.name));
  const isBond = name !== undefined && otherNamesOfBonds.includes(name.toLowerCase()) && bond !== undefined;
  return refuse({
    code: 'B205',
    message: `${topology.name.name} has no option ${name === undefined ? `number ${position}` : `\`${name}\``}`,
    at: argument.name?.place ?? argument.place,
    label: 'unknown option',
    also: [{ place: topology.name.place, text: known.length === 0 ? 'no options' : `options: ${known.join(', ')}` }],
    hint: name === undefined ? undefined : isBond ? `the bond of \`${topology.name.name}\` is \`${bond.name.name}\`` : meant(name, known),
  });
}

/** Far more bonds than the 4096 cores of a network can have; the ranges of a declaration or a leg may not make more. */
const mostBonds = 2 ** 16;

/** Refuses ranges (B422) that would make more bonds than any network has, before they are written out. */
export function limited(ranges: BondFamily['ranges'], at: Place): BondFamily['ranges'] {
  const count = ranges.reduce((product, { from, to }) => product * Math.max(0, to - from + 1), 1);
  if (count <= mostBonds) return ranges;
  return refuse({ code: 'B422', message: `a bond family has at most ${mostBonds} bonds`, at, label: `these are ${count}` });
}

function rangesOf(brackets: tree.Brackets, names: Names): BondFamily['ranges'] {
  const ranges = brackets.items.map((item) => {
    if (item.kind !== 'index' || item.range.to === undefined) {
      return refuse({
        code: 'B415',
        message: 'a bond family is declared with its ranges',
        at: item.place,
        label: 'not a range',
        hint: 'as in `b[1..n-1]`',
      });
    }
    return {
      from: evaluateInteger(item.range.from, names, 'a bound of a range'),
      to: evaluateInteger(item.range.to, names, 'a bound of a range'),
    };
  });
  return limited(ranges, brackets.place);
}

/** A number caps every bond of the family, a tuple states each. */
function bondValue(expression: tree.Expression, names: Names): number | readonly number[] {
  const value = evaluate(expression, names);
  const items = value.is === 'number' ? [value.value] : value.is === 'tuple' ? value.items : undefined;
  if (items === undefined || !items.every((size) => Number.isSafeInteger(size) && size >= 1)) {
    refuse({
      code: 'B423',
      message: 'the size of a bond is a positive integer, or a tuple of them',
      at: expression.place,
      label: items === undefined ? describe(value) : `found ${items.join(', ')}`,
    });
  }
  return value.is === 'number' ? value.value : items;
}

function checkRequirements(
  topology: tree.Topology,
  items: Pattern['items'],
  numbers: ReadonlyMap<string, number>,
  names: Names,
  usedAt: Place,
): void {
  for (const item of items) {
    if (item.kind !== 'require') continue;
    if (evaluateBoolean(item.condition, names)) continue;
    const known = [...numbers].map(([name, value]) => `${name} = ${value}`).join(', ');
    refuse({
      code: 'B206',
      message: `\`${topology.name.name}\` refuses this use${item.text === undefined ? '' : `: ${item.text}`}`,
      at: usedAt,
      label: `used with ${known}`,
      also: [{ place: item.condition.place, text: 'required here' }],
      hint: 'other factors or options, or another topology',
    });
  }
}

function refuseCount(use: TopologyUse): never {
  const wanted = use.topology.axes.parameters.map((p) => p.name.name).join(', ');
  const also: Label[] = [
    { place: use.topology.axes.place, text: `${use.topology.name.name}[${wanted}]` },
    { place: use.declared, text: 'the tensor' },
  ];
  return refuse({
    code: 'B411',
    message: `\`${use.topology.name.name}\` has ${use.topology.axes.parameters.length} axes, the tensor has ${use.axes.length}`,
    at: use.reference.place,
    label: `the tensor has ${use.axes.map((axis) => axis.name).join(', ')}`,
    also,
    hint: `choose a topology of ${use.axes.length} axes, or leave this tensor out with \`except\``,
  });
}

function refuseMissing(use: TopologyUse, option: tree.Option): never {
  return refuse({
    code: 'B205',
    message: `\`${use.topology.name.name}\` needs \`${option.name.name}\``,
    at: use.reference.place,
    label: `\`${option.name.name}\` has no value`,
    also: [{ place: option.place, text: 'declared without a default' }],
    hint: `write \`${use.topology.name.name}(${option.name.name} = ...)\``,
  });
}
