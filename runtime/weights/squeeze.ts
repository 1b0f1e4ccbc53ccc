/**
 * Smaller bonds for given cores. Bonds that share a core are one class with one pair of matrices for their two sides, chosen for all of
 * them at once: the triangles of the weights are stacked, which bounds the sum of their squared errors. Where cutting the bond parts
 * nothing, the cores at its ends stand for their sides; a bond of more than two cores, or one along which a mask of a core counts,
 * loses whole indices.
 */
import type { Bond } from '../../compiler/index.ts';
import { networkOf } from '../../compiler/index.ts';
import { legsIn } from '../../compiler/values/mask.ts';
import type { Model, NetworkTerm, Parameter } from '../../compiler/values/model.ts';
import { complement, gaugeBond } from './bond-gauge.ts';
import type { End } from './environment.ts';
import { branchTriangle, coreTriangle, endsOf, isAcyclic } from './environment.ts';
import { transformAxis, unfold } from './gauge.ts';
import { multiply, transpose, triangle } from './linear-algebra.ts';
import { mergeNetwork } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { distance, norm } from './tensor.ts';

/** New index j of an axis of a parameter is the sum over old i of value[j, i]; its gradient that of gradient[j, i]. */
export interface AxisMap {
  readonly parameter: number;
  readonly axis: number;
  readonly value: Float64Array;
  readonly gradient: Float64Array;
}
export interface BondCut {
  readonly bonds: readonly Bond[];
  readonly size: number;
  readonly maps: readonly AxisMap[];
  /** |W - W'| over all weights of the class together. */
  readonly distance: number;
  /** |W| by weight; weights that are one network of the same parameters once. */
  readonly norms: ReadonlyMap<number, number>;
  /** Of the bond before the cut, where it parts the weights. */
  readonly spectrum?: Float64Array;
}

/** The cut of a class of bonds (all of one size) to `size`, 1 to the present one. `values` are by parameter id. */
export function cutBonds(model: Model, values: readonly HostTensor[], bonds: readonly Bond[], size: number): BondCut {
  const placed = bonds.map((bond) => placeOf(model, values, bond));
  const [{ size: present }] = bonds;
  const gauged = placed.every(({ ends, masked }) => ends.length === 2 && !masked);
  const { maps, spectrum } = gauged ? gaugeMaps(placed, present, size) : dropMaps(placed, present, size);
  const exact = gauged && placed.every(({ acyclic }) => acyclic);
  const cost = exact ? acyclicDistance(placed, maps, present) : measuredDistance(placed, model, mapValues(values, maps));
  return { bonds, size, maps, ...cost, ...(exact ? { spectrum } : {}) };
}

/** Values after the maps, by parameter id; the others are as they were. */
export function mapValues(values: readonly HostTensor[], maps: readonly AxisMap[]): HostTensor[] {
  const next = [...values];
  for (const { parameter, axis, value } of maps) next[parameter] = transformAxis(next[parameter], axis, value);
  return next;
}

interface BondInWeight {
  readonly weight: number;
  readonly network: NetworkTerm;
  readonly cores: readonly HostTensor[];
  readonly ends: readonly End[];
  readonly acyclic: boolean;
  readonly masked: boolean;
}

function placeOf(model: Model, values: readonly HostTensor[], { weight, leg }: Bond): BondInWeight {
  const network = networkOf(model.weights[weight])!;
  const ends = endsOf(network, leg);
  const masked = ends.some(({ node, axis }) => hasMask(model.parameters[network.nodes[node].parameter], axis));
  return { weight, network, cores: network.nodes.map(({ parameter }) => values[parameter]), ends, acyclic: isAcyclic(network), masked };
}

/** True if a mask counts positions along this axis. */
function hasMask({ update, keep }: Parameter, axis: number): boolean {
  const masks = [keep, update.frozen ? undefined : update.where].filter((mask) => mask !== undefined);
  return masks.some((mask) => legsIn(mask).includes(axis));
}

const placeKey = ({ network }: BondInWeight, { node, axis }: End) => `${network.nodes[node].parameter}/${axis}`;

/** Side 0 or 1 of each axis of a parameter; undefined where an axis would be on both, so that the two sides are one. */
function sidesOf(placed: readonly BondInWeight[]): ReadonlyMap<string, number> | undefined {
  const across = new Map<string, string[]>();
  for (const place of placed) {
    const keys = place.ends.map((end) => placeKey(place, end));
    keys.forEach((key, k) => void across.set(key, [...(across.get(key) ?? []), keys[1 - k]]));
  }
  const [start] = across.keys();
  const sides = new Map([[start, 0]]);
  for (const [key, side] of sides) {
    for (const other of across.get(key)!) {
      if (sides.get(other) === side) return undefined;
      sides.set(other, 1 - side);
    }
  }
  return sides;
}

/** Balanced, best of this size for the stacked weights. */
function gaugeMaps(placed: readonly BondInWeight[], r: number, size: number): { maps: AxisMap[]; spectrum?: Float64Array } {
  const sides = sidesOf(placed);
  const stacks: Float64Array[][] = [[], []];
  for (const place of distinct(placed)) {
    for (const end of place.ends) {
      const factor = triangleOf(place, end);
      if (sides === undefined) for (const stack of stacks) stack.push(factor);
      else stacks[sides.get(placeKey(place, end))!].push(factor);
    }
  }
  const [a, b] = stacks.map((stack) => stacked(stack, r));
  const { p, q, spectrum } = gaugeBond(a, b, r, sides === undefined);
  const [head, tail] = [p, q].map((rows) => rows.subarray(0, size * r));
  const maps = placesIn(placed).map(({ key, parameter, axis }) => {
    const first = (sides?.get(key) ?? 0) === 0;
    return { parameter, axis, value: first ? head : tail, gradient: first ? tail : head };
  });
  return { maps, spectrum };
}

