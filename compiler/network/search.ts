/**
 * Which search for which network: exact where it can be, by the form of the network or its size, else the anytime search and, for sparse
 * networks of up to 30 operands, the attempt to prove what it found. Everything runs in slices of work, counted alike everywhere, so that
 * the same seed and budget give the same plan on every machine. No search knows the budget: where several take part, they take turns whose
 * lengths double, so that a search with a larger budget, or none, begins as one with a smaller does and is never worse. What a part of a
 * search finds is offered while it runs.
 */
import type { Request } from '../values/plan.ts';
import { affordsMoves, anytime, Best } from './anytime.ts';
import { branchesTree, isClosedTree } from './branches.ts';
import { chainOrder, chainTree } from './chain.ts';
import { checkSteps, NetworkError } from './check.ts';
import { CONNECTED_OPERANDS, connectedTree } from './connected-search.ts';
import { exactTree } from './exact.ts';
import { Greedy } from './greedy.ts';
import { measuredTree } from './key.ts';
import { measureOf } from './objective.ts';
import type { Presolved } from './presolve.ts';
import { assembled, presolve } from './presolve.ts';
import type { Problem } from './problem.ts';
import { components, problemOf } from './problem.ts';
import type { Working } from './refine.ts';
import { Sliced, slice, sliceRoughly } from './slice.ts';
import type { Elsewhere } from './tasks.ts';
import { foundOf } from './tasks.ts';
import { timedTree } from './timed-search.ts';
import { climbed, secondsOf } from './timed-tree.ts';
import type { Steps } from './tree.ts';
import { Tree } from './tree.ts';
import { evenly, inTurns, watched } from './turns.ts';

