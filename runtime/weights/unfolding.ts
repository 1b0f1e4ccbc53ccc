/**
 * Bonds that cut their network in two. The singular values of the unfolding along such a cut, outer legs of one side against those of
 * the other, belong to the weight and not to the way in which it was decomposed, so they are known for trees and for other networks.
 */
import { leftSingular, transpose } from './linear-algebra.ts';
import type { WeightNetwork } from './network.ts';
import { legPosition, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, permute } from './tensor.ts';

/**
 * The outer legs on one side of a bond; undefined where taking the bond away does not leave exactly two parts: it lies on a loop, joins
 * more than two cores, or the network has several parts anyway. An outer leg on two cores joins them.
 */
export function sideOfBond(network: WeightNetwork, bond: number): number[] | undefined {
  const ends = network.nodes.flatMap(({ legs }, node) => legs.flatMap((leg) => (leg === bond ? [node] : [])));
  if (ends.length !== 2) return undefined;
  const [left, right] = ends.map((end) => reached(network, end, bond));
  if (left.has(ends[1]) || left.size + right.size !== network.nodes.length) return undefined;
  const isOuter = (leg: number) => network.legs[legPosition(network, leg)].outer !== undefined;
  return [...new Set([...left].flatMap((node) => network.nodes[node].legs.filter(isOuter)))];
}

/** Nodes that hang together with `start` when `bond` is taken away. */
function reached(network: WeightNetwork, start: number, bond: number): Set<number> {
  const seen = new Set([start]);
  for (const node of seen) {
    for (const leg of network.nodes[node].legs) {
      if (leg === bond) continue;
      network.nodes.forEach(({ legs }, other) => {
        if (legs.includes(leg)) seen.add(other);
      });
    }
  }
  return seen;
}

/**
 * Singular values, descending, of the weight unfolded with the outer legs `rows` against the others; `weight` has one axis for each outer
 * leg, in the order of `outerLegs`.
 */
export function unfoldingSpectrum(weight: HostTensor, network: WeightNetwork, rows: readonly number[]): Float64Array {
  const legs = outerLegs(network);
  const order = [...rows, ...legs.filter((leg) => !rows.includes(leg))].map((leg) => legs.indexOf(leg));
  const { data, shape } = permute(weight, order);
  const m = count(shape.slice(0, rows.length));
  const n = data.length / m;
  return m <= n ? leftSingular(data, m, n).s : leftSingular(transpose(data, m, n), n, m).s;
}
