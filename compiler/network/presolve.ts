/**
 * Smaller networks with the same best tree, where every step weighs the same and multiply-adds count. Beside what problem.ts leaves out:
 *
 * - Operands with the same letters are multiplied first. Taking one of them out of any tree saves a step over at least its letters, and
 *   what it costs to multiply it with its twin is no more; no other step gets a letter.
 * - Operands without letters are multiplied with one another (1 each), and the product with the smallest result.
 * - Parts that share no letter are planned apart and their results joined, the smallest first. A step of a tree over several parts
 *   multiplies over the product of what the steps of the parts alone would, which is no less than the sum. Where results have letters,
 *   the order of the last joins is a rule and not proved.
 *
 * Taking a vector into its neighbour first, which is often done, is not among them: v[a] w[b] T[a,b,c] costs ab + abc by way of the outer
 * product and abc + bc otherwise.
 */
import type { Network } from '../values/plan.ts';
import type { Problem } from './problem.ts';
import { components } from './problem.ts';
import type { Steps } from './tree.ts';

/** One part: a network of its own whose operands are values of the whole, by position in single static assignment. */
export interface SubNetwork {
  readonly network: Network;
  readonly operands: readonly number[];
}
export interface Presolved {
  /** Joins of operands with equal letters. */
  readonly first: Steps;
  readonly parts: readonly SubNetwork[];
  /** Operands without letters. */
  readonly scalars: readonly number[];
}

/** What is left to plan, or undefined where nothing can be simplified. */
export function presolve(problem: Problem): Presolved | undefined {
  const { count, of } = problem;
  const scalars = of.flatMap((edges, k) => (edges.length === 0 ? [k] : []));
  const first: [number, number][] = [];
  const twins = new Map<string, number>();
  const value = Int32Array.from({ length: count }, (_, k) => k);
  const standing: number[] = [];
  of.forEach((edges, k) => {
    if (edges.length === 0) return;
    const key = edges.join(' ');
    const twin = twins.get(key);
    if (twin === undefined) {
      twins.set(key, k);
      standing.push(k);
      return;
    }
    first.push(value[twin] < k ? [value[twin], k] : [k, value[twin]]);
    value[twin] = count + first.length - 1;
  });
  const keep = new Set(standing);
  const groups = components(problem)
    .map((group) => group.filter((k) => keep.has(k)))
    .filter((group) => group.length > 0);
  if (scalars.length === 0 && first.length === 0 && groups.length < 2) return undefined;
  const parts = groups.map((group) => ({ network: networkOf(problem, group), operands: group.map((k) => value[k]) }));
  return { first, parts, scalars };
}

/** The edges of a problem as the letters of a network over some of its operands. */
function networkOf({ of, kept, sizes }: Problem, operands: readonly number[]): Network {
  const edges = [...new Set(operands.flatMap((k) => of[k]))];
  const place = new Map(edges.map((edge, k) => [edge, k]));
  const output = edges.filter((edge) => kept[edge] === 1);
  const letters = (list: readonly number[]) => list.map((edge) => place.get(edge)!);
  return { inputs: operands.map((k) => letters(of[k])), output: letters(output), sizes: edges.map((edge) => sizes[edge]) };
}

/** The tree of the whole from those of the parts. */
export function assembled(problem: Problem, { first, parts, scalars }: Presolved, trees: readonly Steps[]): Steps {
  const { count } = problem;
  const steps: [number, number][] = first.map(([a, b]) => [a, b]);
  const join = (a: number, b: number) => {
    steps.push(a < b ? [a, b] : [b, a]);
    return count + steps.length - 1;
  };
  const results = parts.map(({ network, operands }, k) => {
    const values = [...operands];
    for (const [a, b] of trees[k]) values.push(join(values[a], values[b]));
    return { value: values[values.length - 1], size: network.output.reduce((size, letter) => size * network.sizes[letter], 1) };
  });
  let scalar: number | undefined;
  for (const k of scalars) scalar = scalar === undefined ? k : join(scalar, k);
  if (scalar !== undefined) results.push({ value: scalar, size: 1 });
  while (results.length > 1) {
    results.sort((x, y) => x.size - y.size || x.value - y.value);
    const [x, y] = results.splice(0, 2);
    results.push({ value: join(x.value, y.value), size: x.size * y.size });
  }
  return steps;
}
