/**
 * A contraction tree in flat arrays, to be changed in place. Operands are nodes 0 to n - 1, the others are joins; each node knows its
 * edges as a set, the product of their sizes, and what its join costs. The edges of a join follow from its surroundings: an edge of A or
 * B stays open if the rest of the network or the output has it.
 */
import type { Measure } from './objective.ts';
import { folded } from './objective.ts';
import type { Problem } from './problem.ts';
import { keptOf, legsOf } from './problem.ts';

export type Steps = readonly (readonly [number, number])[];

/** The tree of a search over subsets of operands: `left` has, by subset, the part of its split with the lowest operand. */
export function stepsOfSplits(left: ArrayLike<number>, count: number): [number, number][] {
  const steps: [number, number][] = [];
  const emit = (set: number): number => {
    if ((set & (set - 1)) === 0) return 31 - Math.clz32(set);
    const a = emit(left[set]);
    const b = emit(set ^ left[set]);
    steps.push(a < b ? [a, b] : [b, a]);
    return count + steps.length - 1;
  };
  emit((1 << count) - 1);
  return steps;
}

export class Tree {
  readonly problem: Problem;
  readonly measure: Measure;
  readonly root: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly parent: Int32Array;
  /** `words` words a node, of which those from `low` to before `high` can be other than 0. */
  readonly legs: Int32Array;
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly size: Float64Array;
  /** Of the join alone, by the guide of the measure; 0 for operands. */
  readonly cost: Float64Array;
  readonly wanted: Float64Array;
  readonly constant: Uint8Array;
  readonly uses: Float64Array;
  /** Sizes of edges, which slicing divides. */
  readonly sizes: Float64Array;

  constructor(problem: Problem, measure: Measure, steps: Steps, sizes: Float64Array = problem.sizes) {
    const { count, words } = problem;
    const nodes = 2 * count - 1;
    this.problem = problem;
    this.measure = measure;
    this.root = nodes - 1;
    this.left = new Int32Array(nodes).fill(-1);
    this.right = new Int32Array(nodes).fill(-1);
    this.parent = new Int32Array(nodes).fill(-1);
    this.legs = new Int32Array(nodes * words);
    this.low = new Int32Array(nodes);
    this.high = new Int32Array(nodes);
    this.size = new Float64Array(nodes);
    this.cost = new Float64Array(nodes);
    this.wanted = new Float64Array(nodes);
    this.constant = new Uint8Array(nodes);
    this.uses = new Float64Array(nodes).fill(1);
    this.sizes = sizes.slice();
    this.legs.set(legsOf(problem));
    this.wanted.set(problem.wanted);
    this.constant.set(problem.constant);
    this.uses.set(problem.uses);
    steps.forEach(([a, b], k) => {
      this.attach(count + k, a, b);
    });
    this.fillLegs();
    this.refresh();
  }

  attach(node: number, a: number, b: number): void {
    this.left[node] = a;
    this.right[node] = b;
    this.parent[a] = node;
    this.parent[b] = node;
  }

  /** Joins in an order in which parts come before wholes; into `order`, where it is given. */
  order(order: Int32Array = new Int32Array(this.problem.count - 1)): Int32Array {
    const { count } = this.problem;
    const { left, right } = this;
    // Joins that still have to be opened lie before those that are placed: there are never more than free places.
    let waiting = 0;
    if (count > 1) order[waiting++] = this.root;
    for (let at = count - 2; at >= 0; at--) {
      const node = order[--waiting];
      order[at] = node;
      if (left[node] >= count) order[waiting++] = left[node];
      if (right[node] >= count) order[waiting++] = right[node];
    }
    return order;
  }

  /** Edges of all joins from those of the operands, down from the output: what the sibling or the outside of the parent has stays open. */
  private fillLegs(): void {
    const { words } = this.problem;
    const { legs, left, right, parent, root } = this;
    const order = this.order();
    for (const node of order) {
      const [at, a, b] = [node * words, left[node] * words, right[node] * words];
      for (let w = 0; w < words; w++) legs[at + w] = legs[a + w] | legs[b + w];
    }
    const outside = new Int32Array(legs.length);
    outside.set(keptOf(this.problem), root * words);
    for (let k = order.length - 1; k >= 0; k--) {
      const node = order[k];
      const at = node * words;
      if (parent[node] >= 0) {
        const above = parent[node];
        const sibling = (left[above] === node ? right[above] : left[above]) * words;
        for (let w = 0; w < words; w++) outside[at + w] = outside[above * words + w] | legs[sibling + w];
      }
    }
    for (const node of order) for (let w = node * words, end = w + words; w < end; w++) legs[w] &= outside[w];
  }

