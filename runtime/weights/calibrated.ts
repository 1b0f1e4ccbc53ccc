/**
 * Decompositions by what a layer makes of its inputs: with L L^T the second moment of the inputs, ||(W - N) L|| is the root of the summed
 * squared errors of its outputs on the examples (SVD-LLM; Wang et al., ICLR 2025, for matrices).
 *
 * Where the input axes lie on one core of a tree, W L is decomposed and that core takes L^-1: the best there is. Elsewhere L is one more
 * core of the network, that stays, and the others are fitted to W L.
 */
import type { Words } from '../../compiler/values/random.ts';
import { AlternatingLeastSquares } from './als.ts';
import { leastOf } from './cap.ts';
import { contract } from './contract.ts';
import type { DecomposeOptions, Decomposition } from './decompose.ts';
import { decompose } from './decompose.ts';
import { Descent } from './descent.ts';
import { freeBonds, resized } from './free-bonds.ts';
import type { InputMoment, Metric } from './input-moment.ts';
import { outputNorm, RIDGE, rootOf, solveRows, withInputs } from './input-moment.ts';
import { JointProblem } from './joint.ts';
import type { Factored, WeightNetwork } from './network.ts';
import { bondLegs, legSize, mergeNetwork, outerLegs, parameterCount } from './network.ts';
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
  inputs: InputMoment,
  options: DecomposeOptions = {},
): Decomposition {
  const { lower, weak } = rootOf(inputs, axes);
  const size = count(inputs.axes.map((axis) => axes[axis].size));
  const seen = withInputs(weight, inputs.axes, lower, size);
  const made = nodeOfInputs(network, inputs.axes);
  const { cores, report } =
    made === undefined
      ? fitted(weight, seen, axes, network, { inputs, lower, size }, options)
      : exactly(seen, axes, network, { inputs, lower, size }, made, options);
  const kept = options.round === undefined ? cores : cores.map(({ shape, data }) => ({ shape, data: data.map(options.round!) }));
  const merged = mergeNetwork(network, axes, kept);
  const relative = (far: number, whole: number) => (whole === 0 ? far : far / whole);
  const difference = { shape: weight.shape, data: weight.data.map((value, at) => value - merged.data[at]) };
  const unseen = `the inputs span ${size - weak} of ${size} directions; along the others the weight counts ${RIDGE} of their mean square`;
  return {
    ...report,
    cores: kept,
    parameters: parameterCount(network, (leg) => sizeIn(network, kept, leg)),
    error: relative(distance(merged.data, weight.data), norm(weight.data)),
    outputError: relative(outputNorm(difference, inputs), outputNorm(weight, inputs)),
    bound: undefined,
    warnings: [...report.warnings, ...(weak === 0 ? [] : [unseen])],
  };
}

function sizeIn(network: WeightNetwork, cores: readonly HostTensor[], leg: number): number {
  const node = network.nodes.findIndex(({ legs }) => legs.includes(leg));
  return cores[node].shape[network.nodes[node].legs.indexOf(leg)];
}

/** The only core that has legs of the input axes, if the network is a tree. */
function nodeOfInputs(network: WeightNetwork, own: readonly number[]): number | undefined {
  if (!isTree(network)) return undefined;
  const legs = new Set(network.legs.flatMap(({ id, outer }) => (outer !== undefined && own.includes(outer[0]) ? [id] : [])));
  const nodes = network.nodes.flatMap((node, k) => (node.legs.some((leg) => legs.has(leg)) ? [k] : []));
  return nodes.length === 1 ? nodes[0] : undefined;
}

/** Legs of the input axes, most significant first, and the root with padding: rows that no input has count as nothing lost. */
function inputLegs(network: WeightNetwork, own: readonly number[]): number[] {
  return own.flatMap((axis) => outerLegs(network).filter((leg) => network.legs.find(({ id }) => id === leg)!.outer![0] === axis));
}

function exactly(
  seen: HostTensor,
  axes: readonly Factored[],
  network: WeightNetwork,
  { inputs, lower, size }: Metric,
  node: number,
  options: DecomposeOptions,
) {
  const report = decompose(seen, axes, network, { ...options, round: undefined });
  const core = report.cores[node];
  const { legs } = network.nodes[node];
  const inner = inputLegs(network, inputs.axes);
  const others = legs.filter((leg) => !inner.includes(leg));
  const order = [...others, ...inner].map((leg) => legs.indexOf(leg));
  const turned = permute(core, order);
  // Without padding one axis after another, as the moment has them.
  const split = turned.shape.slice(0, others.length);
  const factors = inputs.axes.map((axis) => count(axes[axis].factors));
  const merged = reshape(turned, [...split, ...factors]);
  const plain = resize(merged, [...split, ...inputs.axes.map((axis) => axes[axis].size)]);
  const solved = { shape: plain.shape, data: solveRows(plain.data, lower, size) };
  const back = reshape(resize(solved, merged.shape), turned.shape);
  const cores = report.cores.map((other, k) =>
    k === node
      ? permute(
          back,
          order.map((_, axis) => order.indexOf(axis)),
        )
      : other,
  );
  return { cores, report };
}

