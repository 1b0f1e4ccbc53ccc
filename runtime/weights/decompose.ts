/**
 * From a dense weight to the cores of its network: exact on trees, by alternating least squares on loops of distinct cores, by gradient
 * descent where a core has several places. The report says what was kept, what it costs, and the bound that holds for it.
 */
import type { Near, Policy } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { fitByPolicy } from './cap.ts';
import { atSizes, sizeOfLeg, type TreeTarget, withinBudget } from './decompose-tree.ts';
import type { Fit } from './fit.ts';
import { Fits } from './fits.ts';
import { canonicalCores } from './gauge.ts';
import type { Factored, WeightNetwork } from './network.ts';
import { bondLegs, bondName, factorWeight, legSize, mergeNetwork, parameterCount } from './network.ts';
import { divided, scaledBy, scaleOf } from './scale.ts';
import type { HostTensor } from './tensor.ts';
import { count, distance, norm, resize } from './tensor.ts';
import { isTree, rootTree } from './tree.ts';
import { discarded, distinctCuts, entropy, rankOf, truncationBound } from './truncate.ts';
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
  /** Measured ||(W - N) L|| / ||W L||, L L^T the second moment of the inputs, where it was made for them (`near`). */
  readonly outputError?: number;
  readonly near?: Near;
  /** Upper bound of `error` from the discarded singular values, where the network is a tree. */
  readonly bound?: number;
  /** Exact on trees; else Gauss-Newton steps where the network is small, sweeps of least squares, or descent where a core has several places; rounds over the terms of a sum. */
  readonly method: 'svd' | Fit['method'] | 'sum';
  /** Sweeps or steps of the start that won, and whether it stopped at their limit, before nothing was gained. */
  readonly iterations?: number;
  readonly limited?: boolean;
  /** Relative errors of all starts when the best went on alone, ascending. */
  readonly raced?: readonly number[];
  /** What whoever asked should know: a zero weight, bonds that carry nothing, a promise that the given bonds cannot keep. */
  readonly warnings: readonly string[];
}
export interface DecomposeOptions {
  /** Bonds become as small as it allows; without it they have the network's sizes. */
  readonly policy?: Policy;
  /** Final sizes by leg, for weights whose bonds are bound to those of others; wins over the policy. */
  readonly sizes?: ReadonlyMap<number, number>;
  readonly seed?: Words;
  /** What becomes of each entry where the cores are kept; the error that is told is measured on what comes out. */
  readonly round?: (value: number) => number;
  /** Asked between iterations: where it is true, the best so far is taken. */
  readonly stop?: () => boolean;
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
  const scale = scaleOf(weight.data);
  const found = isTree(network)
    ? byGauge(divided(weight, scale), axes, network, options, scale)
    : byFit(divided(weight, scale), axes, network, options, scale);
  const written = asWritten(found, options);
  const error = relative(weight, mergeNetwork(network, axes, written), norm(weight.data));
  const done = { ...found, cores: written, error };
  return { ...done, warnings: [...warningsOf(done, norm(weight.data)), ...unsettled(done), ...missed(done, options)] };
}

type Found = Omit<Decomposition, 'warnings' | 'error'>;
type Measured = Omit<Decomposition, 'warnings'>;

function asWritten({ cores }: Found, { round }: DecomposeOptions): readonly HostTensor[] {
  return round === undefined ? cores : cores.map(({ shape, data }) => ({ shape, data: data.map(round) }));
}

