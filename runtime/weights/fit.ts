/**
 * Cores of a network that is no tree: no decomposition finds the best ones in finitely many steps, so iterations from several starts race,
 * and the best goes on until nothing is gained. Small networks take damped Gauss-Newton steps, larger ones sweeps of least squares with a
 * descent in all cores at the end, and where a core has several places a descent alone. All of it is seeded: equal seeds, equal bits.
 */
import type { Words } from '../../compiler/values/random.ts';
import { AlternatingLeastSquares } from './als.ts';
import { Descent } from './descent.ts';
import { GaussNewton } from './gauss-newton.ts';
import type { WeightNetwork } from './network.ts';
import { Problem } from './problem.ts';
import { paddedStart, randomStart, treeStarts } from './starts.ts';
import type { HostTensor } from './tensor.ts';
import { norm } from './tensor.ts';

export interface Fit {
  /** `cores[k]` belongs to node k, in the order of its legs. */
  readonly cores: readonly HostTensor[];
  readonly method: 'gauss-newton' | 'als' | 'descent';
  /** Of the start that won, and whether it stopped before nothing was gained. */
  readonly iterations: number;
  readonly limited: boolean;
  /** Relative errors that the starts had reached when the best went on alone, ascending. */
  readonly raced: readonly number[];
}

/** What the iterations have in common: a point, its squared error, and how to go on. */
interface Iteration {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly finished: boolean;
  run(most: number): void;
}

interface Method {
  readonly name: Fit['method'];
  readonly begin: (problem: Problem, start: Float64Array) => Iteration;
  /** Iterations of every start in the race, and of the winner after it. */
  readonly race: number;
  readonly most: number;
  readonly starts: number;
}

const methods: Readonly<Record<Fit['method'], Omit<Method, 'starts'>>> = {
  'gauss-newton': { name: 'gauss-newton', begin: (problem, start) => new GaussNewton(problem, start), race: 15, most: 300 },
  als: { name: 'als', begin: (problem, start) => new AlternatingLeastSquares(problem, start), race: 20, most: 100 },
  descent: { name: 'descent', begin: (problem, start) => new Descent(problem, start), race: 30, most: 1000 },
};

/** Multiply-adds of a Gauss-Newton step up to which it is worth its time, and entries of all cores. */
const STEP = 2 ** 29;
const ENTRIES = 800;
/** Multiply-adds for all starts together, and how many there are at most and at least. */
const RACE = 2 ** 32;
const STARTS = { least: 3, most: 12 } as const;
const EXACT = 1e-26;
/** The second goes on too where its squared error is at most so many times that of the first. */
const CLOSE = 4;

/** Multiply-adds of a Gauss-Newton step, roughly. */
function stepWork({ size, weight, plain }: Problem): number {
  // The factorisation is plain code, some ten times slower than a product.
  return 2 * size ** 3 + (plain ? 64 * weight.data.length : size ** 2 * weight.data.length);
}

function methodFor(problem: Problem): Method {
  const { nodes } = problem.network;
  const step = stepWork(problem);
  if (problem.size <= ENTRIES && step <= STEP) {
    const starts = Math.round(RACE / (methods['gauss-newton'].race * (step + 2 ** 22)));
    return { ...methods['gauss-newton'], starts: Math.min(STARTS.most, Math.max(STARTS.least, starts)) };
  }
  const repeated = new Set(nodes.map((node) => node.parameter)).size < nodes.length;
  return { ...methods[repeated ? 'descent' : 'als'], starts: STARTS.least };
}

/**
 * `weight` has one axis for each outer leg, in the order of `outerLegs`. `known`: cores of this network with bonds of its size or smaller;
 * the fit is no worse than they are, and never worse than zeros. A weight of zeros has cores of zeros. Where `stop` is true, asked between
 * iterations, the best so far is taken.
 */
