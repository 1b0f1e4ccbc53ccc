/**
 * Cores of networks that are no tree (rings, grids, CP, Kronecker products) by alternating least squares: with all other cores fixed the
 * weight is linear in one core, and the best one solves a small system (Zhao et al., Tensor ring decomposition, arXiv 1606.05535,
 * algorithm 2; De Lathauwer, SIAM J. Matrix Anal. Appl. 30, 2008). It finds a stationary point, not always the best: the measured error
 * is part of the result. A core that is placed twice makes the weight quadratic in it; such networks are for `descend`.
 */
import type { Words } from '../../compiler/values/random.ts';
import { normals, streamKey } from '../../compiler/values/random.ts';
import { spread, visitAllButOne } from './all-but-one.ts';
import type { Lettered } from './contract.ts';
import { contract } from './contract.ts';
import { solveSymmetric } from './linear-algebra.ts';
import type { WeightNetwork } from './network.ts';
import { legSize, lettered, outerLegs } from './network.ts';
import type { Problem } from './problem.ts';
import { dot } from './problem.ts';
import type { HostTensor } from './tensor.ts';
import { count, norm } from './tensor.ts';

/** A sweep that lowers the squared error by less than this share of it is the last one. */
const PROGRESS = 1e-4;
/** Below this share of the square the error is measured entry by entry: a difference of squares would be rounding. */
const NEAR = 1e-6;
const EXACT = 1e-28;

/** Sweeps over all cores that are free, of which each is in one place; the weight has norm 1. */
export class AlternatingLeastSquares {
  iterations = 0;
  value: number;
  finished = false;
  #cores: HostTensor[];
  readonly #problem: Problem;
  readonly #free: (node: number) => boolean;

  constructor(problem: Problem, start: Float64Array, free: (node: number) => boolean = () => true) {
    this.#problem = problem;
    this.#free = free;
    this.#cores = problem.cores(start);
    this.value = problem.value(start);
  }

  get point(): Float64Array {
    return this.#problem.pointOf(this.#cores);
  }

  /** At most so many further sweeps. */
  run(most: number): void {
    const { network, weight } = this.#problem;
    const whole: Lettered = { letters: outerLegs(network), tensor: weight };
    const square = dot(weight.data, weight.data);
    for (let k = 0; k < most && !this.finished; k++) {
      let explained = 0;
      visitAllButOne(network, this.#cores, whole, (node, others) => {
        if (!this.#free(node)) return;
        explained = improve(network, this.#cores, node, others);
      });
      this.#cores = balanced(this.#cores, this.#free);
      this.iterations++;
      const difference = square - explained;
      const value = difference > NEAR * square ? difference : this.#problem.value(this.point);
      this.finished = this.value - value <= PROGRESS * this.value || value <= EXACT;
      this.value = value;
    }
  }
}

/** Normal values whose expected squared norm is 1; `stream` names the draw. */
export function randomCore(network: WeightNetwork, node: number, seed: Words, stream: string): HostTensor {
  const shape = network.nodes[node].legs.map((leg) => legSize(network, leg));
  const size = count(shape);
  return { shape, data: normals(streamKey(seed, stream, 0), 1, size).map((value) => value / Math.sqrt(size)) };
}

/** Gives all free cores the same norm; the weight stays. */
function balanced(cores: readonly HostTensor[], free: (node: number) => boolean): HostTensor[] {
  const norms = cores.map((core) => norm(core.data));
  const own = norms.filter((_, node) => free(node));
  if (own.some((value) => value === 0)) return [...cores];
  const mean = Math.exp(own.reduce((sum, value) => sum + Math.log(value), 0) / own.length);
  return cores.map((core, k) => (free(k) ? { shape: core.shape, data: core.data.map((value) => (value * mean) / norms[k]) } : core));
}

/**
 * Solves G x = E^T W for core k, where E is the contraction of all other cores, G = E^T E, and `right` is E^T W. Letters of the second
 * copy of E are shifted by `far`. An outer leg that other cores have too (as in block-wise products) splits the system into one
 * for each position. Of a bond that only this core has (a trace) all positions get the same value. Yields how much of the squared norm
 * of the weight the network now explains.
 */
function improve(network: WeightNetwork, cores: HostTensor[], k: number, rest: readonly Lettered[]): number {
  const outer = new Set(outerLegs(network));
  const others = lettered(network, cores).filter((_, j) => j !== k);
  const onOthers = (leg: number) => others.some((operand) => operand.letters.includes(leg));
  const legs = [...new Set(network.nodes[k].legs)];
  const bonds = legs.filter((leg) => !outer.has(leg) && onOthers(leg));
  const shared = legs.filter((leg) => outer.has(leg) && onOthers(leg));
  const own = legs.filter((leg) => outer.has(leg) && !onOthers(leg));
  const far = 1 + Math.max(...network.legs.map((leg) => leg.id));
  const copies = others.map(({ letters, tensor }) => ({ letters: letters.map((leg) => (outer.has(leg) ? leg : leg + far)), tensor }));
  const held = [...shared, ...bonds, ...own];
  const gram = contract([...others, ...copies], [...shared, ...bonds, ...bonds.map((leg) => leg + far)]);
  const right = contract(rest, held);
  const size = (letters: readonly number[]) => count(letters.map((leg) => legSize(network, leg)));
  const [batches, n, columns] = [size(shared), size(bonds), size(own)];
  const data = new Float64Array(batches * n * columns);
  let explained = 0;
  for (let t = 0; t < batches; t++) {
    const block = right.data.slice(t * n * columns, (t + 1) * n * columns);
    const solved = solveSymmetric(gram.data.slice(t * n * n, (t + 1) * n * n), block, n, columns);
    data.set(solved, t * n * columns);
    explained += solved.reduce((sum, value, j) => sum + value * block[j], 0);
  }
  const repeated = size(legs) / size(held);
  const solution = { letters: held, tensor: { shape: right.shape, data: data.map((value) => value / repeated) } };
  cores[k] = spread(solution, network.nodes[k].legs, cores[k].shape);
  return explained;
}
