/** Every trainable parameter in one group of the optimiser: those of the settings' selections, later ones first, the rest in `all`. */
import { isTrainable } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { TrainConfig } from './config.ts';
import type { Group } from './host-values.ts';

/** `select`: canonical names of the parameters that a selection means; it throws where it means none. */
export function groupsBy(model: Model, { optimiser, groups }: TrainConfig, select: (selection: string) => readonly string[]): Group[] {
  const left = new Map(model.parameters.filter(isTrainable).map((parameter) => [parameter.names[0], parameter.id]));
  const found: Group[] = [];
  for (const [selection, { rate, decay }] of Object.entries(groups).reverse()) {
    const names = select(selection);
    const parameters = names.flatMap((name) => left.get(name) ?? []);
    for (const name of names) left.delete(name);
    if (parameters.length > 0) found.push({ name: selection, parameters, rate: rate ?? optimiser.rate, decay: decay ?? optimiser.decay });
  }
  const rest = { name: 'all', parameters: [...left.values()], rate: optimiser.rate, decay: optimiser.decay };
  return [...(rest.parameters.length > 0 || found.length === 0 ? [rest] : []), ...found.reverse()];
}
