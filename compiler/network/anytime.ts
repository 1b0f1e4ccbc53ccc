/**
 * The search for networks too large for an exact one: a greedy tree and a sweep first, since they cost nothing; then rounds of random
 * greedy trees, bisections and annealing, each polished by reconfiguration, with longer annealing from round to round. What is best by the
 * objective is kept; it is never worse than a tree that was given.
 */
import { Greedy } from './greedy.ts';
import type { Measure } from './objective.ts';
import { partitionTree } from './partition.ts';
import type { Problem } from './problem.ts';
import { clustered } from './problem.ts';
import { randomNumbers } from './random-numbers.ts';
import type { Schedule, Working } from './refine.ts';
import { anneal, reconfigure } from './refine.ts';
import { sweepTree } from './sweep.ts';
import type { Steps } from './tree.ts';
import { Tree } from './tree.ts';

/** The best tree so far and how it was found. */
export class Best {
  steps: Steps = [];
  cost = Number.POSITIVE_INFINITY;
  method = 'greedy';
  /** Trees that were finished. */
  trials = 0;

  offer(tree: Tree, method: string): boolean {
    this.trials++;
    const cost = tree.total();
    if (this.steps.length > 0 && !(cost < this.cost)) return false;
    this.steps = tree.steps();
    this.cost = cost;
    this.method = method;
    return true;
  }
}

/** Moves on trees need bit sets of every node; above so many words only greedy trees are made. */
const MOST_WORDS = 1 << 24;
/** Bisection compares every vertex in every step. */
const MOST_BISECTED = 20_000;
/** Parts of a reconfiguration. */
const PARTS = 8;

export function affordsMoves({ count, words }: Problem): boolean {
  return 2 * count * words <= MOST_WORDS;
}

/** Trees kept as starts of further annealing. */
const POOL = 4;

/** Runs until it is no longer asked; `best` always holds the best tree so far. Ends by itself only where nothing more can be tried. */
export function* anytime(given: Problem, measure: Measure, seed: number, best: Best): Working<void> {
  const random = randomNumbers(seed);
  const first = new Greedy(given);
  const start = first.run(random);
  if (best.steps.length === 0) best.steps = start;
  yield first.work;
  if (!affordsMoves(given)) return;
  const problem = clustered(given, leavesOf(start, given.count));
  const greedy = new Greedy(problem);
  const made = (steps: Steps) => new Tree(problem, measure, steps);
  const tree = made(start);
  best.offer(tree, 'greedy');
  // A step of more than 2^1000 multiply-adds is beyond the numbers that moves compare.
  if (!Number.isFinite(tree.guideTotal() * 2 ** 20)) return;
  yield* polish(tree, 'greedy');
  for (const turn of ['newest', 'oldest'] as const) {
    const swept = made(sweepTree(problem, turn));
    yield problem.count;
    if (best.offer(swept, 'sweep')) yield* polish(swept, 'sweep');
  }
  const pool = new Pool(best.steps, best.cost);
  yield* randomGreedy(Math.max(2, Math.min(32, Math.floor(8000 / problem.count))));
  for (let round = 0; ; round++) {
    const sweeps = Math.round(200 * 1.35 ** Math.min(round, 16));
    for (let k = 0; k < 3; k++) {
      const bisected = problem.count <= MOST_BISECTED && k < 2;
      const fresh = made(bisected ? partitionTree(problem, random() ** 2, random) : drawn());
      yield bisected ? problem.count * 20 : taken();
      yield* annealed(fresh, { sweeps, from: 2, to: 20 }, bisected ? 'bisection+annealing' : 'random-greedy+annealing');
    }
    for (let k = 0; k < pool.length; k++) {
      const from = [2, 0.7, 3][(round + k) % 3];
      yield* annealed(made(pool.take(k)), { sweeps: 3 * sweeps, from, to: 20 }, 'annealing');
    }
  }

  function taken(): number {
    const work = greedy.work;
    greedy.work = 0;
    return work;
  }
  function drawn(): Steps {
    return greedy.run(random, 10 ** (-3 + 3 * random()), 0.1 + 3.9 * random());
  }
  function* randomGreedy(trials: number): Working<void> {
    let lowest: Tree | undefined;
    for (let trial = 0; trial < trials; trial++) {
      const one = made(drawn());
      best.offer(one, 'random-greedy');
      if (lowest === undefined || one.total() < lowest.total()) lowest = one;
      yield taken();
    }
    yield* polish(lowest!, 'random-greedy');
    pool.offer(lowest!.steps(), lowest!.total());
  }
  function* annealed(one: Tree, schedule: Schedule, method: string): Working<void> {
    yield* anneal(one, schedule, random);
    best.offer(one, method);
    yield* polish(one, method);
    pool.offer(one.steps(), one.total());
  }
  function* polish(one: Tree, method: string): Working<void> {
    yield* reconfigure(one, PARTS, random);
    best.offer(one, `${method}+reconfiguration`);
  }
}

/** A few good trees of different costs, the best first. */
class Pool {
  private readonly trees: { steps: Steps; cost: number }[];
  constructor(steps: Steps, cost: number) {
    this.trees = [{ steps, cost }];
  }
  get length(): number {
    return this.trees.length;
  }
  take(k: number): Steps {
    return this.trees[k].steps;
  }
  offer(steps: Steps, cost: number): void {
    if (this.trees.some((tree) => Math.abs(tree.cost - cost) <= 1e-9 * cost)) return;
    this.trees.push({ steps, cost });
    this.trees.sort((a, b) => a.cost - b.cost);
    this.trees.length = Math.min(this.trees.length, POOL);
  }
}

/** Operands in the order in which a tree visits them. */
function leavesOf(steps: Steps, count: number): number[] {
  const order: number[] = [];
  const stack = [count + steps.length - 1];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (node < count) order.push(node);
    else stack.push(steps[node - count][1], steps[node - count][0]);
  }
  return order;
}
