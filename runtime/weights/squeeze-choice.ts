/** Which bonds become smaller, and by how much: one squeeze of a schedule, or all at once to a size or an error. */
import type { Bond } from '../../compiler/index.ts';
import { bondClasses, networkOf } from '../../compiler/index.ts';
import type { Event, Model } from '../../compiler/values/model.ts';
import { mergeTerm } from './merge.ts';
import type { BondCut } from './squeeze.ts';
import { cutBonds, mapValues } from './squeeze.ts';
import type { HostTensor } from './tensor.ts';
import { norm } from './tensor.ts';

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

/**
 * Sizes, as small as a relative error of each weight allows by the bound sqrt(sum of squared discarded values); weights that share bonds
 * have their error together. The smallest values go first, whichever bond they are of. Bonds without a spectrum keep their size.
 */
export function sizesForError(model: Model, values: readonly HostTensor[], classes: readonly Class[], error: number): Target[] {
  return coupled(classes).flatMap((own) => {
    const weights = [...new Set(own.flatMap((bonds) => bonds.map(({ weight }) => weight)))];
    const length = Math.hypot(...weights.map((weight) => norm(networkWeight(model, values, weight))));
    const spectra = own.flatMap((bonds) => {
      const { spectrum } = cutBonds(model, values, bonds, bonds[0].size);
      return spectrum === undefined ? [] : [{ bonds, spectrum }];
    });
    return smallestFirst(spectra, (error * length) ** 2).filter(({ bonds, size }) => size < bonds[0].size);
  });
}

/** Drops last values, the smallest of all bonds first, until `budget` for their squares is spent. */
function smallestFirst(spectra: readonly { bonds: Class; spectrum: Float64Array }[], budget: number): Target[] {
  const tails = spectra.flatMap(({ spectrum }, at) => [...spectrum].slice(1).map((value) => ({ at, cost: value * value })));
  tails.sort((a, b) => a.cost - b.cost || a.at - b.at);
  const sizes = spectra.map(({ spectrum }) => spectrum.length);
  let left = budget;
  for (const { at, cost } of tails) {
    left -= cost;
    if (left < 0) break;
    sizes[at]--;
  }
  return spectra.map(({ bonds }, at) => ({ bonds, size: sizes[at] }));
}

/** Classes in lists that have no weight in common. */
function coupled(classes: readonly Class[]): Class[][] {
  let groups: Class[][] = [];
  for (const bonds of classes) {
    const weights = new Set(bonds.map(({ weight }) => weight));
    const touched = groups.filter((group) => group.some((other) => other.some(({ weight }) => weights.has(weight))));
    groups = [...groups.filter((group) => !touched.includes(group)), [...touched.flat(), bonds]];
  }
  return groups;
}

function networkWeight(model: Model, values: readonly HostTensor[], id: number): Float64Array {
  const weight = model.weights[id];
  return mergeTerm(model, values, weight, networkOf(weight)!).data;
}
