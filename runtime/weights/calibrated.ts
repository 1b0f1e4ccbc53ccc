/**
 * Decompositions by what a layer makes of its inputs: with L L^T the second moment of the inputs, ||(W - N) L|| is the root of the summed
 * squared errors of its outputs on the examples (SVD-LLM; Wang et al., ICLR 2025, for matrices). With R R^T that of the gradients at its
 * outputs, ||R^T (W - N) L|| is what they do to the loss, to second order (Martens and Grosse, ICML 2015: Kronecker factors).
 *
 * Where the axes of each side lie on one core of a tree, R^T W L is decomposed and these cores take the inverses: the best there is.
 * Elsewhere L and R are further cores of the network, that stay, and the others are fitted.
 */
import type { Words } from '../../compiler/values/random.ts';
import { AlternatingLeastSquares } from './als.ts';
import { leastOf } from './cap.ts';
import { contract } from './contract.ts';
import type { DecomposeOptions, Decomposition } from './decompose.ts';
import { decompose } from './decompose.ts';
import { Descent } from './descent.ts';
import { freeBonds, resized } from './free-bonds.ts';
import type { Moments, Side } from './input-moment.ts';
import { outputNorm, RIDGE, sidesOf, solveRows, withInputs } from './input-moment.ts';
import { JointProblem } from './joint.ts';
import type { Factored, WeightNetwork } from './network.ts';
import { bondLegs, factorWeight, legSize, mergeNetwork, outerLegs, parameterCount } from './network.ts';
import { Problem } from './problem.ts';
import type { HostTensor } from './tensor.ts';
import { count, distance, norm, permute, reshape, resize } from './tensor.ts';
import { isTree } from './tree.ts';

/** Unknowns of one core up to which sweeps of least squares are worth their time. */
const SWEPT = 300;
const STEPS = { sweeps: 60, descent: 200 } as const;

/** As `decompose`, where `error` of a policy is that of the outputs. Throws RangeError also where the inputs are all zero. */
export function decomposeByInputs(
  weight: HostTensor,
  axes: readonly Factored[],
  network: WeightNetwork,
  moments: Moments,
  options: DecomposeOptions = {},
): Decomposition {
  const sides = sidesOf(moments, axes);
  const { cores, report } = isDirect(network, sides)
    ? exactly(weight, axes, network, sides, options)
    : fitted(weight, axes, network, sides, options);
  const kept = options.round === undefined ? cores : cores.map(({ shape, data }) => ({ shape, data: data.map(options.round!) }));
  const merged = mergeNetwork(network, axes, kept);
  const relative = (far: number, whole: number) => (whole === 0 ? far : far / whole);
  const difference = { shape: weight.shape, data: weight.data.map((value, at) => value - merged.data[at]) };
  const unseen = sides.flatMap(({ size, weak }, k) => {
    const what = k === 0 ? 'inputs' : 'gradients';
    if (weak === 0) return [];
    return [`the ${what} span ${size - weak} of ${size} directions; along the others the weight counts ${RIDGE} of their mean square`];
  });
  return {
    ...report,
    cores: kept,
    parameters: parameterCount(network, (leg) => sizeIn(network, kept, leg)),
    error: relative(distance(merged.data, weight.data), norm(weight.data)),
    outputError: relative(outputNorm(difference, moments), outputNorm(weight, moments)),
    near: moments.gradients === undefined ? 'inputs' : 'inputs and gradients',
    bound: undefined,
    warnings: [...report.warnings, ...unseen],
  };
}

function sizeIn(network: WeightNetwork, cores: readonly HostTensor[], leg: number): number {
  const node = network.nodes.findIndex(({ legs }) => legs.includes(leg));
  return cores[node].shape[network.nodes[node].legs.indexOf(leg)];
}

/** Whether the network is a tree in which one core has all legs of each side. */
export function isDirect(network: WeightNetwork, sides: readonly Side[]): boolean {
  return isTree(network) && sides.every((side) => nodesOf(network, side).length === 1);
}

/** R^T W L, axes where they are. */
export function seenThrough(weight: HostTensor, sides: readonly Side[]): HostTensor {
  return sides.reduce((seen, { axes, lower, size }) => withInputs(seen, axes, lower, size), weight);
}

