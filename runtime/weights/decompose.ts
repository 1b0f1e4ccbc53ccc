/**
 * From a dense weight to the cores of its network: exact on trees, by alternating least squares elsewhere. The report says what was kept,
 * what it costs, and the bound that holds for it.
 */
import type { Policy } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { alternatingLeastSquares } from './als.ts';
import { canonicalCores } from './gauge.ts';
import type { Factored, WeightNetwork } from './network.ts';
import { bondLegs, bondName, factorWeight, legSize, mergeNetwork, parameterCount } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, distance, norm, resize } from './tensor.ts';
import { isTree } from './tree.ts';
import { chooseBonds, discarded, entropy, truncationBound } from './truncate.ts';

export interface BondReport {
  readonly leg: number;
  readonly name: string;
  readonly size: number;
  /** Of the exact decomposition, where the network is a tree. */
  readonly full?: number;
  /** Singular values of the unfolding that the bond cuts, where the network is a tree. */
  readonly spectrum?: Float64Array;
  /** In nats, and divided by ln(full). */
  readonly entropy?: number;
  readonly scaledEntropy?: number;
}
export interface Decomposition {
  /** `cores[k]` belongs to node k of the network, in the order of its legs. */
  readonly cores: readonly HostTensor[];
  readonly bonds: readonly BondReport[];
  readonly parameters: number;
  /** Of the dense weight, without padding. */
  readonly entries: number;
  /** Measured ||W - N|| / ||W||, 0 for a zero weight. */
  readonly error: number;
  /** Upper bound of `error` from the discarded singular values, where the network is a tree. */
  readonly bound?: number;
  readonly method: 'svd' | 'als';
  readonly sweeps?: number;
}
export interface DecomposeOptions {
  /** Bonds become as small as it allows; without it they have the network's sizes. */
  readonly policy?: Policy;
  /** Final sizes by leg, for weights whose bonds are bound to those of others; wins over the policy. */
  readonly sizes?: ReadonlyMap<number, number>;
  readonly seed?: Words;
}

/**
 * `weight` has the sizes of `axes`. Bonds of the network are caps where a policy is given, else exact sizes (rows of zeros above the full
 * size). Throws RangeError where the shape does not fit, a value is not finite, or the network cannot be fitted; TooSmall where a share
 * cannot be reached.
 */
export function decompose(
  weight: HostTensor,
  axes: readonly Factored[],
  network: WeightNetwork,
  options: DecomposeOptions = {},
): Decomposition {
  const expected = axes.map((axis) => axis.size);
  if (expected.join() !== weight.shape.join()) {
    throw new RangeError(`the weight has shape [${weight.shape.join(', ')}], the network is for [${expected.join(', ')}]`);
  }
  if (!Number.isFinite(norm(weight.data))) throw new RangeError('the weight has values that are not finite, so it has no decomposition');
  return isTree(network) ? byGauge(weight, axes, network, options) : byFit(weight, axes, network, options);
}

function byGauge(weight: HostTensor, axes: readonly Factored[], network: WeightNetwork, options: DecomposeOptions): Decomposition {
  const { cores, spectra } = canonicalCores(factorWeight(weight, axes), network);
  const caps = new Map(bondLegs(network).map((leg) => [leg, options.sizes?.get(leg) ?? legSize(network, leg)]));
  const outer = (leg: number) => legSize(network, leg);
  const policy = options.sizes === undefined ? options.policy : undefined;
  const kept = chooseBonds({ network, spectra, caps, policy, entries: count(weight.shape), outer });
  const size = (leg: number) => (policy !== undefined ? kept.get(leg) : caps.get(leg)) ?? outer(leg);
  const final = cores.map((core, k) => resize(core, network.nodes[k].legs.map(size)));
  const length = norm(weight.data);
  return {
    cores: final,
    bonds: bondLegs(network).map((leg) => bondReport(network, leg, size(leg), spectra.get(leg)!)),
    parameters: parameterCount(network, size),
    entries: count(weight.shape),
    error: relative(weight, mergeNetwork(network, axes, final), length),
    bound: length === 0 ? 0 : truncationBound(spectra, kept) / length,
    method: 'svd',
  };
}

function bondReport(network: WeightNetwork, leg: number, size: number, spectrum: Float64Array): BondReport {
  const nats = entropy(spectrum);
  const full = spectrum.length;
  return { leg, name: bondName(network, leg), size, full, spectrum, entropy: nats, scaledEntropy: full === 1 ? 0 : nats / Math.log(full) };
}

function byFit(weight: HostTensor, axes: readonly Factored[], network: WeightNetwork, options: DecomposeOptions): Decomposition {
  if (options.policy !== undefined) {
    throw new RangeError(
      `${network.topology} is no tree, so its bonds cannot be chosen by ${options.policy.measure}; give them as numbers`,
    );
  }
  const { cores, sweeps } = alternatingLeastSquares(factorWeight(weight, axes), network, options.seed ?? [0, 0]);
  return {
    cores,
    bonds: bondLegs(network).map((leg) => ({ leg, name: bondName(network, leg), size: legSize(network, leg) })),
    parameters: parameterCount(network),
    entries: count(weight.shape),
    error: relative(weight, mergeNetwork(network, axes, cores), norm(weight.data)),
    method: 'als',
    sweeps,
  };
}

function relative(weight: HostTensor, merged: HostTensor, length: number): number {
  const difference = distance(weight.data, merged.data);
  return length === 0 ? difference : difference / length;
}

/** Discarded share of each bond, relative to the weight: what cutting it alone costs. */
export function bondErrors(report: Decomposition): number[] {
  return report.bonds.map(({ spectrum, size }) =>
    spectrum === undefined || norm(spectrum) === 0 ? 0 : discarded(spectrum, size) / norm(spectrum),
  );
}
