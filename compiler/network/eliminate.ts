/**
 * Trees by eliminating one letter after the other: all values that have the letter are joined, and so it ends. Which letter is next is
 * decided by what that makes, as with variables of a graphical model: on networks whose letters have many operands, orders of elimination
 * see what pairs do not (Dechter, Bucket elimination, 1999; minimum degree and minimum fill).
 */
import { PairHeap } from './heap.ts';
import type { Problem } from './problem.ts';

/** `degree`: the letter whose elimination makes the smallest value; `fill`: the one that makes it grow least over what it is made of. */
export type Rule = 'degree' | 'fill';

/** A tree in single static assignment; with a temperature the letters are drawn. */
export function eliminationTree(problem: Problem, rule: Rule, random: () => number, temperature = 0): [number, number][] {
  return new Elimination(problem, rule, random, temperature).run();
}

class Elimination {
  private readonly problem: Problem;
  private readonly rule: Rule;
  private readonly random: () => number;
  private readonly temperature: number;
  private readonly weight: Float64Array;
  /** Edges of each value that is left. */
  private readonly values = new Map<number, ReadonlySet<number>>();
  /** Values of each edge that is left. */
  private readonly holders: Set<number>[];
  private readonly heap = new PairHeap();
  private readonly bySize = new PairHeap();
  private readonly dated: Int32Array;
  private readonly steps: [number, number][] = [];

  constructor(problem: Problem, rule: Rule, random: () => number, temperature: number) {
    this.problem = problem;
    this.rule = rule;
    this.random = random;
    this.temperature = temperature;
    this.weight = Float64Array.from(problem.sizes, Math.log2);
    this.holders = problem.on.map((list) => new Set(list));
    this.dated = new Int32Array(problem.edges);
    problem.of.forEach((edges, k) => {
      this.values.set(k, new Set(edges));
    });
  }

  run(): [number, number][] {
    const { problem, heap, holders, dated } = this;
    for (let edge = 0; edge < problem.edges; edge++) this.offer(edge);
    while (heap.pop()) {
      const edge = heap.a;
      if (heap.b !== dated[edge] || holders[edge].size === 0) continue;
      const made = this.join([...holders[edge]]);
      for (const other of this.values.get(made)!) this.offer(other);
    }
    // Parts without common letters, and letters that the output has.
    this.join([...this.values.keys()]);
    return this.steps;
  }

  private offer(edge: number): void {
    if (this.problem.kept[edge] === 1 || this.holders[edge].size < 2) return;
    const noise = this.temperature === 0 ? 0 : -this.temperature * Math.log(-Math.log(this.random() + 1e-300) + 1e-300);
    this.heap.push(this.score(edge) - noise, edge, ++this.dated[edge]);
  }

  /** In bits. */
  private score(edge: number): number {
    const own = new Set<number>();
    let members = 0;
    for (const value of this.holders[edge]) {
      let size = 0;
      for (const other of this.values.get(value)!) {
        size += this.weight[other];
        own.add(other);
      }
      members = Math.max(members, size);
    }
    let result = 0;
    for (const other of own) if (!this.closesIn(other, this.holders[edge])) result += this.weight[other];
    return this.rule === 'degree' ? result : result - members;
  }

  /** Are all that have the letter among these? */
  private closesIn(edge: number, among: ReadonlySet<number>): boolean {
    if (this.problem.kept[edge] === 1 || this.holders[edge].size > among.size) return false;
    for (const value of this.holders[edge]) if (!among.has(value)) return false;
    return true;
  }

  /** Joins values, the smallest two first; yields the last. */
  private join(list: readonly number[]): number {
    const { bySize } = this;
    bySize.clear();
    const put = (value: number) => {
      let size = 0;
      for (const edge of this.values.get(value)!) size += this.weight[edge];
      bySize.push(size, value, value);
    };
    for (const value of list) put(value);
    for (;;) {
      bySize.pop();
      const first = bySize.a;
      if (!bySize.pop()) return first;
      put(this.pair(first, bySize.a));
    }
  }

  private pair(a: number, b: number): number {
    const made = this.problem.count + this.steps.length;
    this.steps.push(a < b ? [a, b] : [b, a]);
    const open = new Set<number>();
    for (const part of [a, b]) {
      for (const edge of this.values.get(part)!) {
        this.holders[edge].delete(part);
        open.add(edge);
      }
      this.values.delete(part);
    }
    for (const edge of open) {
      if (this.holders[edge].size === 0 && this.problem.kept[edge] === 0) open.delete(edge);
      else this.holders[edge].add(made);
    }
    this.values.set(made, open);
    return made;
  }
}
