/**
 * Bonds that the text leaves to a policy (`to error 0.1`) are decided by the given weights, once, before anything is planned. Weights
 * that share cores have their bonds in common; each such bond takes the greatest size that one of them asks for.
 */
import type { Model, NetworkTerm, Policy, Weight } from '../../compiler/values/model.ts';
import type { Decomposition } from './decompose.ts';

/** By weight position and leg id. */
export type BondSizes = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** Sizes for the bonds of all weights with a policy, or undefined if there is none. `fit` decomposes a weight's start by a policy. */
export function chooseSizes(model: Model, fit: (weight: Weight, policy: Policy) => Decomposition): BondSizes | undefined {
  const asked = new Map<string, number>();
  for (const weight of model.weights) {
    const policy = networkOf(weight)?.truncate;
    if (policy === undefined) continue;
    for (const bond of fit(weight, policy).bonds) asked.set(bondKey(weight, bond.leg), bond.size);
  }
  return asked.size === 0 ? undefined : agree(model, asked);
}

/** Spreads the sizes over bonds bound together by shared cores, the greatest first. */
function agree(model: Model, asked: ReadonlyMap<string, number>): BondSizes {
  const classes = boundTogether(model);
  const greatest = new Map<string, number>();
  for (const [key, size] of asked) greatest.set(classes(key), Math.max(size, greatest.get(classes(key)) ?? 0));
  const result = new Map<number, Map<number, number>>();
  for (const weight of model.weights) {
    for (const leg of networkOf(weight)?.legs ?? []) {
      const size = greatest.get(classes(bondKey(weight, leg.id)));
      if (size === undefined || leg.outer !== undefined) continue;
      result.set(weight.id, (result.get(weight.id) ?? new Map<number, number>()).set(leg.id, size));
    }
  }
  return result;
}

/** Union-find over bonds: leg k of one parameter is one bond size in every weight that places it. */
function boundTogether(model: Model): (key: string) => string {
  const parents = new Map<string, string>();
  const find = (key: string): string => {
    const parent = parents.get(key);
    return parent === undefined || parent === key ? key : find(parent);
  };
  const first = new Map<string, string>();
  for (const weight of model.weights) {
    for (const node of networkOf(weight)?.nodes ?? []) {
      node.legs.forEach((leg, axis) => {
        const place = `${node.parameter}/${axis}`;
        const key = bondKey(weight, leg);
        const other = first.get(place);
        if (other === undefined) first.set(place, key);
        else parents.set(find(key), find(other));
      });
    }
  }
  return find;
}

/** The network of a weight, if it has one; adapters come after it. */
export function networkOf(weight: Weight): NetworkTerm | undefined {
  return weight.terms.find((term) => term.is === 'network');
}

function bondKey(weight: Weight, leg: number): string {
  return `${weight.id}/${leg}`;
}

/** The same model with other bonds: legs of networks and of their parameters. */
export function withBonds(model: Model, sizes: BondSizes): Model {
  const byParameter = new Map<string, number>();
  const weights = model.weights.map((weight) => {
    const own = sizes.get(weight.id);
    if (own === undefined) return weight;
    const terms = weight.terms.map((term) => {
      if (term.is !== 'network') return term;
      for (const node of term.nodes) {
        node.legs.forEach((leg, axis) => {
          if (own.has(leg)) byParameter.set(`${node.parameter}/${axis}`, own.get(leg)!);
        });
      }
      return { ...term, truncate: undefined, legs: term.legs.map((leg) => ({ ...leg, size: own.get(leg.id) ?? leg.size })) };
    });
    return { ...weight, terms };
  });
  const parameters = model.parameters.map((parameter) => ({
    ...parameter,
    legs: parameter.legs.map((leg, axis) => ({ ...leg, size: byParameter.get(`${parameter.id}/${axis}`) ?? leg.size })),
  }));
  return { ...model, weights, parameters };
}

/** Bonds by weight path, for checkpoints: what `withBonds` needs to restore the decision. */
export function bondsOf(model: Model): Record<string, Record<string, number>> {
  const result: Record<string, Record<string, number>> = {};
  for (const weight of model.weights) {
    const bonds = (networkOf(weight)?.legs ?? []).filter((leg) => leg.outer === undefined);
    if (bonds.length > 0) result[weight.path] = Object.fromEntries(bonds.map((leg) => [leg.bond ?? String(leg.id), leg.size]));
  }
  return result;
}

/** Sizes as `withBonds` wants them, from the record of a checkpoint; unknown paths and bonds are left out. */
export function sizesFrom(model: Model, bonds: Readonly<Record<string, Readonly<Record<string, number>>>>): BondSizes {
  const result = new Map<number, Map<number, number>>();
  for (const weight of model.weights) {
    const own = bonds[weight.path];
    if (own === undefined) continue;
    for (const leg of networkOf(weight)?.legs ?? []) {
      const size = leg.outer === undefined ? own[leg.bond ?? String(leg.id)] : undefined;
      if (size !== undefined) result.set(weight.id, (result.get(weight.id) ?? new Map<number, number>()).set(leg.id, size));
    }
  }
  return result;
}
