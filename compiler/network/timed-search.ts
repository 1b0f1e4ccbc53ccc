/**
 * The fastest tree by prediction: dynamic programming over subsets as in subset-search.ts, but by what a step takes as its values lie. Larger
 * networks take the trees of the other searches and improve them by moves (timed-tree.ts).
 */
import type { Request } from '../values/plan.ts';
import type { Laid } from './layout.ts';
import { Clock } from './timed-tree.ts';
import type { Steps } from './tree.ts';
import { stepsOfSplits } from './tree.ts';

/** Operands of a network that is searched whole: 3^11 / 2 splits, a fifth of a second. */
const TIMED_OPERANDS = 11;

/** The fastest tree by prediction, or undefined where the network is too large or its numbers are. */
export function timedTree(request: Request): Steps | undefined {
  const clock = new Clock(request);
  const { count, wanted, constant, uses, letters, on, kept } = clock.problem;
  if (count > TIMED_OPERANDS || count < 2) return undefined;
  const all = (1 << count) - 1;
  const holders = on.map((list) => list.reduce((set, k) => set | (1 << k), 0));
  const laidOf = (set: number): Laid => {
    const open = letters.filter((_, edge) => (holders[edge] & set) !== 0 && (kept[edge] === 1 || (holders[edge] & ~set) !== 0));
    return clock.value(open.flat());
  };
  const values = Array.from({ length: all + 1 }, (_, set) =>
    (set & (set - 1)) === 0 ? clock.operands[31 - Math.clz32(set)] : laidOf(set),
  );
  const [wants, constants, shared] = [wanted, constant, uses].map((own, what) => {
    const join = what === 0 ? Math.max : Math.min;
    const table = new Float64Array(all + 1);
    for (let set = 1; set <= all; set++) {
      const rest = set & (set - 1);
      const low = own[31 - Math.clz32(set & -set)];
      table[set] = rest === 0 ? low : join(low, table[rest]);
    }
    return table;
  });
  const best = new Float64Array(all + 1);
  const choice = new Int32Array(all + 1);
  for (let set = 3; set <= all; set++) {
    if ((set & (set - 1)) === 0) continue;
    const low = set & -set;
    const others = set ^ low;
    const [forward, share] = [1 - constants[set], shared[set]];
    best[set] = Number.POSITIVE_INFINITY;
    for (let part = (others - 1) & others; ; part = (part - 1) & others) {
      const one = part | low;
      const other = set ^ one;
      const parts = best[one] + best[other];
      if (parts < best[set]) {
        const marks = { forward, wantedA: wants[one], wantedB: wants[other], uses: share };
        const total = parts + clock.step(values[one], values[other], values[set], marks);
        if (total < best[set]) {
          best[set] = total;
          choice[set] = one;
        }
      }
      if (part === 0) break;
    }
  }
  if (!Number.isFinite(best[all])) return undefined;
  return stepsOfSplits(choice, count);
}
