/**
 * For more inputs than the exact search takes: join the pair whose result grows least over its operands (the rule of opt_einsum's
 * greedy search), pairs with a common letter first, ties to the earlier pair.
 */
import type { Bundle, Leaf } from './subsets.ts';

export function greedyTree(bundles: readonly Bundle[], leaves: readonly Leaf[]): (readonly [number, number])[] {
  const remaining = bundles.map((bundle) => bundle.inputs.length + (bundle.output ? 1 : 0));
  const live = new Map<number, ReadonlySet<number>>();
  leaves.forEach((_, k) => {
    live.set(k, new Set(bundles.flatMap((bundle, b) => (bundle.inputs.includes(k) ? [b] : []))));
  });
  const size = (set: Iterable<number>) => [...set].reduce((product, b) => product * bundles[b].size, 1);
  const join = (a: ReadonlySet<number>, b: ReadonlySet<number>) =>
    new Set([...new Set([...a, ...b])].filter((letter) => !(a.has(letter) && b.has(letter) && remaining[letter] === 2)));
  const steps: [number, number][] = [];
  while (live.size > 1) {
    let best: { growth: number; connected: boolean; pair: [number, number] } | undefined;
    for (const [i, a] of live) {
      for (const [j, b] of live) {
        if (j <= i) continue;
        const connected = [...a].some((letter) => b.has(letter));
        const growth = size(join(a, b)) - size(a) - size(b);
        const better = best === undefined || (connected && !best.connected) || (connected === best.connected && growth < best.growth);
        if (better) best = { growth, connected, pair: [i, j] };
      }
    }
    const [i, j] = best!.pair;
    const [a, b] = [live.get(i)!, live.get(j)!];
    const result = join(a, b);
    for (const letter of a) if (b.has(letter)) remaining[letter] -= result.has(letter) ? 1 : 2;
    live.delete(i);
    live.delete(j);
    live.set(leaves.length + steps.length, result);
    steps.push([i, j]);
  }
  return steps;
}
