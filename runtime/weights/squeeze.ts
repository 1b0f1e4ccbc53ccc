/**
 * Smaller bonds for given cores. Bonds that share a core are one class with one pair of matrices for their two sides, chosen for all of
 * them at once: the triangles of the weights are stacked, which bounds the sum of their squared errors. Where cutting the bond parts
 * nothing, what the rest of the network makes of it decides (`loop-cut.ts`), and the cores at its ends alone where that is too large; a
 * bond of more than two cores, or one along which a mask of a core counts, loses whole indices.
 */
import type { Bond } from '../../compiler/index.ts';
import { legsIn } from '../../compiler/values/mask.ts';
import type { Model, NetworkTerm, Parameter } from '../../compiler/values/model.ts';
import { legOf } from '../../compiler/values/term.ts';
import { gaugeBond } from './bond-gauge.ts';
import { changeOfWeights, networkKey } from './change.ts';
import type { End } from './environment.ts';
import { branchTriangle, coreTriangle, endsOf, isAcyclic } from './environment.ts';
import { transformAxis, unfold } from './gauge.ts';
import { transpose, triangle } from './linear-algebra.ts';
import { bondEnvironment, indexEnvironment, keepIndices, MOST_UNKNOWNS, truncateBond } from './loop-cut.ts';
import type { HostTensor } from './tensor.ts';
import { norm } from './tensor.ts';

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
  /** Measured |W - W'| over all weights of the class together. */
  readonly distance: number;
  /** Of the bond before the cut, where it parts the weights. */
  readonly spectrum?: Float64Array;
}

/** The cut of a class of bonds (all of one size) to `size`, 1 to the present one. `values` are by parameter id. */
export function cutBonds(model: Model, values: readonly HostTensor[], bonds: readonly Bond[], size: number): BondCut {
  const placed = bonds.map((bond) => placeOf(model, values, bond));
  const [{ size: present }] = bonds;
  const gauged = placed.every(({ ends, masked }) => ends.length === 2 && !masked);
  const { maps, spectrum } = gauged ? gaugeMaps(placed, present, size) : dropMaps(placed, present, size);
  const weights = [...new Set(bonds.map(({ weight }) => weight))];
  const { distance } = changeOfWeights(model, values, mapValues(values, maps), weights);
  return { bonds, size, maps, distance, ...(gauged && placed.every(({ acyclic }) => acyclic) ? { spectrum } : {}) };
}

/** Values after the maps, by parameter id; the others are as they were. */
export function mapValues(values: readonly HostTensor[], maps: readonly AxisMap[]): HostTensor[] {
  const next = [...values];
  for (const { parameter, axis, value } of maps) next[parameter] = transformAxis(next[parameter], axis, value);
  return next;
}

interface BondInWeight {
  readonly weight: number;
  readonly leg: number;
  readonly network: NetworkTerm;
  readonly cores: readonly HostTensor[];
  readonly ends: readonly End[];
  readonly acyclic: boolean;
  readonly masked: boolean;
}

function placeOf(model: Model, values: readonly HostTensor[], { weight, leg }: Bond): BondInWeight {
  const { network, leg: own } = legOf(model.weights[weight], leg)!;
  const ends = endsOf(network, own);
  const masked = ends.some(({ node, axis }) => hasMask(model.parameters[network.nodes[node].parameter], axis));
  return {
    weight,
    leg,
    network,
    cores: network.nodes.map(({ parameter }) => values[parameter]),
    ends,
    acyclic: isAcyclic(network),
    masked,
  };
}

/** True if a mask counts positions along this axis. */
function hasMask({ update, keep }: Parameter, axis: number): boolean {
  const masks = [keep, update.frozen ? undefined : update.where].filter((mask) => mask !== undefined);
  return masks.some((mask) => legsIn(mask).includes(axis));
}

