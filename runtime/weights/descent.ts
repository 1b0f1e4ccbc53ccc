/**
 * Cores of networks that place one core several times (gram, ladder, mera): the weight is no longer linear in a core, so the squared
 * distance is descended in all cores at once. The direction is that of limited-memory BFGS (Nocedal and Wright, Numerical Optimization,
 * algorithm 7.4), the step length satisfies the weak Wolfe conditions by bisection (Lewis and Overton, Math. Program. 141, 2013). It
 * finds a stationary point, not always the best: several seeded starts race for some iterations, and the measured error is part of the
 * result.
 */
import type { Words } from '../../compiler/values/random.ts';
import { spread, visitAllButOne } from './all-but-one.ts';
import type { Fit } from './als.ts';
import { randomCore } from './als.ts';
import { contract } from './contract.ts';
import type { WeightNetwork } from './network.ts';
import { lettered, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, norm } from './tensor.ts';

const STARTS = 4;
const RACE = 30;
const MOST_ITERATIONS = 1000;
/** The last iterations over which the squared error fell by less than `PROGRESS` of it end the descent, and so does `EXACT` of the weight's. */
const WINDOW = 10;
const PROGRESS = 1e-3;
const EXACT = 1e-20;
const MEMORY = 10;

/** As `alternatingLeastSquares`, for networks in which nodes have parameters in common: those get equal cores. */
export function descend(weight: HostTensor, network: WeightNetwork, seed: Words): Fit {
  const length = norm(weight.data);
  const problem = new Problem(network, { shape: weight.shape, data: weight.data.map((value) => (length === 0 ? 0 : value / length)) });
  if (length === 0) return { cores: problem.cores(new Float64Array(problem.size)), iterations: 0 };
  const starts = Array.from({ length: STARTS }, (_, k) => new Descent(problem, problem.start(seed, k)));
  for (const start of starts) start.run(RACE);
  const best = starts.reduce((a, b) => (b.value < a.value ? b : a));
  best.run(MOST_ITERATIONS);
  const scale = length ** (1 / network.nodes.length);
  return { cores: problem.cores(best.point.map((value) => value * scale)), iterations: best.iterations };
}

interface Evaluated {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** f(x) = ||N(x) - W||^2 over the entries of all distinct cores, one after the other. */
class Problem {
  readonly size: number;
  readonly #network: WeightNetwork;
  readonly #weight: HostTensor;
  /** By node: the shape of its core, and where that begins. */
  readonly #places: readonly { readonly shape: readonly number[]; readonly from: number }[];

