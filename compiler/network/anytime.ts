/**
 * The search for networks too large for an exact one: greedy trees first, since they cost nothing; then rounds of random greedy trees,
 * bisections and annealing, each polished by reconfiguration, with longer annealing from round to round. What is best by the objective is
 * kept; it is never worse than a tree that was given.
 */
import { Greedy } from './greedy.ts';
import type { Measure } from './objective.ts';
import { partitionTree } from './partition.ts';
import type { Problem } from './problem.ts';
import { randomNumbers } from './random-numbers.ts';
import type { Working } from './refine.ts';
import { anneal, reconfigure } from './refine.ts';
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
const MOST_BISECTED = 2000;
/** Parts of a reconfiguration. */
const PARTS = 8;

export function affordsMoves({ count, words }: Problem): boolean {
  return 2 * count * words <= MOST_WORDS;
}

/** Runs until it is no longer asked; `best` always holds the best tree so far. Ends by itself only where nothing more can be tried. */
export function* anytime(problem: Problem, measure: Measure, seed: number, best: Best, sizes = problem.sizes): Working<void> {
  const random = randomNumbers(seed);
  const greedy = new Greedy(problem);
  const made = (steps: Steps) => new Tree(problem, measure, steps, sizes);
  const taken = () => {
    const work = greedy.work;
    greedy.work = 0;
    return work;
  };
  if (!affordsMoves(problem)) {
    best.steps = greedy.run(random);
    yield taken();
    return;
  }
  const first = made(greedy.run(random));
  best.offer(first, 'greedy');
  yield taken();
  // A step of more than 2^1000 multiply-adds is beyond the numbers that moves compare.
  if (!Number.isFinite(first.guideTotal() * 2 ** 20)) return;
  yield* polish(first, best, random, 'greedy');
  for (let round = 0; ; round++) {
    yield* randomGreedy(round === 0 ? 32 : 8);
    if (problem.count <= MOST_BISECTED) yield* bisections(round === 0 ? 4 : 2);
    const sweeps = Math.round(500 * 1.6 ** Math.min(round, 12));
    yield* annealed(made(best.steps), { sweeps, from: round % 3 === 2 ? 3 : 0.5, to: 20 });
  }

  function* randomGreedy(trials: number): Working<void> {
    let lowest: Tree | undefined;
    for (let trial = 0; trial < trials; trial++) {
      const tree = made(greedy.run(random, 10 ** (-3 + 3 * random()), 0.1 + 3.9 * random()));
      best.offer(tree, 'random-greedy');
      if (lowest === undefined || tree.total() < lowest.total()) lowest = tree;
      yield taken();
    }
    yield* polish(lowest!, best, random, 'random-greedy');
  }
  function* bisections(trials: number): Working<void> {
    for (let trial = 0; trial < trials; trial++) {
      const tree = made(partitionTree(problem, 0.8 * random(), random));
      yield problem.count * problem.count;
      best.offer(tree, 'bisection');
      yield* polish(tree, best, random, 'bisection');
    }
  }
  function* annealed(tree: Tree, schedule: { sweeps: number; from: number; to: number }): Working<void> {
    yield* anneal(tree, schedule, random);
    best.offer(tree, 'annealing');
    yield* polish(tree, best, random, 'annealing');
  }
}

function* polish(tree: Tree, best: Best, random: () => number, method: string): Working<void> {
  yield* reconfigure(tree, PARTS, random);
  best.offer(tree, `${method}+reconfiguration`);
}
