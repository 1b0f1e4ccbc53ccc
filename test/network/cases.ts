/** Networks, their trees one by one, and contractions by definition: what the searches are held against. */
import { readFileSync } from 'node:fs';
import { randomNumbers } from '../../compiler/network/random-numbers.ts';
import type { Network, Plan, Request } from '../../compiler/values/plan.ts';

/** `"ab,bc->ac"` with the sizes of its letters, 2 where none is given. */
export function network(text: string, sizes: Readonly<Record<string, number>> = {}): Network {
  const [left, output = ''] = text.split('->');
  const names = [...new Set(text.replace(/[,>-]/g, ''))].sort();
  const letters = (part: string) => [...part].map((name) => names.indexOf(name));
  return { inputs: left.split(',').map(letters), output: letters(output), sizes: names.map((name) => sizes[name] ?? 2) };
}

/** A stored network: `{"inputs": [["a"]], "output": [], "size": {"a": 2}}`. */
export function instance(name: string): Network {
  const text = readFileSync(new URL(`instances/${name}.json`, import.meta.url), 'utf8');
  const { inputs, output, size } = JSON.parse(text) as { inputs: string[][]; output: string[]; size: Record<string, number> };
  const names = Object.keys(size);
  const place = new Map(names.map((letter, k) => [letter, k]));
  const letters = (list: readonly string[]) => list.map((letter) => place.get(letter)!);
  return { inputs: inputs.map(letters), output: letters(output), sizes: names.map((letter) => size[letter]) };
}

/** A random network: letters of any number of operands, some repeated, some of size 1, some only once, scalars, parts. */
export function randomNetwork(random: () => number, operands: number, letters: number): Network {
  const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const inputs: number[][] = Array.from({ length: operands }, () => []);
  const used: number[] = [];
  for (let letter = 0; letter < letters; letter++) {
    const kind = random();
    const times = kind < 0.2 ? 1 : kind < 0.75 ? 2 : whole(3, Math.max(3, operands));
    for (let k = 0; k < times; k++) inputs[whole(0, operands - 1)].push(letter);
    used.push(letter);
  }
  return { inputs, output: used.filter(() => random() < 0.25), sizes: used.map(() => (random() < 0.15 ? 1 : whole(2, 5))) };
}
/** Some of the operands wanted, some constant, in every combination. */
export function randomRequest(random: () => number, operands: number, letters: number): Request {
  const flags = (share: number) => Array.from({ length: operands }, () => random() < share);
  const request = { network: randomNetwork(random, operands, letters) };
  const kind = random();
  if (kind < 0.5) return request;
  return kind < 0.75 ? { ...request, wanted: flags(0.4) } : { ...request, wanted: flags(0.3), constant: flags(0.5) };
}
export { randomNumbers };

export type Tree = number | readonly [Tree, Tree];

/**
 * The least weighted multiply-adds over all trees, each tree visited. Written from the definition: a step multiplies over the letters
 * that either side has open; a letter is open while another operand or the output has it.
 */
