/**
 * A network seen as sets: inputs are bits of a number, letters with the same inputs and the same fate are one letter. Both searches
 * and the evaluation of a tree ask the same three questions of it, so that they can not disagree.
 */
import type { Request } from '../values/plan.ts';

/** Letters of equal signature, as one. */
export interface Bundle {
  readonly letters: readonly number[];
  readonly size: number;
  /** Positions of the inputs that have it. */
  readonly inputs: readonly number[];
  readonly output: boolean;
}
export interface Leaf {
  readonly wanted: boolean;
  readonly constant: boolean;
  readonly uses: number;
}

/** Letters on one input only that the output lacks are summed in a unary step before anything else: they are left out. */
export function bundlesOf(request: Request): Bundle[] {
  const { inputs, output, sizes } = request.network;
  const found = new Map<string, { letters: number[]; size: number; inputs: number[]; output: boolean }>();
  for (let letter = 0; letter < sizes.length; letter++) {
    const on = inputs.flatMap((letters, k) => (letters.includes(letter) ? [k] : []));
    const kept = output.includes(letter);
    if (on.length === 0 || (on.length === 1 && !kept)) continue;
    const signature = `${on.join(' ')}${kept ? ' out' : ''}`;
    const bundle = found.get(signature);
    if (bundle === undefined) found.set(signature, { letters: [letter], size: sizes[letter], inputs: on, output: kept });
    else {
      bundle.letters.push(letter);
      bundle.size *= sizes[letter];
    }
  }
  return [...found.values()];
}

export function leavesOf(request: Request): Leaf[] {
  return request.network.inputs.map((_, k) => ({
    wanted: request.wanted?.[k] ?? false,
    constant: request.constant?.[k] ?? false,
    uses: Math.max(1, request.uses?.[k] ?? 1),
  }));
}

/** A leaf or a sub-network of the tree, by what decides the weight of the step that makes it. */
export interface Side {
  readonly wanted: boolean;
  readonly constant: boolean;
  readonly uses: number;
}
export function joined(a: Side, b: Side): Side {
  return { wanted: a.wanted || b.wanted, constant: a.constant && b.constant, uses: Math.min(a.uses, b.uses) };
}
/**
 * How often the product of one step is computed: forward once unless all of it is constant, and once for the adjoint of each side in
 * which a gradient is wanted (each costs the same multiply-adds: the union of letters is the same).
 */
export function weightOf(a: Side, b: Side): number {
  const both = joined(a, b);
  return ((both.constant ? 0 : 1) + (a.wanted ? 1 : 0) + (b.wanted ? 1 : 0)) / both.uses;
}
