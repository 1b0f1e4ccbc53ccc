/**
 * After bonds on loops and hubs were cut: all cores of those weights are fitted to what the weights were. Cutting one bond is the best
 * that its two ends can do; what the other cores can do is most of it (a 64 x 64 kernel as a ring, 4 to 3: 0.56 without, 0.0025 with).
 * Cores that are frozen, masked or orthogonal stay, and so do those that other weights have too. Trees need none of this, and sums get none:
 * what a term lost is there for the others to make good in training.
 */
import { networkOf } from '../../compiler/index.ts';
import type { Model, NetworkTerm } from '../../compiler/values/model.ts';
import { factoredBy, networksOf, partsOf } from '../../compiler/values/term.ts';
import { AlternatingLeastSquares } from './als.ts';
import { networkKey } from './change.ts';
import { contract } from './contract.ts';
import { Descent } from './descent.ts';
import { isAcyclic } from './environment.ts';
import { familyOf } from './family.ts';
import { GaussNewton } from './gauss-newton.ts';
import type { Aim } from './joint.ts';
import { JointProblem } from './joint.ts';
import type { WeightNetwork } from './network.ts';
import { lettered, outerLegs } from './network.ts';
import { Problem } from './problem.ts';
import type { HostTensor } from './tensor.ts';
import { count, norm } from './tensor.ts';

/** Entries of a weight beyond which it is not formed. */
const MOST_ENTRIES = 2 ** 23;
/** Entries of the cores up to which steps are Gauss-Newton's. */
const SMALL = 400;
const STEPS = { newton: 60, sweeps: 60, descent: 150 } as const;

/** By parameter id, for those of these weights that change; `before` and `cut` are by parameter id. */
export function refitted(
  model: Model,
  before: readonly HostTensor[],
  cut: readonly HostTensor[],
  weights: readonly number[],
): ReadonlyMap<number, HostTensor> {
  const result = new Map<number, HostTensor>();
  const alone = weights.filter((id) => networksOf(model.weights[id]).length === 1);
  const looped = new Set(alone.filter((id) => !isAcyclic(termOf(model, id)) && entriesOf(model, id) <= MOST_ENTRIES));
  for (const group of groupsOf(model, [...looped])) {
    const free = freeParameters(model, group, looped);
    if (free.length === 0) continue;
    for (const [id, value] of refitGroup(model, before, cut, group, free)) result.set(id, value);
  }
  return result;
}

const termOf = (model: Model, id: number): NetworkTerm => networkOf(model.weights[id])!;

function entriesOf(model: Model, id: number): number {
  const { axes } = familyOf(termOf(model, id), factoredBy(termOf(model, id), model.weights[id].axes));
  return count(axes.map(({ size }) => size));
}

/** Weights that have parameters in common, together. */
function groupsOf(model: Model, weights: readonly number[]): number[][] {
  const parametersOf = (id: number) => termOf(model, id).nodes.map(({ parameter }) => parameter);
  let groups: number[][] = [];
  for (const id of weights) {
    const own = new Set(parametersOf(id));
    const touched = groups.filter((group) => group.some((other) => parametersOf(other).some((parameter) => own.has(parameter))));
    groups = [...groups.filter((group) => !touched.includes(group)), [...touched.flat(), id]];
  }
  return groups;
}

function freeParameters(model: Model, group: readonly number[], looped: ReadonlySet<number>): number[] {
  const used = new Set(group.flatMap((id) => termOf(model, id).nodes.map(({ parameter }) => parameter)));
  for (const weight of model.weights) {
    for (const term of weight.terms) {
      if (looped.has(weight.id) && term === networkOf(weight)) continue;
      for (const { parameter } of partsOf(term)) used.delete(parameter);
    }
  }
  return [...used].filter((id) => {
    const { update, keep, orthogonal, learned } = model.parameters[id];
    return !update.frozen && update.where === undefined && keep === undefined && orthogonal === undefined && learned === undefined;
  });
}

function refitGroup(
  model: Model,
  before: readonly HostTensor[],
  cut: readonly HostTensor[],
  group: readonly number[],
  free: readonly number[],
): Map<number, HostTensor> {
  const networks = [...new Map(group.map((id) => [networkKey(termOf(model, id)), termOf(model, id)])).values()];
  const aims = networks.map((network): Aim => {
    const old = network.nodes.map(({ parameter }) => before[parameter]);
    const cores = network.nodes.map(({ parameter }) => cut[parameter]);
    return {
      network: withSizesOf(network, cores),
      weight: contract(lettered(network, old), outerLegs(network)),
      factor: network.scale ** 2,
    };
  });
  const square = aims.reduce((sum, { weight, factor }) => sum + factor * norm(weight.data) ** 2, 0);
  if (square === 0) return new Map();
  const joint = new JointProblem(
    aims.map((aim) => ({ ...aim, factor: aim.factor / square })),
    (parameter) => cut[parameter],
    free,
  );
  const start = joint.pointOf((parameter) => cut[parameter]);
  const swept = sweepable(aims, free) ? sweep(aims[0], joint, start, cut, free) : start;
  const last = joint.size <= SMALL ? new GaussNewton(joint, swept) : new Descent(joint, swept);
  last.run(joint.size <= SMALL ? STEPS.newton : STEPS.descent);
  const best = last.value < joint.value(start) ? last.point : start;
  return new Map(free.map((id) => [id, { shape: cut[id].shape, data: joint.entriesOf(best, id, cut[id].data.length) }]));
}

function withSizesOf(network: WeightNetwork, cores: readonly HostTensor[]): WeightNetwork {
  const sizes = new Map(network.nodes.flatMap(({ legs }, k) => legs.map((leg, axis) => [leg, cores[k].shape[axis]] as const)));
  return { ...network, legs: network.legs.map((leg) => ({ ...leg, size: sizes.get(leg.id) ?? leg.size })) };
}

/** One weight whose cores are distinct and all free: sweeps of least squares come near faster than steps. */
function sweepable(aims: readonly Aim[], free: readonly number[]): boolean {
  const nodes = aims.flatMap(({ network }) => network.nodes.map(({ parameter }) => parameter));
  return aims.length === 1 && new Set(nodes).size === nodes.length && nodes.every((parameter) => free.includes(parameter));
}

/** Cores come out as long as they were, but for one factor for all: moments that an optimiser has of them still fit. */
function sweep({ network, weight }: Aim, joint: JointProblem, start: Float64Array, cut: readonly HostTensor[], free: readonly number[]) {
  const length = norm(weight.data);
  const share = length ** (1 / network.nodes.length);
  const problem = new Problem(network, { shape: weight.shape, data: weight.data.map((value) => value / length) });
  const cores = network.nodes.map(({ parameter }) => cut[parameter]);
  const iteration = new AlternatingLeastSquares(
    problem,
    problem.pointOf(cores.map(({ shape, data }) => ({ shape, data: data.map((value) => value / share) }))),
  );
  iteration.run(STEPS.sweeps);
  const found = problem.cores(iteration.point);
  const ratios = found.map(({ data }, k) => (share * norm(data)) / norm(cores[k].data));
  if (!ratios.every((ratio) => ratio > 0 && Number.isFinite(ratio))) return start;
  const common = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  const scaled = new Map(
    network.nodes.map(({ parameter }, k) => {
      const factor = (share * common) / ratios[k];
      return [parameter, { shape: cores[k].shape, data: found[k].data.map((value) => value * factor) }] as const;
    }),
  );
  const point = joint.pointOf((parameter) => scaled.get(parameter)!);
  return free.length > 0 && joint.value(point) < joint.value(start) ? point : start;
}
