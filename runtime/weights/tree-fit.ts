/**
 * The best cores of given bonds on a tree. First one bond after another is cut, from the leaves to the root, each of what the cuts before
 * left (Vannieuwenhoven, Vandebril and Meerbergen, SIAM J. Sci. Comput. 34, 2012): the squared error is the sum of what the cuts discard,
 * and no cut discards more than it would of the whole weight. Then pairs of neighbours are improved together (two-site sweeps; White,
 * Phys. Rev. Lett. 69, 1992; Holtz, Rohwedder and Schneider, SIAM J. Sci. Comput. 34, 2012) until nothing is gained.
 *
 * All cores but one are isometries towards it (the centre), so the squared error is the square of the weight less that of the centre.
 */
import type { Lettered } from './contract.ts';
import { contract } from './contract.ts';
import { leadingLeft, sumOfSquares } from './leading.ts';
import { multiply, transpose } from './linear-algebra.ts';
import type { WeightNetwork } from './network.ts';
import { outerLegs } from './network.ts';
import type { HostTensor } from './tensor.ts';
import { count, permute } from './tensor.ts';
import type { RootedTree } from './tree.ts';

/** A sweep that lowers the squared error by less than this share of it is the last; errors below `EXACT` of the square are rounding. */
const PROGRESS = 1e-3;
const EXACT = 1e-24;
/** Sweeps at most, and entries of the weight that all of them together read. */
const MOST_SWEEPS = 40;
const MOST_ENTRIES = 2 ** 23;

/** Cores by node with their letters; the root is the centre. */
export interface TreeCores {
  readonly cores: readonly Lettered[];
  readonly sweeps: number;
}

/**
 * `weight` has one axis for each outer leg, in the order of `outerLegs`; `kept` has a size for each bond, none above what its sides allow.
 * Bonds may come out smaller, where another one leaves no more. `sweep` false: the cuts alone.
 */
export function fitTree(
  weight: HostTensor,
  network: WeightNetwork,
  tree: RootedTree,
  kept: ReadonlyMap<number, number>,
  sweep = true,
): TreeCores {
  const fit = new TreeFit(weight, network, tree, kept);
  fit.cut();
  return { sweeps: sweep ? fit.sweepAll() : 0, cores: fit.cores };
}

class TreeFit {
  readonly cores: Lettered[];
  readonly #tree: RootedTree;
  readonly #whole: Lettered;
  readonly #kept: ReadonlyMap<number, number>;
  readonly #square: number;

  constructor(weight: HostTensor, network: WeightNetwork, tree: RootedTree, kept: ReadonlyMap<number, number>) {
    this.#tree = tree;
    this.#kept = kept;
    this.#whole = { letters: outerLegs(network), tensor: weight };
    this.#square = sumOfSquares(weight.data);
    this.cores = network.nodes.map(({ legs }) => ({ letters: legs, tensor: { shape: [], data: new Float64Array(0) } }));
  }

