/** `apply RECIPE(options) to S`: the statements of a recipe, with its target bound to what S selects. */
import type * as tree from '../../../grammar/tree.ts';
import { useOf, variantNames } from '../chain.ts';
import { refuse } from '../refuse.ts';
import { foundIn } from '../selector.ts';
import type { VariantContext } from './context.ts';

/** The context in which the recipe's statements act. */
export function recipeContext(context: VariantContext, change: tree.Apply): VariantContext {
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
  const { options } = useOf(draft.program, recipe, [{ args: change.args, names }], draft.root.options);
  const found = foundIn(change.to, context);
  return {
    ...context,
    applying,
    body: recipe,
    options,
    names: variantNames(draft.program, recipe, options, draft.root.options),
    targets: new Map([[target.name, found]]),
  };
}