export function bruteForce({ network, wanted, constant }: Request): number {
  const { inputs, output, sizes } = network;
  const whole = 2 ** inputs.length - 1;
  const on = sizes.map((_, letter) => inputs.reduce((set, list, k) => (list.includes(letter) ? set | (1 << k) : set), 0));
  const open = (set: number, letter: number) =>
    (on[letter] & set) !== 0 && (output.includes(letter) || (on[letter] & ~set) !== 0) && (on[letter] !== set || output.includes(letter));
  const opened: number[][] = [];
  for (let set = 0; set <= whole; set++) opened.push([...sizes.keys()].filter((letter) => open(set, letter)));
  const some = (flags: readonly boolean[] | undefined, set: number) => inputs.some((_, k) => ((set >> k) & 1) === 1 && flags?.[k]);
  const fixed = constant?.every((flag) => flag) ? undefined : constant;
  const cost = (a: number, b: number) => {
    const macs = [...new Set([...opened[a], ...opened[b]])].reduce((product, letter) => product * sizes[letter], 1);
    const same = fixed !== undefined && inputs.every((_, k) => (((a | b) >> k) & 1) === 0 || fixed[k]);
    return macs * ((same ? 0 : 1) + (some(wanted, a) ? 1 : 0) + (some(wanted, b) ? 1 : 0));
  };
  // The costs of all trees over each set: nothing is dropped on the way.
  const costs = new Map<number, number[]>();
  const costsOf = (set: number): number[] => {
    if ((set & (set - 1)) === 0) return [0];
    const known = costs.get(set);
    if (known !== undefined) return known;
    const all: number[] = [];
    for (let a = (set - 1) & set; a > 0; a = (a - 1) & set) {
      const b = set ^ a;
      if (a < b) continue;
      const step = cost(a, b);
      for (const left of costsOf(a)) for (const right of costsOf(b)) all.push(left + right + step);
    }
    costs.set(set, all);
    return all;
  };
  return costsOf(whole).reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

/** A contraction by definition: for every value of every letter the product of all entries, summed. Operands are dense, last index fastest. */
export function naive({ inputs, output, sizes }: Network, values: readonly Float64Array[]): Float64Array {
  const letters = [...new Set([...output, ...inputs.flat()])];
  const result = new Float64Array(output.reduce((size, letter) => size * sizes[letter], 1));
  const at = new Array<number>(sizes.length).fill(0);
  const offset = (list: readonly number[]) => list.reduce((sum, letter) => sum * sizes[letter] + at[letter], 0);
  const visit = (k: number): void => {
    if (k === letters.length) {
      result[offset(output)] += inputs.reduce((product, list, operand) => product * values[operand][offset(list)], 1);
      return;
    }
    for (at[letters[k]] = 0; at[letters[k]] < sizes[letters[k]]; at[letters[k]]++) visit(k + 1);
  };
  visit(0);
  return result;
}

/** A plan carried out step by step, each step by definition, over every value of the sliced letters. */
export function execute(whole: Network, plan: Pick<Plan, 'steps' | 'results' | 'sliced'>, values: readonly Float64Array[]): Float64Array {
  const sliced = plan.sliced ?? [];
  const result = new Float64Array(whole.output.reduce((size, letter) => size * whole.sizes[letter], 1));
  const sizes = whole.sizes.map((size, letter) => (sliced.includes(letter) ? 1 : size));
  const fixed = new Array<number>(whole.sizes.length).fill(0);
  const slice = (k: number): void => {
    if (k < sliced.length) {
      for (fixed[sliced[k]] = 0; fixed[sliced[k]] < whole.sizes[sliced[k]]; fixed[sliced[k]]++) slice(k + 1);
      return;
    }
    const cut = (list: readonly number[], k: number) => pick(whole, sizes, fixed, list, values[k]);
    const part = run({ ...whole, sizes }, plan, whole.inputs.map(cut));
    spread(whole, sizes, fixed, part, result);
  };
  slice(0);
  return result;
}

function run(network: Network, { steps, results }: Pick<Plan, 'steps' | 'results'>, values: Float64Array[]): Float64Array {
  const letters: (readonly number[])[] = [...network.inputs];
  const count = letters.length;
  if (steps.length === 0) return naive(network, values);
  steps.forEach(([a, b], k) => {
    const output = k === steps.length - 1 ? network.output : results[k];
    const step = { inputs: [letters[a], letters[b]], output, sizes: network.sizes };
    values[count + k] = naive(step, [values[a], values[b]]);
    letters.push(output);
  });
  return values[count + steps.length - 1];
}

/** The entries of a dense value whose sliced letters are as `fixed` says. */
function pick({ sizes }: Network, small: readonly number[], fixed: readonly number[], list: readonly number[], value: Float64Array) {
  return each(list, small, fixed, sizes, (place) => value[place]);
}
function spread({ output, sizes }: Network, small: readonly number[], fixed: readonly number[], part: Float64Array, into: Float64Array) {
  each(output, small, fixed, sizes, (place, at) => {
    into[place] += part[at];
    return 0;
  });
}
function each(
  list: readonly number[],
  small: readonly number[],
  fixed: readonly number[],
  sizes: readonly number[],
  visit: (place: number, at: number) => number,
): Float64Array {
  const count = list.reduce((size, letter) => size * small[letter], 1);
  return Float64Array.from({ length: count }, (_, at) => {
    let rest = at;
    const digits = list.map(() => 0);
    for (let k = list.length - 1; k >= 0; k--) {
      digits[k] = small[list[k]] === 1 ? (sizes[list[k]] === 1 ? 0 : fixed[list[k]]) : rest % small[list[k]];
      rest = Math.floor(rest / small[list[k]]);
    }
    return visit(
      list.reduce((sum, letter, k) => sum * sizes[letter] + digits[k], 0),
      at,
    );
  });
}

/** X[batch, i...] on a chain of cores G[bond, i, o, bond]: operand 0 is X. Sizes of in and out are equal. */
export function operatorLayer(dims: readonly number[], bond: number, batch: number): Network {
  const n = dims.length;
  const inputs = [[0, ...dims.map((_, k) => 1 + k)]];
  dims.forEach((_, k) => {
    inputs.push([...(k > 0 ? [2 * n + k] : []), 1 + k, 1 + n + k, ...(k < n - 1 ? [2 * n + k + 1] : [])]);
  });
  return {
    inputs,
    output: [0, ...dims.map((_, k) => 1 + n + k)],
    sizes: [batch, ...dims, ...dims, ...new Array<number>(n - 1).fill(bond)],
  };
}
