/**
 * One contraction, one answer: in which order its operands are joined. The tree is chosen for forward and the adjoints that are wanted
 * together: a step is computed once unless all of it is constant, and once more for each side in which an adjoint is wanted, all at the
 * same multiply-adds. With all adjoints wanted reverse mode over the forward-optimal tree is already the joint optimum.
 */
import type { Plan, Request } from '../values/plan.ts';
import { checkRequest } from './check.ts';
import { measure } from './evaluate.ts';
import { problemOf } from './problem.ts';
import { defaultBudget, Search } from './search.ts';

/**
 * Plans one contraction of the request's network. Deterministic for a seed and a budget; `seconds` may end it earlier, and then the plan
 * says so in `stopped`. Throws NetworkError for a network, a limit or a budget that makes no sense.
 */
export function plan(request: Request): Plan {
  const planning = search(request);
  const clock = request.seconds === undefined ? undefined : performance.now() + 1000 * request.seconds;
  let stopped = false;
  for (const _ of planning) {
    stopped = clock !== undefined && performance.now() >= clock;
    if (stopped && planning.ready()) break;
  }
  return stopped ? { ...planning.plan(), stopped } : planning.plan();
}

/** A search that whoever made it drives: it can be stopped between any two slices of work (a few milliseconds), and has a plan then. */
export interface Planning extends Iterable<void> {
  /** The best plan so far. */
  plan(): Plan;
  /** Is there a plan yet? */
  ready(): boolean;
  /** Units of work done: moves on trees, pairs, and sixteenths of a split. */
  work(): number;
  /** Trees that were finished. */
  trials(): number;
}

/** Begins a search in slices. With `seconds` and no `budget` it goes on until it is no longer asked. Throws as `plan`. */
export function search(request: Request): Planning {
  checkRequest(request);
  const state = new Search();
  const budget =
    request.budget ?? (request.seconds === undefined ? defaultBudget(request.network.inputs.length) : Number.POSITIVE_INFINITY);
  const run = state.run(request, budget);
  return {
    [Symbol.iterator]: () => run,
    plan: () => planOf(request, state),
    ready: () => request.network.inputs.length < 2 || (request.memory === undefined ? state.best : state.sliced).steps.length > 0,
    work: () => state.work,
    trials: () => state.best.trials,
  };
}

function planOf(request: Request, state: Search): Plan {
  const { best, sliced, optimal } = state;
  if (request.memory === undefined) return { ...measure(best.steps, request), method: best.method, optimal };
  const { letters } = problemOf(request, true);
  const cut = sliced.edges.flatMap((edge) => letters[edge]).sort((x, y) => x - y);
  return { ...measure(sliced.steps, request, cut), method: best.method, optimal, sliced: cut };
}
