/**
 * Truncation where the network is no tree. Bonds on loops have no singular values to drop, so a policy chooses one cap for all bonds: the
 * greatest that keeps a share, the smallest whose fit keeps an error. Bonds that a repeated core binds to an outer leg keep their size.
 */
import type { Policy } from '../../compiler/values/model.ts';
import type { Fit } from './als.ts';
import type { WeightNetwork } from './network.ts';
import { bondLegs, legPosition, legSize, parameterCount } from './network.ts';
import { TooSmall } from './truncate.ts';

/** A fit with the sizes that it has and the relative error that it reaches. */
export interface MeasuredFit extends Fit {
  readonly network: WeightNetwork;
  readonly error: number;
}

/**
 * `fit` fits a network and measures its relative error. `entries` are those of the dense weight, without padding. Where even the sizes of
 * the network miss an error they are what is returned. Throws RangeError where no bond may change, TooSmall where a share cannot be met.
 */
export function fitByPolicy(
  network: WeightNetwork,
  policy: Policy,
  entries: number,
  fit: (network: WeightNetwork) => MeasuredFit,
): MeasuredFit {
  const free = freeBonds(network);
  const most = Math.max(0, ...free.map((leg) => legSize(network, leg)));
  if (most === 0)
    throw new RangeError(`${network.topology} has no bond whose size is free, so there is nothing to choose by ${policy.measure}`);
  const at = (cap: number) => capped(network, free, cap);
  if (policy.measure === 'share') {
    const limit = policy.value * entries;
    const smallest = parameterCount(at(1));
    if (smallest > limit) throw new TooSmall(policy.value, smallest, entries);
    const cap = leastOf(1, most, (size) => size === most || parameterCount(at(size + 1)) > limit);
    return fit(at(cap));
  }
  const wanted = policy.measure === 'error' ? policy.value : Math.sqrt(Math.max(0, 1 - policy.value));
  const known = new Map<number, MeasuredFit>();
  const fitted = (cap: number) => {
    if (!known.has(cap)) known.set(cap, fit(at(cap)));
    return known.get(cap)!;
  };
  return fitted(leastOf(1, most, (size) => size === most || fitted(size).error <= wanted));
}

/** The least size for which `holds`, by bisection; `most` holds. */
function leastOf(least: number, most: number, holds: (size: number) => boolean): number {
  let [low, high] = [least, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function capped(network: WeightNetwork, free: readonly number[], cap: number): WeightNetwork {
  const legs = network.legs.map((leg) => (free.includes(leg.id) ? { ...leg, size: Math.min(leg.size, cap) } : leg));
  return { ...network, legs };
}

/** Bonds that no core with several places binds to an outer leg, however far around. */
function freeBonds(network: WeightNetwork): number[] {
  const bound = new Set(network.legs.filter((leg) => leg.outer !== undefined).map((leg) => leg.id));
  for (let before = -1; before !== bound.size; ) {
    before = bound.size;
    for (const { parameter, legs } of network.nodes) {
      for (const other of network.nodes) {
        if (other.parameter !== parameter) continue;
        legs.forEach((leg, axis) => {
          if (bound.has(leg)) bound.add(other.legs[axis]);
        });
      }
    }
  }
  return bondLegs(network).filter((leg) => !bound.has(network.legs[legPosition(network, leg)].id));
}
