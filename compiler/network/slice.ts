/**
 * Slicing: letters are fixed to one value after another, so that every value made fits a limit, for repeating the steps that do not have
 * them. Which letters: the one whose slicing adds the least work, until all fits; between the choices sub-trees are reconfigured for the
 * sizes that are left, which changes what the next choice is (Gray and Kourtis 2021, section 5). Values above the limit count so much
 * that no reconfiguration makes one.
 */
import type { Best } from './anytime.ts';
import type { Measure } from './objective.ts';
import type { Problem } from './problem.ts';
import { randomNumbers } from './random-numbers.ts';
import type { Working } from './refine.ts';
import { anneal, reconfigure } from './refine.ts';
import { isBetter } from './tasks.ts';
import type { Steps } from './tree.ts';
import { Tree } from './tree.ts';

/** A value above the limit costs this many times what its step does. */
const OVER = 1e6;

/** The best sliced tree so far. */
export class Sliced {
  steps: Steps = [];
  /** Edges of the problem. */
  edges: readonly number[] = [];
  method = 'greedy';
  private found = { cost: Number.POSITIVE_INFINITY, macs: Number.POSITIVE_INFINITY };

  /** Takes a tree whose values fit with these edges sliced, if it is better: its cost is that of a slice, whatever the objective, times slices. */
  offer(tree: Tree, edges: readonly number[], measure: Measure, method: string): void {
    const slices = edges.reduce((times, edge) => times * tree.problem.sizes[edge], 1);
    const steps = tree.steps();
    const own = new Tree(tree.problem, measure, steps, tree.sizes);
    const found = { cost: own.total() * slices, macs: own.macs() * slices };
    if (this.steps.length > 0 && !isBetter(found, this.found)) return;
    this.found = found;
    this.edges = edges;
    this.steps = steps;
    this.method = method;
  }
}

/** A measure under which results above the limit are avoided at any price. */
export function limited(measure: Measure, limit: number): Measure {
  const { guide } = measure;
  const penalised: Measure['guide'] = (union, a, b, c, forward, wantedA, wantedB) =>
    guide(union, a, b, c, forward, wantedA, wantedB) * (c > limit * (1 + 1e-9) ? OVER * (c / limit) : 1);
  return { objective: measure.objective, fold: 'sum', step: penalised, guide: penalised };
}

/**
 * Slices the tree as it is, several letters at a time where values are far above the limit: soon done however large the network, so that a
 * search that is stopped early has a plan.
 */
export function* sliceRoughly(
  problem: Problem,
  measure: Measure,
  limit: number,
  steps: Steps,
  sliced: Sliced,
  method: string,
): Working<void> {
  const tree = new Tree(problem, measure, steps);
  const edges: number[] = [];
  for (let over = tooLarge(tree, limit); over.size > 0; over = tooLarge(tree, limit)) {
    const largest = tree.size.subarray(problem.count).reduce((most, size) => Math.max(most, size));
    const widest = [...over].reduce((most, edge) => Math.max(most, tree.sizes[edge]), 2);
    // The largest value has to lose four times as many; where many are too large, many letters go.
    const quarter = Math.log(Math.min(largest, Number.MAX_VALUE) / limit) / Math.log(widest) / 4;
    const many = Math.max(1, Math.floor(quarter), over.size >> 5);
    for (const edge of cheapest(tree, over).slice(0, many)) {
      tree.sizes[edge] = 1;
      edges.push(edge);
    }
    tree.refresh();
    yield renewal(problem);
  }
  sliced.offer(tree, edges, measure, method);
}

/**
 * Improves `sliced` round by round, from the trees of `base`; `problem` has an edge for each letter, so that each can be sliced alone.
 * The result of the whole network is gathered from slices: it is held whole, and checked against the limit before.
 */
export function* slice(problem: Problem, measure: Measure, limit: number, base: Best, sliced: Sliced, seed: number): Working<void> {
  const random = randomNumbers(seed ^ 0x51c3);
  const within = limited(measure, limit);
  for (let round = 0; ; round++) {
    const fresh = round % 2 === 0 || sliced.steps.length === 0;
    const tree = new Tree(problem, fresh ? measure : within, fresh ? base.steps : sliced.steps);
    if (round > 1) {
      for (const edge of fresh ? [] : sliced.edges) tree.sizes[edge] = 1;
      tree.refresh();
      yield* anneal(tree, { sweeps: 100 * Math.min(round, 20), from: fresh ? 2 : 1, to: 20 }, random);
    }
    const edges: number[] = round > 1 && !fresh ? [...sliced.edges] : [];
    yield* cut(tree, measure, within, limit, edges, random);
    yield* settle(measure, within, limit, tree, edges, sliced, `${base.method}+slicing`, random);
  }
}

