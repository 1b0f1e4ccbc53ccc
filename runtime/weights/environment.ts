/**
 * What stands at the two ends of a bond. Where cutting the bond parts a tree, W = A B^T with the bond as the inner index, and all that a
 * change of the bond does to W is in the triangles R_A, R_B of their QR factorisations: |A X B^T| = |R_A X R_B^T| for every X. They come
 * from one sweep over each branch, so the dense weight is never formed.
 */
import { transformAxis, unfold } from './gauge.ts';
import { triangle } from './linear-algebra.ts';
import type { WeightNetwork } from './network.ts';
import { legPosition } from './network.ts';
import type { HostTensor } from './tensor.ts';

/** Where a leg is held: axis `axis` of node `node`. */
export interface End {
  readonly node: number;
  readonly axis: number;
}

export function endsOf(network: WeightNetwork, leg: number): End[] {
  return network.nodes.flatMap(({ legs }, node) => legs.flatMap((own, axis) => (own === leg ? [{ node, axis }] : [])));
}

/** True if bonds join two nodes each and no path returns, whichever nodes hold one parameter. Then every bond parts the network. */
export function isAcyclic(network: WeightNetwork): boolean {
  const bonds = network.legs.filter((leg) => leg.outer === undefined).map(({ id }) => endsOf(network, id));
  const outer = network.legs.filter((leg) => leg.outer !== undefined).map(({ id }) => endsOf(network, id));
  if (outer.some((ends) => ends.length !== 1) || bonds.some((ends) => ends.length !== 2 || ends[0].node === ends[1].node)) return false;
  const parts = network.nodes.map((_, node) => node);
  for (const [a, b] of bonds) {
    const [from, to] = [parts[a.node], parts[b.node]];
    if (from === to) return false;
    parts.forEach((part, node) => {
      if (part === from) parts[node] = to;
    });
  }
  return true;
}

/** R[r, r] of the branch that `end` begins, seen from its bond of size r; the network is acyclic. `cores[k]` belongs to node k. */
export function branchTriangle(network: WeightNetwork, cores: readonly HostTensor[], { node, axis }: End): Float64Array {
  let tensor = cores[node];
  network.nodes[node].legs.forEach((leg, other) => {
    if (other === axis || network.legs[legPosition(network, leg)].outer !== undefined) return;
    const behind = endsOf(network, leg).find((end) => end.node !== node)!;
    tensor = transformAxis(tensor, other, branchTriangle(network, cores, behind));
  });
  return coreTriangle(tensor, axis);
}

/** R[r, r] of one core alone, seen from its axis of size r. */
export function coreTriangle(core: HostTensor, axis: number): Float64Array {
  const size = core.shape[axis];
  return triangle(unfold(core, axis), size, core.data.length / size);
}
