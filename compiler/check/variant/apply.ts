/** `apply RECIPE(options) to S`: the statements of a recipe, with its target bound to what S selects. */
import type * as tree from '../../../grammar/tree.ts';
import { useOf, variantNames } from '../chain.ts';
import { refuse } from '../refuse.ts';
import { type Found, foundIn } from '../selector.ts';
import { namesIn } from '../walk.ts';
import { type VariantContext, withBindings } from './context.ts';

/** The contexts in which the recipe's statements act: one for each value of the variables that its options read. */
export function recipeContexts(context: VariantContext, change: tree.Apply): VariantContext[] {
  const { draft, names } = context;
  const recipe = draft.program.expect(draft.program.scopeOf(change.place), change.recipe, 'variant');
  const { target } = recipe;
  if (target === undefined) {
    return refuse({
      code: 'B614',
      message: `\`${recipe.name.name}\` is a variant of ${recipe.of?.name.name ?? 'a model'}, not a recipe`,
      at: change.recipe.place,
      label: 'cannot be applied',
      also: [{ place: recipe.name.place, text: 'defined here' }],
      hint: `a recipe is declared \`variant ${recipe.name.name}(...) to target { ... }\``,
    });
  }
  if (change.to === undefined) {
    const hint = `\`apply ${recipe.name.name} to ...\``;
    return refuse({ code: 'B614', message: 'to what is the recipe applied?', at: change.place, label: 'no target', hint });
  }
  const applying = [...context.applying, recipe];
  if (context.applying.includes(recipe)) {
    const also = [{ place: recipe.name.place, text: 'the recipe' }];
    return refuse({ code: 'B105', message: `\`${recipe.name.name}\` applies itself`, at: change.recipe.place, label: 'again', also });
  }
  const given = change.args?.items.map(({ value }) => value) ?? [];
  const read = new Set(given.flatMap((value) => namesIn(value).map(({ name }) => name)));
  const values = ({ bindings }: Found) => JSON.stringify([...bindings].filter(([name]) => read.has(name)));
  return [...Map.groupBy(foundIn(change.to, context, { expressions: given }), values).values()].map((found) => {
    const uses = [{ args: change.args, names: withBindings(names, found[0]!.bindings) }];
    const { options } = useOf(draft.program, recipe, uses, draft.root.options);
    return {
      ...context,
      applying,
      body: recipe,
      options,
      names: variantNames(draft.program, recipe, options, draft.root.options),
      targets: new Map([[target.name, found]]),
    };
  });
}
