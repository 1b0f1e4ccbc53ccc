/** Bonds become smaller or larger: in the networks, in their parameters, and wherever a shared core has the same bond. */
import type { Grown, Squeezed } from '../values/decision.ts';
import type { Model } from '../values/model.ts';
import type { BondSizes } from './bonds.ts';
import { bondClasses, withBonds } from './bonds.ts';

/** Throws RangeError where a weight or bond is unknown, or a size is not between 1 and the present one, to grow not above it. */
export function resize(model: Model, { is, sizes }: Squeezed | Grown): Model {
  const classes = bondClasses(model);
  const all = new Map<number, Map<number, number>>();
  for (const { weight: path, leg, size } of sizes) {
    const members = classes.find((bonds) => bonds.some((bond) => bond.leg === leg && model.weights[bond.weight].path === path));
    if (members === undefined) throw new RangeError(`${model.name} has no bond ${leg} of ${path} to ${is}`);
    if (!(Number.isInteger(size) && (is === 'grow' ? size >= members[0].size : size >= 1 && size <= members[0].size))) {
      throw new RangeError(`bond ${leg} of ${path} has size ${members[0].size}; it cannot become ${size}`);
    }
    for (const bond of members) all.set(bond.weight, (all.get(bond.weight) ?? new Map<number, number>()).set(bond.leg, size));
  }
  return withBonds(model, all satisfies BondSizes);
}
