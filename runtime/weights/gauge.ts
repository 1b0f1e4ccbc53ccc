/**
 * Exact cores of a weight on a tree, in the bond-symmetric canonical gauge: both neighbours of a bond carry the square root of its Schmidt
 * values, which are the singular values of the unfolding that the bond cuts (Vidal, Phys. Rev. Lett. 91, 2003; the normalisation of
 * Gao et al., Phys. Rev. Research 2, 2020). Truncating a bond is then dropping its last indices.
 *
 * Rooted in its middle, the untruncated tree needs no arithmetic: the root is the weight itself and every other core is an identity from
 * its lower legs to its bond. One sweep from the root then finds each bond's left vectors U and values S, and puts
 * U S^(1/2) S^(-1/2) U^T = 1 on the bond. A core with two bonds and no outer entries passes its cut on: both bonds cut the weight alike,
 * and the core is the identity.
 */
import type { Lettered } from './contract.ts';
import { leftSingular, multiply, transpose } from './linear-algebra.ts';
import type { WeightNetwork } from './network.ts';
import { legSize, outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, permute, reshape, resize } from './tensor.ts';
import type { RootedTree } from './tree.ts';
import { rootTree } from './tree.ts';

export interface CanonicalCores {
  /** `cores[k]` belongs to node k, in the order of its legs, bonds at their full size. */
  readonly cores: readonly HostTensor[];
  /** Singular values of each bond's unfolding by leg, descending. */
  readonly spectra: ReadonlyMap<number, Float64Array>;
}
/** The lower side of a bond: all r values and as many vectors [r, k] as are wanted. */
interface BondSpectrum {
  readonly u: Float64Array;
  readonly s: Float64Array;
}

/**
 * `weight` has one axis for each outer leg, in the order of `outerLegs`. Directions below the rounding of the largest value become zeros.
 * `most`: up to which size a bond is wanted; a smaller one cuts nothing from the spectra of the others.
 */
export function canonicalCores(
  weight: HostTensor,
  network: WeightNetwork,
  tree = rootTree(network),
  most: (leg: number) => number = () => Number.POSITIVE_INFINITY,
): CanonicalCores {
  const cuts = new Map<number, BondSpectrum>();
  const cores = new Array<HostTensor>(network.nodes.length);
  for (const node of tree.order) {
    const cut = cuts.get(tree.parent[node]);
    const shape = nodeShape(network, tree, node);
    const [first] = tree.children[node];
    if (cut !== undefined && tree.children[node].length === 1 && shape[0] === shape[shape.length - 1]) {
      cuts.set(first.leg, cut);
      cores[node] = permute({ shape, data: identity(cut) }, legOrder(network, tree, node));
      continue;
    }
    // Of a leaf it is not asked for, and may have fewer columns than its shape says.
    const whole = cut === undefined ? rootTensor(weight, network, tree) : { shape, data: scaleColumns(cut, (value) => value) };
    const kept = cut && leading(cut, most(tree.parent[node]));
    let core = kept === undefined ? whole : { shape: [...shape.slice(0, -1), columnsOf(kept)], data: scaleColumns(kept, Math.sqrt) };
    for (const [axis, { leg, node: child }] of tree.children[node].entries()) {
      // Further down the cut is part of the weight, and wanted in full.
      const below = cutAt(whole, axis, tree.children[child].length === 0 ? most(leg) : Number.POSITIVE_INFINITY);
      cuts.set(leg, below);
      core = transformAxis(core, axis, inverseRoot(leading(below, most(leg))));
    }
    cores[node] = permute(core, legOrder(network, tree, node));
  }
  return { cores, spectra: new Map([...cuts].map(([leg, { s }]) => [leg, s])) };
}

/**
 * The same gauge for cores that are isometries towards the root, which is not one: `cores[k]` with its letters belongs to node k. The
 * result has the order of the network's legs, bonds as the cores have them.
 */
export function symmetricGauge(cores: readonly Lettered[], network: WeightNetwork, tree: RootedTree): CanonicalCores {
  const cuts = new Map<number, BondSpectrum>();
  const result = new Array<HostTensor>(cores.length);
  for (const node of tree.order) {
    const { letters, tensor } = cores[node];
    const leg = tree.parent[node];
    const turned = (f: (value: number) => number) => {
      const cut = cuts.get(leg);
      return cut === undefined ? tensor : transformAxis(tensor, letters.indexOf(leg), transposed(cut, f));
    };
    const whole = turned((value) => value);
    let core = turned(Math.sqrt);
    for (const child of tree.children[node]) {
      const axis = letters.indexOf(child.leg);
      const below = cutAt(whole, axis);
      cuts.set(child.leg, below);
      core = transformAxis(core, axis, inverseRoot(below));
    }
    result[node] = permute(
      core,
      network.nodes[node].legs.map((own) => letters.indexOf(own)),
    );
  }
  return { cores: result, spectra: new Map([...cuts].map(([leg, { s }]) => [leg, s])) };
}

