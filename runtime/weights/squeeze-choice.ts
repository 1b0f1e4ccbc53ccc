/** Which bonds become smaller, and by how much: one squeeze of a schedule, or all at once to a size (`squeeze-error.ts`: to an error). */
import type { Bond } from '../../compiler/index.ts';
import { bondClasses } from '../../compiler/index.ts';
import type { Event, Model } from '../../compiler/values/model.ts';
import type { BondCut } from './squeeze.ts';
import { cutBonds, mapValues } from './squeeze.ts';
import type { HostTensor } from './tensor.ts';

export type Squeeze = Extract<Event, { is: 'squeeze' }>;
/** Bonds of one size. */
export type Class = readonly Bond[];

export interface Target {
  readonly bonds: Class;
  readonly size: number;
}

/** The classes that have one of these bonds, in the order in which the bonds are named. */
export function classesWith(model: Model, bonds: Squeeze['bonds']): Class[] {
  const classes = bondClasses(model);
  const named = bonds.flatMap(({ weight, legs }) =>
    legs.flatMap((leg) => classes.filter((members) => members.some((bond) => bond.weight === weight && bond.leg === leg))),
  );
  return [...new Set(named)];
}

/**
 * The cuts of one squeeze; none where no bond is above 1. `error`: the bond whose cut changes the weights least (Liu et al., ACL 2021,
 * algorithm 2); `largest`: all bonds above a cap of the largest size less `by`; `given`: one after another as they are named, `turn` counts.
 */
export function chooseCuts(
  model: Model,
  values: readonly HostTensor[],
  classes: readonly Class[],
  { by, criterion }: Pick<Squeeze, 'by' | 'criterion'>,
  turn: number,
): BondCut[] {
  const open = classes.filter(([bond]) => bond.size > 1);
  if (open.length === 0) return [];
  const smaller = ([bond]: Class) => Math.max(1, bond.size - by);
  if (criterion === 'largest') {
    const cap = Math.max(1, Math.max(...open.map(([bond]) => bond.size)) - by);
    return cutAll(
      model,
      values,
      open.filter(([bond]) => bond.size > cap).map((bonds) => ({ bonds, size: cap })),
    );
  }
  if (criterion === 'given') {
    const at = turn % classes.length;
    const next = [...classes.slice(at), ...classes.slice(0, at)].find(([bond]) => bond.size > 1)!;
    return [cutBonds(model, values, next, smaller(next))];
  }
  const cuts = open.map((bonds) => cutBonds(model, values, bonds, smaller(bonds)));
  return [cuts.reduce((best, cut) => (cut.distance < best.distance ? cut : best))];
}

/** Cuts one after another, each of what the ones before left. */
export function cutAll(model: Model, values: readonly HostTensor[], targets: readonly Target[]): BondCut[] {
  let now = values;
  return targets.map(({ bonds, size }) => {
    const cut = cutBonds(model, now, bonds, size);
    now = mapValues(now, cut.maps);
    return cut;
  });
}