/** Cores that have legs of the axes of a side. */
function nodesOf(network: WeightNetwork, { axes: own }: Side): number[] {
  const legs = new Set(network.legs.flatMap(({ id, outer }) => (outer !== undefined && own.includes(outer[0]) ? [id] : [])));
  return network.nodes.flatMap((node, k) => (node.legs.some((leg) => legs.has(leg)) ? [k] : []));
}

/** Legs of the axes of a side, most significant first. */
function legsOf(network: WeightNetwork, { axes: own }: Side): number[] {
  return own.flatMap((axis) => outerLegs(network).filter((leg) => network.legs.find(({ id }) => id === leg)!.outer![0] === axis));
}

function exactly(weight: HostTensor, axes: readonly Factored[], network: WeightNetwork, sides: readonly Side[], options: DecomposeOptions) {
  const report = decompose(seenThrough(weight, sides), axes, network, { ...options, round: undefined });
  const cores = [...report.cores];
  for (const side of sides) {
    const [node] = nodesOf(network, side);
    cores[node] = solvedCore(cores[node], network.nodes[node].legs, legsOf(network, side), axes, side);
  }
  return { cores, report };
}

/** A core that has all legs of a side, times the inverse of its root. */
function solvedCore(
  core: HostTensor,
  legs: readonly number[],
  inner: readonly number[],
  axes: readonly Factored[],
  side: Side,
): HostTensor {
  const others = legs.filter((leg) => !inner.includes(leg));
  const order = [...others, ...inner].map((leg) => legs.indexOf(leg));
  const turned = permute(core, order);
  // Without padding one axis after another, as the moment has them.
  const split = turned.shape.slice(0, others.length);
  const factors = side.axes.map((axis) => count(axes[axis].factors));
  const merged = reshape(turned, [...split, ...factors]);
  const plain = resize(merged, [...split, ...side.axes.map((axis) => axes[axis].size)]);
  const solved = { shape: plain.shape, data: solveRows(plain.data, side.lower, side.size) };
  const back = reshape(resize(solved, merged.shape), turned.shape);
  return permute(
    back,
    order.map((_, axis) => order.indexOf(axis)),
  );
}

function fitted(weight: HostTensor, axes: readonly Factored[], network: WeightNetwork, sides: readonly Side[], options: DecomposeOptions) {
  const { policy, sizes, seed } = options;
  const at = (cap: number) => {
    const size = (leg: number) => sizes?.get(leg) ?? Math.min(cap, legSize(network, leg));
    return fitAt(weight, axes, resized(network, size), sides, seed);
  };
  if (policy === undefined || sizes !== undefined) return at(Number.POSITIVE_INFINITY);
  if (policy.measure === 'share') {
    // What fits is a matter of sizes alone.
    const { bonds } = decompose(weight, axes, network, { policy, seed });
    const decided = new Map(bonds.map(({ leg, size }) => [leg, size]));
    return fitAt(
      weight,
      axes,
      resized(network, (leg) => decided.get(leg)!),
      sides,
      seed,
    );
  }
  const wanted = policy.measure === 'error' ? policy.value : Math.sqrt(Math.max(0, 1 - policy.value));
  const most = Math.max(1, ...freeBonds(network).map((leg) => legSize(network, leg)));
  return at(leastOf(1, most, (cap) => cap === most || at(cap).reached <= wanted));
}

/** From the nearest cores of the weight itself; never worse by the outputs than they are. */
function fitAt(weight: HostTensor, axes: readonly Factored[], network: WeightNetwork, sides: readonly Side[], seed?: Words) {
  const report = decompose(weight, axes, network, { seed });
  const own = { ...network, legs: network.legs.map((leg) => ({ ...leg, size: sizeIn(network, report.cores, leg.id) })) };
  const extended = extendedBy(own, axes, sides);
  const length = norm(seenThrough(weight, sides).data);
  const target = seenBy(weight, axes, own, extended);
  const fixed = new Map(extended.roots.map(({ parameter, root }) => [parameter, root]));
  const values = (id: number) => fixed.get(id) ?? report.cores[own.nodes.findIndex((node) => node.parameter === id)];
  const free = [...new Set(own.nodes.map((node) => node.parameter))];
  const joint = new JointProblem([{ network: extended.network, weight: target, factor: length === 0 ? 1 : 1 / length ** 2 }], values, free);
  const start = joint.pointOf(values);
  const swept = sweep(extended.network, target, length, joint, start, values, fixed);
  const last = new Descent(joint, swept);
  last.run(STEPS.descent);
  const best = last.value < joint.value(start) ? last.point : start;
  const cores = own.nodes.map((node, k) => {
    const { shape, data } = report.cores[k];
    return { shape, data: joint.entriesOf(best, node.parameter, data.length) };
  });
  const bonds = report.bonds.map((bond) => ({ ...bond, size: sizeIn(own, cores, bond.leg) }));
  return { cores, report: { ...report, bonds }, reached: Math.sqrt(joint.value(best)) };
}

