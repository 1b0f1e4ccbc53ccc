/** Where iterations begin: random cores, what a tree has that the network contains, the best cores of smaller bonds. */
import type { Words } from '../../compiler/values/random.ts';
import { normals, streamKey } from '../../compiler/values/random.ts';
import { randomCore } from './als.ts';
import { symmetricGauge } from './gauge.ts';
import type { WeightNetwork } from './network.ts';
import { bondLegs, legSize } from './network.ts';
import type { Problem } from './problem.ts';
import type { HostTensor } from './tensor.ts';
import { count, norm, reshape, resize } from './tensor.ts';
import { isTree, rootTree } from './tree.ts';
import { fitTree } from './tree-fit.ts';

/** Of the length of a core: what is added to entries that would be zero, since zeros on both sides of a bond have no gradient. */
const NOISE = 1e-2;

/** Normal cores, so scaled that the network is as long as the weight, which has norm 1. */
export function randomStart(problem: Problem, seed: Words, number: number): Float64Array {
  const { nodes } = problem.network;
  const cores = nodes.map(({ parameter }, k) => randomCore(problem.network, k, seed, `start/${number}/${parameter}`));
  const length = norm(problem.merged(cores).data);
  const point = problem.pointOf(cores);
  return length === 0 ? point : point.map((value) => value / length ** (1 / nodes.length));
}

/** Smaller cores as the corner of those of the problem, with noise in the rest. */
export function paddedStart(problem: Problem, cores: readonly HostTensor[], seed: Words, noise = NOISE): Float64Array {
  const { network } = problem;
  const grown = cores.map((core, k) => {
    const shape = network.nodes[k].legs.map((leg) => legSize(network, leg));
    const wide = resize(core, shape);
    if (noise === 0 || wide === core) return wide;
    const scale = (noise * (norm(core.data) || 1)) / Math.sqrt(count(shape));
    const values = normals(streamKey(seed, `pad/${network.nodes[k].parameter}`, 0), 1, count(shape));
    const inside = resize({ shape: core.shape, data: new Float64Array(core.data.length).fill(1) }, shape).data;
    return { shape, data: wide.data.map((value, at) => (inside[at] === 1 ? value : scale * values[at])) };
  });
  return problem.pointOf(grown);
}

/**
 * The weight on trees that the network becomes when some bonds have size 1: a ring opened at one of its bonds, a grid without the bonds
 * that close loops. At most `most` of them; none where it takes more than that to make a tree.
 */
export function treeStarts(problem: Problem, seed: Words, most: number): Float64Array[] {
  const { network, weight } = problem;
  const found: Float64Array[] = [];
  const bonds = bondLegs(network);
  for (let turn = 0; turn < bonds.length && found.length < most; turn++) {
    const closed = closing(network, [...bonds.slice(turn), ...bonds.slice(0, turn)]);
    if (turn > 0 && closed.join() === closing(network, [...bonds.slice(turn - 1), ...bonds.slice(0, turn - 1)]).join()) continue;
    const opened = {
      ...network,
      legs: network.legs.filter((leg) => !closed.includes(leg.id)),
      nodes: network.nodes.map((node) => ({ ...node, legs: node.legs.filter((leg) => !closed.includes(leg)) })),
    };
    if (!isTree(opened)) continue;
    const tree = rootTree(opened);
    const kept = new Map(bondLegs(opened).map((leg) => [leg, legSize(opened, leg)]));
    const { cores } = symmetricGauge(fitTree(weight, opened, tree, kept).cores, opened, tree);
    const placed = cores.map((core, k) => {
      const shape = network.nodes[k].legs.map((leg) => (closed.includes(leg) ? 1 : core.shape[opened.nodes[k].legs.indexOf(leg)]));
      return reshape(core, shape);
    });
    found.push(paddedStart(problem, placed, seed));
  }
  return found;
}

/** Bonds to leave out, in this order of preference to stay: those that close a loop, and those of more than two places. */
function closing(network: WeightNetwork, bonds: readonly number[]): number[] {
  const part = network.nodes.map((_, node) => node);
  return bonds.filter((bond) => {
    const ends = network.nodes.flatMap(({ legs }, node) => legs.flatMap((leg) => (leg === bond ? [node] : [])));
    const [from, to] = ends.map((end) => part[end]);
    if (ends.length !== 2 || from === to) return true;
    part.forEach((own, node) => {
      if (own === from) part[node] = to;
    });
    return false;
  });
}