const placeKey = ({ network }: Pick<BondInWeight, 'network'>, { node, axis }: End) => `${network.nodes[node].parameter}/${axis}`;

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
  const start = { p: p.subarray(0, size * r), q: q.subarray(0, size * r) };
  const open = size < r && r * size <= MOST_UNKNOWNS && sides !== undefined && placed.some(({ acyclic }) => !acyclic);
  const environment = open ? environmentOf(distinct(placed), sides) : undefined;
  const { p: head, q: tail } = environment === undefined ? start : truncateBond(environment, start, r, size);
  const maps = placesIn(placed).map(({ key, parameter, axis }) => {
    const first = (sides?.get(key) ?? 0) === 0;
    return { parameter, axis, value: first ? head : tail, gradient: first ? tail : head };
  });
  return { maps, spectrum };
}

/** Of all places together; undefined where a weight has several, since it is no linear function of the bond then. */
function environmentOf(placed: readonly BondInWeight[], sides: ReadonlyMap<string, number>): Float64Array | undefined {
  if (new Set(placed.map(({ weight }) => weight)).size < placed.length) return undefined;
  const parts = placed.map(({ network, cores, leg, ends }) => {
    const first = sides.get(placeKey({ network }, ends[0])) === 0;
    const ordered = first ? network : { ...network, nodes: network.nodes.toReversed() };
    const same = first ? cores : cores.toReversed();
    const square = network.scale ** 2;
    return bondEnvironment(ordered, same, leg).map((value) => square * value);
  });
  return parts.reduce((sum, part) => sum.map((value, at) => value + part[at]));
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

/** The first indices where masks count positions; of one bond of distinct cores those that leave the weight nearest; else the longest. */
function dropMaps(placed: readonly BondInWeight[], r: number, size: number): { maps: AxisMap[]; spectrum?: Float64Array } {
  const places = placesIn(placed);
  const [{ network, cores, leg, ends, masked }] = placed;
  const alone = distinct(placed).length === 1 && places.length === ends.length && ends.length > 1;
  if (alone && !masked && size < r) {
    const { kept, factors } = keepIndices(indexEnvironment(network, cores, leg), r, size);
    // The factor of an index goes to all ends alike, its sign to the first.
    const share = (factor: number, end: number) => Math.abs(factor) ** (1 / places.length) * (end === 0 ? Math.sign(factor) : 1);
    return {
      maps: places.map(({ parameter, axis }, end) => ({
        parameter,
        axis,
        value: rowsOf(kept, r, (row) => share(factors[row], end)),
        gradient: rowsOf(kept, r, (row) => (factors[row] === 0 ? 0 : factors[row] / share(factors[row], end))),
      })),
    };
  }
  const lengths = placed.some((place) => place.masked) ? undefined : importance(placed, r);
  const kept = Array.from({ length: r }, (_, index) => index)
    .sort((i, j) => (lengths === undefined ? 0 : lengths[j] - lengths[i]) || i - j)
    .slice(0, size)
    .sort((i, j) => i - j);
  const rows = rowsOf(kept, r, () => 1);
  return { maps: places.map(({ parameter, axis }) => ({ parameter, axis, value: rows, gradient: rows })) };
}

/** A matrix [kept, r] with one entry a row. */
function rowsOf(kept: readonly number[], r: number, factor: (row: number) => number): Float64Array {
  const rows = new Float64Array(kept.length * r);
  for (const [row, index] of kept.entries()) rows[row * r + index] = factor(row);
  return rows;
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

/** Weights that are one network of the same parameters count once, members of a family too: the family's legs are legs of the whole. */
function distinct(placed: readonly BondInWeight[]): BondInWeight[] {
  const keys = placed.map(({ network, ends }) => JSON.stringify([networkKey(network), ends]));
  return placed.filter((_, k) => keys.indexOf(keys[k]) === k);
}

function placesIn(placed: readonly BondInWeight[]): { key: string; parameter: number; axis: number }[] {
  const all = placed.flatMap((place) =>
    place.ends.map((end) => ({ key: placeKey(place, end), parameter: place.network.nodes[end.node].parameter, axis: end.axis })),
  );
  return [...new Map(all.map((found) => [found.key, found])).values()];
}
