/**
 * From a name to a model and the variants over it: `C of B of Model(depth = 48)`. A variant's options, defaults, lets and statements see
 * one chain of names: its own, those of the model, those of its file. The options of a model may come from a variant whose defaults read
 * them, so all levels are defined first and evaluated when asked for.
 */
import { Refused } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import { byName, type Named } from '../values/named.ts';
import { Bindings } from './bindings.ts';
import type { VariantUse } from './draft.ts';
import { boolean, number } from './fold.ts';
import type { StaticValue } from './instance.ts';
import { defineOptions, type Given } from './options.ts';
import { refuse } from './refuse.ts';
import type { FileScope, Program } from './scope.ts';
import { evaluate, type Level, type Names, namesOf } from './static.ts';

export interface Chain {
  readonly model: tree.Layer;
  readonly options: Map<string, StaticValue>;
  /** The innermost first. */
  readonly variants: readonly VariantUse[];
}
export type Settings = Named<number | boolean>;
/** What stands for the defaults of the model of this name, a function by its name: options of a published checkpoint. */
export interface Defaults {
  readonly model: string;
  readonly options: Named<number | boolean | string>;
}

/** The names of all options of the chain go to `known`, for whoever set others. */
export function resolveChain(
  program: Program,
  item: tree.Layer | tree.Variant,
  settings: Settings,
  known: Set<string>,
  standing?: Defaults,
): Chain {
  const { model, variants } = basesOf(program, item);
  if ([...variants, model].some((each) => program.ambiguous.has(each))) throw new Refused([]);
  for (const { options } of [...variants, model]) for (const { name } of options) known.add(name.name);
  const left = new Map([...byName(settings)].map(([name, value]) => [name, staticOf(value)] as const));
  const own = new Bindings();
  const modelNames = namesOf(own, program.names(program.scopeOf(model.place)));
  let given: Given[] = [];
  const uses = variants.map((declaration) => {
    const names = (level: Level) => variantNames(program, declaration, level, own);
    const bindings = defineVariant(declaration, given, names, left);
    given = [{ args: declaration.of!.args, names: names(bindings) }];
    return { declaration, bindings };
  });
  const stated = standing?.model === model.name.name ? [...byName(standing.options)] : [];
  const defaults = new Map(stated.map(([name, value]) => [name, staticOf(value)] as const));
  defineOptions(model, given, modelNames, own, item.name.place, left, defaults);
  const evaluated = uses.map(({ declaration, bindings }) => ({ declaration, options: bindings.all() }));
  return { model, options: own.all(), variants: evaluated.reverse() };
}

/** The options and lets of a recipe where it is applied. */
export function useOf(program: Program, declaration: tree.Variant, given: readonly Given[], model: Level): VariantUse {
  const names = (level: Level) => variantNames(program, declaration, level, model);
  return { declaration, options: defineVariant(declaration, given, names, new Map()).all() };
}

/** What the text of a variant sees: its options and lets, then the options of the model, then its file. */
export function variantNames(program: Program, declaration: tree.Variant, own: Level, model: Level): Names {
  return namesOf(own, namesOf(model, program.names(program.scopeOf(declaration.place))));
}

function defineVariant(
  declaration: tree.Variant,
  given: readonly Given[],
  names: (level: Level) => Names,
  left: Map<string, StaticValue>,
): Bindings {
  const lets = declaration.changes.filter((change) => change.kind === 'let');
  const bindings = new Bindings();
  const own = names(bindings);
  defineOptions(declaration, given, own, bindings, declaration.name.place, left);
  for (const { name, value } of lets) bindings.define(name, () => evaluate(value, own));
  return bindings;
}

function staticOf(value: number | boolean | string): StaticValue {
  if (typeof value === 'string') return { is: 'function', name: value };
  return typeof value === 'number' ? number(value) : boolean(value);
}

/** The model, and the variants over it, the outermost first. */
function basesOf(program: Program, item: tree.Layer | tree.Variant) {
  const variants: tree.Variant[] = [];
  let at = item;
  while (at.kind === 'variant') {
    if (variants.includes(at)) refuseCycle(at, variants);
    variants.push(at);
    if (at.of === undefined) return refuseRecipe(at);
    at = baseOf(program, program.scopeOf(at.place), at.of.name);
  }
  return { model: at, variants };
}

function baseOf(program: Program, scope: FileScope, name: tree.Identifier): tree.Layer | tree.Variant {
  const item = program.find(scope, name.name)?.item;
  if (item?.kind === 'variant' || (item?.kind === 'layer' && item.model)) return item;
  if (item?.kind === 'layer') {
    const also = [{ place: item.name.place, text: 'a layer' }];
    return refuse({ code: 'B106', message: `${name.name} is a layer, a model is expected`, at: name.place, label: 'not a model', also });
  }
  return program.expect(scope, name, 'variant');
}

/** Told at the variant that stands first, whichever name was asked for. */
function refuseCycle(variant: tree.Variant, variants: readonly tree.Variant[]): never {
  const cycle = variants.slice(variants.indexOf(variant));
  const [first, ...others] = cycle.sort((a, b) => a.place.from - b.place.from);
  return refuse({
    code: 'B105',
    message: `variant \`${first.name.name}\` is built on itself`,
    at: first.of!.name.place,
    label: 'part of a cycle',
    also: others.map((other) => ({ place: other.of!.name.place, text: 'and this' })),
    hint: 'a variant is `of` a model, or of a variant of one',
  });
}

function refuseRecipe(variant: tree.Variant): never {
  return refuse({
    code: 'B113',
    message: `\`${variant.name.name}\` is a recipe, not a model`,
    at: variant.name.place,
    label: `\`to ${variant.target?.name ?? 'target'}\``,
    hint: `use it in a variant: \`apply ${variant.name.name} to ...\``,
  });
}
