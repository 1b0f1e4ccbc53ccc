/**
 * From a dense weight to the cores of its network: exact on trees, by alternating least squares on loops of distinct cores, by gradient
 * descent where a core has several places. The report says what was kept, what it costs, and the bound that holds for it.
 */
import type { Policy } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { alternatingLeastSquares } from './als.ts';
import type { MeasuredFit } from './cap.ts';
import { fitByPolicy } from './cap.ts';

import { descend } from './descent.ts';
import { canonicalCores } from './gauge.ts';
import type { Factored, WeightNetwork } from './network.ts';
import { bondLegs, bondName, factorWeight, legSize, mergeNetwork, parameterCount } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, distance, norm, resize } from './tensor.ts';
import { isTree } from './tree.ts';
import { chooseBonds, discarded, entropy, truncationBound } from './truncate.ts';
import { sideOfBond, unfoldingSpectrum } from './unfolding.ts';

export interface BondReport {
  readonly leg: number;
  readonly name: string;
  readonly size: number;
  /**
   * Singular values of the weight unfolded along the bond, their number, and their entropy in nats, plain and divided by ln(full).
   * Absent where cutting the bond does not separate the network: on loops and where a bond joins more than two cores.
   */
  readonly full?: number;
  readonly spectrum?: Float64Array;
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
  /** Exact on trees, by sweeps of least squares on loops, by descent where a core has several places. */
  readonly method: 'svd' | 'als' | 'descent';
  /** Sweeps or steps of the last two. */
  readonly iterations?: number;
  /** What whoever asked should know: a zero weight, bonds that carry nothing, a promise that the given bonds cannot keep. */
  readonly warnings: readonly string[];
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
 * size). Equal seeds give equal cores, bit for bit. Throws RangeError where the shape does not fit, a value is not finite, or no bond of
 * the network can change; TooSmall where a share cannot be reached.
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
  if (!Number.isFinite(norm(weight.data))) refuseNotFinite(weight);
  const found = isTree(network) ? byGauge(weight, axes, network, options) : byFit(weight, axes, network, options);
  return { ...found, warnings: [...warningsOf(found, norm(weight.data)), ...missed(found, options.policy)] };
}

type Found = Omit<Decomposition, 'warnings'>;

function byGauge(weight: HostTensor, axes: readonly Factored[], network: WeightNetwork, options: DecomposeOptions): Found {
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

function byFit(weight: HostTensor, axes: readonly Factored[], network: WeightNetwork, options: DecomposeOptions): Found {
  const { policy, sizes, seed = [0, 0] } = options;
  const factored = factorWeight(weight, axes);
  const repeated = new Set(network.nodes.map((node) => node.parameter)).size < network.nodes.length;
  const fit = (on: WeightNetwork): MeasuredFit => {
    const found = repeated ? descend(factored, on, seed) : alternatingLeastSquares(factored, on, seed);
    return { ...found, network: on, error: relative(weight, mergeNetwork(on, axes, found.cores), norm(weight.data)) };
  };
  const sized =
    sizes === undefined ? network : { ...network, legs: network.legs.map((leg) => ({ ...leg, size: sizes.get(leg.id) ?? leg.size })) };
  const found = policy === undefined || sizes !== undefined ? fit(sized) : fitByPolicy(network, policy, count(weight.shape), fit);
  return {
    cores: found.cores,
    bonds: bondLegs(network).map((leg) => {
      const side = sideOfBond(network, leg);
      return bondReport(
        network,
        leg,
        legSize(found.network, leg),
        side === undefined ? undefined : unfoldingSpectrum(factored, network, side),
      );
    }),
    parameters: parameterCount(found.network),
    entries: count(weight.shape),
    error: found.error,
    method: repeated ? 'descent' : 'als',
    iterations: found.iterations,
  };
}

function bondReport(network: WeightNetwork, leg: number, size: number, spectrum: Float64Array | undefined): BondReport {
  const known = { leg, name: bondName(network, leg), size };
  if (spectrum === undefined) return known;
  const nats = entropy(spectrum);
  const full = spectrum.length;
  return { ...known, full, spectrum, entropy: nats, scaledEntropy: full === 1 ? 0 : nats / Math.log(full) };
}

// what went wrong ----------------------------------------------------------------------------------------------------------
function refuseNotFinite({ data, shape }: HostTensor): never {
  const first = data.findIndex((value) => !Number.isFinite(value));
  const many = data.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
  let rest = first;
  const position = shape.toReversed().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return at;
  });
  throw new RangeError(
    `${many} of ${data.length} values are not finite, the first is ${data[first]} at [${position.reverse().join(', ')}], so it has no decomposition`,
  );
}

/** What can be known only from the values: directions in which nothing will ever be learned. */
function warningsOf({ method, bonds }: Found, length: number): string[] {
  if (length === 0) return ['the weight is zero, so all cores are zeros and no gradient reaches them: start it fresh instead'];
  if (method !== 'svd') return [];
  const idle = bonds.flatMap(({ name, size, spectrum }) => {
    const rank = rankOf(spectrum!);
    return size > rank ? [`${name} = ${size} of which ${rank}`] : [];
  });
  if (idle.length === 0) return [];
  return [
    `the weight has less rank than its bonds: ${idle.join(', ')} carry values; no gradient reaches the rest, which smaller bonds save`,
  ];
}

function rankOf(spectrum: Float64Array): number {
  return spectrum.filter((value) => value > spectrum.length * 2 ** -52 * spectrum[0]).length;
}

function missed({ error, parameters, entries }: Found, policy: Policy | undefined): string[] {
  if (policy === undefined) return [];
  const { measure, value } = policy;
  const reached = { error, energy: 1 - error ** 2, share: parameters / entries }[measure];
  const kept = measure === 'energy' ? reached >= value - 1e-9 : reached <= value + 1e-9;
  if (kept) return [];
  return [
    `\`to ${measure} ${value}\` is missed with ${Number(reached.toPrecision(3))}: the bonds are at the sizes that cap them; give larger ones`,
  ];
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
