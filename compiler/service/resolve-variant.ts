/**
 * Names of variants. Paths are followed through the members of the model that the chain ends in; where a statement put another layer in
 * the place of one, or around it, through those as well. Cores, bonds and roles are those of the topologies that the chain names.
 */
import type * as tree from '../../grammar/tree.ts';
import { define, membersOf } from './declare.ts';
import { type Definition, Scope, withoutPrimes } from './definition.ts';
import { type Node, nodesIn } from './nodes.ts';
import { Resolver } from './resolver.ts';

/** What paths of a variant lead through. */
export interface Ground {
  /** The members of the model. */
  readonly model: Scope | undefined;
  /** Layers that stand in the place of others, or around them. */
  readonly put: readonly Scope[];
  readonly topologies: readonly Scope[];
}

export function resolveVariant(to: Resolver, variant: tree.Variant, inside: Scope): void {
  const ground = groundOf(variant, inside);
  const scope = new Scope(inside);
  // Options of the model are seen in a variant.
  for (const { name, kind, ...more } of ground.model?.names.values() ?? [])
    if (kind === 'option' && inside.names.get(name) === undefined) scope.define({ name, kind, ...more });
  to.options(variant.options, scope);
  if (variant.of !== undefined) {
    const base = to.name(variant.of.name, inside);
    to.arguments(variant.of.args, scope, base?.inside);
  }
  if (variant.target !== undefined) to.name(variant.target, inside);
  for (const change of variant.changes) {
    const own = new Scope(scope);
    to.table.region(change, own);
    resolveChange(to, change, own, ground);
  }
}

/** Of the variant and all that it is built on. */
export function groundOf(variant: tree.Variant, file: Scope): Ground {
  const chain: { readonly item: tree.Variant; readonly scope: Scope }[] = [];
  let scope = file;
  let at: Definition | undefined = { item: variant } as Definition;
  while (at?.item?.kind === 'variant' && !chain.some(({ item }) => item === at!.item)) {
    chain.push({ item: at.item, scope });
    scope = at.inside ?? scope;
    at = at.item.of && scope.find(at.item.of.name.name);
  }
  const applied = new Set<tree.Variant>();
  const named = chain.flatMap(({ item, scope }) => referencesIn(item, scope, applied));
  const inside = (kind: Definition['kind']) => named.flatMap((found) => (found.kind === kind && found.inside ? [found.inside] : []));
  return { model: at?.kind === 'model' ? at.inside : undefined, put: inside('layer'), topologies: inside('topology') };
}

/** The layers and topologies that a body names, and those of the recipes that it applies. Recipes may apply themselves by mistake. */
function referencesIn(body: tree.Variant, scope: Scope, applied: Set<tree.Variant>): Definition[] {
  if (applied.has(body)) return [];
  applied.add(body);
  return body.changes.flatMap((change) => {
    const references = [...nodesIn(change)].filter((node) => node.kind === 'reference') as unknown as tree.Reference[];
    const found = references.map(({ name }) => scope.find(name.name)).filter((each) => each !== undefined);
    const recipe = change.kind === 'apply' ? scope.find(change.recipe.name) : undefined;
    return recipe?.item?.kind === 'variant' ? [...found, ...referencesIn(recipe.item, recipe.inside ?? scope, applied)] : found;
  });
}

function resolveChange(to: Resolver, change: tree.Change, scope: Scope, ground: Ground): void {
  if (change.kind === 'let') {
    to.name(change.name, scope);
    to.expression(change.value, scope);
    return;
  }
  if (change.kind === 'tie') for (const choice of [change.left, change.right]) resolveChoice(to, choice, scope, ground);
  if ('selection' in change) resolveSelection(to, change.selection, scope, ground);
  if (change.kind === 'apply') {
    const recipe = to.name(change.recipe, scope);
    to.arguments(change.args, scope, recipe?.inside);
    if (change.to !== undefined) resolveSelection(to, change.to, scope, ground);
    return;
  }
  resolveRest(to, change, scope, ground);
}

