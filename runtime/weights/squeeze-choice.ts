/** Which bonds become smaller, and by how much: one squeeze of a schedule, or all at once to a size or an error. */
import type { Bond } from '../../compiler/index.ts';
import { bondClasses, networkOf } from '../../compiler/index.ts';
import type { Event, Model } from '../../compiler/values/model.ts';
import { mergeTerm } from './merge.ts';
import type { Cut } from './squeeze.ts';
import { cutBonds, mapValues } from './squeeze.ts';
import type { HostTensor } from './tensor.ts';
import { norm } from './tensor.ts';

export type Squeeze = Extract<Event, { is: 'squeeze' }>;
/** Bonds of one size. */
export type Class = readonly Bond[];

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
): Cut[] {
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
export function cutAll(model: Model, values: readonly HostTensor[], targets: readonly { bonds: Class; size: number }[]): Cut[] {
  let now = values;
  return targets.map(({ bonds, size }) => {
    const cut = cutBonds(model, now, bonds, size);
    now = mapValues(now, cut.maps);
    return cut;
  });
}

/**
 * Sizes, as small as a relative error allows by the bound sqrt(sum of squared discarded values): the smallest values go first, whichever
 * bond they are of. Bonds without a spectrum keep their size.
 */
export function sizesForError(
  model: Model,
  values: readonly HostTensor[],
  classes: readonly Class[],
  error: number,
): { bonds: Class; size: number }[] {
  const weights = [...new Set(classes.flatMap((bonds) => bonds.map(({ weight }) => weight)))];
  const lengths = weights.map((weight) => norm(networkWeight(model, values, weight)));
  const candidates = classes.map((bonds) => ({
    bonds,
    size: bonds[0].size,
    spectrum: cutBonds(model, values, bonds, bonds[0].size).spectrum,
  }));
  let left = (error * Math.hypot(...lengths)) ** 2;
  for (;;) {
    const next = candidates
      .filter(({ size, spectrum }) => size > 1 && spectrum !== undefined)
      .map((candidate) => ({ candidate, cost: candidate.spectrum![candidate.size - 1] ** 2 }))
      .reduce<{ candidate: (typeof candidates)[number]; cost: number } | undefined>(
        (best, one) => (best === undefined || one.cost < best.cost ? one : best),
        undefined,
      );
    if (next === undefined || next.cost > left) break;
    left -= next.cost;
    next.candidate.size--;
  }
  return candidates.filter(({ bonds, size }) => size < bonds[0].size).map(({ bonds, size }) => ({ bonds, size }));
}

function networkWeight(model: Model, values: readonly HostTensor[], id: number): Float64Array {
  const weight = model.weights[id];
  return mergeTerm(model, values, weight, networkOf(weight)!).data;
}