/** f(S) U^T. */
function transposed({ u, s }: BondSpectrum, f: (value: number) => number): Float64Array {
  return transpose(scaleColumns({ u, s }, f), s.length, s.length);
}

/** The weight with the outer legs of every branch of the root merged into one axis. */
function rootTensor(weight: HostTensor, network: WeightNetwork, tree: RootedTree): HostTensor {
  const position = new Map(outerLegs(network).map((leg, axis) => [leg, axis]));
  const ordered = permute(
    weight,
    tree.below[tree.root].map((leg) => position.get(leg)!),
  );
  return reshape(ordered, nodeShape(network, tree, tree.root));
}

/** Children, outer legs, parent: each child's bond has the outer size of its branch. */
function nodeShape(network: WeightNetwork, tree: RootedTree, node: number): number[] {
  const size = (legs: readonly number[]) => count(legs.map((leg) => legSize(network, leg)));
  const shape = [
    ...tree.children[node].map((child) => size(tree.below[child.node])),
    ...tree.outer[node].map((leg) => legSize(network, leg)),
  ];
  return tree.parent[node] < 0 ? shape : [...shape, size(tree.below[node])];
}

function legOrder(network: WeightNetwork, tree: RootedTree, node: number): number[] {
  const held = [...tree.children[node].map((child) => child.leg), ...tree.outer[node], tree.parent[node]];
  return network.nodes[node].legs.map((leg) => held.indexOf(leg));
}

function cutAt(tensor: HostTensor, axis: number, most = Number.POSITIVE_INFINITY): BondSpectrum {
  const rows = tensor.shape[axis];
  const columns = tensor.data.length / rows;
  const matrix = unfold(tensor, axis);
  if (rows <= columns) return leftSingular(matrix, rows, columns, Math.min(most, rows));
  const square = new Float64Array(rows * rows);
  for (let k = 0; k < rows; k++) square.set(matrix.subarray(k * columns, (k + 1) * columns), k * rows);
  return leftSingular(square, rows, rows, Math.min(most, rows));
}

function columnsOf({ u, s }: BondSpectrum): number {
  return s.length === 0 ? 0 : u.length / s.length;
}

/** With the first `most` vectors alone. */
function leading(cut: BondSpectrum, most: number): BondSpectrum {
  return columnsOf(cut) <= most
    ? cut
    : { u: resize({ shape: [cut.s.length, columnsOf(cut)], data: cut.u }, [cut.s.length, most]).data, s: cut.s };
}

/** The matrix [size of `axis`, all other axes in their order]. */
export function unfold(tensor: HostTensor, axis: number): Float64Array {
  return permute(tensor, axisFirst(tensor.shape.length, axis)).data;
}

function axisFirst(rank: number, axis: number): number[] {
  return [axis, ...Array.from({ length: rank }, (_, k) => k).filter((k) => k !== axis)];
}

/** U f(S), columns scaled. */
function scaleColumns(cut: BondSpectrum, f: (value: number) => number): Float64Array {
  const columns = columnsOf(cut);
  const factors = cut.s.subarray(0, columns).map(f);
  return cut.u.map((value, k) => value * factors[k % columns]);
}

/** U^T U: 1 on the diagonal where U has a column, and zeros that are zeros, since noise there would end in subnormal numbers of f32. */
function identity({ s }: BondSpectrum): Float64Array {
  const n = s.length;
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k++) if (isKept(s, k)) result[k * n + k] = 1;
  return result;
}

function isKept(s: Float64Array, k: number): boolean {
  return s[k] > s.length * 2 ** -52 * s[0];
}

/** S^(-1/2) U^T with zero rows where U has zero columns. */
function inverseRoot(cut: BondSpectrum): Float64Array {
  const { u, s } = cut;
  const [n, columns] = [s.length, columnsOf(cut)];
  const result = new Float64Array(columns * n);
  for (let j = 0; j < columns; j++) {
    if (!isKept(s, j)) continue;
    const factor = 1 / Math.sqrt(s[j]);
    for (let i = 0; i < n; i++) result[j * n + i] = factor * u[i * columns + j];
  }
  return result;
}

/** New index j along `axis` is the sum over old i of matrix[j, i]; `matrix` may have any number of rows. */
export function transformAxis(tensor: HostTensor, axis: number, matrix: Float64Array): HostTensor {
  const order = axisFirst(tensor.shape.length, axis);
  const unfolded = permute(tensor, order);
  const size = tensor.shape[axis];
  const rows = matrix.length / size;
  const data = multiply(matrix, unfolded.data, rows, size, tensor.data.length / size);
  const back = order.map((_, k) => order.indexOf(k));
  return permute({ shape: [rows, ...unfolded.shape.slice(1)], data }, back);
}
