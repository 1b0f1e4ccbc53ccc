/**
 * The best tree by dynamic programming over subsets of inputs, outer products included: every split of every subset is looked at, so
 * the answer is the optimum of the objective (the classical 3^n search; with adjoints counted it is still a sum over steps).
 */
import type { Bundle, Leaf, Side } from './subsets.ts';
import { joined, weightOf } from './subsets.ts';

export const EXACT_INPUTS = 12;
export const EXACT_BUNDLES = 32;

/** Product of the sizes of a set of bundles, by bytes of the set. */
function productsOf(bundles: readonly Bundle[]): (set: number) => number {
  const tables = [0, 1, 2, 3].map((byte) => {
    const table = new Float64Array(256).fill(1);
    for (let bits = 1; bits < 256; bits++) {
      const low = 31 - Math.clz32(bits & -bits);
      table[bits] = table[bits & (bits - 1)] * (bundles[8 * byte + low]?.size ?? 1);
    }
    return table;
  });
  return (set) => tables[0][set & 255] * tables[1][(set >>> 8) & 255] * tables[2][(set >>> 16) & 255] * tables[3][set >>> 24];
}

/** Pairs of positions in single static assignment: inputs are 0..n-1, step k makes n + k. */
export function exactTree(bundles: readonly Bundle[], leaves: readonly Leaf[]): (readonly [number, number])[] {
  const n = leaves.length;
  const all = (1 << n) - 1;
  const product = productsOf(bundles);
  const on = bundles.map((bundle) => bundle.inputs.reduce((set, k) => set | (1 << k), 0));
  const open = new Int32Array(all + 1);
  const sides: Side[] = new Array(all + 1);
  for (let set = 1; set <= all; set++) {
    for (let b = 0; b < bundles.length; b++) {
      if ((on[b] & set) !== 0 && (bundles[b].output || (on[b] & ~set) !== 0)) open[set] |= 1 << b;
    }
    const low = set & -set;
    const leaf = leaves[31 - Math.clz32(low)];
    sides[set] = set === low ? leaf : joined(leaf, sides[set ^ low]);
  }
  const cost = new Float64Array(all + 1);
  const written = new Float64Array(all + 1);
  const left = new Int32Array(all + 1);
  for (let set = 1; set <= all; set++) {
    if ((set & (set - 1)) === 0) continue;
    const low = set & -set;
    const size = product(open[set]);
    cost[set] = Number.POSITIVE_INFINITY;
    for (let a = (set - 1) & set; a > 0; a = (a - 1) & set) {
      if ((a & low) === 0) continue;
      const b = set ^ a;
      const total = cost[a] + cost[b] + product(open[a] | open[b]) * weightOf(sides[a], sides[b]);
      const writes = written[a] + written[b] + size;
      if (total > cost[set] || (total === cost[set] && writes > written[set])) continue;
      cost[set] = total;
      written[set] = writes;
      left[set] = a;
    }
  }
  const steps: [number, number][] = [];
  const emit = (set: number): number => {
    if ((set & (set - 1)) === 0) return 31 - Math.clz32(set);
    const a = emit(left[set]);
    const b = emit(set ^ left[set]);
    steps.push(a < b ? [a, b] : [b, a]);
    return n + steps.length - 1;
  };
  emit(all);
  return steps;
}
