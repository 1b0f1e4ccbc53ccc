/**
 * The exact search for sparse networks of up to 30 operands: dynamic programming over subsets, smaller ones first, in which a subset
 * whose best tree together with what must still come costs more than a tree already known is dropped (the cost cap of Pfeifer, Haegeman
 * and Verstraete, Faster identification of optimal contraction sequences, 2014). With a cap from a good search few remain.
 *
 * Where every edge has two ends, an outer product X Y pays only if all their letters end in the operand C that comes next, and C has
 * others, of more elements than X and than Y: otherwise one of them can be joined with C first, at no more cost. So only such subsets
 * are kept without a common edge. In other networks every pair is tried. Multiply-adds only, every step of the same weight.
 */
import type { Problem } from './problem.ts';
import type { Working } from './refine.ts';
import { SLICE } from './refine.ts';
import type { Steps } from './tree.ts';

export const CONNECTED_OPERANDS = 30;
/** Pairs that are looked at for one unit of work. */
const PAIRS = 64;

/**
 * The best tree of cost `cap` or less, or undefined where proving it takes more than `budget` units of work. A connected network
 * without scalars.
 */
export function* connectedTree(problem: Problem, cap: number, budget: number): Working<Steps | undefined> {
  const table = new SubsetTable(problem, cap * (1 + 1e-9));
  let pairs = 0;
  let spent = 0;
  for (let size = 2; size <= problem.count; size++) {
    for (let small = 1; 2 * small <= size; small++) {
      const [from, to] = table.level(small);
      const [first, end] = table.level(size - small);
      for (let a = from; a < to; a++) {
        const start = 2 * small === size ? a + 1 : first;
        table.joinAll(a, start, end);
        pairs += end - start;
        if (pairs < SLICE * PAIRS) continue;
        yield pairs / PAIRS;
        spent += pairs / PAIRS;
        pairs = 0;
        if (spent > budget || table.full) return undefined;
      }
    }
    table.endLevel();
  }
  yield pairs / PAIRS;
  return table.full ? undefined : table.tree();
}

/** Subsets by size, with their best costs. */
class SubsetTable {
  full = false;
  private count = 0;
  private readonly sets: Int32Array;
  private readonly near: Int32Array;
  private readonly costs: Float64Array;
  private readonly roots: Float64Array;
  private readonly loose: Uint8Array;
  private readonly left: Int32Array;
  private readonly right: Int32Array;
  private readonly levels: number[] = [0];
  private readonly slots: Int32Array;
  private readonly problem: Problem;
  private readonly cap: number;
  private readonly masks: Int32Array;
  private readonly neighbours: Int32Array;
  private readonly weights: Float64Array;

  constructor(problem: Problem, cap: number) {
    const most = 1 << 18;
    this.problem = problem;
    this.cap = cap;
    this.sets = new Int32Array(most);
    this.near = new Int32Array(most);
    this.costs = new Float64Array(most);
    this.roots = new Float64Array(most);
    this.loose = new Uint8Array(most);
    this.left = new Int32Array(most);
    this.right = new Int32Array(most);
    this.slots = new Int32Array(4 * most).fill(-1);
    this.masks = Int32Array.from(problem.on, (list) => list.reduce((mask, k) => mask | (1 << k), 0));
    this.neighbours = Int32Array.from(problem.of, (edges, k) => edges.reduce((mask, edge) => mask | this.masks[edge], 0) & ~(1 << k));
    this.weights = Float64Array.from(problem.of, (edges) => edges.reduce((size, edge) => size * problem.sizes[edge], 1));
    for (let k = 0; k < problem.count; k++) this.enter(1 << k, 0, k, k, false);
    this.endLevel();
  }

  endLevel(): void {
    this.levels.push(this.count);
  }
  level(size: number): readonly [number, number] {
    return [this.levels[size - 1], this.levels[size]];
  }

