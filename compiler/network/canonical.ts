/**
 * The name under which a plan is kept. Letters are numbered in the order in which the operands have them, and letters of one size and
 * fate are alike: equal layers of a model have equal names, whatever their letters were called. Operands keep their order, so that the
 * steps of a plan hold for every request of the name.
 */
import type { Request } from '../values/plan.ts';
import { defaultProfiles, profileKey } from './profile.ts';

export interface Canonical {
  /** Text that is equal where the plans are. */
  readonly key: string;
  /** Number of each letter in the key; -1 where no operand has it. */
  readonly number: readonly number[];
}

/** Changes when the searches do: plans of before are not taken. */
const REVISION = 2;

export function canonical(request: Request): Canonical {
  const { inputs, output, sizes } = request.network;
  const number = new Array<number>(sizes.length).fill(-1);
  let count = 0;
  const place = (list: readonly number[]) => {
    for (const letter of list) if (number[letter] < 0) number[letter] = count++;
  };
  const signature = signatures(request);
  // Within an operand letters are ordered by what is known of them, not by how they are numbered.
  for (const list of inputs) place([...new Set(list)].sort((a, b) => compare(signature[a], signature[b])));
  const written = (list: readonly number[]) => [...new Set(list)].map((letter) => number[letter]).sort((a, b) => a - b);
  const sized = new Array<number>(count);
  number.forEach((k, letter) => {
    if (k >= 0) sized[k] = sizes[letter];
  });
  const { wanted, constant, uses, objective = 'flops', profile, seed = 0, budget, memory } = request;
  const marks = inputs.map((_, k) => [wanted?.[k] ? 1 : 0, constant?.[k] ? 1 : 0, Math.max(1, uses?.[k] ?? 1)]);
  const timed = objective === 'time' ? profileKey(profile ?? defaultProfiles.wasm) : null;
  const search = [objective, timed, seed, budget ?? null, memory ?? null];
  return { key: JSON.stringify([REVISION, inputs.map(written), written(output), sized, marks, search]), number };
}

/** Size, operands and fate of each letter. */
function signatures({ network }: Request): string[] {
  const on: number[][] = network.sizes.map(() => []);
  network.inputs.forEach((list, k) => {
    for (const letter of new Set(list)) on[letter].push(k);
  });
  const kept = new Set(network.output);
  return network.sizes.map((size, letter) => `${kept.has(letter) ? 1 : 0} ${size} ${on[letter].join(' ')}`);
}
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
