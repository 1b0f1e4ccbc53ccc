/** Arithmetic of sizes that are not known yet: polynomials of the open sizes with whole factors, in one form for each function. */
import type { Count } from './sized.ts';

type Terms = readonly (readonly number[])[];
const termsOf = (count: Count): Terms => (typeof count === 'number' ? [[count]] : count);

export function sumOf(...counts: readonly Count[]): Count {
  return collected(counts.flatMap(termsOf));
}
export function productOf(counts: readonly Count[]): Count {
  return counts.reduce<Count>((all, own) => {
    const pairs = termsOf(all).flatMap((a) => termsOf(own).map((b) => multiplied(a, b)));
    return collected(pairs);
  }, 1);
}
export function scaled(count: Count, factor: number): Count {
  return productOf([count, factor]);
}
export function sameCount(a: Count, b: Count): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
/** `[1, 0, 1]`: the size of the second open axis alone gives 1. */
export function axisOf(count: Count): number | undefined {
  if (typeof count === 'number' || count.length !== 1) return undefined;
  const [factor, ...powers] = count[0];
  const total = powers.reduce((sum, power) => sum + power, 0);
  return factor === 1 && total === 1 ? powers.indexOf(1) : undefined;
}

function multiplied([a, ...powers]: readonly number[], [b, ...others]: readonly number[]): number[] {
  const length = Math.max(powers.length, others.length);
  return [a * b, ...Array.from({ length }, (_, k) => (powers[k] ?? 0) + (others[k] ?? 0))];
}
/** Highest powers first; a number where no size is in it. */
function collected(terms: Terms): Count {
  const length = Math.max(...terms.map((term) => term.length)) - 1;
  const factors = new Map<string, number>();
  for (const [factor, ...powers] of terms) {
    const key = JSON.stringify(Array.from({ length }, (_, k) => powers[k] ?? 0));
    factors.set(key, (factors.get(key) ?? 0) + factor);
  }
  const all = [...factors]
    .filter(([, factor]) => factor !== 0)
    .map(([key, factor]) => [factor, ...(JSON.parse(key) as number[])])
    .sort(([, ...a], [, ...b]) => b.map((power, k) => power - a[k]).find((difference) => difference !== 0) ?? 0);
  if (all.length === 0) return 0;
  return all.length === 1 && all[0].slice(1).every((power) => power === 0) ? all[0][0] : all;
}
