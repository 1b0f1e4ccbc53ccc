/**
 * Which search for which network: exact where it can be, by the form of the network or its size, else the anytime search and, for sparse
 * networks of up to 30 operands, the attempt to prove what it found. Everything runs in slices of work, counted alike everywhere, so that
 * the same seed and budget give the same plan on every machine.
 */
import type { Request } from '../values/plan.ts';
import { affordsMoves, anytime, Best } from './anytime.ts';
import { branchesTree, isClosedTree } from './branches.ts';
import { chainOrder, chainTree } from './chain.ts';
import { NetworkError } from './check.ts';
import { CONNECTED_OPERANDS, connectedTree } from './connected-search.ts';
import { exactTree } from './exact.ts';
import { Greedy } from './greedy.ts';
import { measureOf } from './objective.ts';
import { components, problemOf } from './problem.ts';
import type { Working } from './refine.ts';
import type { Simplified } from './simplify.ts';
import { assembled, simplify } from './simplify.ts';
import { Sliced, slice, sliceRoughly } from './slice.ts';
import { timedTree } from './timed-search.ts';
import { climbed } from './timed-tree.ts';
import type { Steps } from './tree.ts';
import { Tree } from './tree.ts';

/** Units of work of a search that nobody limits otherwise; about a second. */
const DEFAULT_BUDGET = 3_000_000;
/** Small networks, where slicing alone is no exact search, have seen all there is long before. */
export function defaultBudget(operands: number): number {
  return Math.min(DEFAULT_BUDGET, 10_000 * operands * operands);
}

/** What a search has so far. */
export class Search {
  readonly best = new Best();
  readonly sliced = new Sliced();
  optimal = false;
  work = 0;

  /** Runs until `budget` units of work are done and there is a tree that meets the memory limit; each `yield` is a point at which the caller may stop. */
  *run(request: Request, budget: number): Generator<void, void, void> {
    for (const work of this.stages(request, budget)) {
      this.work += work;
      if (this.work >= budget && (request.memory === undefined || this.sliced.steps.length > 0)) return;
      yield;
    }
  }

  private *stages(request: Request, budget: number): Working<void> {
    const { count } = problemOf(request);
    if (count < 2) {
      this.optimal = true;
      this.best.method = 'none';
      return;
    }
    if (request.memory === undefined) yield* this.whole(request, budget);
    else yield* this.withLimit(request, request.memory, budget);
  }

  private *whole(request: Request, budget: number): Working<void> {
    const problem = problemOf(request);
    const measure = measureOf(request.objective, request.profile);
    if (measure.objective === 'time') return yield* this.timed(request, budget);
    const flops = measure.objective === 'flops' && problem.uniform;
    const small = exactTree(problem, measure);
    if (small !== undefined) return this.settle(small, 'exact');
    const simplified = flops ? simplify(problem) : undefined;
    if (simplified !== undefined) return yield* this.inParts(request, budget, simplified);
    const order = flops ? chainOrder(problem) : undefined;
    if (order !== undefined) return this.settle(chainTree(problem, order), 'chain');
    if (flops && isClosedTree(problem)) return this.settle(branchesTree(problem), 'tree');
    const provable =
      flops && problem.count <= CONNECTED_OPERANDS && components(problem).length === 1 && problem.of.every((list) => list.length > 0);
    if (!provable) {
      this.best.steps = new Greedy(problem).run(() => 0.5);
      if (!flops) yield* this.plain(request, budget / 4);
      return yield* anytime(problem, measure, request.seed ?? 0, this.best);
    }
    const share = Math.min(budget, 4 * DEFAULT_BUDGET) / 4;
    yield* until(anytime(problem, measure, request.seed ?? 0, this.best), share);
    const cap = (new Tree(problem, measureOf('flops'), this.best.steps).total() / (1 + 2 * problem.wanted[0])) * problem.uses[0];
    const proved = Number.isFinite(cap) ? yield* connectedTree(problem, cap, 2 * share) : undefined;
    if (proved !== undefined) return this.settle(proved, 'connected');
    yield* anytime(problem, measure, (request.seed ?? 0) + 1, this.best);
  }

