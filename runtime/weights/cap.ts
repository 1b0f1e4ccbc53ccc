/**
 * Truncation where the network is no tree. Bonds on loops have no singular values to drop, so sizes are tried: the least common cap that
 * keeps an error, from below, then one bond after another made smaller as long as the refitted network keeps it. Bonds that a repeated core
 * binds to an outer leg keep their size.
 */
import type { Policy } from '../../compiler/values/model.ts';
import type { Fits, MeasuredFit } from './fits.ts';
import { bondGroups, resized } from './free-bonds.ts';
import type { WeightNetwork } from './network.ts';
import { legPosition, legSize, parameterCount } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { resize } from './tensor.ts';
import { TooSmall } from './truncate.ts';

/** Networks with more entries are truncated by a common cap alone: each further try is a fit. */
const MOST_ENTRIES = 2000;

/**
 * `entries` are those of the dense weight, without padding. Where even the sizes of the network miss an error they are what is returned.
 * Throws RangeError where no bond may change, TooSmall where a share cannot be met.
 */
export function fitByPolicy(network: WeightNetwork, policy: Policy, entries: number, fits: Fits): MeasuredFit {
  const groups = bondGroups(network);
  const free = groups.flat();
  const most = Math.max(0, ...free.map((leg) => legSize(network, leg)));
  if (most === 0)
    throw new RangeError(`${network.topology} has no bond whose size is free, so there is nothing to choose by ${policy.measure}`);
  const at = (cap: number) =>
    resized(network, (leg) => (free.includes(leg) ? Math.min(legSize(network, leg), cap) : legSize(network, leg)));
  if (policy.measure === 'share') {
    const limit = policy.value * entries;
    const smallest = parameterCount(at(1));
    if (smallest > limit) throw new TooSmall(policy.value, smallest, entries);
    const cap = leastOf(1, most, (size) => size === most || parameterCount(at(size + 1)) > limit);
    return fits.of(grown(network, at(cap), groups, limit));
  }
  const wanted = policy.measure === 'error' ? policy.value : Math.sqrt(Math.max(0, 1 - policy.value));
  const cap = leastOf(1, most, (size) => size === most || fits.of(at(size)).error <= wanted);
  return shrunk(fits, fits.of(at(cap)), groups, wanted);
}

/** The least size for which `holds`, by bisection; `most` holds. */
export function leastOf(least: number, most: number, holds: (size: number) => boolean): number {
  let [low, high] = [least, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Single bonds one larger, in their order, while the network stays within the limit. */
function grown(network: WeightNetwork, capped: WeightNetwork, groups: readonly (readonly number[])[], limit: number): WeightNetwork {
  let now = capped;
  for (const group of groups) {
    const next = resized(now, (leg) => (group.includes(leg) ? Math.min(legSize(network, leg), legSize(now, leg) + 1) : legSize(now, leg)));
    if (parameterCount(next) <= limit) now = next;
  }
  return now;
}

/** Single bonds smaller, each time the one that saves most of those that keep the error. */
function shrunk(fits: Fits, start: MeasuredFit, groups: readonly (readonly number[])[], wanted: number): MeasuredFit {
  let now = start;
  if (now.error > wanted || parameterCount(now.network) > MOST_ENTRIES) return now;
  for (;;) {
    const tries = groups
      .map((group) => ({ group, size: Math.max(...group.map((leg) => legSize(now.network, leg))) }))
      .filter(({ size }) => size > 1)
      .map(({ group, size }) =>
        resized(now.network, (leg) => (group.includes(leg) ? Math.min(legSize(now.network, leg), size - 1) : legSize(now.network, leg))),
      )
      .sort((a, b) => parameterCount(a) - parameterCount(b));
    const present: MeasuredFit = now;
    let kept: MeasuredFit | undefined;
    for (const network of tries) {
      const fit = fits.of(network, [cropped(present, network)]);
      if (fit.error > wanted) continue;
      kept = fit;
      break;
    }
    if (kept === undefined) return now;
    now = kept;
  }
}

/** The cores of a fit without the last indices of its bonds. */
function cropped(fit: MeasuredFit, network: WeightNetwork): MeasuredFit {
  const cores = fit.cores.map((core: HostTensor, k) =>
    resize(
      core,
      network.nodes[k].legs.map((leg) => network.legs[legPosition(network, leg)].size),
    ),
  );
  return { ...fit, network, cores };
}
