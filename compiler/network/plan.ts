/**
 * One contraction, one answer: in which order its operands are joined. Exact by dynamic programming up to 12 operands, greedy above.
 * The tree is chosen for forward and the adjoints that are wanted together: with all of them wanted reverse mode over the
 * forward-optimal tree is already the joint optimum (each step has one forward and two adjoint products of the same cost).
 */
import type { Plan, Request } from '../values/plan.ts';
import { EXACT_BUNDLES, EXACT_INPUTS, exactTree } from './exact.ts';
import { greedyTree } from './greedy.ts';
import type { Bundle, Side } from './subsets.ts';
import { bundlesOf, joined, leavesOf, weightOf } from './subsets.ts';

/**
 * Plans one contraction of the request's network; macs are multiply-adds, `log2Peak` counts elements of the largest value made.
 * Throws RangeError for a letter without a size or an output letter that no input has.
 */
export function plan(request: Request): Plan {
  checkRequest(request);
  const bundles = bundlesOf(request);
  const leaves = leavesOf(request);
  const exact = leaves.length <= EXACT_INPUTS && bundles.length <= EXACT_BUNDLES;
  const steps = leaves.length < 2 ? [] : exact ? exactTree(bundles, leaves) : greedyTree(bundles, leaves);
  return { ...measure(steps, bundles, leaves), method: exact ? 'exact' : 'greedy', optimal: exact };
}

function checkRequest({ network }: Request): void {
  const { inputs, output, sizes } = network;
  for (const letter of [...inputs.flat(), ...output]) {
    if (!(sizes[letter] >= 1)) throw new RangeError(`letter ${letter} of the network has size ${sizes[letter]}; sizes are 1 or more`);
  }
  for (const letter of output) {
    if (!inputs.some((letters) => letters.includes(letter))) throw new RangeError(`output letter ${letter} is on no input`);
  }
}

/** Results and costs of a tree, whoever chose it. */
export function measure(
  steps: readonly (readonly [number, number])[],
  bundles: readonly Bundle[],
  leaves: readonly Side[],
): Omit<Plan, 'method' | 'optimal'> {
  const sides: Side[] = [...leaves];
  const members: ReadonlySet<number>[] = leaves.map((_, k) => new Set([k]));
  const openOf = (set: ReadonlySet<number>) =>
    bundles.flatMap((bundle, b) => {
      const inside = bundle.inputs.filter((k) => set.has(k)).length;
      return inside > 0 && (bundle.output || inside < bundle.inputs.length) ? [b] : [];
    });
  const size = (list: Iterable<number>) => [...list].reduce((product, b) => product * bundles[b].size, 1);
  const results: number[][] = [];
  let [macs, foldedMacs, trainingMacs] = [0, 0, 0];
  let peak = Math.max(1, ...members.map((set) => size(openOf(set))));
  for (const [a, b] of steps) {
    const cost = size(new Set([...openOf(members[a]), ...openOf(members[b])]));
    const [left, right] = [sides[a], sides[b]];
    const both = joined(left, right);
    if (both.constant) foldedMacs += cost;
    else macs += cost / both.uses;
    trainingMacs += cost * weightOf(left, right);
    sides.push(both);
    members.push(new Set([...members[a], ...members[b]]));
    const open = openOf(members[members.length - 1]);
    peak = Math.max(peak, size(open));
    results.push(open.flatMap((k) => bundles[k].letters).sort((x, y) => x - y));
  }
  return { steps, results, macs, foldedMacs, trainingMacs, log2Peak: Math.log2(peak) };
}
