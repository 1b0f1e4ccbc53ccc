/** From a name to a model and the variants over it: `C of B of Model(depth = 48)`, options evaluated, the innermost variant first. */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { StaticValue, VariantUse } from './draft.ts';
import { bindOptions, type Given, refuseOption } from './options.ts';
import { refuse } from './refuse.ts';
import type { FileScope, Program } from './scope.ts';
import { evaluate, type Names } from './static.ts';

export interface Chain {
  readonly model: tree.Layer;
  /** Arguments of `of Model(...)`. */
  readonly given: readonly Given[];
  /** What was set from outside and is an option of the model. */
  readonly set: ReadonlyMap<string, StaticValue>;
  readonly variants: readonly VariantUse[];
  readonly at: Place;
}
export type Settings = Readonly<Record<string, number | boolean>>;

export function resolveChain(program: Program, item: tree.Layer | tree.Variant, settings: Settings): Chain {
  const left = new Map(Object.entries(settings).map(([name, value]) => [name, staticOf(value)] as const));
  const variants: VariantUse[] = [];
  let given: Given[] = [];
  let at: tree.Layer | tree.Variant = item;
  while (at.kind === 'variant') {
    if (variants.some((use) => use.declaration === at)) refuseCycle(at, variants);
    const use = useOf(program, at, given, left);
    variants.unshift(use);
    if (at.of === undefined) return refuseRecipe(at);
    given = [{ args: at.of.args, names: variantNames(program, at, use.options) }];
    at = baseOf(program, program.scopeOf(at.place), at.of.name);
  }
  const options = at.options.map((option) => option.name.name);
  for (const name of left.keys()) {
    if (options.includes(name)) continue;
    refuseOption(at, { kind: 'identifier', name, place: at.name.place }, [
      ...variants.flatMap((use) => [...use.options.keys()]),
      ...options,
    ]);
  }
  return { model: at, given, set: left, variants, at: item.name.place };
}

const staticOf = (value: number | boolean): StaticValue => (typeof value === 'number' ? { is: 'number', value } : { is: 'boolean', value });

/** Options and lets of one variant; what it takes of `left` is taken out. */
export function useOf(program: Program, declaration: tree.Variant, given: readonly Given[], left: Map<string, StaticValue>): VariantUse {
  const options = new Map<string, StaticValue>();
  for (const option of declaration.options) {
    const value = left.get(option.name.name);
    if (value === undefined) continue;
    options.set(option.name.name, value);
    left.delete(option.name.name);
  }
  const names = variantNames(program, declaration, options);
  bindOptions(declaration, given, names, options, declaration.name.place);
  for (const change of declaration.changes) if (change.kind === 'let') options.set(change.name.name, evaluate(change.value, names));
  return { declaration, options };
}

/** Static names inside a variant: its options and lets, then its file. */
export function variantNames(program: Program, declaration: tree.Variant, options: ReadonlyMap<string, StaticValue>): Names {
  const behind = program.names(program.scopeOf(declaration.place));
  return {
    get: (name, place) => options.get(name) ?? behind.get(name, place),
    known: () => [...options.keys(), ...behind.known()],
  };
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
function refuseCycle(variant: tree.Variant, variants: readonly VariantUse[]): never {
  const cycle = variants.slice(0, variants.findIndex((use) => use.declaration === variant) + 1).map((use) => use.declaration);
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
