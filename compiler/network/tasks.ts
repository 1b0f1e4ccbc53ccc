/**
 * The pieces of the anytime search that need nothing of one another: each starts from numbers that are in it alone, so that it can be done
 * here or by another thread, before its turn or in it, with the same result. What a task does is a sequence of pieces of work and of trees
 * that it found, and whoever commits tasks in their order sees the same sequence wherever they were done.
 */
import type { Request } from '../values/plan.ts';
import { eliminationTree } from './eliminate.ts';
import { Greedy } from './greedy.ts';
import type { Measure } from './objective.ts';
import { measureOf } from './objective.ts';
import { partitionTree } from './partition.ts';
import type { Problem } from './problem.ts';
import { clustered, problemOf } from './problem.ts';
import { randomNumbers } from './random-numbers.ts';
import type { Schedule, Working } from './refine.ts';
import { anneal, reconfigure } from './refine.ts';
import type { Steps } from './tree.ts';
import { Tree } from './tree.ts';

/** A tree, what it costs by the objective, and its multiply-adds, which decide between trees of equal cost. */
export interface Found {
  readonly steps: Steps;
  readonly cost: number;
  readonly macs: number;
  readonly method: string;
}
export type Start =
  | { readonly by: 'tree'; readonly steps: Steps; readonly method: string }
  | { readonly by: 'greedy' }
  | { readonly by: 'bisection' };
export interface Task {
  readonly seed: number;
  readonly start: Start;
  /** Random-greedy trees and eliminations, of which the best is the start where that is `greedy`. */
  readonly trials: number;
  readonly schedule?: Schedule;
}
/** Work that was done, or a tree that was found after it. */
export type Progress = number | Found;

/** Parts of a reconfiguration. */
const PARTS = 8;

export function foundOf(tree: Tree, method: string): Found {
  const cost = tree.total();
  return { steps: tree.steps(), cost, macs: tree.measure.objective === 'flops' ? cost : tree.macs(), method };
}

/** Is it better, with multiply-adds deciding between trees of equal cost? */
export function isBetter(one: { cost: number; macs: number }, other: { cost: number; macs: number }): boolean {
  return one.cost < other.cost || (one.cost === other.cost && one.macs < other.macs);
}

/** The problem of a task, as every thread makes it. */
export function problemOfSetting({ request, leaves }: Setting): Problem {
  return clustered(problemOf(request), leaves);
}

export function* performed(problem: Problem, measure: Measure, task: Task): Generator<Progress, void, void> {
  const random = randomNumbers(task.seed);
  const { tree, method, work } = begun(problem, measure, task, random);
  yield work;
  yield foundOf(tree, method);
  if (task.schedule !== undefined) {
    yield* anneal(tree, task.schedule, random);
    yield foundOf(tree, `${method}+annealing`);
  }
  yield* reconfigure(tree, PARTS, random);
  yield foundOf(tree, `${method}${task.schedule === undefined ? '' : '+annealing'}+reconfiguration`);
}

function begun(problem: Problem, measure: Measure, { start, trials }: Task, random: () => number) {
  if (start.by === 'tree') return { tree: new Tree(problem, measure, start.steps), method: start.method, work: problem.count };
  if (start.by === 'greedy') return drawn(problem, measure, trials, random);
  const steps = partitionTree(problem, random() ** 2, random);
  return { tree: new Tree(problem, measure, steps), method: 'bisection', work: problem.count * 20 };
}

/** The best of some random-greedy trees; where letters have many operands, every other one is an elimination. */
function drawn(problem: Problem, measure: Measure, trials: number, random: () => number) {
  const greedy = new Greedy(problem);
  let best: { tree: Tree; method: string; total: number } | undefined;
  // A tree that is worse already is not finished.
  let most = Number.POSITIVE_INFINITY;
  let work = 0;
  for (let trial = 0; trial < trials; trial++) {
    const eliminates = !problem.simple && trial % 2 === 1;
    const temperature = 10 ** (-3 + 3 * random());
    const weight = 0.1 + 3.9 * random();
    const steps = eliminates
      ? eliminationTree(problem, random() < 0.5 ? 'degree' : 'fill', random, temperature)
      : greedy.trial(random, temperature, weight, most);
    work += eliminates ? 8 * problem.count : problem.count;
    if (steps === undefined) continue;
    const tree = new Tree(problem, measure, steps);
    const total = tree.total();
    if (best !== undefined && !(total < best.total)) continue;
    best = { tree, method: eliminates ? 'elimination' : 'random-greedy', total };
    if (!eliminates && measure.objective === 'flops' && problem.uniform) most = greedy.flops;
  }
  return { ...best!, work: work + greedy.work };
}

/** What a thread of its own does with a task. */
export function performedIn(setting: Setting): (task: Task) => Generator<Progress, void, void> {
  const problem = problemOfSetting(setting);
  const measure = measureOf(setting.request.objective, setting.request.profile);
  return (task) => performed(problem, measure, task);
}

/** Other threads that do tasks before their turn. */
export interface Elsewhere {
  /** Hands out tasks on one problem, in the order in which they will be asked for. */
  begin(setting: Setting, tasks: readonly Task[]): void;
  /** What the task did next; `done` after the last; undefined where that is not there yet. */
  next(task: Task): Progress | 'done' | undefined;
}
/** What the problem of a task is made of, in a form that can be sent. */
export interface Setting {
  readonly request: Request;
  /** The order in which edges are numbered. */
  readonly leaves: readonly number[];
}

/** Does tasks in their order, here or elsewhere; the work and the trees come in the same sequence. */
export function* inOrder(
  problem: Problem,
  measure: Measure,
  setting: Setting,
  tasks: readonly Task[],
  offer: (found: Found, task: Task) => void,
  elsewhere?: Elsewhere,
): Working<void> {
  elsewhere?.begin(setting, tasks);
  for (const task of tasks) {
    if (elsewhere === undefined) {
      for (const progress of performed(problem, measure, task)) {
        if (typeof progress === 'number') yield progress;
        else offer(progress, task);
      }
      continue;
    }
    for (let progress = elsewhere.next(task); progress !== 'done'; progress = elsewhere.next(task)) {
      if (typeof progress === 'object') offer(progress, task);
      else yield progress ?? 0;
    }
  }
}