  /** By predicted time: whole where the network is small, else the trees of the other searches, improved as the values lie. */
  private *timed(request: Request, budget: number): Working<void> {
    const small = timedTree(request);
    if (small !== undefined) return this.settle(small, 'exact');
    const problem = problemOf(request);
    const measure = measureOf(request.objective, request.profile);
    this.best.steps = new Greedy(problem).run(() => 0.5);
    if (!affordsMoves(problem)) return;
    const rough = new Best();
    const exact = exactTree(problem, measure);
    if (exact !== undefined) {
      rough.offer(new Tree(problem, measure, exact), 'exact');
      yield* this.climb(request, rough);
    }
    const other = new Search();
    yield* until(other.stages({ ...request, objective: 'flops' }, budget / 4), budget / 4);
    if (other.best.steps.length > 0) yield* this.climb(request, other.best);
    if (exact !== undefined) return;
    let seen = rough.steps;
    for (const work of anytime(problem, measure, request.seed ?? 0, rough)) {
      yield work;
      if (rough.steps === seen) continue;
      seen = rough.steps;
      yield* this.climb(request, rough);
    }
  }
  private *climb(request: Request, { steps, method, trials }: Best): Working<void> {
    const found = yield* climbed(steps, request);
    this.best.trials = trials;
    if (!(found.seconds < this.best.cost)) return;
    this.best.steps = found.steps;
    this.best.cost = found.seconds;
    this.best.method = `${method}+moves`;
  }

  /** The best tree by multiply-adds of the value alone, as a start: that search has more means. */
  private *plain({ network, seed, objective, profile, ...marks }: Request, budget: number): Working<void> {
    const problem = problemOf({ network, ...marks });
    if (!affordsMoves(problem)) return;
    const search = new Search();
    yield* until(search.stages({ network, seed }, budget), budget);
    if (search.best.steps.length < problem.count - 1) return;
    this.best.offer(new Tree(problem, measureOf(objective, profile), search.best.steps), search.best.method);
  }

  /** Each part with its share of the budget; a tree of all of them is there from the start. */
  private *inParts(request: Request, budget: number, simplified: Simplified): Working<void> {
    const problem = problemOf(request);
    const { parts, scalars } = simplified;
    const searches = parts.map(() => new Search());
    const method = () => [...new Set(searches.map(({ best }) => best.method))].join(', ');
    const trees: Steps[] = parts.map(({ network }) => new Greedy(problemOf({ network })).run(() => 0.5));
    const operands = parts.reduce((sum, part) => sum + part.operands.length, 0);
    this.best.steps = assembled(problem, simplified, trees);
    for (const [k, { network, operands: own }] of parts.entries()) {
      const search = searches[k];
      const share = (budget * own.length) / operands;
      for (const work of until(search.stages({ network, seed: request.seed }, share), share)) {
        yield work;
        if (search.best.steps.length === own.length - 1) trees[k] = search.best.steps;
        this.best.steps = assembled(problem, simplified, trees);
      }
      if (search.best.steps.length === own.length - 1) trees[k] = search.best.steps;
      this.best.steps = assembled(problem, simplified, trees);
      this.best.method = method();
      this.best.trials += search.best.trials;
    }
    this.optimal = searches.every((search) => search.optimal) && ((parts.length < 2 && scalars.length === 0) || !problem.kept.includes(1));
  }

  /** A greedy tree is sliced at once, so that there is a plan; then trees without a limit: often the best one fits already. */
  private *withLimit(request: Request, limit: number, budget: number): Working<void> {
    const measure = measureOf(request.objective, request.profile);
    const { memory: _, ...free } = request;
    const apart = problemOf(request, true);
    if (!affordsMoves(apart)) {
      throw new NetworkError(
        `a network of ${apart.count} operands and ${apart.edges} letters is too large to be sliced; plan it without a memory limit`,
      );
    }
    this.best.method = 'greedy+slicing';
    yield* sliceRoughly(
      apart,
      measure,
      limit,
      new Greedy(apart).run(() => 0.5),
      this.sliced,
    );
    const whole = new Search();
    const share = Math.min(budget, 4 * DEFAULT_BUDGET) / 4;
    yield* until(whole.stages(free, share), share);
    this.best.method = whole.best.method;
    const tree = new Tree(apart, measure, whole.best.steps);
    if (tree.size.subarray(apart.count).every((size) => size <= limit)) {
      this.optimal = whole.optimal;
      this.sliced.steps = whole.best.steps;
      this.sliced.edges = [];
      this.sliced.cost = tree.total();
      return;
    }
    this.best.method = `${whole.best.method}+slicing`;
    yield* sliceRoughly(apart, measure, limit, whole.best.steps, this.sliced);
    yield* slice(apart, measure, limit, whole.best, this.sliced, request.seed ?? 0);
  }

  private settle(steps: Steps, method: string): void {
    this.best.steps = steps;
    this.best.method = method;
    this.best.trials++;
    this.optimal = true;
  }
}

/** As much of a search as `budget` units of work. */
function* until(search: Working<void>, budget: number): Working<void> {
  let spent = 0;
  for (const work of search) {
    spent += work;
    yield work;
    if (spent >= budget) return;
  }
}