  cut(): void {
    let rest = this.#whole;
    for (const node of this.#tree.order.toReversed()) {
      const leg = this.#tree.parent[node];
      if (leg < 0) {
        this.cores[node] = rest;
        continue;
      }
      const own = [...this.#tree.children[node].map((child) => child.leg), ...this.#tree.outer[node]];
      const [isometry, left] = split(rest, own, leg, this.#kept.get(leg)!);
      this.cores[node] = isometry;
      rest = left;
    }
  }

  /** The number of sweeps done. */
  sweepAll(): number {
    let error = this.#error();
    const most = Math.max(2, Math.min(MOST_SWEEPS, Math.floor(MOST_ENTRIES / this.#whole.tensor.data.length)));
    for (let sweep = 1; sweep <= most; sweep++) {
      if (error <= EXACT * this.#square) return sweep - 1;
      this.#sweep(this.#tree.root, this.#whole);
      const now = this.#error();
      if (error - now <= PROGRESS * error) return sweep;
      error = now;
    }
    return most;
  }

  #error(): number {
    return Math.max(0, this.#square - sumOfSquares(this.cores[this.#tree.root].tensor.data));
  }

  /** `rest` is the weight contracted with all cores outside the branch of `node`, which is the centre before and after. */
  #sweep(node: number, rest: Lettered): void {
    const { children } = this.#tree;
    for (const { leg, node: child } of children[node]) {
      const others = children[node].flatMap((other) => (other.node === child ? [] : this.#branch(other.node)));
      const own = this.cores[node].letters.filter((letter) => letter !== leg);
      const far = this.cores[child].letters.filter((letter) => letter !== leg);
      const beside = joined([rest, ...others], [...own, ...outerOf(rest, this.#branch(child))]);
      const pair = joined([beside, ...children[child].flatMap((below) => this.#branch(below.node))], [...own, ...far]);
      const [mine, centre] = split(pair, own, leg, this.#kept.get(leg)!, this.cores[child]);
      this.cores[node] = mine;
      this.cores[child] = centre;
      if (children[child].length > 0) this.#sweep(child, joined([beside, mine], [leg, ...outerOf(rest, this.#branch(child))]));
      // The centre goes back to the parent.
      const size = sizeOf(this.cores[child], leg);
      const [isometry, triangle] = split(this.cores[child], far, leg, size);
      this.cores[child] = isometry;
      const back = { letters: [leg, -1], tensor: triangle.tensor };
      const { letters } = this.cores[node];
      const moved = joined(
        [{ letters: letters.map((letter) => (letter === leg ? -1 : letter)), tensor: this.cores[node].tensor }, back],
        letters,
      );
      this.cores[node] = moved;
    }
  }

  #branch(node: number): Lettered[] {
    return [this.cores[node], ...this.#tree.children[node].flatMap((child) => this.#branch(child.node))];
  }
}

function outerOf(rest: Lettered, branch: readonly Lettered[]): number[] {
  return rest.letters.filter((letter) => branch.some(({ letters }) => letters.includes(letter)));
}

function joined(operands: readonly Lettered[], letters: readonly number[]): Lettered {
  return { letters, tensor: contract(operands, letters) };
}

function sizeOf({ letters, tensor }: Lettered, letter: number): number {
  return tensor.shape[letters.indexOf(letter)];
}

/**
 * A tensor as an isometry (`own` letters, then the new bond) times the rest (the bond, then all other letters), the best of at most `most`
 * in the bond. Where nothing is to be cut and the rows are no more than that, the isometry is an identity. `like`: what the rest was, to
 * begin with.
 */
function split(whole: Lettered, own: readonly number[], bond: number, most: number, like?: Lettered): [Lettered, Lettered] {
  const others = whole.letters.filter((letter) => !own.includes(letter));
  const { shape, data } = permute(
    whole.tensor,
    [...own, ...others].map((letter) => whole.letters.indexOf(letter)),
  );
  const rows = shape.slice(0, own.length);
  const [m, n] = [count(rows), data.length / count(rows)];
  const r = Math.min(most, m, n);
  const identity = r === m;
  const u = identity ? identityMatrix(m) : leadingLeft(data, m, n, r, like && startOf(like, [bond, ...others], r));
  const rest = identity ? data : multiply(transpose(u, m, r), data, r, m, n);
  return [
    { letters: [...own, bond], tensor: { shape: [...rows, r], data: u } },
    { letters: [bond, ...others], tensor: { shape: [r, ...shape.slice(own.length)], data: rest } },
  ];
}

/** The rows of an earlier rest; undefined where it had more. */
function startOf({ letters, tensor }: Lettered, order: readonly number[], r: number): Float64Array | undefined {
  const { shape, data } = permute(
    tensor,
    order.map((letter) => letters.indexOf(letter)),
  );
  return shape[0] <= r ? data : undefined;
}

function identityMatrix(n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k++) result[k * n + k] = 1;
  return result;
}
