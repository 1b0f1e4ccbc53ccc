/**
 * Descent in all cores at once, where a core has several places (gram, ladder, mera) or the last digits are wanted: the weight is not
 * linear in a repeated core. The direction is that of limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4), the
 * step length satisfies the weak Wolfe conditions by bisection (Lewis and Overton, Math. Program. 141, 2013).
 */
import type { Evaluated, Objective } from './problem.ts';
import { dot } from './problem.ts';
import { norm } from './tensor.ts';

/** The last iterations over which the squared error fell by less than `PROGRESS` of it end the descent, and so does `EXACT` of the weight's. */
const WINDOW = 10;
const PROGRESS = 1e-3;
const EXACT = 1e-28;
const MEMORY = 10;

export class Descent {
  point: Float64Array;
  iterations = 0;
  readonly #problem: Objective;
  #now: Evaluated;
  /** Values of the iterations so far, and the last steps with what they changed in the gradient. */
  readonly #values: number[];
  readonly #pairs: { readonly step: Float64Array; readonly change: Float64Array; readonly curvature: number }[] = [];
  #stuck = false;

  constructor(problem: Objective, start: Float64Array) {
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
    for (let k = 0; k < most && !this.finished; k++) this.#iterate();
  }

  get finished(): boolean {
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

function addScaled(to: Float64Array, factor: number, what: Float64Array): void {
  for (let k = 0; k < to.length; k++) to[k] += factor * what[k];
}
