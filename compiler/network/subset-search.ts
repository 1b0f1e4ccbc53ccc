/**
 * The best tree over a few parts by dynamic programming over their subsets: every split of every subset is looked at, outer products
 * too, so the answer is the optimum of the objective (3^n / 2 splits; every fold of objective.ts grows with the costs of the parts). It
 * plans small networks whole and serves the improvement of trees, where the parts are sub-trees: so all tables are made once, and a call
 * allocates nothing.
 *
 * A split of S into A and B multiplies over the union of their open edges. An edge with two ends that is in the union is open in exactly
 * two of A, B and S, so the union is sqrt(|A| |B| |S|): two products a split. Edges with more ends are multiplied in from a table.
 */
import type { Measure } from './objective.ts';
import { folded } from './objective.ts';

/** Parts at most: 2^16 subsets, 2.2e7 splits. */
export const SUBSET_PARTS = 16;
/** Edges with more than two ends, at most. */
const WIDE_EDGES = 32;
/** Costs closer than this are equal: square roots are rounded. Then the tree that writes less is taken. */
const TIE = 1e-12;

export class SubsetSearch {
  /** By subset: the part of the best split that has its lowest bit. */
  readonly left: Int32Array;
  /** By subset: cost of the best tree; subsets of one part are set by the caller, 0 where the fold is a sum. */
  readonly best: Float64Array;
  readonly wanted: Float64Array;
  readonly constant: Uint8Array;
  readonly uses: Float64Array;
  readonly size: Float64Array;
  /** Since the search was made; sixteen splits are one, since they take the time of one move on a tree. */
  work = 0;
  private readonly root: Float64Array;
  private readonly written: Float64Array;
  private readonly open: Int32Array;
  private readonly shared: Float64Array;
  private readonly wide: Int32Array = new Int32Array(WIDE_EDGES);
  private readonly wideKept: Uint8Array = new Uint8Array(WIDE_EDGES);
  private readonly wideSize: Float64Array = new Float64Array(WIDE_EDGES);
  private readonly product: readonly Float64Array[] = [0, 1, 2, 3].map(() => new Float64Array(256));
  private wideCount = 0;
  private parts = 0;
  private readonly measure: Measure;
  private readonly most: number;

  constructor(measure: Measure, most: number) {
    this.measure = measure;
    this.most = most;
    const subsets = 1 << most;
    this.left = new Int32Array(subsets);
    this.best = new Float64Array(subsets);
    this.wanted = new Float64Array(subsets);
    this.constant = new Uint8Array(subsets);
    this.uses = new Float64Array(subsets);
    this.size = new Float64Array(subsets);
    this.root = new Float64Array(subsets);
    this.written = new Float64Array(subsets);
    this.open = new Int32Array(subsets);
    this.shared = new Float64Array(most * most);
  }

  /** Begins a problem of `parts` parts without edges, not wanted, not constant, used once. */
  begin(parts: number): void {
    this.parts = parts;
    this.wideCount = 0;
    this.shared.fill(1);
    for (let k = 0; k < parts; k++) {
      const one = 1 << k;
      this.size[one] = 1;
      this.best[one] = 0;
      this.written[one] = 0;
      this.open[one] = 0;
      this.wanted[one] = 0;
      this.constant[one] = 0;
      this.uses[one] = 1;
    }
  }

  /** An edge on the parts of `mask`, open to the outside if `kept`. False: there are too many edges of more than two ends. */
  edge(mask: number, kept: boolean, size: number): boolean {
    let ends = kept ? 1 : 0;
    for (let rest = mask; rest !== 0; rest &= rest - 1) ends++;
    if (ends > 2) return this.wideEdge(mask, kept, size);
    const low = 31 - Math.clz32(mask & -mask);
    this.size[1 << low] *= size;
    const rest = mask & (mask - 1);
    if (rest === 0) return true;
    const high = 31 - Math.clz32(rest);
    this.size[1 << high] *= size;
    this.shared[low * this.most + high] *= size;
    return true;
  }

  private wideEdge(mask: number, kept: boolean, size: number): boolean {
    for (let w = 0; w < this.wideCount; w++) {
      if (this.wide[w] === mask && (this.wideKept[w] === 1) === kept) {
        this.wideSize[w] *= size;
        return true;
      }
    }
    if (this.wideCount === WIDE_EDGES) return false;
    this.wide[this.wideCount] = mask;
    this.wideKept[this.wideCount] = kept ? 1 : 0;
    this.wideSize[this.wideCount] = size;
    this.wideCount++;
    return true;
  }