/** Units of work of a search that nobody limits otherwise; about a second. */
const DEFAULT_BUDGET = 3_000_000;
/** The first turn of a search among several. */
const TURN = DEFAULT_BUDGET / 4;
/** Proofs that are tried, each with twice the work of the one before: what they need grows without end. */
const PROOFS = 3;

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
  private readonly elsewhere: Elsewhere | undefined;

  constructor(elsewhere?: Elsewhere) {
    this.elsewhere = elsewhere;
  }

  /** Runs until `budget` units of work are done and there is a tree that meets the memory limit; each `yield` is a point at which the caller may stop. */
  *run(request: Request, budget: number): Generator<void, void, void> {
    for (const work of this.stages(request)) {
      this.work += work;
      if (this.work >= budget && (request.memory === undefined || this.sliced.steps.length > 0)) return;
      yield;
    }
  }

  private *stages(request: Request): Working<void> {
    const { count } = problemOf(request);
    if (count < 2) {
      this.optimal = true;
      this.best.method = 'none';
      return;
    }
    const measured = measuredTree(request);
    if (measured !== undefined) {
      checkSteps(measured, count);
      this.best.offer({ steps: measured, cost: secondsOf(measured, request), macs: 0, method: 'measured' });
      return;
    }
    if (request.memory === undefined) yield* this.whole(request);
    else yield* this.withLimit(request, request.memory);
  }

  private *whole(request: Request): Working<void> {
    const problem = problemOf(request);
    const measure = measureOf(request.objective, request.profile);
    if (measure.objective === 'time') return yield* this.timed(request);
    const flops = measure.objective === 'flops' && problem.uniform;
    const settle = (steps: Steps, method: string) => this.settle(problem, request, steps, method);
    const small = exactTree(problem, measure);
    if (small !== undefined) return settle(small, 'exact');
    const simplified = flops ? presolve(problem) : undefined;
    if (simplified !== undefined) return yield* this.inParts(request, simplified);
    const order = flops ? chainOrder(problem) : undefined;
    if (order !== undefined) return settle(chainTree(problem, order), 'chain');
    if (flops && isClosedTree(problem)) return settle(branchesTree(problem), 'tree');
    const main = anytime(request, this.best, this.elsewhere);
    if (!flops)
      return yield* inTurns(
        [
          { search: this.plain(request), turn: TURN },
          { search: main, turn: 3 * TURN },
        ],
        () => false,
      );
    const connected = components(problem).length === 1 && problem.of.every((list) => list.length > 0);
    if (problem.count > CONNECTED_OPERANDS || !connected) return yield* main;
    const proof = this.proof(problem, request);
    yield* inTurns(
      [
        { search: main, turn: TURN },
        { search: proof, turn: 2 * TURN },
      ],
      () => this.optimal,
    );
  }

  /** Tries to prove the best tree, or finds the one that is. */
  private *proof(problem: Problem, request: Request): Working<void> {
    for (let proof = 0; proof < PROOFS; proof++) {
      const cap = (new Tree(problem, measureOf('flops'), this.best.steps).total() / (1 + 2 * problem.wanted[0])) * problem.uses[0];
      const proved = Number.isFinite(cap) ? yield* connectedTree(problem, cap, 2 * TURN * 2 ** proof) : undefined;
      if (proved !== undefined) return this.settle(problem, request, proved, 'connected');
    }
  }

  /** By predicted time: whole where the network is small, else the trees of the other searches, improved as the values lie. */
  private *timed(request: Request): Working<void> {
    const problem = problemOf(request);
    const small = timedTree(request);
    if (small !== undefined) return this.settle(problem, request, small, 'exact');
    const measure = measureOf(request.objective, request.profile);
    this.best.steps = new Greedy(problem).run(() => 0.5);
    if (!affordsMoves(problem)) return;
    this.time(request, this.best.steps, 'greedy');
    const exact = exactTree(problem, measure);
    if (exact !== undefined) yield* this.climb(request, exact, 'exact');
    const other = new Search(this.elsewhere);
    const byMacs = this.climbing(request, other, other.stages({ ...request, objective: 'flops' }));
    if (exact !== undefined) {
      for (const work of byMacs) {
        yield work;
        if (other.optimal || other.work >= TURN) return;
      }
      return;
    }
    const rough = new Search(this.elsewhere);
    const bySizes = this.climbing(request, rough, anytime(request, rough.best, this.elsewhere));
    yield* inTurns(
      [
        { search: byMacs, turn: TURN },
        { search: bySizes, turn: 3 * TURN },
      ],
      () => false,
    );
  }

  /** Another search whose trees are timed as they come; the best of each turn is improved by moves. */
  private *climbing(request: Request, other: Search, search: Working<void>): Working<void> {
    let climbedFrom: Steps = [];
    let turn = TURN;
    const offer = () => this.time(request, other.best.steps, other.best.method);
    for (const work of watched(search, other.best, offer)) {
      yield work;
      other.work += work;
      if (other.work < turn || other.best.steps === climbedFrom) continue;
      climbedFrom = other.best.steps;
      turn = other.work + TURN;
      yield* this.climb(request, climbedFrom, other.best.method);
    }
    if (other.best.steps.length > 0 && other.best.steps !== climbedFrom) yield* this.climb(request, other.best.steps, other.best.method);
  }
  private time(request: Request, steps: Steps, method: string): void {
    if (steps.length > 0) this.best.offer({ steps, cost: secondsOf(steps, request), macs: 0, method });
  }
  private *climb(request: Request, from: Steps, method: string): Working<void> {
    const { steps, seconds } = yield* climbed(from, request);
    this.best.offer({ steps, cost: seconds, macs: 0, method: `${method}+moves` });
  }

  /** Trees by multiply-adds of the value alone: that search has more means. */
  private *plain({ network, seed, objective, profile, ...marks }: Request): Working<void> {
    const problem = problemOf({ network, ...marks });
    if (!affordsMoves(problem)) return;
    const measure = measureOf(objective, profile);
    const search = new Search(this.elsewhere);
    const { best } = search;
    yield* watched(search.stages({ network, seed }), best, () => {
      if (best.steps.length === problem.count - 1) this.best.offer(foundOf(new Tree(problem, measure, best.steps), best.method));
    });
  }

  /** Parts in turns, by their operands; a tree of all of them is there from the start. */
  private *inParts(request: Request, simplified: Presolved): Working<void> {
    const problem = problemOf(request);
    const { parts, scalars } = simplified;
    const searches = parts.map(() => new Search(this.elsewhere));
    const trees: Steps[] = parts.map(({ network }) => new Greedy(problemOf({ network })).run(() => 0.5));
    this.best.steps = assembled(problem, simplified, trees);
    const turns = parts.map(({ network, operands }, k) => {
      const search = searches[k];
      const better = () => {
        if (search.best.steps.length !== operands.length - 1) return;
        trees[k] = search.best.steps;
        this.best.steps = assembled(problem, simplified, trees);
        this.best.method = [...new Set(searches.map(({ best }) => best.method))].join(', ');
      };
      return { search: watched(search.stages({ network, seed: request.seed }), search.best, better), weight: operands.length };
    });
    for (const work of evenly(turns)) {
      this.best.trials = searches.reduce((sum, { best }) => sum + best.trials, 0);
      yield work;
    }
    this.optimal = searches.every((search) => search.optimal) && ((parts.length < 2 && scalars.length === 0) || !problem.kept.includes(1));
  }

  /** A greedy tree is sliced at once, so that there is a plan; then trees without a limit, of which the best often fits already, and slices. */
  private *withLimit(request: Request, limit: number): Working<void> {
    const measure = measureOf(request.objective, request.profile);
    const { memory: _, ...free } = request;
    const apart = problemOf(request, true);
    if (!affordsMoves(apart)) {
      throw new NetworkError(
        `a network of ${apart.count} operands and ${apart.edges} letters is too large to be sliced; plan it without a memory limit`,
      );
    }
    const { sliced } = this;
    const rough = (steps: Steps, method: string) => sliceRoughly(apart, measure, limit, steps, sliced, `${method}+slicing`);
    yield* rough(
      new Greedy(apart).run(() => 0.5),
      'greedy',
    );
    const whole = new Search(this.elsewhere);
    let fits = false;
    const better = () => {
      const tree = new Tree(apart, measure, whole.best.steps);
      fits = tree.size.subarray(apart.count).every((size) => size <= limit);
      if (fits) sliced.offer(tree, [], measure, whole.best.method);
      this.best.trials = whole.best.trials;
    };
    const slices = function* (): Working<void> {
      yield* rough(whole.best.steps, whole.best.method);
      yield* slice(apart, measure, limit, whole.best, sliced, request.seed ?? 0);
    };
    const done = () => whole.optimal && fits;
    yield* inTurns(
      [
        { search: watched(whole.stages(free), whole.best, better), turn: TURN },
        // Where the best tree fits as it is, there is nothing to slice.
        { search: slices(), turn: 3 * TURN, idle: () => fits },
      ],
      done,
    );
    this.optimal = done();
  }

  private settle(problem: Problem, request: Request, steps: Steps, method: string): void {
    const { best } = this;
    best.steps = steps;
    best.method = method;
    best.trials++;
    this.optimal = true;
    if (!affordsMoves(problem)) return;
    const found = foundOf(new Tree(problem, measureOf(request.objective, request.profile), steps), method);
    best.cost = found.cost;
    best.macs = found.macs;
  }
}
