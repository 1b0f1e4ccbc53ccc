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
import type { Elsewhere } from './tasks.ts';

/**
 * Plans one contraction of the request's network. Deterministic for a seed and a budget. With `seconds` the search goes on until they have
 * passed, and does the default budget in any case, so that no time limit makes a plan worse than none does; if it ended then, the plan says
 * so in `stopped`. Throws NetworkError for a network, a limit or a budget that makes no sense.
 */
export function plan(request: Request): Plan {
  const planning = search(request);
  const clock = request.seconds === undefined ? undefined : performance.now() + 1000 * request.seconds;
  for (const _ of planning) {
    if (clock === undefined || performance.now() < clock || !planning.enough()) continue;
    return { ...planning.plan(), stopped: true };
  }
  return planning.plan();
}

/** A search that whoever made it drives: it can be stopped between any two slices of work (a few milliseconds), and has a plan then. */
export interface Planning extends Iterable<void> {
  /** The best plan so far. */
  plan(): Plan;
  /** Is there a plan yet? */
  ready(): boolean;
  /** Is there a plan, and is as much done as where neither time nor budget is given? */
  enough(): boolean;
  /** Units of work done: moves on trees, pairs, and sixteenths of a split. */
  work(): number;
  /** Trees that were finished. */
  trials(): number;
}

/**
 * Begins a search in slices. With `seconds` and no `budget` it goes on until it is no longer asked. `elsewhere`: threads that do tasks
 * before their turn; the plans are the same. Throws as `plan`.
 */
export function search(request: Request, elsewhere?: Elsewhere): Planning {
  checkRequest(request);
  const state = new Search(elsewhere);
  const least = defaultBudget(request.network.inputs.length);
  const run = state.run(request, request.budget ?? (request.seconds === undefined ? least : Number.POSITIVE_INFINITY));
  const ready = () => request.network.inputs.length < 2 || (request.memory === undefined ? state.best : state.sliced).steps.length > 0;
  return {
    [Symbol.iterator]: () => run,
    plan: () => planOf(request, state),
    ready,
    enough: () => state.work >= least && ready(),
    work: () => state.work,
    trials: () => state.best.trials,
  };
}

function planOf(request: Request, state: Search): Plan {
  const { best, sliced, optimal } = state;
  if (request.memory === undefined) return { ...measure(best.steps, request), method: best.method, optimal };
  const { letters } = problemOf(request, true);
  const cut = sliced.edges.flatMap((edge) => letters[edge]).sort((x, y) => x - y);
  return { ...measure(sliced.steps, request, cut), method: sliced.method, optimal, sliced: cut };
}