function fitted(
  weight: HostTensor,
  seen: HostTensor,
  axes: readonly Factored[],
  network: WeightNetwork,
  metric: Metric,
  options: DecomposeOptions,
) {
  const { policy, sizes, seed } = options;
  const at = (cap: number) => {
    const size = (leg: number) => sizes?.get(leg) ?? Math.min(cap, legSize(network, leg));
    return fitAt(weight, seen, axes, resized(network, size), metric, seed);
  };
  if (policy === undefined || sizes !== undefined) return at(Number.POSITIVE_INFINITY);
  if (policy.measure === 'share') {
    // What fits is a matter of sizes alone.
    const { bonds } = decompose(weight, axes, network, { policy, seed });
    const decided = new Map(bonds.map(({ leg, size }) => [leg, size]));
    return fitAt(
      weight,
      seen,
      axes,
      resized(network, (leg) => decided.get(leg)!),
      metric,
      seed,
    );
  }
  const wanted = policy.measure === 'error' ? policy.value : Math.sqrt(Math.max(0, 1 - policy.value));
  const most = Math.max(1, ...freeBonds(network).map((leg) => legSize(network, leg)));
  return at(leastOf(1, most, (cap) => cap === most || at(cap).reached <= wanted));
}

/** From the nearest cores of the weight itself; never worse by the outputs than they are. */
function fitAt(
  weight: HostTensor,
  seen: HostTensor,
  axes: readonly Factored[],
  network: WeightNetwork,
  { inputs, lower, size }: Metric,
  seed?: Words,
) {
  const report = decompose(weight, axes, network, { seed });
  const own = { ...network, legs: network.legs.map((leg) => ({ ...leg, size: sizeIn(network, report.cores, leg.id) })) };
  const inner = inputLegs(own, inputs.axes);
  const next = 1 + Math.max(...own.legs.map(({ id }) => id), 0);
  const parameter = 1 + Math.max(...own.nodes.map((node) => node.parameter));
  const root = paddedRoot(axes, inputs.axes, lower, size);
  const extended: WeightNetwork = {
    ...own,
    nodes: [...own.nodes, { name: 'inputs', parameter, legs: [...inner, next] }],
    legs: [
      ...own.legs.map(({ outer, ...leg }) => (outer === undefined || inner.includes(leg.id) ? leg : { ...leg, outer })),
      { id: next, size, outer: [axes.length, 0] as const },
    ],
  };
  const length = norm(seen.data);
  const target = seenBy(weight, axes, own, inner, root, next, outerLegs(extended));
  const values = (id: number) => (id === parameter ? root : report.cores[own.nodes.findIndex((node) => node.parameter === id)]);
  const free = [...new Set(own.nodes.map((node) => node.parameter))];
  const joint = new JointProblem([{ network: extended, weight: target, factor: length === 0 ? 1 : 1 / length ** 2 }], values, free);
  const start = joint.pointOf(values);
  const swept = sweep(extended, target, length, joint, start, values, parameter);
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

/** L with zeros for rows that pad the axes, its rows split into their factors. */
function paddedRoot(axes: readonly Factored[], own: readonly number[], lower: Float64Array, size: number): HostTensor {
  const plain = { shape: [...own.map((axis) => axes[axis].size), size], data: lower };
  const padded = resize(plain, [...own.map((axis) => count(axes[axis].factors)), size]);
  return reshape(padded, [...own.flatMap((axis) => [...axes[axis].factors]), size]);
}

/** W L over the outer legs of the network that has L. */
function seenBy(
  weight: HostTensor,
  axes: readonly Factored[],
  network: WeightNetwork,
  inner: readonly number[],
  root: HostTensor,
  next: number,
  outer: readonly number[],
): HostTensor {
  const padded = resize(
    weight,
    axes.map(({ factors }) => count(factors)),
  );
  const factored = reshape(
    padded,
    axes.flatMap(({ factors }) => [...factors]),
  );
  return contract(
    [
      { letters: outerLegs(network), tensor: factored },
      { letters: [...inner, next], tensor: root },
    ],
    outer,
  );
}

function sweep(
  network: WeightNetwork,
  target: HostTensor,
  length: number,
  joint: JointProblem,
  start: Float64Array,
  values: (parameter: number) => HostTensor,
  fixed: number,
): Float64Array {
  const ids = network.nodes.map((node) => node.parameter);
  const bonds = new Set([...bondLegs(network)]);
  const unknowns = network.nodes.map(({ legs }) => count(legs.filter((leg) => bonds.has(leg)).map((leg) => legSize(network, leg))));
  const largest = Math.max(...unknowns.filter((_, k) => ids[k] !== fixed));
  if (length === 0 || new Set(ids).size < ids.length || largest > SWEPT) return start;
  const share = length ** (1 / (ids.length - 1));
  const problem = new Problem(network, { shape: target.shape, data: target.data.map((value) => value / length) });
  const cores = ids.map((id) => {
    const { shape, data } = values(id);
    return { shape, data: id === fixed ? data : data.map((value) => value / share) };
  });
  const iteration = new AlternatingLeastSquares(problem, problem.pointOf(cores), (node) => ids[node] !== fixed);
  iteration.run(STEPS.sweeps);
  const found = problem.cores(iteration.point);
  const point = joint.pointOf((id) => {
    const { shape, data } = found[ids.indexOf(id)];
    return { shape, data: data.map((value) => value * share) };
  });
  return joint.value(point) < joint.value(start) ? point : start;
}