/** All of a statement but its selection: variables, references, conditions on legs, numbers. */
function resolveRest(to: Resolver, change: Node, scope: Scope, ground: Ground): void {
  const legs = new Scope(scope);
  for (const topology of ground.topologies)
    for (const each of topology.names.values()) if (each.kind === 'bond' || each.kind === 'axis') legs.define(each);
  const walk = (value: unknown, key: string): void => {
    if (typeof value !== 'object' || value === null || key === 'selection' || key === 'place' || key === 'left' || key === 'right') return;
    const node = value as Node;
    if (Array.isArray(value)) for (const part of value) walk(part, key);
    else if (node.kind === 'reference') to.reference(value as tree.Reference, scope);
    else if (node.kind === 'identifier') to.name(value as tree.Identifier, scope);
    else if (key === 'where' || key === 'until' || key === 'while') to.expression(node, legs);
    else for (const [name, part] of Object.entries(value)) walk(part, name);
  };
  walk({ ...change, kind: undefined }, '');
}

function resolveSelection(to: Resolver, selection: tree.Selection, scope: Scope, ground: Ground): void {
  for (const choice of [...selection.choices, ...selection.except]) resolveChoice(to, choice, scope, ground);
}

/** `T[2] of block[*].ffn.up`: of what stands before `of` the names are those of topologies. */
function resolveChoice(to: Resolver, { name, path }: tree.Choice, scope: Scope, ground: Ground): void {
  if (name !== undefined) resolvePath(to, name, scope, ground.topologies, { ...ground, put: [] });
  const [first] = path.steps;
  const target =
    first?.at.is === 'name' ? (scope.names.get(first.at.name.name) ?? scope.outer?.outer?.names.get(first.at.name.name)) : undefined;
  if (target?.kind === 'option' && ground.model === undefined && first?.at.is === 'name') {
    to.table.use(first.at.name.place, target);
    return;
  }
  resolvePath(to, path, scope, ground.model === undefined ? [] : [ground.model], ground);
}

const nobody = { use: () => undefined, region: () => undefined };

/** The scopes that a path which is only begun leads to, through the model or through the cores of its networks. */
export function followPath({ path }: tree.Choice, scope: Scope, ground: Ground): Scope[] {
  const follow = (from: readonly Scope[]) => resolvePath(new Resolver(nobody), path, new Scope(scope), from, ground);
  const members = ground.model === undefined ? [] : follow([ground.model]);
  return members.length > 0 ? members : follow(ground.topologies);
}

/** Follows a path from the scopes that it may begin in, and returns those that it may end in. */
function resolvePath(to: Resolver, path: tree.Path, scope: Scope, from: readonly Scope[], ground: Ground): Scope[] {
  let at: readonly Scope[] = from;
  for (const step of path.steps) {
    for (const pick of step.picks ?? []) resolvePick(to, pick, scope);
    at = unique([...stepFrom(to, step, scope, at, ground), ...(at === from ? [] : ground.put)]);
  }
  return [...at];
}

function stepFrom(to: Resolver, { at: step }: tree.Step, scope: Scope, from: readonly Scope[], ground: Ground): Scope[] {
  if (step.is === 'any') return from.flatMap((each) => [...each.names.values()].flatMap(insidesOf));
  if (step.is === 'deep') return below(from);
  if (step.is === 'either') {
    if (step.variable !== undefined) {
      define(scope, step.variable, 'index', step.variable.place);
      to.name(step.variable, scope);
    }
    return step.paths.flatMap((path) => resolvePath(to, path, scope, from, ground));
  }
  const found = from.map((each) => each.names.get(withoutPrimes(step.name.name))).find((each) => each !== undefined);
  if (found === undefined) return [];
  to.table.use(step.name.place, found);
  const inside = insidesOf(found);
  // What a wrapper calls its body has the members of the layer that it is put around.
  return inside.length > 0 || found.member?.body.kind === 'tensor' ? inside : [...from];
}

const insidesOf = (definition: Definition): Scope[] => {
  const inside = definition.kind === 'member' || definition.kind === 'part' ? membersOf(definition) : undefined;
  return inside === undefined ? [] : [inside];
};
const unique = (scopes: readonly Scope[]): Scope[] => [...new Set(scopes)];

function below(from: readonly Scope[]): Scope[] {
  const found = new Set<Scope>(from);
  for (const scope of found) for (const each of scope.names.values()) for (const inside of insidesOf(each)) found.add(inside);
  return [...found];
}

/** A variable of a selection is defined where it first stands. */
function resolvePick(to: Resolver, pick: tree.Pick, scope: Scope): void {
  for (const value of [pick.from, pick.to]) {
    if (value?.kind === 'identifier' && scope.find(value.name) === undefined) define(scope, value, 'index', value.place);
    to.expression(value, scope);
  }
}