  constructor(network: WeightNetwork, weight: HostTensor) {
    this.#network = network;
    this.#weight = weight;
    const begins = new Map<number, number>();
    let size = 0;
    this.#places = network.nodes.map(({ parameter }, k) => {
      const { shape } = randomCore(network, k, [0, 0], 'shape');
      if (!begins.has(parameter)) {
        begins.set(parameter, size);
        size += count(shape);
      }
      return { shape, from: begins.get(parameter)! };
    });
    this.size = size;
  }

  cores(point: Float64Array): HostTensor[] {
    return this.#places.map(({ shape, from }) => ({ shape, data: point.slice(from, from + count(shape)) }));
  }

  /** Normal cores, so scaled that the network is as long as the weight, which has norm 1. */
  start(seed: Words, number: number): Float64Array {
    const point = new Float64Array(this.size);
    this.#network.nodes.forEach(({ parameter }, k) => {
      point.set(randomCore(this.#network, k, seed, `descent/${number}/${parameter}`).data, this.#places[k].from);
    });
    const length = norm(this.#merged(this.cores(point)).data);
    return length === 0 ? point : point.map((value) => value / length ** (1 / this.#network.nodes.length));
  }

  evaluate(point: Float64Array): Evaluated {
    const cores = this.cores(point);
    const { shape, data } = this.#merged(cores);
    const residual = { shape, data: data.map((value, k) => value - this.#weight.data[k]) };
    const gradient = new Float64Array(this.size);
    visitAllButOne(this.#network, cores, { letters: outerLegs(this.#network), tensor: residual }, (k, others) => {
      const { shape: core, from } = this.#places[k];
      const { legs } = this.#network.nodes[k];
      const letters = [...new Set(legs)].filter((leg) => others.some((operand) => operand.letters.includes(leg)));
      spread({ letters, tensor: contract(others, letters) }, legs, core).data.forEach((value, at) => {
        gradient[from + at] += 2 * value;
      });
    });
    return { value: dot(residual.data, residual.data), gradient };
  }

  #merged(cores: readonly HostTensor[]): HostTensor {
    return contract(lettered(this.#network, cores), outerLegs(this.#network));
  }
}

class Descent {
  point: Float64Array;
  iterations = 0;
  readonly #problem: Problem;
  #now: Evaluated;
  /** Values of the iterations so far, and the last steps with what they changed in the gradient. */
  readonly #values: number[];
  readonly #pairs: { readonly step: Float64Array; readonly change: Float64Array; readonly curvature: number }[] = [];
  #stuck = false;

  constructor(problem: Problem, start: Float64Array) {
    this.#problem = problem;
    this.point = start;
    this.#now = problem.evaluate(start);
    this.#values = [this.#now.value];
  }

  get value(): number {
    return this.#now.value;
  }

  /** At most so many further iterations. */
  run(most: number): void {
    for (let k = 0; k < most && !this.#finished(); k++) this.#iterate();
  }

  #finished(): boolean {
    const before = this.#values.at(-1 - WINDOW);
    return this.#stuck || this.value <= EXACT || (before !== undefined && before - this.value <= PROGRESS * before);
  }

  #iterate(): void {
    const direction = this.#direction();
    const found = this.#search(direction);
    if (found === undefined) {
      this.#stuck = this.#pairs.length === 0;
      this.#pairs.length = 0;
      return;
    }
    const step = found.point.map((value, k) => value - this.point[k]);
    const change = found.gradient.map((value, k) => value - this.#now.gradient[k]);
    this.#pairs.push({ step, change, curvature: dot(step, change) });
    if (this.#pairs.length > MEMORY) this.#pairs.shift();
    this.point = found.point;
    this.#now = found;
    this.#values.push(found.value);
    this.iterations++;
  }

  /** Minus the gradient times the inverse Hessian that the last pairs suggest. */
  #direction(): Float64Array {
    const direction = this.#now.gradient.map((value) => -value);
    const factors = this.#pairs.toReversed().map(({ step, change, curvature }) => {
      const factor = dot(step, direction) / curvature;
      addScaled(direction, -factor, change);
      return factor;
    });
    const last = this.#pairs.at(-1);
    const scale = last === undefined ? 1 / Math.max(1, norm(direction)) : last.curvature / dot(last.change, last.change);
    for (let k = 0; k < direction.length; k++) direction[k] *= scale;
    this.#pairs.forEach(({ step, change, curvature }, k) => {
      addScaled(direction, factors[factors.length - 1 - k] - dot(change, direction) / curvature, step);
    });
    return direction;
  }

  /** A step along the direction that lowers the value enough and bends the slope enough; undefined where rounding allows none. */
  #search(direction: Float64Array): (Evaluated & { readonly point: Float64Array }) | undefined {
    const slope = dot(this.#now.gradient, direction);
    if (!(slope < 0)) return undefined;
    let [low, high, length] = [0, Number.POSITIVE_INFINITY, 1];
    for (let attempt = 0; attempt < 40; attempt++) {
      const point = this.point.slice();
      addScaled(point, length, direction);
      const next = this.#problem.evaluate(point);
      if (!(next.value <= this.value + 1e-4 * length * slope)) high = length;
      else if (dot(next.gradient, direction) < 0.9 * slope) low = length;
      else return { ...next, point };
      length = Number.isFinite(high) ? (low + high) / 2 : 2 * low;
    }
    return undefined;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function addScaled(to: Float64Array, factor: number, what: Float64Array): void {
  for (let k = 0; k < to.length; k++) to[k] += factor * what[k];
}