export function fitNetwork(
  weight: HostTensor,
  network: WeightNetwork,
  seed: Words,
  known: readonly (readonly HostTensor[])[] = [],
  mostStarts: number = STARTS.most,
  stop: () => boolean = () => false,
): Fit {
  const length = norm(weight.data);
  const problem = new Problem(network, { shape: weight.shape, data: weight.data.map((value) => (length === 0 ? 0 : value / length)) });
  const usual = methodFor(problem);
  const method = { ...usual, starts: Math.min(usual.starts, mostStarts) };
  if (length === 0)
    return { cores: problem.cores(new Float64Array(problem.size)), method: method.name, iterations: 0, limited: false, raced: [] };
  const scale = length ** (1 / network.nodes.length);
  const given = known.map((cores) => cores.map(({ shape, data }) => ({ shape, data: data.map((value) => value / scale) })));
  const { best, raced } = race(problem, method, seed, given, stop);
  const candidates = given.map((cores) => paddedStart(problem, cores, seed, 0));
  const point = candidates.reduce((least, other) => (problem.value(other) < problem.value(least) ? other : least), best.point);
  return {
    cores: problem.cores(point.map((value) => value * scale)),
    method: method.name,
    iterations: best.iterations,
    limited: !best.finished,
    raced,
  };
}

/** Cores that are there go on for as long as a start of the race; they are given back where nothing is gained. `weight` is as above. */
export function refineNetwork(
  weight: HostTensor,
  network: WeightNetwork,
  cores: readonly HostTensor[],
  seed: Words,
): readonly HostTensor[] {
  const length = norm(weight.data);
  if (length === 0) return cores;
  const problem = new Problem(network, { shape: weight.shape, data: weight.data.map((value) => value / length) });
  const scale = length ** (1 / network.nodes.length);
  const start = paddedStart(
    problem,
    cores.map(({ shape, data }) => ({ shape, data: data.map((value) => value / scale) })),
    seed,
    0,
  );
  const { begin, race } = methodFor(problem);
  const before = problem.value(start);
  const run = begin(problem, start);
  run.run(race);
  return run.value < before ? problem.cores(run.point.map((value) => value * scale)) : cores;
}

function race(problem: Problem, method: Method, seed: Words, given: readonly (readonly HostTensor[])[], stop: () => boolean) {
  const going = (run: Iteration, most: number) => {
    for (let k = 0; k < most && !run.finished && !stop(); k++) run.run(1);
  };
  const distinct = new Set(problem.network.nodes.map((node) => node.parameter)).size === problem.network.nodes.length;
  const starts = [
    ...given.map((cores) => () => paddedStart(problem, cores, seed)),
    ...(distinct ? treeStarts(problem, seed, method.starts / 2).map((start) => () => start) : []),
    ...Array.from({ length: method.starts }, (_, k) => () => randomStart(problem, seed, k)),
  ];
  const runs: Iteration[] = [];
  for (const start of starts) {
    const run = method.begin(problem, start());
    going(run, method.race);
    runs.push(run);
    if (run.value <= EXACT || stop()) break;
  }
  const errors = runs.map(({ value }) => Math.sqrt(value)).sort((a, b) => a - b);
  const [first, second] = [...runs].sort((a, b) => a.value - b.value);
  for (const run of [first, second]) {
    const close = run !== undefined && run.value <= CLOSE * first.value;
    if (close && first.value > EXACT) going(run, method.most);
  }
  const best = second !== undefined && second.value < first.value ? second : first;
  return { best: stop() ? best : polished(problem, method, best), raced: errors };
}

/** Gauss-Newton steps that finish what sweeps began may be longer, since they are few. */
const LONG_STEP = 2 ** 31;

/** Least squares lose half of the digits and crawl; steps in all cores at once have the rest. */
function polished(problem: Problem, { name }: Method, best: Iteration): Iteration {
  if (name !== 'als' || best.value <= EXACT) return best;
  const long = problem.size > 2 * ENTRIES || stepWork(problem) > LONG_STEP;
  const last = long ? new Descent(problem, best.point) : new GaussNewton(problem, best.point);
  last.run(long ? 100 : 12);
  if (last.value >= best.value) return best;
  return { point: last.point, value: last.value, iterations: best.iterations + last.iterations, finished: last.finished, run() {} };
}
