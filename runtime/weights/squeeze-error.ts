/** Sizes of bonds, as small as a relative error of each weight allows; weights that share bonds have their error together. */
import { networkOf } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { networksOf } from '../../compiler/values/term.ts';
import type { CarriedOut } from './carry-out.ts';
import { carryOut } from './carry-out.ts';
import { changeOfWeights } from './change.ts';
import { isAcyclic } from './environment.ts';
import { outerLegs } from './network.ts';
import { cutBonds } from './squeeze.ts';
import type { Class, Target } from './squeeze-choice.ts';
import { cutAll } from './squeeze-choice.ts';
import type { HostTensor } from './tensor.ts';
import { count } from './tensor.ts';
import { sideOfBond } from './unfolding.ts';

/** Off trees single bonds are tried below a common cap where the cores have at most so many entries: each try is a fit. */
const MOST_ENTRIES = 4000;

/** Measured on what the cuts leave, not promised by a bound: `error` is kept to its last digit and spent as far as it goes. */
export function sizesForError(model: Model, values: readonly HostTensor[], classes: readonly Class[], error: number): Target[] {
  return withWeightsInCommon(classes).flatMap((own) => {
    const weights = weightsOf(own);
    // Cuts of several terms are no projections one within another.
    const trees = weights.every((id) => networksOf(model.weights[id]).length === 1 && isAcyclic(networkOf(model.weights[id])!));
    const targets = trees ? onTrees(model, values, own, error) : offTrees(model, values, own, error);
    return targets.filter(({ bonds, size }) => size < bonds[0].size);
  });
}

function weightsOf(classes: readonly Class[]): number[] {
  return [...new Set(classes.flatMap((bonds) => bonds.map(({ weight }) => weight)))];
}

function attempt(model: Model, values: readonly HostTensor[], targets: readonly Target[]): CarriedOut {
  const smaller = targets.filter(({ bonds, size }) => size < bonds[0].size);
  return smaller.length === 0 ? { values, error: 0 } : carryOut(model, values, cutAll(model, values, smaller));
}

// trees --------------------------------------------------------------------------------------------------------------------
/** Classes whose bonds part their weights alike: a value that one drops costs nothing more at the others. */
interface SharedSpectrum {
  readonly classes: readonly Class[];
  readonly spectrum: Float64Array;
}

/**
 * The smallest values of all spectra go first, whichever bond they are of. Cuts of trees are projections one within another, so the squares
 * of what they drop bound the square of the error; what it turns out to be less is spent on further cuts.
 */
function onTrees(model: Model, values: readonly HostTensor[], classes: readonly Class[], error: number): Target[] {
  const { norm } = changeOfWeights(model, values, values, weightsOf(classes));
  const budget = (error * norm) ** 2;
  let targets: Target[] = classes.map((bonds) => ({ bonds, size: bonds[0].size }));
  let now: CarriedOut = { values, error: 0 };
  // Where weights share cores the squares are no bound of theirs together: then less is tried.
  for (let share = 1; share > 0.1; ) {
    const sizes = new Map(targets.map(({ bonds, size }) => [bonds, size]));
    const left = share * (budget - (now.error * norm) ** 2);
    const fewer = smallestFirst(spectraOf(model, now.values, classes, sizes), left, sizes);
    if (fewer.every(({ bonds, size }) => size === sizes.get(bonds))) break;
    const next = attempt(model, values, fewer);
    if (next.error <= error) [targets, now] = [fewer, next];
    else share /= 2;
  }
  return targets;
}

function spectraOf(
  model: Model,
  values: readonly HostTensor[],
  classes: readonly Class[],
  sizes: ReadonlyMap<Class, number>,
): SharedSpectrum[] {
  const found = Map.groupBy(classes, (bonds) => cutKey(model, bonds));
  return [...found.values()].map((alike) => {
    const [smallest] = [...alike].sort((a, b) => sizes.get(a)! - sizes.get(b)!);
    const size = sizes.get(smallest)!;
    const { spectrum } = cutBonds(
      model,
      values,
      smallest.map((bond) => ({ ...bond, size })),
      size,
    );
    return { classes: alike, spectrum: spectrum ?? new Float64Array(0) };
  });
}

/** The outer legs on the side of each bond that has not the first. */
function cutKey(model: Model, bonds: Class): string {
  const sides = bonds.map(({ weight, leg }) => {
    const network = networkOf(model.weights[weight])!;
    const all = outerLegs(network);
    const side = new Set(sideOfBond(network, leg));
    return `${weight}:${all.filter((outer) => side.has(outer) !== side.has(all[0])).join()}`;
  });
  return sides.sort().join(' ');
}

/** Drops last values, the smallest of all first, until `budget` for their squares is spent. */
function smallestFirst(spectra: readonly SharedSpectrum[], budget: number, present: ReadonlyMap<Class, number>): Target[] {
  const tails = spectra.flatMap(({ spectrum }, at) => [...spectrum].slice(1).map((value) => ({ at, cost: value * value })));
  tails.sort((a, b) => a.cost - b.cost || a.at - b.at);
  const sizes = spectra.map(({ spectrum }) => spectrum.length);
  let left = budget;
  for (const { at, cost } of tails) {
    left -= cost;
    if (left < 0) break;
    sizes[at]--;
  }
  return spectra.flatMap(({ classes, spectrum }, at) =>
    classes.map((bonds) => ({ bonds, size: spectrum.length === 0 ? present.get(bonds)! : Math.min(present.get(bonds)!, sizes[at]) })),
  );
}

// loops and hubs -----------------------------------------------------------------------------------------------------------
/** The least common cap that keeps the error after a fit, then one bond after another smaller as long as it does. */
function offTrees(model: Model, values: readonly HostTensor[], classes: readonly Class[], error: number): Target[] {
  const at = (cap: number): Target[] => classes.map((bonds) => ({ bonds, size: Math.min(bonds[0].size, cap) }));
  const keeps = (targets: readonly Target[]) => attempt(model, values, targets).error <= error;
  let [low, high] = [1, Math.max(...classes.map(([bond]) => bond.size))];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keeps(at(middle))) high = middle;
    else low = middle + 1;
  }
  let targets = at(high);
  if (entriesOf(model, classes) > MOST_ENTRIES) return targets;
  for (let changed = true; changed; ) {
    changed = false;
    for (const { bonds } of targets) {
      const fewer = targets.map((target) => (target.bonds === bonds ? { bonds, size: target.size - 1 } : target));
      if (fewer.some(({ size }) => size < 1) || !keeps(fewer)) continue;
      targets = fewer;
      changed = true;
    }
  }
  return targets;
}

function entriesOf(model: Model, classes: readonly Class[]): number {
  const parametersOf = (id: number) => networksOf(model.weights[id]).flatMap(({ network }) => network.nodes.map((node) => node.parameter));
  const parameters = new Set(weightsOf(classes).flatMap(parametersOf));
  return [...parameters].reduce((sum, id) => sum + count(model.parameters[id].legs.map(({ size }) => size)), 0);
}

/** Classes in lists that have no weight in common. */
function withWeightsInCommon(classes: readonly Class[]): Class[][] {
  let groups: Class[][] = [];
  for (const bonds of classes) {
    const weights = new Set(bonds.map(({ weight }) => weight));
    const touched = groups.filter((group) => group.some((other) => other.some(({ weight }) => weights.has(weight))));
    groups = [...groups.filter((group) => !touched.includes(group)), [...touched.flat(), bonds]];
  }
  return groups;
}