function byGauge(weight: HostTensor, axes: readonly Factored[], network: WeightNetwork, options: DecomposeOptions, scale: number): Found {
  const factored = factorWeight(weight, axes);
  const tree = rootTree(network);
  const caps = new Map(bondLegs(network).map((leg) => [leg, options.sizes?.get(leg) ?? legSize(network, leg)]));
  const exact = canonicalCores(factored, network, tree, (leg) => caps.get(leg)!);
  const cuts = distinctCuts(network, tree, exact.spectra);
  const policy = options.sizes === undefined ? options.policy : undefined;
  const target: TreeTarget = { factored, network, tree, exact, cuts, caps, policy, entries: count(weight.shape) };
  const cores = policy === undefined ? atSizes(target) : withinBudget(target, policy);
  const size = (leg: number) => (policy === undefined ? caps.get(leg) : sizeOfLeg(network, cores, leg)) ?? legSize(network, leg);
  const final = cores.map((core, k) => {
    const bonds = network.nodes[k].legs.filter((leg) => caps.has(leg)).length;
    // As the gauge shares the weight out: its root at every end of a bond, the inverse root at every further one.
    return scaledBy(resize(core, network.nodes[k].legs.map(size)), Math.sqrt(scale) ** (2 - bonds));
  });
  const length = norm(weight.data);
  return {
    cores: final,
    bonds: bondLegs(network).map((leg) => bondReport(network, leg, size(leg), scaledSpectrum(exact.spectra.get(leg)!, scale))),
    parameters: parameterCount(network, size),
    entries: count(weight.shape),
    bound: length === 0 ? 0 : truncationBound(cuts, size) / length,
    method: 'svd',
  };
}

function scaledSpectrum(spectrum: Float64Array, scale: number): Float64Array {
  return scale === 1 ? spectrum : spectrum.map((value) => value * scale);
}

function byFit(weight: HostTensor, axes: readonly Factored[], network: WeightNetwork, options: DecomposeOptions, scale: number): Found {
  const { policy, sizes, seed = [0, 0], stop } = options;
  const factored = factorWeight(weight, axes);
  const fits = new Fits(factored, seed, stop);
  const sized =
    sizes === undefined ? network : { ...network, legs: network.legs.map((leg) => ({ ...leg, size: sizes.get(leg.id) ?? leg.size })) };
  const found = policy === undefined || sizes !== undefined ? fits.of(sized) : fitByPolicy(network, policy, count(weight.shape), fits);
  return {
    cores: found.cores.map((core) => scaledBy(core, scale ** (1 / network.nodes.length))),
    bonds: bondLegs(network).map((leg) => {
      const side = sideOfBond(network, leg);
      return bondReport(
        network,
        leg,
        legSize(found.network, leg),
        side === undefined ? undefined : scaledSpectrum(unfoldingSpectrum(factored, network, side), scale),
      );
    }),
    parameters: parameterCount(found.network),
    entries: count(weight.shape),
    method: found.method,
    iterations: found.iterations,
    limited: found.limited,
    raced: found.raced,
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
export function refuseNotFinite({ data, shape }: HostTensor): never {
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
function warningsOf({ method, bonds }: Measured, length: number): string[] {
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

/** Where an iteration ended early, or starts ended far apart, another seed or more steps may do better. */
export function unsettled({ method, limited, iterations, error }: Measured): string[] {
  if (method === 'svd' || limited !== true || error <= 1e-12) return [];
  return [`the iteration stopped at its limit of ${iterations} steps while the error still fell; another --seed may do better`];
}

export function missed({ error, parameters, entries, bonds }: Measured, { policy, round }: DecomposeOptions): string[] {
  if (policy === undefined) return [];
  const { measure, value } = policy;
  const reached = { error, energy: 1 - error ** 2, share: parameters / entries }[measure];
  const kept = measure === 'energy' ? reached >= value - 1e-12 : reached <= value * (1 + 1e-9);
  if (kept) return [];
  const full = bonds.every(({ size, full: most }) => most !== undefined && size >= most);
  const exact = measure !== 'share' && (full || error <= 1e-12 || (round !== undefined && error <= 1e-6));
  const rounded = round === undefined ? 'rounding in 64 bits costs' : 'rounding to the type of the cores costs; write a wider one';
  const reason = exact ? `the bonds are exact, so that is what ${rounded}` : 'the bonds are at the sizes that cap them; give larger ones';
  return [`\`to ${measure} ${value}\` is missed with ${Number(reached.toPrecision(3))}: ${reason}`];
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
