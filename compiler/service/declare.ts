/**
 * The names that a file defines, and those inside its items: options, axes, members, cores and bonds, each in the scope in which it is seen.
 * Of text alone: a file with mistakes has names too.
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import { type Definition, type Kind, Scope, withoutPrimes } from './definition.ts';
import { nodesIn } from './nodes.ts';

const KINDS: Readonly<Record<Exclude<tree.FileItem['kind'], 'layer'>, Kind>> = {
  topology: 'topology',
  variant: 'variant',
  fn: 'function',
  let: 'let',
};

/** Defines the items of a file in `file`, with all that is inside them. */
export function declareItems(items: readonly tree.FileItem[], file: Scope): void {
  for (const item of items) {
    const kind = item.kind === 'layer' ? (item.model ? 'model' : 'layer') : KINDS[item.kind];
    const inside = new Scope(file);
    file.define({ name: item.name.name, kind, place: item.name.place, whole: item.place, item, inside });
    declareInside(item, inside);
  }
}

/** The scope inside an item of a file. */
export function insideOf(item: tree.FileItem, file: Scope): Scope {
  const known = file.names.get(item.name.name);
  if (known?.item === item) return known.inside!;
  // The second of two of one name: its own names are seen in it all the same.
  const inside = new Scope(file);
  declareInside(item, inside);
  return inside;
}

function declareInside(item: tree.FileItem, inside: Scope): void {
  if (item.kind === 'layer') declareLayer(item, inside);
  if (item.kind === 'topology') declareTopology(item, inside);
  if (item.kind === 'fn') declareFunction(item, inside);
  if (item.kind === 'variant') {
    declareOptions(item.options, inside, 'option');
    if (item.target !== undefined) define(inside, item.target, 'option', item.target.place);
    for (const change of item.changes) if (change.kind === 'let') define(inside, change.name, 'let', change.place);
  }
}

export function define(scope: Scope, name: tree.Identifier, kind: Kind, whole: Place, more: Partial<Definition> = {}): Definition {
  return scope.define({ name: name.name, kind, place: name.place, whole, ...more });
}

/** `b[1..n-1]` is a family of bonds, `router: layer = switch` an option. */
function declareOptions(options: readonly tree.Option[], scope: Scope, kind: Kind): void {
  for (const option of options) define(scope, option.name, kind, option.place);
}

function declareAxes(axes: tree.Axes | undefined, scope: Scope): void {
  for (const { name, brackets } of axes?.parameters ?? []) {
    define(scope, name, 'axis', name.place);
    // The number of factors of `out[n]` is a name of the topology.
    for (const node of brackets === undefined ? [] : nodesIn(brackets))
      if (node.kind === 'identifier') define(scope, node as tree.Identifier, 'index', node.place);
  }
}

function declareLayer(layer: tree.Layer, inside: Scope): void {
  declareAxes(layer.axes, inside);
  declareOptions(layer.options, inside, 'option');
  declareLayerItems(layer.items, inside);
}

function declareLayerItems(items: readonly tree.Item[], scope: Scope): void {
  for (const item of items) {
    if (item.kind === 'axis') define(scope, item.name, 'axis', item.place);
    else if (item.kind === 'let') define(scope, item.name, 'let', item.place);
    else if (item.kind === 'input') for (const each of item.parameters) define(scope, each.name, 'input', each.place);
    else if (item.kind === 'member') declareMember(item, scope);
    else if (item.kind === 'loss' || item.kind === 'metric') define(scope, item.name, item.kind, item.place);
    else if (item.kind === 'fn' || item.kind === 'forward') {
      const inside = new Scope(scope);
      define(scope, item.kind === 'fn' ? item.name : forwardName(item), 'function', item.place, { inside });
      declareFunction(item, inside);
    }
  }
  for (const item of items) if (item.kind === 'axis') declareFactors(item, scope);
}

/** `forward` is called by that name, and has none in the tree. */
export function forwardName({ place }: tree.Forward): tree.Identifier {
  return { kind: 'identifier', name: 'forward', place: { ...place, to: place.from + 'forward'.length } };
}

/** `axis width = heads * e` defines the one that nothing else does. */
function declareFactors(item: tree.AxisItem, scope: Scope): void {
  for (const factor of factorsOf(item.value)) if (scope.find(factor.name) === undefined) define(scope, factor, 'axis', item.place);
}

function factorsOf(value: tree.Expression | undefined): tree.Identifier[] {
  if (value?.kind === 'identifier') return [value];
  return value?.kind === 'binary' && value.operator === '*' ? [...factorsOf(value.left), ...factorsOf(value.right)] : [];
}

function declareMember(member: tree.Member, scope: Scope): void {
  for (const { name, family } of member.names) {
    const inside = member.body.kind === 'group' ? new Scope(scope) : undefined;
    define(scope, name, 'member', member.place, { member, within: scope, ...(inside === undefined ? {} : { inside }) });
    if (member.body.kind !== 'group') continue;
    for (const loop of family ?? []) define(inside!, loop.name, 'index', loop.place);
    declareLayerItems(member.body.items, inside!);
  }
}

/** Arguments, and the axes that only the signature names. */
export function declareFunction(fn: tree.Fn | tree.Forward, inside: Scope): void {
  if (fn.kind === 'fn') declareAxes(fn.axes, inside);
  for (const parameter of fn.signature.parameters) {
    define(inside, parameter.name, 'argument', parameter.place);
  }
}

function declareTopology(topology: tree.Topology, inside: Scope): void {
  declareAxes(topology.axes, inside);
  declareOptions(topology.options, inside, 'bond');
  declareTopologyItems(topology.items, inside);
}

function declareTopologyItems(items: readonly tree.TopologyItem[], scope: Scope): void {
  for (const item of items) {
    if (item.kind === 'core' && !item.reuse) define(scope, item.name, 'core', item.place);
    else if (item.kind === 'nested') define(scope, item.name, 'part', item.place, { part: item, within: scope });
    else if (item.kind === 'role') define(scope, item.name, 'role', item.place);
    else if (item.kind === 'let') define(scope, item.name, 'let', item.place);
    else if (item.kind === 'if') declareTopologyItems([...item.then.items, ...(item.else?.items ?? [])], scope);
  }
}

/** What a member, or an argument that is a layer, has inside: of a group its own names, of a layer those of its declaration. */
export function membersOf(definition: Definition): Scope | undefined {
  if (definition.inside !== undefined) return definition.inside;
  const body = definition.part?.topology ?? definition.member?.body;
  if (body?.kind !== 'reference') return undefined;
  return definition.within?.find(withoutPrimes(body.name.name))?.inside;
}
