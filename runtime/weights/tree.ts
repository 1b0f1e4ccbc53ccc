/**
 * Networks that are trees: every bond joins two cores, no cycle, every core its own tensor. Cutting a bond then separates the outer legs
 * in two, so singular value decompositions alone give exact cores (Grasedyck, SIAM J. Matrix Anal. Appl. 31, 2010).
 */
import type { WeightNetwork } from './network.ts';
import { legPosition, legSize } from './network.ts';

export interface RootedTree {
  readonly root: number;
  /** Parents before children. */
  readonly order: readonly number[];
  /** Leg to the parent; -1 for the root. */
  readonly parent: readonly number[];
  /** Bonds to the children and the nodes behind them, in the order of the node's legs. */
  readonly children: readonly (readonly { readonly leg: number; readonly node: number }[])[];
  /** Outer legs of the node itself. */
  readonly outer: readonly (readonly number[])[];
  /** Outer legs of the node's subtree: those of its children in order, then its own. */
  readonly below: readonly (readonly number[])[];
}

/** True if the network is one connected tree of distinct cores, so that decomposition is exact at full bonds. */
export function isTree(network: WeightNetwork): boolean {
  const ends = new Map<number, number[]>();
  network.nodes.forEach((node, k) => {
    for (const leg of node.legs) ends.set(leg, [...(ends.get(leg) ?? []), k]);
  });
  if (new Set(network.nodes.map((node) => node.parameter)).size !== network.nodes.length) return false;
  let bonds = 0;
  for (const [leg, nodes] of ends) {
    const isBond = network.legs[legPosition(network, leg)].outer === undefined;
    if (nodes.length !== (isBond ? 2 : 1) || new Set(nodes).size !== nodes.length) return false;
    if (isBond) bonds++;
  }
  return bonds === network.nodes.length - 1 && reach(network, ends, 0).length === network.nodes.length;
}

function reach(network: WeightNetwork, ends: ReadonlyMap<number, readonly number[]>, start: number): number[] {
  const seen = new Set([start]);
  for (const node of seen) for (const leg of network.nodes[node].legs) for (const other of ends.get(leg)!) seen.add(other);
  return [...seen];
}

/**
 * Roots the tree where no branch has more outer entries than all the rest together. Then every bond's full size is the outer size of the
 * branch below it.
 */
export function rootTree(network: WeightNetwork): RootedTree {
  let root = 0;
  let tree = rootAt(network, root);
  for (;;) {
    const whole = logSize(network, tree.below[root]);
    const heavy = tree.children[root].find(({ node }) => logSize(network, tree.below[node]) > whole / 2 + 1e-9);
    if (heavy === undefined) return tree;
    root = heavy.node;
    tree = rootAt(network, root);
  }
}

function logSize(network: WeightNetwork, legs: readonly number[]): number {
  return legs.reduce((sum, leg) => sum + Math.log2(legSize(network, leg)), 0);
}

function rootAt(network: WeightNetwork, root: number): RootedTree {
  const parent = network.nodes.map(() => -1);
  const children: { leg: number; node: number }[][] = network.nodes.map(() => []);
  const isOuter = (leg: number) => network.legs[legPosition(network, leg)].outer !== undefined;
  const order = [root];
  for (const node of order) {
    for (const leg of network.nodes[node].legs) {
      if (isOuter(leg) || leg === parent[node]) continue;
      const child = network.nodes.findIndex((candidate, k) => k !== node && candidate.legs.includes(leg));
      parent[child] = leg;
      children[node].push({ leg, node: child });
      order.push(child);
    }
  }
  const outer = network.nodes.map((node) => node.legs.filter(isOuter));
  const below: number[][] = network.nodes.map(() => []);
  for (const node of order.toReversed()) below[node] = [...children[node].flatMap((child) => below[child.node]), ...outer[node]];
  return { root, order, parent, children, outer, below };
}
