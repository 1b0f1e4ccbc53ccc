/**
 * How far weights are from what they were: |W - W'| over networks of one form, whose bonds may differ. Trees are not merged: the
 * difference of two is a tree with the bonds of both, and its norm is that of the two triangles at one bond, so nothing is lost to a
 * difference of squares. Other networks are merged.
 */
import type { Model, NetworkTerm, Weight } from '../../compiler/values/model.ts';
import { factoredBy, networksOf } from '../../compiler/values/term.ts';
import { branchTriangle, endsOf, isAcyclic } from './environment.ts';
import { familyOf } from './family.ts';
import { multiply, transpose } from './linear-algebra.ts';
import { mergeNetworks } from './merge.ts';
import type { WeightNetwork } from './network.ts';
import { bondLegs, legPosition, mergeNetwork } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, distance, norm, strides } from './tensor.ts';

export interface Change {
  readonly distance: number;
  /** Of the weights before. */
  readonly norm: number;
}

/** Of the networks of these weights together; values are by parameter id. Weights that are one network of the same parameters count once. */
export function changeOfWeights(
  model: Model,
  before: readonly HostTensor[],
  after: readonly HostTensor[],
  weights: readonly number[],
): Change {
  const sums = new Map(
    weights.map((id) => {
      const networks = networksOf(model.weights[id]).map(({ network }) => network);
      // A family is one network, but as a sum it is merged member by member.
      const member =
        networks.length === 1 && model.weights[id].terms.every(({ is }) => is !== 'sparse')
          ? ''
          : `${networks.map(({ legs }) => legs.map(({ at }) => at ?? ''))}`;
      return [networks.map(networkKey).join() + member, { weight: model.weights[id], networks }] as const;
    }),
  );
  const parts = [...sums.values()].map(({ weight, networks }) => {
    if (networks.length > 1 || weight.terms.some(({ is }) => is === 'sparse')) return changeOfSum(model, weight, before, after);
    const [network] = networks;
    const [old, next] = [before, after].map((values) => network.nodes.map(({ parameter }) => values[parameter]));
    return changeOfNetwork(weight, network, old, next);
  });
  return { distance: Math.hypot(...parts.map((part) => part.distance)), norm: Math.hypot(...parts.map((part) => part.norm)) };
}

/** Equal for weights that are one network of the same parameters. */
export function networkKey({ nodes, scale }: NetworkTerm): string {
  return JSON.stringify([nodes.map(({ parameter, legs }) => [parameter, legs]), scale]);
}

export function relativeChange({ distance: far, norm: length }: Change): number {
  return length === 0 ? 0 : far / length;
}

/** What terms lose adds up, so sums are merged, with the single entries that they are added to. */
function changeOfSum(model: Model, weight: Weight, before: readonly HostTensor[], after: readonly HostTensor[]): Change {
  const old = mergeNetworks(model, before, weight);
  return { distance: distance(old, mergeNetworks(model, after, weight)), norm: norm(old) };
}

function changeOfNetwork(weight: Weight, network: NetworkTerm, before: readonly HostTensor[], after: readonly HostTensor[]): Change {
  const scale = Math.abs(network.scale);
  // Padding is no part of the weight, and the norm of a tree has it.
  const whole = familyOf(network, factoredBy(network, weight.axes));
  const { axes } = whole;
  const padded = axes.some(({ size, factors }) => size !== count(factors));
  const [bond] = bondLegs(network);
  if (padded || bond === undefined || !isAcyclic(network)) {
    const [old, next] = [before, after].map((cores) => mergeNetwork(whole.network, axes, cores).data);
    return { distance: scale * distance(old, next), norm: scale * norm(old) };
  }
  const both = before.map((core, node) => directSum(network, node, core, after[node]));
  return { distance: scale * treeNorm(network, both, bond, before), norm: scale * treeNorm(network, before, bond) };
}

/** The cores of a sum of two networks: the second behind the first along every bond. */
function directSum(network: WeightNetwork, node: number, first: HostTensor, second: HostTensor): HostTensor {
  const isBond = network.nodes[node].legs.map((leg) => network.legs[legPosition(network, leg)].outer === undefined);
  const shape = first.shape.map((size, axis) => (isBond[axis] ? size + second.shape[axis] : size));
  const data = new Float64Array(count(shape));
  const steps = strides(shape);
  for (const [core, begins] of [
    [first, shape.map(() => 0)],
    [second, shape.map((_, axis) => (isBond[axis] ? first.shape[axis] : 0))],
  ] as const) {
    const place = (axis: number, from: number, to: number): number => {
      if (axis === shape.length) {
        data[to] = core.data[from];
        return from + 1;
      }
      let next = from;
      for (let k = 0; k < core.shape[axis]; k++) next = place(axis + 1, next, to + (begins[axis] + k) * steps[axis]);
      return next;
    };
    place(0, 0, 0);
  }
  return { shape, data };
}

/** |A B^T| by the triangles at a bond; with `first`, indices of the bond beyond its size there count negatively. */
function treeNorm(network: WeightNetwork, cores: readonly HostTensor[], bond: number, first?: readonly HostTensor[]): number {
  const [left, right] = endsOf(network, bond);
  const size = cores[left.node].shape[left.axis];
  const [a, b] = [left, right].map((end) => branchTriangle(network, cores, end));
  const positive = first?.[left.node].shape[left.axis] ?? size;
  const turned = transpose(b, size, size).map((value, at) => (Math.floor(at / size) < positive ? value : -value));
  return norm(multiply(a, turned, size, size, size));
}
