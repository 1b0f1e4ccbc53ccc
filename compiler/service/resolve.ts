/**
 * Which definition each name of a file means, by the rules of the language: own names first, then those around, then the file, what it
 * imports, the standard library. A name that means nothing has no use: the checker says what is wrong with it.
 */
import type * as tree from '../../grammar/tree.ts';
import { define, forwardName, insideOf, membersOf } from './declare.ts';
import { type Definition, Scope, withoutPrimes } from './definition.ts';
import { childrenOf, type Node } from './nodes.ts';
import type { Table } from './project.ts';
import { resolveVariant } from './resolve-variant.ts';

/** Resolves all names of the items of a file into `table`. */
export function resolveItems(table: Table, items: readonly tree.FileItem[]): void {
  const to = new Resolver(table);
  for (const item of items) {
    const inside = insideOf(item, table.scope);
    to.table.region(item, inside);
    to.name(item.name, table.scope);
    if (item.kind === 'layer') resolveLayer(to, item, inside);
    else if (item.kind === 'topology') resolveTopology(to, item, inside);
    else if (item.kind === 'fn') resolveFunction(to, item, inside);
    else if (item.kind === 'variant') resolveVariant(to, item, inside);
    else to.expression(item.value, inside);
  }
}

export class Resolver {
  readonly table: Table;
  constructor(table: Table) {
    this.table = table;
  }

  name(name: tree.Identifier, scope: Scope): Definition | undefined {
    const found = scope.find(name.name) ?? scope.find(withoutPrimes(name.name));
    if (found !== undefined) this.table.use(name.place, found);
    return found;
  }

  /** Names of expressions. `time = @time - 1` in brackets and `biased = false` in arguments name something of what they are given to. */
  expression(value: Node | undefined, scope: Scope): void {
    if (value === undefined) return;
    const node = value as tree.Expression;
    if (node.kind === 'identifier') this.name(node, scope);
    else if (node.kind === 'member-of') this.memberOf(node, scope);
    else if (node.kind === 'call') {
      this.expression(node.of, scope);
      this.arguments(node.args, scope, calledIn(node.of, scope));
    } else for (const child of childrenOf(value)) this.expression(child, scope);
  }

  private memberOf(node: tree.MemberOf, scope: Scope): void {
    this.expression(node.of, scope);
    const found = typeOf(node.of, scope)?.names.get(node.name.name);
    if (found !== undefined) this.table.use(node.name.place, found);
  }

  /** `target`: where the names of given options or arguments are looked up. */
  arguments(args: tree.Arguments | undefined, scope: Scope, target: Scope | undefined): void {
    if (args === undefined) return;
    this.table.calls.push({ args, target });
    for (const { name, value } of args.items) {
      const found = name && target?.names.get(name.name);
      if (found !== undefined) this.table.use(name!.place, found);
      this.expression(value, scope);
    }
    this.expression(args.where, scope);
  }

  /** A layer, topology or router, applied. */
  reference(reference: tree.Reference, scope: Scope): Definition | undefined {
    const found = this.name(reference.name, scope);
    this.expression(reference.brackets, scope);
    this.arguments(reference.args, scope, found?.inside);
    return found;
  }

  law(law: tree.Law | undefined, scope: Scope): void {
    this.expression(law?.kind === 'seeded' ? law.law : law, scope);
  }

  options(options: readonly tree.Option[], scope: Scope): void {
    for (const option of options) {
      this.name(option.name, scope);
      this.expression(option.brackets, scope);
      this.expression(option.value, scope);
    }
  }

  axes(axes: tree.Axes | undefined, scope: Scope): void {
    for (const { name, brackets } of axes?.parameters ?? []) {
      this.name(name, scope);
      this.expression(brackets, scope);
    }
  }
}

/** The scope of the members of what an expression stands for: `b`, `block[l]`, `b.ffn`. */
export function typeOf(expression: tree.Expression, scope: Scope): Scope | undefined {
  if (expression.kind === 'identifier') {
    const found = scope.find(expression.name);
    return found && membersOf(found);
  }
  if (expression.kind === 'bracketed') return typeOf(expression.of, scope);
  if (expression.kind !== 'member-of') return undefined;
  const found = typeOf(expression.of, scope)?.names.get(expression.name.name);
  return found && membersOf(found);
}

/** Where the names of arguments of a call stand: in a function, or in the `forward` of a layer. */
function calledIn(of: tree.Expression, scope: Scope): Scope | undefined {
  if (of.kind === 'bracketed') return calledIn(of.of, scope);
  if (of.kind === 'identifier') {
    const found = scope.find(of.name);
    return found?.kind === 'function' ? found.inside : undefined;
  }
  return undefined;
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

export function resolveLeg(to: Resolver, leg: tree.Leg, names: Scope | undefined, scope: Scope): Definition | undefined {
  const found = names && to.name(leg.name, names);
  for (const range of leg.indices ?? []) to.expression(range, scope);
  return found;
}

function resolveRoleMember(to: Resolver, member: tree.Role['members'][number], scope: Scope): void {
  if ('rest' in member) return;
  const part = member.within && resolveLeg(to, member.within, scope, scope);
  resolveLeg(to, member, member.within === undefined ? scope : part && membersOf(part), scope);
}