/** R of one side of a weight, with its share of the network's scale. */
function triangleOf({ network, cores, acyclic }: BondInWeight, end: End): Float64Array {
  const factor = acyclic ? branchTriangle(network, cores, end) : coreTriangle(cores[end.node], end.axis);
  const scale = Math.sqrt(Math.abs(network.scale));
  return scale === 1 ? factor : factor.map((value) => scale * value);
}

/** One triangle for several. */
function stacked(factors: readonly Float64Array[], r: number): Float64Array {
  if (factors.length === 1) return factors[0];
  const rows = Float64Array.from(factors.flatMap((factor) => [...factor]));
  return triangle(transpose(rows, rows.length / r, r), r, rows.length / r);
}

/** The first indices where masks count positions, else those whose cores are longest, in their order. */
function dropMaps(placed: readonly BondInWeight[], r: number, size: number): { maps: AxisMap[]; spectrum?: Float64Array } {
  const lengths = placed.some(({ masked }) => masked) ? undefined : importance(placed, r);
  const kept = Array.from({ length: r }, (_, index) => index)
    .sort((i, j) => (lengths === undefined ? 0 : lengths[j] - lengths[i]) || i - j)
    .slice(0, size)
    .sort((i, j) => i - j);
  const rows = new Float64Array(size * r);
  for (const [row, index] of kept.entries()) rows[row * r + index] = 1;
  return { maps: placesIn(placed).map(({ parameter, axis }) => ({ parameter, axis, value: rows, gradient: rows })) };
}

/** For each index of a bond the product of the lengths of its slices, squared and summed over weights. */
function importance(placed: readonly BondInWeight[], r: number): number[] {
  const lengths = distinct(placed).map(({ cores, ends }) => {
    const slices = ends.map(({ node, axis }) => ({ rows: unfold(cores[node], axis), width: cores[node].data.length / r }));
    return (index: number) =>
      slices.reduce((product, { rows, width }) => product * norm(rows.subarray(index * width, (index + 1) * width)), 1);
  });
  return Array.from({ length: r }, (_, index) => lengths.reduce((sum, length) => sum + length(index) ** 2, 0));
}

/** Weights that are one network of the same parameters count once. */
function distinct(placed: readonly BondInWeight[]): BondInWeight[] {
  const keyOf = ({ network, ends }: BondInWeight) => JSON.stringify([network.nodes.map(({ parameter, legs }) => [parameter, legs]), ends]);
  const keys = placed.map(keyOf);
  return placed.filter((_, k) => keys.indexOf(keys[k]) === k);
}

function placesIn(placed: readonly BondInWeight[]): { key: string; parameter: number; axis: number }[] {
  const all = placed.flatMap((place) =>
    place.ends.map((end) => ({ key: placeKey(place, end), parameter: place.network.nodes[end.node].parameter, axis: end.axis })),
  );
  return [...new Map(all.map((found) => [found.key, found])).values()];
}

/** By the triangles: |A (1 - P Q^T) B^T| for each place, exact where a weight has one bond of the class, else squares summed. */
function acyclicDistance(placed: readonly BondInWeight[], maps: readonly AxisMap[], r: number): Pick<BondCut, 'distance' | 'norms'> {
  const parts = distinct(placed).map((place) => {
    const [a, b] = place.ends.map((end) => triangleOf(place, end));
    const { parameter } = place.network.nodes[place.ends[0].node];
    const { value, gradient } = maps.find((map) => map.parameter === parameter && map.axis === place.ends[0].axis)!;
    const behind = transpose(b, r, r);
    const lost = multiply(a, multiply(complement(value, gradient, r), behind, r, r, r), r, r, r);
    return { weight: place.weight, distance: norm(lost), norm: norm(multiply(a, behind, r, r, r)) };
  });
  return total(parts);
}

/** By contracting the weights before and after. */
function measuredDistance(
  placed: readonly BondInWeight[],
  model: Model,
  after: readonly HostTensor[],
): Pick<BondCut, 'distance' | 'norms'> {
  const parts = distinct(placed).map(({ network, cores, weight }) => {
    const { axes } = model.weights[weight];
    const before = mergeNetwork(network, axes, cores).data;
    const cut = network.nodes.map(({ parameter }) => after[parameter]);
    const scale = Math.abs(network.scale);
    return { weight, distance: scale * distance(before, mergeNetwork(network, axes, cut).data), norm: scale * norm(before) };
  });
  return total(parts);
}

function total(parts: readonly { weight: number; distance: number; norm: number }[]): Pick<BondCut, 'distance' | 'norms'> {
  return { distance: Math.hypot(...parts.map((part) => part.distance)), norms: new Map(parts.map((part) => [part.weight, part.norm])) };
}

/**
 * Bound of the change of all weights that cuts, one after another, make of them, relative to what they were before the first. Cuts that
 * part trees are projections one within another, so their squares add up; of others only the triangle inequality is known.
 */
export function relativeError(cuts: readonly BondCut[]): number {
  const length = Math.hypot(...new Map(cuts.toReversed().flatMap(({ norms }) => [...norms])).values());
  const lost = (exact: boolean) => cuts.filter(({ spectrum }) => (spectrum !== undefined) === exact).map((cut) => cut.distance);
  const whole = Math.hypot(...lost(true)) + lost(false).reduce((sum, distance) => sum + distance, 0);
  return length === 0 ? 0 : whole / length;
}
