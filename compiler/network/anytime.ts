/**
 * The search for networks too large for an exact one. First the trees that cost little: greedy joins, sweeps of a front over the network
 * and the best trees over their orders, many random-greedy trees, eliminations; the best of them are reconfigured. Then rounds of fresh
 * trees (bisections, random-greedy ones) and of the best so far, annealed and reconfigured, with longer annealing from round to round. It
 * knows no budget: whoever drives it stops it, and so a longer search begins as a shorter one does. What is best by the objective is kept.
 */
import type { Request } from '../values/plan.ts';
import { eliminationTree } from './eliminate.ts';
import { Greedy } from './greedy.ts';
import { intervalTree, MOST_IN_ORDER } from './intervals.ts';
import { measureOf } from './objective.ts';
import { planeOrders } from './planes.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './problem.ts';
import { randomNumbers } from './random-numbers.ts';
import type { Working } from './refine.ts';
import { sweepTree } from './sweep.ts';
import type { Elsewhere, Found, Task } from './tasks.ts';
import { foundOf, inOrder, isBetter, problemOfSetting } from './tasks.ts';
import type { Steps } from './tree.ts';
import { Tree } from './tree.ts';

/** The best tree so far and how it was found. */
export class Best {
  steps: Steps = [];
  cost = Number.POSITIVE_INFINITY;
  macs = Number.POSITIVE_INFINITY;
  method = 'greedy';
  /** Trees that were finished. */
  trials = 0;

  offer(found: Found): boolean {
    this.trials++;
    if (this.steps.length > 0 && !isBetter(found, this)) return false;
    this.steps = found.steps;
    this.cost = found.cost;
    this.macs = found.macs;
    this.method = found.method;
    return true;
  }
}

/** Moves on trees need bit sets of every node; above so many words only greedy trees are made. */
const MOST_WORDS = 1 << 24;
/** Bisection compares every vertex in every step. */
const MOST_BISECTED = 20_000;
/** Sets of edges as the elimination keeps them take too long above. */
const MOST_ELIMINATED = 5_000;

export function affordsMoves({ count, words }: Problem): boolean {
  return 2 * count * words <= MOST_WORDS;
}

/** Trees kept as starts of further annealing. */
const POOL = 4;
/** First trees that are reconfigured, and as many of random-greedy ones. */
const FIRST = 3;
/** Plane orders of which trees are made. */
const ORDERS = 3;

/** Goes on until it is no longer asked; ends by itself only where nothing more can be tried. `best` may hold a tree, and always has the best. */
export function* anytime(request: Request, best: Best, elsewhere?: Elsewhere): Working<void> {
  const given = problemOf(request);
  const measure = measureOf(request.objective, request.profile);
  const first = new Greedy(given);
  const start = first.run(() => 0.5);
  if (best.steps.length === 0) best.steps = start;
  yield first.work;
  if (!affordsMoves(given)) return;
  const setting = { request, leaves: leavesOf(start, given.count) };
  const problem = problemOfSetting(setting);
  const random = randomNumbers(request.seed ?? 0);
  const seed = () => Math.floor(random() * 2 ** 32);
  const greedy = new Tree(problem, measure, start);
  best.offer(foundOf(greedy, 'greedy'));
  // A step of more than 2^1000 multiply-adds is beyond the numbers that moves compare.
  if (!Number.isFinite(greedy.guideTotal() * 2 ** 20)) return;
  const pool = new Pool();
  const starts: Found[] = [foundOf(greedy, 'greedy')];
  for (const { make, method, work } of cheapTrees(problem)) {
    const found = foundOf(new Tree(problem, measure, make()), method);
    best.offer(found);
    starts.push(found);
    yield work;
  }
  if (best.steps !== starts[0].steps) starts.push({ steps: best.steps, cost: best.cost, macs: best.macs, method: best.method });
  starts.sort((a, b) => (isBetter(a, b) ? -1 : isBetter(b, a) ? 1 : 0));
  const trials = Math.max(4, Math.min(32, Math.floor(12_000 / problem.count)));
  yield* doAll(
    starts.slice(0, FIRST).flatMap(({ steps, method }): Task[] => [
      { seed: seed(), start: { by: 'tree', steps, method }, trials: 0 },
      { seed: seed(), start: { by: 'greedy' }, trials },
    ]),
  );
  for (let round = 0; ; round++) {
    const sweeps = Math.round(200 * 1.35 ** Math.min(round, 16));
    const fresh = Array.from({ length: 3 }, (_, k): Task => {
      const by = problem.count <= MOST_BISECTED && k < 2 ? 'bisection' : 'greedy';
      return { seed: seed(), start: { by }, trials: 1, schedule: { sweeps, from: 2, to: 20 } };
    });
    // Trees that came from another search meanwhile are starts too.
    if (best.steps.length > 0) pool.offer(best);
    const known = pool.trees.map(({ steps }, k): Task => {
      const from = [2, 0.7, 3][(round + k) % 3];
      return { seed: seed(), start: { by: 'tree', steps, method: 'best' }, trials: 0, schedule: { sweeps: 3 * sweeps, from, to: 20 } };
    });
    yield* doAll([...fresh, ...known]);
  }

  /** Does tasks and takes the last tree of each into the pool. */
  function* doAll(tasks: readonly Task[]): Working<void> {
    const last = new Map<Task, Found>();
    const offer = (found: Found, task: Task) => {
      best.offer(found);
      last.set(task, found);
    };
    yield* inOrder(problem, measure, setting, tasks, offer, elsewhere);
    for (const found of last.values()) pool.offer(found);
  }
}

/** Trees that cost no search. */
function* cheapTrees(problem: Problem): Generator<{ make(): Steps; method: string; work: number }> {
  const { count } = problem;
  for (const turn of ['newest', 'oldest'] as const) yield { make: () => sweepTree(problem, turn), method: 'sweep', work: count };
  if (!problem.simple && count <= MOST_ELIMINATED) {
    for (const rule of ['degree', 'fill'] as const)
      yield { make: () => eliminationTree(problem, rule, () => 0.5), method: 'elimination', work: 8 * count };
  }
  for (const order of planeOrders(problem, ORDERS)) {
    if (count <= MOST_IN_ORDER) yield { make: () => intervalTree(problem, order), method: 'planes', work: count ** 3 / 300 };
    else yield { make: () => sweepOf(order), method: 'planes', work: count };
  }
}

/** One operand after the other. */
function sweepOf(order: readonly number[]): Steps {
  const sorted = (a: number, b: number): [number, number] => (a < b ? [a, b] : [b, a]);
  return order.slice(1).map((operand, k) => sorted(k === 0 ? order[0] : order.length + k - 1, operand));
}

/** A few good trees of different costs, the best first. */
class Pool {
  readonly trees: Pick<Found, 'steps' | 'cost' | 'macs'>[] = [];
  offer({ steps, cost, macs }: Pick<Found, 'steps' | 'cost' | 'macs'>): void {
    if (this.trees.some((tree) => Math.abs(tree.cost - cost) <= 1e-9 * cost && Math.abs(tree.macs - macs) <= 1e-9 * macs)) return;
    this.trees.push({ steps, cost, macs });
    this.trees.sort((a, b) => a.cost - b.cost || a.macs - b.macs);
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