  /** Joins one subset with a run of others. */
  joinAll(a: number, start: number, end: number): void {
    const { sets, near, loose, costs, roots, cap } = this;
    const { simple } = this.problem;
    const [set, around, base] = [sets[a], near[a], costs[a]];
    for (let b = start; b < end; b++) {
      const other = sets[b];
      if ((set & other) !== 0 || base + costs[b] > cap) continue;
      const adjacent = (around & other) !== 0;
      if (!simple) this.consider(a, b, !adjacent);
      else if (!adjacent) {
        const outer = roots[a] * roots[a] * roots[b] * roots[b];
        const larger = Math.max(roots[a] * roots[a], roots[b] * roots[b]);
        if (base + costs[b] + outer * (1 + larger) <= cap) this.consider(a, b, true);
      } else if ((loose[a] === 0 || (around & ~other) === 0) && (loose[b] === 0 || (near[b] & ~set) === 0)) this.consider(a, b, false);
    }
  }

  private consider(a: number, b: number, loose: boolean): void {
    const { sets, costs, masks } = this;
    const { sizes, kept, edges, simple } = this.problem;
    const set = sets[a] | sets[b];
    const found = simple ? this.find(set) : -1;
    let union = 1;
    if (found >= 0) union = this.roots[a] * this.roots[b] * this.roots[found];
    else for (let e = 0; e < edges; e++) if (openIn(masks[e], sets[a], kept[e]) || openIn(masks[e], sets[b], kept[e])) union *= sizes[e];
    const cost = costs[a] + costs[b] + union;
    if (cost > this.cap) return;
    this.offer(set, cost, a, b, loose);
  }

  private find(set: number): number {
    const { slots, sets } = this;
    const mask = slots.length - 1;
    let at = (Math.imul(set, 0x9e3779b1) >>> 7) & mask;
    while (slots[at] >= 0 && sets[slots[at]] !== set) at = (at + 1) & mask;
    return slots[at];
  }

  private offer(set: number, cost: number, a: number, b: number, loose: boolean): void {
    const found = this.find(set);
    if (found < 0) this.enter(set, cost, a, b, loose);
    else if (cost < this.costs[found]) {
      this.costs[found] = cost;
      this.left[found] = a;
      this.right[found] = b;
    }
  }

  /** A new subset, unless what must still come is too much: a step with it, and one for every two operands outside. */
  private enter(set: number, cost: number, a: number, b: number, loose: boolean): void {
    const { problem, masks, weights, neighbours } = this;
    const { count, edges, sizes, kept } = problem;
    let size = 1;
    for (let e = 0; e < edges; e++) if (openIn(masks[e], set, kept[e])) size *= sizes[e];
    let [near, output, rest] = [0, false, 0];
    for (let k = 0; k < count; k++) {
      if ((set & (1 << k)) === 0) rest += weights[k];
      else near |= neighbours[k];
    }
    for (let e = 0; e < edges; e++) output ||= (masks[e] & set) !== 0 && kept[e] === 1;
    const whole = rest === 0;
    if (!whole && cost + Math.max(size, (size + rest) / 2) > this.cap) return;
    if (loose && problem.simple && output) return;
    if (this.count === this.sets.length) {
      this.full = true;
      return;
    }
    const entry = this.count++;
    const mask = this.slots.length - 1;
    let at = (Math.imul(set, 0x9e3779b1) >>> 7) & mask;
    while (this.slots[at] >= 0) at = (at + 1) & mask;
    this.slots[at] = entry;
    this.sets[entry] = set;
    this.near[entry] = near & ~set;
    this.costs[entry] = cost;
    this.roots[entry] = Math.sqrt(size);
    this.loose[entry] = loose ? 1 : 0;
    this.left[entry] = a;
    this.right[entry] = b;
  }

  tree(): Steps | undefined {
    const { count } = this.problem;
    const whole = this.find(count === 32 ? -1 : (2 ** count - 1) | 0);
    if (whole < 0) return undefined;
    const steps: [number, number][] = [];
    const emit = (entry: number): number => {
      if (entry < count) return entry;
      const [a, b] = [emit(this.left[entry]), emit(this.right[entry])];
      steps.push(a < b ? [a, b] : [b, a]);
      return count + steps.length - 1;
    };
    emit(whole);
    return steps;
  }
}

const openIn = (edge: number, set: number, kept: number) => (edge & set) !== 0 && (kept === 1 || (edge & ~set) !== 0);
