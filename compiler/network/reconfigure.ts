/**
 * Sub-tree reconfiguration (Gray and Kourtis, Hyper-optimized tensor network contraction, 2021, section 4): the few nodes under a join,
 * as parts of a small network, get the best tree that there is for them. Repeated until no join has a better one. Never worse.
 */
import { SubsetSearch } from './subset-search.ts';
import type { Tree } from './tree.ts';

export class Reconfigurer {
  private readonly tree: Tree;
  private readonly search: SubsetSearch;
  private readonly parts: Int32Array;
  private readonly joins: Int32Array;
  private readonly masks: Int32Array;
  private readonly seen: Int32Array;
  private partCount = 0;
  private joinCount = 0;
  private seenCount = 0;

  /** Small networks of up to `most` parts. */
  constructor(tree: Tree, most: number) {
    this.tree = tree;
    this.search = new SubsetSearch(tree.measure, most);
    this.parts = new Int32Array(most);
    this.joins = new Int32Array(most);
    this.masks = new Int32Array(tree.problem.edges);
    this.seen = new Int32Array(tree.problem.edges);
  }

  /** As that of the subset search. */
  get work(): number {
    return this.search.work;
  }

  /** Improves what is under `node`. `totals` are the objectives of all sub-trees, needed only where the objective is no sum. */
  improve(node: number, parts: number, random: () => number, totals?: Float64Array): boolean {
    this.choose(node, parts, random);
    if (this.partCount < 3 || !this.pose(node, totals)) return false;
    const { tree } = this;
    let before = totals === undefined ? 0 : totals[node];
    if (totals === undefined) for (let k = 0; k < this.joinCount; k++) before += tree.cost[this.joins[k]];
    const after = this.search.solve();
    if (!(after < before * (1 - 1e-9))) return false;
    this.rebuild(node);
    return true;
  }

  /** The parts: from the two under the join on, the largest is opened until there are enough; now and then another one. */
  private choose(node: number, most: number, random: () => number): void {
    const { tree, parts } = this;
    const { count } = tree.problem;
    parts[0] = tree.left[node];
    parts[1] = tree.right[node];
    this.joins[0] = node;
    this.partCount = 2;
    this.joinCount = 1;
    while (this.partCount < most) {
      let chosen = -1;
      let largest = -1;
      for (let k = 0; k < this.partCount; k++) {
        if (parts[k] < count) continue;
        const score = Math.log2(1 + tree.cost[parts[k]]) * (0.5 + random());
        if (score > largest) [chosen, largest] = [k, score];
      }
      if (chosen < 0) return;
      const opened = parts[chosen];
      this.joins[this.joinCount++] = opened;
      parts[chosen] = tree.left[opened];
      parts[this.partCount++] = tree.right[opened];
    }
  }

  /** The parts and the edges between them as a problem of their own. */
  private pose(node: number, totals?: Float64Array): boolean {
    const { tree, search, parts, masks, seen } = this;
    const { words } = tree.problem;
    search.begin(this.partCount);
    this.seenCount = 0;
    for (let k = 0; k < this.partCount; k++) {
      const part = parts[k];
      search.wanted[1 << k] = tree.wanted[part];
      search.constant[1 << k] = tree.constant[part];
      search.uses[1 << k] = tree.uses[part];
      if (totals !== undefined) search.best[1 << k] = totals[part];
      const p = part * words;
      for (let w = tree.low[part]; w < tree.high[part]; w++) {
        for (let bits = tree.legs[p + w]; bits !== 0; bits &= bits - 1) {
          const edge = (w << 5) + 31 - Math.clz32(bits & -bits);
          if (masks[edge] === 0) seen[this.seenCount++] = edge;
          masks[edge] |= 1 << k;
        }
      }
    }
    let fits = true;
    for (let k = 0; k < this.seenCount; k++) {
      const edge = seen[k];
      const kept = (tree.legs[node * words + (edge >>> 5)] & (1 << (edge & 31))) !== 0;
      if (fits) fits = search.edge(masks[edge], kept, tree.sizes[edge]);
      masks[edge] = 0;
    }
    return fits;
  }

  private rebuild(node: number): void {
    let used = 1;
    const { tree, search, parts, joins } = this;
    const { words } = tree.problem;
    const { legs } = tree;
    const make = (set: number, at: number): number => {
      if ((set & (set - 1)) === 0) return parts[31 - Math.clz32(set)];
      const first = search.left[set];
      const second = set ^ first;
      const a = make(first, (first & (first - 1)) === 0 ? -1 : joins[used++]);
      const b = make(second, (second & (second - 1)) === 0 ? -1 : joins[used++]);
      tree.attach(at, a, b);
      return at;
    };
    make((1 << this.partCount) - 1, node);
    // From the whole down, as in tree.ts: `outside` of a part is the outside of its parent and its sibling.
    const settle = (at: number, outside: Int32Array): void => {
      const [a, b] = [tree.left[at], tree.right[at]];
      for (const [part, sibling] of [
        [a, b],
        [b, a],
      ]) {
        if (!this.isJoin(part)) continue;
        const around = outside.slice();
        for (let w = 0; w < words; w++) around[w] |= this.reach(sibling, w);
        settle(part, around);
      }
      if (at !== node) for (let w = 0; w < words; w++) legs[at * words + w] = (legs[a * words + w] | legs[b * words + w]) & outside[w];
      tree.renew(at);
    };
    settle(node, legs.slice(node * words, (node + 1) * words));
  }
  private isJoin(node: number): boolean {
    for (let k = 1; k < this.joinCount; k++) if (this.joins[k] === node) return true;
    return false;
  }
  /** Edges of the parts under a node, closed ones too. */
  private reach(node: number, w: number): number {
    const { tree } = this;
    if (!this.isJoin(node)) return tree.legs[node * tree.problem.words + w];
    return this.reach(tree.left[node], w) | this.reach(tree.right[node], w);
  }
}
