/**
 * A network as the searches see it: flat arrays and bit sets of edges. An edge is one letter, or several with the same operands and the
 * same fate as one. What cannot change which tree is best is left out here: letters of size 1 (they would make neighbours of operands
 * that share nothing), a letter named twice on an operand (a diagonal), and letters of one operand that the output lacks (summed before
 * anything else, by a unary step that costs nothing). A tree over the operands of a problem is a tree over those of its network.
 */
import type { Request } from '../values/plan.ts';

export interface Problem {
  /** Operands. */
  readonly count: number;
  readonly edges: number;
  /** 32-bit words of a set of edges. */
  readonly words: number;
  /** Letters of each edge. */
  readonly letters: readonly (readonly number[])[];
  readonly sizes: Float64Array;
  /** Operands of each edge, ascending. */
  readonly on: readonly (readonly number[])[];
  readonly kept: Uint8Array;
  /** Edges of each operand, ascending. */
  readonly of: readonly (readonly number[])[];
  /** By operand, 0 or 1. */
  readonly wanted: Float64Array;
  readonly constant: Uint8Array;
  readonly uses: Float64Array;
  /** Every step weighs the same. */
  readonly uniform: boolean;
  /** Every edge has two ends, an end being an operand or the output. */
  readonly simple: boolean;
}

/** `apart` keeps one edge for each letter, so that letters can be sliced one by one. */
export function problemOf(request: Request, apart = false): Problem {
  const { inputs, output, sizes } = request.network;
  const count = inputs.length;
  const holders: number[][] = sizes.map(() => []);
  inputs.forEach((list, k) => {
    for (const letter of list) if (holders[letter].at(-1) !== k) holders[letter].push(k);
  });
  const kept = new Set(output);
  const bundles = new Map<string, number[]>();
  holders.forEach((on, letter) => {
    if (on.length === 0 || sizes[letter] === 1 || (on.length === 1 && !kept.has(letter))) return;
    const key = apart ? String(letter) : `${on.join(' ')}${kept.has(letter) ? '>' : ''}`;
    const bundle = bundles.get(key);
    if (bundle === undefined) bundles.set(key, [letter]);
    else bundle.push(letter);
  });
  const letters = [...bundles.values()];
  const on = letters.map(([first]) => holders[first]);
  const of: number[][] = inputs.map(() => []);
  on.forEach((list, edge) => {
    for (const k of list) of[k].push(edge);
  });
  const keptEdges = Uint8Array.from(letters, ([first]) => (kept.has(first) ? 1 : 0));
  const wanted = Float64Array.from(inputs, (_, k) => (request.wanted?.[k] ? 1 : 0));
  // Where nothing changes, everything is folded, and what is minimised is that.
  const all = inputs.every((_, k) => request.constant?.[k]);
  const constant = Uint8Array.from(inputs, (_, k) => (request.constant?.[k] && !all ? 1 : 0));
  const uses = Float64Array.from(inputs, (_, k) => Math.max(1, request.uses?.[k] ?? 1));
  return {
    count,
    edges: letters.length,
    words: Math.max(1, Math.ceil(letters.length / 32)),
    letters,
    sizes: Float64Array.from(letters, (list) => list.reduce((product, letter) => product * sizes[letter], 1)),
    on,
    kept: keptEdges,
    of,
    wanted,
    constant,
    uses,
    uniform: [wanted, constant, uses].every((list) => list.every((value) => value === list[0])),
    simple: on.every((list, edge) => list.length + keptEdges[edge] === 2),
  };
}

/**
 * The same problem with edges numbered in the order in which a list of operands meets them: sub-trees over neighbours in the list have
 * their edges in few words.
 */
export function clustered(problem: Problem, operands: readonly number[]): Problem {
  const order = [...new Set(operands.flatMap((k) => problem.of[k]))];
  const place = new Int32Array(problem.edges);
  order.forEach((edge, k) => {
    place[edge] = k;
  });
  return {
    ...problem,
    letters: order.map((edge) => problem.letters[edge]),
    sizes: Float64Array.from(order, (edge) => problem.sizes[edge]),
    on: order.map((edge) => problem.on[edge]),
    kept: Uint8Array.from(order, (edge) => problem.kept[edge]),
    of: problem.of.map((edges) => edges.map((edge) => place[edge]).sort((a, b) => a - b)),
  };
}

/** The edges of each operand as sets, one after another. */
export function legsOf(problem: Problem): Int32Array {
  const { count, words, of } = problem;
  const legs = new Int32Array(count * words);
  of.forEach((edges, k) => {
    for (const edge of edges) legs[k * words + (edge >>> 5)] |= 1 << (edge & 31);
  });
  return legs;
}

export function keptOf({ words, kept }: Problem): Int32Array {
  const set = new Int32Array(words);
  kept.forEach((flag, edge) => {
    if (flag === 1) set[edge >>> 5] |= 1 << (edge & 31);
  });
  return set;
}

/** Groups of operands connected by edges, in order of their first operand. */
export function components({ count, on }: Problem): number[][] {
  const parent = Int32Array.from({ length: count }, (_, k) => k);
  const find = (k: number): number => {
    while (parent[k] !== k) {
      parent[k] = parent[parent[k]];
      k = parent[k];
    }
    return k;
  };
  for (const list of on) for (const k of list) parent[find(k)] = find(list[0]);
  const groups = new Map<number, number[]>();
  for (let k = 0; k < count; k++) {
    const group = groups.get(find(k));
    if (group === undefined) groups.set(find(k), [k]);
    else group.push(k);
  }
  return [...groups.values()];
}
