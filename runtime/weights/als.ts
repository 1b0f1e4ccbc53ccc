/**
 * Cores of networks that are no tree (rings, grids, CP, Kronecker products) by alternating least squares: with all other cores fixed the
 * weight is linear in one core, and the best one solves a small system (Zhao et al., Tensor ring decomposition, arXiv 1606.05535,
 * algorithm 2; De Lathauwer, SIAM J. Matrix Anal. Appl. 30, 2008). It finds a stationary point, not always the best: the measured error
 * is part of the result. A core that is placed twice makes the weight quadratic in it; such networks are refused.
 */
import type { Words } from '../../compiler/values/random.ts';
import { normals, streamKey } from '../../compiler/values/random.ts';
import type { Lettered } from './contract.ts';
import { contract } from './contract.ts';
import { solveSymmetric } from './linear-algebra.ts';
import type { WeightNetwork } from './network.ts';
import { bondLegs, legSize, lettered, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, norm, permute } from './tensor.ts';

export interface Fit {
  readonly cores: readonly HostTensor[];
  readonly sweeps: number;
}
/** A sweep that lowers the squared error by less than this share of it is the last one. */
const PROGRESS = 1e-4;
const MOST_SWEEPS = 200;

/** Why this network cannot be fitted, or undefined if it can. */
export function unfittable(network: WeightNetwork): string | undefined {
  if (new Set(network.nodes.map((node) => node.parameter)).size !== network.nodes.length) {
    return `${network.topology} places one core more than once, so given weights cannot be decomposed into it; start it fresh`;
  }
  const single = bondLegs(network).find((leg) => network.nodes.filter((node) => node.legs.includes(leg)).length < 2);
  if (single !== undefined) return `${network.topology} has a bond on one core only (a trace); give it two factors or more`;
  return undefined;
}

/**
 * `weight` has one axis for each outer leg, in the order of `outerLegs`; bonds have the sizes of the network. Seeded: equal seeds give
 * equal cores, bit for bit. Throws RangeError where `unfittable` says why.
 */
export function alternatingLeastSquares(weight: HostTensor, network: WeightNetwork, seed: Words): Fit {
  const refused = unfittable(network);
  if (refused !== undefined) throw new RangeError(refused);
  const cores = network.nodes.map((node, k) =>
    randomCore(
      node.legs.map((leg) => legSize(network, leg)),
      seed,
      `${node.name}#${k}`,
    ),
  );
  const square = norm(weight.data) ** 2;
  if (square === 0) return { cores: cores.map(({ shape }) => ({ shape, data: new Float64Array(count(shape)) })), sweeps: 0 };
  const fitter = new Fitter(network, cores);
  const whole: Lettered = { letters: outerLegs(network), tensor: weight };
  let error = square;
  for (let sweep = 1; sweep <= MOST_SWEEPS; sweep++) {
    const before = error;
    error = square - fitter.sweep(whole, 0, cores.length);
    // The difference of squares is exact to rounding of the larger one only.
    if (before - error <= PROGRESS * before || error <= 1e-13 * square) return { cores: balanced(cores), sweeps: sweep };
  }
  return { cores: balanced(cores), sweeps: MOST_SWEEPS };
}

function randomCore(shape: readonly number[], seed: Words, name: string): HostTensor {
  const size = count(shape);
  return { shape, data: normals(streamKey(seed, `als/${name}`, 0), 1, size).map((value) => value / Math.sqrt(size)) };
}

/** Gives all cores the same norm; the weight stays. */
function balanced(cores: readonly HostTensor[]): HostTensor[] {
  const norms = cores.map((core) => norm(core.data));
  if (norms.some((value) => value === 0)) return [...cores];
  const mean = Math.exp(norms.reduce((sum, value) => sum + Math.log(value), 0) / cores.length);
  return cores.map((core, k) => ({ shape: core.shape, data: core.data.map((value) => (value * mean) / norms[k]) }));
}

class Fitter {
  readonly #network: WeightNetwork;
  readonly #cores: HostTensor[];
  readonly #outer: ReadonlySet<number>;

  constructor(network: WeightNetwork, cores: HostTensor[]) {
    this.#network = network;
    this.#cores = cores;
    this.#outer = new Set(outerLegs(network));
  }

  /**
   * Improves cores `from` to `to`. `rest` is the weight contracted with all cores outside, which each half gets contracted with the other:
   * the weight itself is read twice a sweep, not once for each core. Yields how much of the squared norm the network explains.
   */
  sweep(rest: Lettered, from: number, to: number): number {
    if (to - from === 1) return this.#improve(rest, from);
    const middle = (from + to) >> 1;
    this.sweep(this.#without(rest, from, middle, middle, to), from, middle);
    return this.sweep(this.#without(rest, middle, to, from, middle), middle, to);
  }

  /** `rest` contracted with cores `first` to `last`, keeping what cores `from` to `to` have. */
  #without(rest: Lettered, from: number, to: number, first: number, last: number): Lettered {
    const gone = lettered(this.#network, this.#cores).slice(first, last);
    const present = new Set([rest, ...gone].flatMap((operand) => [...operand.letters]));
    const kept = new Set(this.#network.nodes.slice(from, to).flatMap((node) => [...node.legs]));
    const letters = [...present].filter((letter) => kept.has(letter));
    return { letters, tensor: contract([rest, ...gone], letters) };
  }

  /**
   * Solves G x = E^T W for core k, where E is the contraction of all other cores and G = E^T E. Letters of the second copy of E are
   * shifted by `far`. An outer leg that other cores have too (as in block-wise products) splits the system into one for each position.
   */
  #improve(rest: Lettered, k: number): number {
    const others = lettered(this.#network, this.#cores).filter((_, j) => j !== k);
    const onOthers = (leg: number) => others.some((operand) => operand.letters.includes(leg));
    const { legs } = this.#network.nodes[k];
    const bonds = legs.filter((leg) => !this.#outer.has(leg));
    const shared = legs.filter((leg) => this.#outer.has(leg) && onOthers(leg));
    const own = legs.filter((leg) => this.#outer.has(leg) && !onOthers(leg));
    const far = 1 + Math.max(...this.#network.legs.map((leg) => leg.id));
    const copies = others.map(({ letters, tensor }) => ({
      letters: letters.map((leg) => (this.#outer.has(leg) ? leg : leg + far)),
      tensor,
    }));
    const held = [...shared, ...bonds, ...own];
    const gram = contract([...others, ...copies], [...shared, ...bonds, ...bonds.map((leg) => leg + far)]);
    const right = contract([rest], held);
    const size = (letters: readonly number[]) => count(letters.map((leg) => legSize(this.#network, leg)));
    const [batches, n, columns] = [size(shared), size(bonds), size(own)];
    const data = new Float64Array(batches * n * columns);
    let explained = 0;
    for (let t = 0; t < batches; t++) {
      const block = right.data.slice(t * n * columns, (t + 1) * n * columns);
      const solved = solveSymmetric(gram.data.slice(t * n * n, (t + 1) * n * n), block, n, columns);
      data.set(solved, t * n * columns);
      explained += solved.reduce((sum, value, j) => sum + value * block[j], 0);
    }
    this.#cores[k] = permute(
      { shape: right.shape, data },
      legs.map((leg) => held.indexOf(leg)),
    );
    return explained;
  }
}