  /** Sizes, marks and costs of all nodes from their edges. */
  refresh(): void {
    for (let k = 0; k < this.problem.count; k++) this.size[k] = this.sizeOf(k);
    for (const node of this.order()) this.renew(node);
  }

  /** Size, marks and cost of a join whose edges and parts are right. */
  renew(node: number): void {
    const [a, b] = [this.left[node], this.right[node]];
    this.size[node] = this.sizeOf(node);
    this.wanted[node] = Math.max(this.wanted[a], this.wanted[b]);
    this.constant[node] = this.constant[a] & this.constant[b];
    this.uses[node] = Math.min(this.uses[a], this.uses[b]);
    this.cost[node] = this.stepCost(node);
  }

  private stepCost(node: number): number {
    const [a, b] = [this.left[node], this.right[node]];
    const forward = 1 - this.constant[node];
    const { size, wanted } = this;
    return this.measure.guide(this.union(a, b), size[a], size[b], size[node], forward, wanted[a], wanted[b]) / this.uses[node];
  }

  /** Product of the sizes of all edges of two nodes. */
  union(a: number, b: number): number {
    const { words } = this.problem;
    const { legs, sizes } = this;
    const [p, q] = [a * words, b * words];
    let product = this.size[a];
    for (let w = this.low[b]; w < this.high[b]; w++) {
      for (let bits = legs[q + w] & ~legs[p + w]; bits !== 0; bits &= bits - 1) product *= sizes[(w << 5) + 31 - Math.clz32(bits & -bits)];
    }
    return product;
  }

  /** Also finds where the edges of the node lie. */
  private sizeOf(node: number): number {
    const { words } = this.problem;
    const { legs, sizes } = this;
    const p = node * words;
    let [product, low, high] = [1, words, 0];
    for (let w = 0; w < words; w++) {
      if (legs[p + w] === 0) continue;
      low = Math.min(low, w);
      high = w + 1;
      for (let bits = legs[p + w]; bits !== 0; bits &= bits - 1) product *= sizes[(w << 5) + 31 - Math.clz32(bits & -bits)];
    }
    this.low[node] = Math.min(low, high);
    this.high[node] = high;
    return product;
  }

  /** The sum of the guide over all joins. */
  guideTotal(): number {
    let total = 0;
    for (let node = this.problem.count; node <= this.root; node++) total += this.cost[node];
    return total;
  }

  /** Multiply-adds, whatever the objective is. */
  macs(): number {
    const { left, right, wanted, constant, uses } = this;
    let total = 0;
    for (let node = this.problem.count; node <= this.root; node++) {
      const [a, b] = [left[node], right[node]];
      total += (this.union(a, b) * (1 - constant[node] + wanted[a] + wanted[b])) / uses[node];
    }
    return total;
  }

  /** The objective. */
  total(): number {
    return this.totals()[this.root];
  }

  /** The objective of every sub-tree. */
  totals(): Float64Array {
    const { left, right, size, wanted } = this;
    const { fold, step } = this.measure;
    const totals = new Float64Array(this.root + 1);
    if (fold === 'peak') for (let k = 0; k < this.problem.count; k++) totals[k] = size[k];
    for (const node of this.order()) {
      const [a, b, c] = [left[node], right[node], size[node]];
      const forward = 1 - this.constant[node];
      const cost =
        fold === 'sum' ? this.cost[node] : step(this.union(a, b), size[a], size[b], c, forward, wanted[a], wanted[b]) / this.uses[node];
      totals[node] = folded(fold, totals[a], totals[b], cost, size[a], size[b], c);
    }
    return totals;
  }

  /** Single static assignment, parts before wholes, the smaller position first. */
  steps(): [number, number][] {
    const { count } = this.problem;
    const place = Int32Array.from(this.left, (_, node) => node);
    return Array.from(this.order(), (node, k): [number, number] => {
      const [a, b] = [place[this.left[node]], place[this.right[node]]];
      place[node] = count + k;
      return a < b ? [a, b] : [b, a];
    });
  }
}
