/** Sizes of bonds in a model: which bonds are one size because they share a core, and the model with other sizes. */
import { scoredBy } from '../values/learned.ts';
import type { Model, NetworkTerm, Weight } from '../values/model.ts';
import { networksOf } from '../values/term.ts';

/** By weight position and leg of the weight (`networksOf`). */
export type BondSizes = ReadonlyMap<number, ReadonlyMap<number, number>>;
/** `leg`: of weight `weight`, in the numbering of `networksOf`. */
export interface Bond {
  readonly weight: number;
  readonly leg: number;
  readonly size: number;
}

/** The network of a weight, if it has one, the first of a sum; adapters come after it. */
export function networkOf(weight: Weight): NetworkTerm | undefined {
  return weight.terms.find((term) => term.is === 'network');
}

/** All bonds, those together that have one size: leg k of one parameter is one size in every weight that places it. */
export function bondClasses(model: Model): Bond[][] {
  const parents = new Map<string, string>();
  const find = (key: string): string => {
    const parent = parents.get(key);
    return parent === undefined || parent === key ? key : find(parent);
  };
  const first = new Map<string, string>();
  for (const weight of model.weights) {
    for (const { network, from } of networksOf(weight)) {
      for (const node of network.nodes) {
        node.legs.forEach((leg, axis) => {
          const place = `${node.parameter}/${axis}`;
          const key = `${weight.id}/${from + leg}`;
          const other = first.get(place);
          if (other === undefined) first.set(place, key);
          else parents.set(find(key), find(other));
        });
      }
    }
  }
  const bonds = model.weights.flatMap((weight) =>
    networksOf(weight).flatMap(({ network, from }) =>
      network.legs.flatMap(({ id, size, outer }) => (outer === undefined ? [{ weight: weight.id, leg: from + id, size }] : [])),
    ),
  );
  return [...Map.groupBy(bonds, ({ weight, leg }) => find(`${weight}/${leg}`)).values()];
}

/** The same model with other bonds: legs of networks and of their parameters. Policies that left them open are done with. */
export function withBonds(model: Model, sizes: BondSizes): Model {
  const byParameter = new Map<string, number>();
  const weights = model.weights.map((weight) => {
    const own = sizes.get(weight.id);
    if (own === undefined) return weight;
    const numbered = new Map(networksOf(weight).map(({ network, from }) => [network, from]));
    const terms = weight.terms.map((term) => {
      const from = term.is === 'network' ? numbered.get(term) : undefined;
      if (term.is !== 'network' || from === undefined) return term;
      for (const node of term.nodes) {
        node.legs.forEach((leg, axis) => {
          if (own.has(from + leg)) byParameter.set(`${node.parameter}/${axis}`, own.get(from + leg)!);
        });
      }
      return { ...term, truncate: undefined, legs: term.legs.map((leg) => ({ ...leg, size: own.get(from + leg.id) ?? leg.size })) };
    });
    return { ...weight, terms };
  });
  // Scores have the legs of their core.
  const cores = scoredBy(model);
  const parameters = model.parameters.map((parameter) => {
    const { id } = cores.get(parameter.id) ?? parameter;
    return { ...parameter, legs: parameter.legs.map((leg, axis) => ({ ...leg, size: byParameter.get(`${id}/${axis}`) ?? leg.size })) };
  });
  return { ...model, weights, parameters };
}
