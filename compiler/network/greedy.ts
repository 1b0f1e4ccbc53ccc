/**
 * Greedy joins: of all pairs with a common edge, the one whose result is small against its operands, |C| / k - k (|A| + |B|), from a
 * heap; what is left without common edges is joined by size. With a temperature the choice is drawn, log |score| less a Gumbel number
 * (opt_einsum and cotengra search so), so that many trials see many trees. About n log n a trial: ten thousand operands take a second.
 */
import { PairHeap } from './heap.ts';
import type { Problem } from './problem.ts';

/** Pairs are not made over an edge of more operands than this: letters of everything, as a batch, make no neighbours. */
const MOST_NEIGHBOURS = 24;

export class Greedy {
  private readonly problem: Problem;
  private readonly heap = new PairHeap();
  private readonly ends: Int32Array;
  private readonly owner: Int32Array;
  private readonly alive: Uint8Array;
  private readonly size: Float64Array;
  private readonly start: Int32Array;
  private readonly stop: Int32Array;
  private readonly mark: Int32Array;
  private readonly met: Int32Array;
  private lists: Int32Array;
  private used = 0;
  /** Pairs scored since this was made. */
  work = 0;
  /** Multiply-adds of the present tree, every step of the same weight. */
  flops = 0;

  constructor(problem: Problem) {
    const { count, edges } = problem;
    this.problem = problem;
    this.ends = new Int32Array(edges);
    this.owner = new Int32Array(2 * count);
    this.alive = new Uint8Array(2 * count);
    this.size = new Float64Array(2 * count);
    this.start = new Int32Array(2 * count);
    this.stop = new Int32Array(2 * count);
    this.mark = new Int32Array(edges);
    this.met = new Int32Array(2 * count);
    this.lists = new Int32Array(1024 + 8 * edges);
  }

  /** A tree over all operands: positions in single static assignment. `temperature` 0 takes the best pair each time. */
  run(random: () => number, temperature = 0, weight = 1): [number, number][] {
    return this.trial(random, temperature, weight, Number.POSITIVE_INFINITY)!;
  }

  /** As `run`, but undefined as soon as the tree has more than `most` multiply-adds. */
  trial(random: () => number, temperature: number, weight: number, most: number): [number, number][] | undefined {
    const { count } = this.problem;
    this.reset();
    for (let k = 0; k < count; k++) this.pairs(k, temperature, weight, random, true);
    const steps: [number, number][] = [];
    while (this.heap.pop()) {
      const { a, b } = this.heap;
      if (this.alive[a] === 0 || this.alive[b] === 0) continue;
      const made = count + steps.length;
      this.join(a, b, made);
      if (this.flops > most) return undefined;
      steps.push(a < b ? [a, b] : [b, a]);
      this.pairs(made, temperature, weight, random, false);
    }
    this.finish(steps);
    return this.flops > most ? undefined : steps;
  }

  private reset(): void {
    const { problem, ends, owner, alive } = this;
    this.heap.clear();
    this.used = 0;
    this.flops = 0;
    this.met.fill(-1);
    this.mark.fill(-1);
    alive.fill(0);
    problem.on.forEach((list, edge) => {
      ends[edge] = list.length + problem.kept[edge];
    });
    problem.of.forEach((edges, k) => {
      owner[k] = k;
      alive[k] = 1;
      this.open(k, edges.length);
      for (const edge of edges) this.lists[this.used++] = edge;
      this.close(k);
    });
  }
  private open(node: number, most: number): void {
    while (this.used + most > this.lists.length) {
      const larger = new Int32Array(2 * this.lists.length);
      larger.set(this.lists);
      this.lists = larger;
    }
    this.start[node] = this.used;
  }
  private close(node: number): void {
    this.stop[node] = this.used;
    let size = 1;
    for (let at = this.start[node]; at < this.used; at++) size *= this.problem.sizes[this.lists[at]];
    this.size[node] = Math.min(size, 1e300);
  }

  private ownerOf(node: number): number {
    const { owner } = this;
    while (owner[node] !== node) {
      owner[node] = owner[owner[node]];
      node = owner[node];
    }
    return node;
  }

  /** Puts `node` and its neighbours on the heap; `later` keeps to those after it. */
  private pairs(node: number, temperature: number, weight: number, random: () => number, later: boolean): void {
    const { problem, lists, mark, met } = this;
    const [from, to] = [this.start[node], this.stop[node]];
    for (let at = from; at < to; at++) mark[lists[at]] = node;
    for (let at = from; at < to; at++) {
      const on = problem.on[lists[at]];
      if (on.length > MOST_NEIGHBOURS) continue;
      for (let k = 0; k < on.length; k++) {
        const other = this.ownerOf(on[k]);
        if (other === node || met[other] === node || (later && other < node)) continue;
        met[other] = node;
        const score = this.score(node, other, weight);
        const drawn = temperature === 0 ? score : Math.sign(score) * Math.log(Math.abs(score) + 1e-300) + gumbel(random) * temperature;
        this.heap.push(drawn, node, other);
      }
    }
  }

  private score(a: number, b: number, weight: number): number {
    const { lists, mark, ends, size } = this;
    const { sizes } = this.problem;
    this.work++;
    let result = size[a] * size[b];
    for (let at = this.start[b]; at < this.stop[b]; at++) {
      const edge = lists[at];
      if (mark[edge] !== a) continue;
      result /= ends[edge] === 2 ? sizes[edge] * sizes[edge] : sizes[edge];
    }
    return Math.min(result, 1e300) / weight - weight * (size[a] + size[b]);
  }

  private join(a: number, b: number, made: number): void {
    const { mark, ends, alive, owner } = this;
    const length = this.stop[a] - this.start[a] + this.stop[b] - this.start[b];
    this.open(made, length);
    const { lists } = this;
    let common = 1;
    for (let at = this.start[a]; at < this.stop[a]; at++) mark[lists[at]] = made;
    for (let at = this.start[b]; at < this.stop[b]; at++) {
      const edge = lists[at];
      if (mark[edge] !== made) {
        lists[this.used++] = edge;
        continue;
      }
      common *= this.problem.sizes[edge];
      ends[edge]--;
    }
    this.flops += (this.size[a] / common) * this.size[b];
    for (let at = this.start[a]; at < this.stop[a]; at++) if (ends[lists[at]] > 1) lists[this.used++] = lists[at];
    this.close(made);
    alive[a] = 0;
    alive[b] = 0;
    alive[made] = 1;
    owner[a] = made;
    owner[b] = made;
    owner[made] = made;
  }

  /** Groups without common edges, the smallest two first. */
  private finish(steps: [number, number][]): void {
    const { count } = this.problem;
    this.heap.clear();
    for (let node = 0; node < count + steps.length; node++) if (this.alive[node] === 1) this.heap.push(this.size[node], node, node);
    while (this.heap.length > 1) {
      this.heap.pop();
      const first = this.heap.a;
      this.heap.pop();
      const second = this.heap.a;
      const made = count + steps.length;
      this.join(first, second, made);
      steps.push(first < second ? [first, second] : [second, first]);
      this.heap.push(this.size[made], made, made);
    }
  }
}

const gumbel = (random: () => number) => Math.log(-Math.log(random() + 1e-300) + 1e-300);
