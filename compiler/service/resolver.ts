/** How names of expressions and references are looked up, and who is told what they mean. */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import { membersOf } from './declare.ts';
import { type Definition, type Scope, withoutPrimes } from './definition.ts';
import { childrenOf, type Node } from './nodes.ts';

/** Gets what each name means, and where which names are seen. */
export interface Listener {
  use(place: Place, definition: Definition): void;
  region(node: Node, scope: Scope): void;
}

export class Resolver {
  readonly table: Listener;
  constructor(table: Listener) {
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
