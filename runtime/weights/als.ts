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
import { count, distance, norm, permute } from './tensor.ts';

export interface Fit {
  readonly cores: readonly HostTensor[];
  readonly sweeps: number;
  /** ||W - N|| / ||W||. */
  readonly error: number;
}
/** A sweep that lowers the relative error by less than this is the last one. */
const PROGRESS = 1e-6;
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
  const length = norm(weight.data);
  const cores = network.nodes.map((node, k) =>
    randomCore(
      node.legs.map((leg) => legSize(network, leg)),
      seed,
      `${node.name}#${k}`,
    ),
  );
  if (length === 0) return { cores: cores.map(({ shape }) => ({ shape, data: new Float64Array(count(shape)) })), sweeps: 0, error: 0 };
  let error = Infinity;
  for (let sweep = 1; sweep <= MOST_SWEEPS; sweep++) {
    network.nodes.forEach((_, k) => {
      cores[k] = bestCore(weight, network, cores, k);
    });
    const before = error;
    error = distance(contract(lettered(network, cores), outerLegs(network)).data, weight.data) / length;
    if (before - error < PROGRESS * before || error < 1e-14) return { cores: balanced(cores), sweeps: sweep, error };
  }
  return { cores: balanced(cores), sweeps: MOST_SWEEPS, error };
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

/**
 * Solves G x = E^T W for core k, where E is the contraction of all other cores and G = E^T E. Letters of the second copy of E are shifted
 * by `far`. An outer leg that other cores have too (as in block-wise products) splits the system into one for each of its positions.
 */
function bestCore(weight: HostTensor, network: WeightNetwork, cores: readonly HostTensor[], k: number): HostTensor {
  const outer = new Set(outerLegs(network));
  const others = lettered(network, cores).filter((_, j) => j !== k);
  const onOthers = (leg: number) => others.some((operand) => operand.letters.includes(leg));
  const legs = network.nodes[k].legs;
  const bonds = legs.filter((leg) => !outer.has(leg));
  const shared = legs.filter((leg) => outer.has(leg) && onOthers(leg));
  const own = legs.filter((leg) => outer.has(leg) && !onOthers(leg));
  const far = 1 + Math.max(...network.legs.map((leg) => leg.id));
  const isBond = (leg: number) => !outer.has(leg);
  const copies: Lettered[] = others.map(({ letters, tensor }) => ({
    letters: letters.map((leg) => (isBond(leg) ? leg + far : leg)),
    tensor,
  }));
  const mirrored = bonds.map((leg) => leg + far);
  const gram = contract([...others, ...copies], [...shared, ...bonds, ...mirrored]);
  const right = contract([{ letters: outerLegs(network), tensor: weight }, ...others], [...shared, ...bonds, ...own]);
  const size = (letters: readonly number[]) => count(letters.map((leg) => legSize(network, leg)));
  const [batches, n, columns] = [size(shared), size(bonds), size(own)];
  const data = new Float64Array(batches * n * columns);
  for (let t = 0; t < batches; t++) {
    const block = gram.data.slice(t * n * n, (t + 1) * n * n);
    data.set(solveSymmetric(block, right.data.slice(t * n * columns, (t + 1) * n * columns), n, columns), t * n * columns);
  }
  const held = [...shared, ...bonds, ...own];
  return permute(
    { shape: right.shape, data },
    legs.map((leg) => held.indexOf(leg)),
  );
}