/** Slices until everything fits; between slices the tree is reconfigured. */
function* cut(tree: Tree, measure: Measure, within: Measure, limit: number, edges: number[], random: () => number): Working<void> {
  const { problem } = tree;
  for (let k = 0; ; k++) {
    const over = tooLarge(tree, limit);
    if (over.size === 0) return;
    const [edge] = cheapest(tree, over);
    tree.sizes[edge] = 1;
    edges.push(edge);
    tree.refresh();
    yield renewal(problem);
    if (k % 2 === 1) continue;
    const better = new Tree(problem, k > 2 ? within : measure, tree.steps(), tree.sizes);
    yield* reconfigure(better, 6, random, 2);
    copyShape(better, tree);
  }
}

function copyShape(from: Tree, to: Tree): void {
  to.left.set(from.left);
  to.right.set(from.right);
  to.parent.set(from.parent);
  to.legs.set(from.legs);
  to.refresh();
}

/** Takes back slices that are not needed, reconfigures once more and keeps the best. */
function* settle(
  measure: Measure,
  within: Measure,
  limit: number,
  given: Tree,
  edges: readonly number[],
  sliced: Sliced,
  method: string,
  random: () => number,
): Working<void> {
  const { problem } = given;
  const tree = new Tree(problem, within, given.steps(), given.sizes);
  yield* reconfigure(tree, 8, random, 4);
  if (tooLarge(tree, limit).size > 0) copyShape(given, tree);
  const needed = [...edges];
  for (const edge of edges) {
    tree.sizes[edge] = problem.sizes[edge];
    tree.refresh();
    yield renewal(problem);
    if (tooLarge(tree, limit).size === 0) needed.splice(needed.indexOf(edge), 1);
    else tree.sizes[edge] = 1;
  }
  tree.refresh();
  if (tooLarge(tree, limit).size > 0) return;
  sliced.offer(tree, needed, measure, method);
}

/** Work of a tree renewed: that of moves, as long as sets are short. */
function renewal({ count, words }: Problem): number {
  return count * Math.max(1, words >> 4);
}

/** Edges of joins whose result is above the limit. */
function tooLarge(tree: Tree, limit: number): Set<number> {
  const { count, words } = tree.problem;
  const edges = new Set<number>();
  for (let node = count; node <= tree.root; node++) {
    if (tree.size[node] <= limit * (1 + 1e-9)) continue;
    for (let w = tree.low[node]; w < tree.high[node]; w++) {
      for (let bits = tree.legs[node * words + w]; bits !== 0; bits &= bits - 1) {
        const edge = 32 * w + 31 - Math.clz32(bits & -bits);
        if (tree.sizes[edge] > 1) edges.add(edge);
      }
    }
  }
  return edges;
}

/** Edges by the work that slicing them adds, the least first: steps without an edge are repeated once for each of its values. */
function cheapest(tree: Tree, candidates: ReadonlySet<number>): number[] {
  const { count, words } = tree.problem;
  const having = new Map([...candidates].map((edge) => [edge, 0]));
  let total = 0;
  for (let node = count; node <= tree.root; node++) {
    const [a, b] = [tree.left[node], tree.right[node]];
    total += tree.cost[node];
    for (let w = Math.min(tree.low[a], tree.low[b]); w < Math.max(tree.high[a], tree.high[b]); w++) {
      for (let bits = tree.legs[a * words + w] | tree.legs[b * words + w]; bits !== 0; bits &= bits - 1) {
        const edge = 32 * w + 31 - Math.clz32(bits & -bits);
        const sum = having.get(edge);
        if (sum !== undefined) having.set(edge, sum + tree.cost[node]);
      }
    }
  }
  // More work for each halving of the values: dearer letters may be larger. Beyond the range of doubles all are alike.
  const score = (edge: number, sum: number) =>
    Number.isFinite(total) ? Math.log(((total - sum) * tree.sizes[edge] + sum) / total + 1e-12) / Math.log(tree.sizes[edge]) : 0;
  const scored = [...having].map(([edge, sum]) => ({ edge, score: score(edge, sum) }));
  return scored.sort((a, b) => a.score - b.score).map(({ edge }) => edge);
}
