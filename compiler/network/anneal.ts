/**
 * Simulated annealing on trees (Kalachev, Panteleev, Yung: Multi-tensor contraction for XEB verification, arXiv:2108.05665): a move takes
 * a join P = (A B) C and makes it (A C) B or (B C) A; only the inner join changes, and its edges are those of its parts that the third
 * part or the outside of P has. A move is accepted by the ratio of the cost of both joins after and before, whatever its share of the
 * whole: that orders small sub-trees as well as large ones.
 */
import type { Tree } from './tree.ts';

export class Annealer {
  private readonly tree: Tree;
  private readonly random: () => number;
  private readonly middle: Int32Array;
  private readonly order: Int32Array;

  constructor(tree: Tree, random: () => number) {
    this.tree = tree;
    this.random = random;
    this.middle = new Int32Array(tree.problem.words);
    this.order = new Int32Array(tree.problem.count - 1);
  }

  /** One move is tried at every join, from the root down, at inverse temperature `beta`. Yields how many were tried. */
  sweep(beta: number): number {
    const { tree } = this;
    const { count } = tree.problem;
    const order = tree.order(this.order);
    for (let k = order.length - 1; k >= 0; k--) {
      const node = order[k];
      const [l, r] = [tree.left[node], tree.right[node]];
      const fromLeft = l >= count && (r < count || this.random() < 0.5);
      if (!fromLeft && r < count) continue;
      this.attempt(node, fromLeft ? l : r, fromLeft ? r : l, beta);
    }
    return order.length;
  }

  /** `inner` = (A B) and C under `node` become (A C) and B, or (B C) and A. */
  private attempt(node: number, inner: number, third: number, beta: number): void {
    const { tree, random, middle } = this;
    const { words } = tree.problem;
    const { legs, sizes, size, left, right, wanted, constant } = tree;
    const swap = random() < 0.5;
    const stays = swap ? right[inner] : left[inner];
    const leaves = swap ? left[inner] : right[inner];
    const p = node * words;
    const a = stays * words;
    const b = leaves * words;
    const c = third * words;
    let union = size[stays];
    let result = 1;
    let whole = size[leaves];
    // The edges of the new inner join are some of those of A and C.
    const from = Math.min(tree.low[stays], tree.low[third]);
    const to = Math.max(tree.high[stays], tree.high[third]);
    for (let w = from; w < to; w++) {
      const ofA = legs[a + w];
      const ofB = legs[b + w];
      const ofC = legs[c + w];
      for (let bits = ofC & ~ofA; bits !== 0; bits &= bits - 1) union *= sizes[(w << 5) + 31 - Math.clz32(bits & -bits)];
      const open = (ofA | ofC) & (ofB | legs[p + w]);
      middle[w] = open;
      for (let bits = open; bits !== 0; bits &= bits - 1) {
        const bit = bits & -bits;
        const factor = sizes[(w << 5) + 31 - Math.clz32(bit)];
        result *= factor;
        if ((ofB & bit) === 0) whole *= factor;
      }
    }
    const { guide } = tree.measure;
    const forwardInner = 1 - (constant[stays] & constant[third]);
    const forwardNode = 1 - constant[node];
    const wantedInner = Math.max(wanted[stays], wanted[third]);
    const usesInner = Math.min(tree.uses[stays], tree.uses[third]);
    const lower = guide(union, size[stays], size[third], result, forwardInner, wanted[stays], wanted[third]) / usesInner;
    const upper = guide(whole, result, size[leaves], size[node], forwardNode, wantedInner, wanted[leaves]) / tree.uses[node];
    const before = tree.cost[inner] + tree.cost[node];
    const after = lower + upper;
    if (!(after <= before || random() < (before / after) ** beta)) return;
    legs.fill(0, inner * words + tree.low[inner], inner * words + tree.high[inner]);
    for (let w = from, at = inner * words; w < to; w++) legs[at + w] = middle[w];
    tree.low[inner] = from;
    tree.high[inner] = to;
    tree.attach(inner, stays, third);
    tree.attach(node, inner, leaves);
    size[inner] = result;
    wanted[inner] = wantedInner;
    constant[inner] = 1 - forwardInner;
    tree.uses[inner] = usesInner;
    tree.cost[inner] = lower;
    tree.cost[node] = upper;
  }
}
