/**
 * Which definition each name of a file means, by the rules of the language: own names first, then those around, then the file, what it
 * imports, the standard library. A name that means nothing has no use: the checker says what is wrong with it.
 */
import type * as tree from '../../grammar/tree.ts';
import { define, forwardName, insideOf, membersOf } from './declare.ts';
import { type Definition, Scope } from './definition.ts';
import { resolveVariant } from './resolve-variant.ts';
import { type Listener, Resolver, typeOf } from './resolver.ts';

/** Tells `table` what all names of the items of a file mean, whose own scope is `file`. */
export function resolveItems(table: Listener, items: readonly tree.FileItem[], file: Scope): void {
  const to = new Resolver(table);
  for (const item of items) {
    const inside = insideOf(item, file);
    to.table.region(item, inside);
    to.name(item.name, file);
    if (item.kind === 'layer') resolveLayer(to, item, inside);
    else if (item.kind === 'topology') resolveTopology(to, item, inside);
    else if (item.kind === 'fn') resolveFunction(to, item, inside);
    else if (item.kind === 'variant') resolveVariant(to, item, inside);
    else to.expression(item.value, inside);
  }
}

function resolveLayer(to: Resolver, layer: tree.Layer, inside: Scope): void {
  to.axes(layer.axes, inside);
  to.options(layer.options, inside);
  resolveLayerItems(to, layer.items, inside);
}

function resolveLayerItems(to: Resolver, items: readonly tree.Item[], scope: Scope): void {
  for (const item of items) {
    if (item.kind === 'member') resolveMember(to, item, scope);
    else if (item.kind === 'fn' || item.kind === 'forward') resolveFunction(to, item, functionScope(to, item, scope));
    else if (item.kind === 'loss' || item.kind === 'metric') {
      to.name(item.name, scope);
      const inside = new Scope(scope);
      to.table.region(item, inside);
      resolveBody(to, item.body, inside);
    } else if (item.kind === 'input') for (const parameter of item.parameters) resolveParameter(to, parameter, scope);
    else if (item.kind === 'require') to.expression(item.condition, scope);
    else if (item.kind === 'axis' || item.kind === 'let') {
      to.name(item.name, scope);
      to.expression(item.value, scope);
    }
  }
}

function functionScope(to: Resolver, item: tree.Fn | tree.Forward, scope: Scope): Scope {
  const name = item.kind === 'fn' ? item.name : forwardName(item);
  return to.name(name, scope)?.inside ?? new Scope(scope);
}

function resolveMember(to: Resolver, member: tree.Member, scope: Scope): void {
  for (const { name, family } of member.names) {
    const definition = to.name(name, scope);
    const inside = definition?.inside ?? new Scope(scope);
    for (const loop of family ?? []) {
      if (member.body.kind !== 'group') define(inside, loop.name, 'index', loop.place);
      to.name(loop.name, inside);
      to.expression(loop.range, scope);
    }
    const { body } = member;
    if (body.kind === 'group') {
      to.table.region(body, inside);
      resolveLayerItems(to, body.items, inside);
    } else if (body.kind === 'reference') to.reference(body, inside);
    else {
      to.expression(body.axes, scope);
      for (const term of body.as ?? []) to.reference(term.topology, inside);
      to.law(body.law, scope);
    }
  }
  to.expression(member.condition, scope);
}

function resolveParameter(to: Resolver, parameter: tree.Parameter, scope: Scope): void {
  to.name(parameter.name, scope);
  to.expression(parameter.brackets, scope);
  if (parameter.element !== undefined) to.name(parameter.element, scope);
  to.expression(parameter.value, scope);
}

function resolveFunction(to: Resolver, fn: tree.Fn | tree.Forward, inside: Scope): void {
  to.table.region(fn, inside);
  if (fn.kind === 'fn') to.axes(fn.axes, inside);
  for (const parameter of fn.signature.parameters) resolveParameter(to, parameter, inside);
  resolveBody(to, fn.body, inside);
  for (const { name, brackets, element } of fn.signature.results) {
    if (name !== undefined) to.name(name, inside);
    to.expression(brackets, inside);
    if (element !== undefined) to.name(element, inside);
  }
}