interface Extended {
  readonly network: WeightNetwork;
  /** The cores that stay: legs of a side, then one that is an axis of what is fitted. */
  readonly roots: readonly { readonly parameter: number; readonly legs: readonly number[]; readonly root: HostTensor }[];
}

/** The network with the root of each side as one core more. */
function extendedBy(own: WeightNetwork, axes: readonly Factored[], sides: readonly Side[]): Extended {
  const next = 1 + Math.max(...own.legs.map(({ id }) => id), 0);
  const parameter = 1 + Math.max(...own.nodes.map((node) => node.parameter));
  const roots = sides.map((side, k) => ({
    parameter: parameter + k,
    legs: [...legsOf(own, side), next + k],
    root: paddedRoot(axes, side),
  }));
  const met = new Set(roots.flatMap(({ legs }) => legs));
  return {
    network: {
      ...own,
      nodes: [
        ...own.nodes,
        ...roots.map((root, k) => ({ name: k === 0 ? 'inputs' : 'gradients', parameter: root.parameter, legs: root.legs })),
      ],
      legs: [
        ...own.legs.map(({ outer, ...leg }) => (outer === undefined || met.has(leg.id) ? leg : { ...leg, outer })),
        ...sides.map(({ size }, k) => ({ id: next + k, size, outer: [axes.length + k, 0] as const })),
      ],
    },
    roots,
  };
}

/** L with zeros for rows that pad the axes, its rows split into their factors. */
function paddedRoot(axes: readonly Factored[], { axes: own, lower, size }: Side): HostTensor {
  const plain = { shape: [...own.map((axis) => axes[axis].size), size], data: lower };
  const padded = resize(plain, [...own.map((axis) => count(axes[axis].factors)), size]);
  return reshape(padded, [...own.flatMap((axis) => [...axes[axis].factors]), size]);
}

/** R^T W L over the outer legs of the network that has the roots. */
function seenBy(weight: HostTensor, axes: readonly Factored[], own: WeightNetwork, { network, roots }: Extended): HostTensor {
  const factored = { letters: outerLegs(own), tensor: factorWeight(weight, axes) };
  return contract([factored, ...roots.map(({ legs, root }) => ({ letters: [...legs], tensor: root }))], outerLegs(network));
}

function sweep(
  network: WeightNetwork,
  target: HostTensor,
  length: number,
  joint: JointProblem,
  start: Float64Array,
  values: (parameter: number) => HostTensor,
  fixed: ReadonlyMap<number, HostTensor>,
): Float64Array {
  const ids = network.nodes.map((node) => node.parameter);
  const bonds = new Set([...bondLegs(network)]);
  const unknowns = network.nodes.map(({ legs }) => count(legs.filter((leg) => bonds.has(leg)).map((leg) => legSize(network, leg))));
  const largest = Math.max(...unknowns.filter((_, k) => !fixed.has(ids[k])));
  if (length === 0 || new Set(ids).size < ids.length || largest > SWEPT) return start;
  const share = length ** (1 / (ids.length - fixed.size));
  const problem = new Problem(network, { shape: target.shape, data: target.data.map((value) => value / length) });
  const cores = ids.map((id) => {
    const { shape, data } = values(id);
    return { shape, data: fixed.has(id) ? data : data.map((value) => value / share) };
  });
  const iteration = new AlternatingLeastSquares(problem, problem.pointOf(cores), (node) => !fixed.has(ids[node]));
  iteration.run(STEPS.sweeps);
  const found = problem.cores(iteration.point);
  const point = joint.pointOf((id) => {
    const { shape, data } = found[ids.indexOf(id)];
    return { shape, data: data.map((value) => value * share) };
  });
  return joint.value(point) < joint.value(start) ? point : start;
}
