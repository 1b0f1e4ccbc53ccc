/**
 * Bonds that the text leaves to a policy (`to error 0.1`) are decided by the given weights, once, before anything is planned. Weights
 * that share cores have their bonds in common; each such bond takes the greatest size that one of them asks for.
 */
import type { BondSizes } from '../../compiler/index.ts';
import { bondClasses, networkOf } from '../../compiler/index.ts';
import type { Budget, Model, Policy, Weight } from '../../compiler/values/model.ts';
import { byName } from '../../compiler/values/named.ts';
import { bondNameOf, networksOf } from '../../compiler/values/term.ts';
import type { Decomposition } from './decompose.ts';

/** How sizes are found: by what a policy makes of one weight, or what one budget makes of several. By leg. */
export interface Chooser {
  alone(weight: Weight, policy: Policy): Decomposition;
  together(weights: readonly Weight[], budget: Budget): readonly ReadonlyMap<number, number>[];
}

/** Sizes for the bonds of all weights with a policy, or undefined if there is none. */
export function chooseSizes(model: Model, chooser: Chooser): BondSizes | undefined {
  const asked = new Map<string, number>();
  const budgets = new Map<number, { readonly budget: Budget; readonly weights: Weight[] }>();
  for (const weight of model.weights) {
    const policy = networkOf(weight)?.truncate;
    if (policy === undefined) continue;
    if ('joint' in policy) {
      const { weights } = budgets.get(policy.joint) ?? { weights: [] };
      budgets.set(policy.joint, { budget: policy, weights: [...weights, weight] });
    } else for (const bond of chooser.alone(weight, policy).bonds) asked.set(`${weight.id}/${bond.leg}`, bond.size);
  }
  for (const { budget, weights } of budgets.values()) {
    const sizes = chooser.together(weights, budget);
    for (const [k, { id }] of weights.entries()) for (const [leg, size] of sizes[k]) asked.set(`${id}/${leg}`, size);
  }
  return asked.size === 0 ? undefined : agree(model, asked);
}

/** Spreads the sizes over bonds bound together by shared cores, the greatest first. */
function agree(model: Model, asked: ReadonlyMap<string, number>): BondSizes {
  const result = new Map<number, Map<number, number>>();
  for (const members of bondClasses(model)) {
    const sizes = members.flatMap(({ weight, leg }) => asked.get(`${weight}/${leg}`) ?? []);
    if (sizes.length === 0) continue;
    for (const { weight, leg } of members) {
      result.set(weight, (result.get(weight) ?? new Map<number, number>()).set(leg, Math.max(...sizes)));
    }
  }
  return result;
}

/** Bonds by weight path, for checkpoints: what `withBonds` needs to restore the decision. */
export function bondsOf(model: Model): Record<string, Record<string, number>> {
  const result = new Map<string, Record<string, number>>();
  for (const weight of model.weights) {
    const bonds = networksOf(weight).flatMap(({ network }) =>
      network.legs.flatMap((leg) => (leg.outer === undefined ? [[bondNameOf(network, leg), leg.size] as const] : [])),
    );
    if (bonds.length > 0) result.set(weight.path, Object.fromEntries(bonds));
  }
  return Object.fromEntries(result);
}

/** Sizes as `withBonds` wants them, from the record of a checkpoint; unknown paths and bonds are left out. */
export function sizesFrom(model: Model, bonds: Readonly<Record<string, Readonly<Record<string, number>>>>): BondSizes {
  const result = new Map<number, Map<number, number>>();
  for (const weight of model.weights) {
    if (!Object.hasOwn(bonds, weight.path)) continue;
    const own = byName(bonds[weight.path]);
    for (const { network, from } of networksOf(weight)) {
      for (const leg of network.legs) {
        const size = leg.outer === undefined ? own.get(bondNameOf(network, leg)) : undefined;
        if (size !== undefined) result.set(weight.id, (result.get(weight.id) ?? new Map<number, number>()).set(from + leg.id, size));
      }
    }
  }
  return result;
}