function resolveBody(to: Resolver, body: tree.Body, scope: Scope): void {
  if (body.kind === 'value') to.expression(body.value, scope);
  else resolveStatements(to, body.statements, scope);
}

function resolveStatements(to: Resolver, statements: readonly tree.Statement[], scope: Scope): void {
  for (const statement of statements) {
    if (statement.kind === 'assign') resolveAssign(to, statement, scope);
    else if (statement.kind === 'for') {
      const inside = new Scope(scope);
      const { name, range } = statement.loop;
      to.expression(range, scope);
      const members = range.to === undefined ? typeOf(range.from, scope) : undefined;
      define(inside, name, 'index', statement.loop.place, members === undefined ? {} : { inside: members });
      to.name(name, inside);
      to.table.region(statement.body, inside);
      resolveStatements(to, statement.body.statements, inside);
    } else if (statement.kind === 'if') {
      to.expression(statement.condition, scope);
      for (const block of [statement.then, statement.else]) resolveStatements(to, block?.statements ?? [], scope);
    } else to.expression(statement.value, scope);
  }
}

/** A name that is set first here is a local of the function; the value is read before. */
function resolveAssign(to: Resolver, { targets, value, place }: tree.Assign, scope: Scope): void {
  to.expression(value, scope);
  for (const { name, brackets } of targets) {
    const known = scope.find(name.name);
    const isSet = known?.kind === 'local' || known?.kind === 'argument';
    if (!isSet) define(scope, name, 'local', place);
    to.name(name, scope);
    to.expression(brackets, scope);
  }
}

function resolveTopology(to: Resolver, topology: tree.Topology, inside: Scope): void {
  to.axes(topology.axes, inside);
  to.options(topology.options, inside);
  resolveTopologyItems(to, topology.items, inside);
}

function resolveTopologyItems(to: Resolver, items: readonly tree.TopologyItem[], scope: Scope): void {
  for (const item of items) {
    if (item.kind === 'core') resolveCore(to, item, scope);
    else if (item.kind === 'nested') {
      const inside = new Scope(scope);
      to.name(item.name, scope);
      for (const loop of item.family ?? []) {
        define(inside, loop.name, 'index', loop.place);
        to.name(loop.name, inside);
        to.expression(loop.range, scope);
      }
      to.reference(item.topology, inside);
    } else if (item.kind === 'role') {
      to.name(item.name, scope);
      for (const member of item.members) resolveRoleMember(to, member, scope);
    } else if (item.kind === 'if') {
      to.expression(item.condition, scope);
      for (const block of [item.then, item.else]) resolveTopologyItems(to, block?.items ?? [], scope);
    } else if (item.kind === 'let') {
      to.name(item.name, scope);
      to.expression(item.value, scope);
    } else if (item.kind === 'require') to.expression(item.condition, scope);
    else to.expression(item.axis, scope);
  }
}

/** The variables of its loops are seen in the legs before them: `core T[k] (b[k-1], b[k]) for k in 1..n`. */
function resolveCore(to: Resolver, core: tree.Core, scope: Scope): void {
  const inside = new Scope(scope);
  for (const loop of core.loops) define(inside, loop.name, 'index', loop.place);
  to.table.region(core, inside);
  to.name(core.name, scope);
  to.expression(core.brackets, inside);
  for (const leg of core.legs) resolveLeg(to, leg, inside, inside);
  to.law(core.law, inside);
  for (const loop of core.loops) {
    to.name(loop.name, inside);
    to.expression(loop.range, inside);
  }
}

function resolveLeg(to: Resolver, leg: tree.Leg, names: Scope | undefined, scope: Scope): Definition | undefined {
  const found = names && to.name(leg.name, names);
  for (const range of leg.indices ?? []) to.expression(range, scope);
  return found;
}

function resolveRoleMember(to: Resolver, member: tree.Role['members'][number], scope: Scope): void {
  if ('rest' in member) return;
  const part = member.within && resolveLeg(to, member.within, scope, scope);
  resolveLeg(to, member, member.within === undefined ? scope : part && membersOf(part), scope);
}