  /** Fills `best` and `left` for all subsets. Yields the cost of the whole. */
  solve(): number {
    this.prepare();
    const { objective } = this.measure;
    const all = (1 << this.parts) - 1;
    let [uniform, weight] = [true, 1];
    for (let k = 0; k < this.parts; k++) {
      const one = 1 << k;
      if (this.constant[one] !== 0 || this.uses[one] !== 1 || this.wanted[one] !== this.wanted[1]) uniform = false;
    }
    if (uniform && objective === 'flops') {
      weight = 1 + 2 * this.wanted[1];
      for (let set = 3; set <= all; set++) if ((set & (set - 1)) !== 0) this.splitFlops(set, weight);
    } else {
      for (let set = 3; set <= all; set++) if ((set & (set - 1)) !== 0) this.split(set);
    }
    this.work += 3 ** this.parts / 32;
    return this.best[all];
  }

  /** Sizes, open wide edges and marks of all subsets. */
  private prepare(): void {
    const { size, root, open, most } = this;
    this.fillProducts();
    const all = (1 << this.parts) - 1;
    for (let set = 1; set <= all; set++) {
      const low = set & -set;
      const rest = set ^ low;
      if (rest !== 0) {
        let value = size[low] * size[rest];
        const row = (31 - Math.clz32(low)) * most;
        for (let others = rest; others !== 0; others &= others - 1) {
          const between = this.shared[row + 31 - Math.clz32(others & -others)];
          value /= between * between;
        }
        size[set] = value;
        this.wanted[set] = Math.max(this.wanted[low], this.wanted[rest]);
        this.constant[set] = this.constant[low] & this.constant[rest];
        this.uses[set] = Math.min(this.uses[low], this.uses[rest]);
      }
      root[set] = Math.sqrt(size[set]);
      let edges = 0;
      for (let w = 0; w < this.wideCount; w++) {
        const inside = this.wide[w] & set;
        if (inside !== 0 && (this.wideKept[w] === 1 || inside !== this.wide[w])) edges |= 1 << w;
      }
      open[set] = edges;
    }
  }

  private fillProducts(): void {
    for (let byte = 0; 8 * byte < Math.max(1, this.wideCount); byte++) {
      const table = this.product[byte];
      table[0] = 1;
      for (let bits = 1; bits < 256; bits++) {
        const edge = 8 * byte + 31 - Math.clz32(bits & -bits);
        table[bits] = table[bits & (bits - 1)] * (edge < this.wideCount ? this.wideSize[edge] : 1);
      }
    }
  }
  private wideProduct(set: number): number {
    const [first, second, third, fourth] = this.product;
    if (this.wideCount <= 8) return first[set];
    if (this.wideCount <= 16) return first[set & 255] * second[set >>> 8];
    return first[set & 255] * second[(set >>> 8) & 255] * third[(set >>> 16) & 255] * (this.wideCount > 24 ? fourth[set >>> 24] : 1);
  }

  private splitFlops(set: number, weight: number): void {
    const { best, root, open, written, size } = this;
    const low = set & -set;
    const others = set ^ low;
    const scale = root[set] * weight;
    const wide = this.wideCount > 0;
    let [lowest, writes, choice] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, low];
    for (let a = (others - 1) & others; ; a = (a - 1) & others) {
      const one = a | low;
      const other = set ^ one;
      let step = scale * root[one] * root[other];
      if (wide) step *= this.wideProduct(open[one] | open[other]);
      const total = best[one] + best[other] + step;
      if (total <= lowest * (1 + TIE)) {
        const both = written[one] + written[other];
        if (total < lowest * (1 - TIE) || both <= writes) {
          lowest = total;
          writes = both;
          choice = one;
        }
      }
      if (a === 0) break;
    }
    best[set] = lowest;
    written[set] = writes + (wide ? size[set] * this.wideProduct(open[set]) : size[set]);
    this.left[set] = choice;
  }

  private split(set: number): void {
    const { best, root, open, written, wanted } = this;
    const { fold, step } = this.measure;
    const low = set & -set;
    const others = set ^ low;
    const forward = this.constant[set] === 1 ? 0 : 1;
    const uses = this.uses[set];
    const c = this.sizeOf(set);
    let [lowest, writes, choice] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, low];
    for (let a = (others - 1) & others; ; a = (a - 1) & others) {
      const one = a | low;
      const other = set ^ one;
      const union = root[set] * root[one] * root[other] * this.wideProduct(open[one] | open[other]);
      const [sizeA, sizeB] = [this.sizeOf(one), this.sizeOf(other)];
      const cost = step(union, sizeA, sizeB, c, forward, wanted[one], wanted[other]) / uses;
      const total = folded(fold, best[one], best[other], cost, sizeA, sizeB, c);
      if (total <= lowest * (1 + TIE)) {
        const both = written[one] + written[other] + (fold === 'sum' ? 0 : union);
        if (total < lowest * (1 - TIE) || both <= writes) {
          lowest = total;
          writes = both;
          choice = one;
        }
      }
      if (a === 0) break;
    }
    best[set] = lowest;
    written[set] = writes + (fold === 'sum' ? c : 0);
    this.left[set] = choice;
  }
  private sizeOf(set: number): number {
    return this.wideCount === 0 ? this.size[set] : this.size[set] * this.wideProduct(this.open[set]);
  }
}
