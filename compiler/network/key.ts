/**
 * The name under which a plan is kept. Letters are numbered in the order in which the operands have them, and letters of one size and
 * fate are alike: equal layers of a model have equal names, whatever their letters were called. Operands keep their order, so that the
 * steps of a plan hold for every request of the name.
 */
import { hash } from '../values/hash.ts';
import type { Request } from '../values/plan.ts';
import { checkRequest } from './check.ts';
import { defaultProfiles, profileKey } from './profile.ts';
import type { Steps } from './tree.ts';

export interface CanonicalRequest {
  /** Text that is equal where the plans are. */
  readonly key: string;
  /** Number of each letter in the key; -1 where no operand has it. */
  readonly number: readonly number[];
  /** The request with its letters numbered so. */
  readonly request: Request;
}

/** Changes when the searches do: plans of before are not taken. */
const REVISION = 6;

/** Throws NetworkError. */
export function canonicalRequest(request: Request): CanonicalRequest {
  checkRequest(request);
  const { inputs, output, sizes } = request.network;
  const { wanted, constant, uses, objective = 'flops', profile, seed = 0, budget, memory } = request;
  const number = new Array<number>(sizes.length).fill(-1);
  let count = 0;
  const place = (list: readonly number[]) => {
    for (const letter of list) if (number[letter] < 0) number[letter] = count++;
  };
  // Time depends on how values lie; elsewhere the letters of an operand are ordered by what is known of them.
  const laid = objective === 'time';
  const signature = laid ? [] : signatures(request);
  const ordered = (list: readonly number[]) => [...new Set(list)].sort((a, b) => (laid ? 0 : compare(signature[a], signature[b])));
  for (const list of inputs) place(ordered(list));
  const written = (list: readonly number[]) => [...new Set(list)].map((letter) => number[letter]).sort((a, b) => (laid ? 0 : a - b));
  const sized = new Array<number>(count);
  number.forEach((k, letter) => {
    if (k >= 0) sized[k] = sizes[letter];
  });
  const network = { inputs: inputs.map(written), output: written(output), sizes: sized };
  const marks = inputs.map((_, k) => [wanted?.[k] ? 1 : 0, constant?.[k] ? 1 : 0, Math.max(1, uses?.[k] ?? 1)]);
  const timed = laid ? profileKey(profile ?? defaultProfiles.wasm) : null;
  const search = [objective, timed, seed, budget ?? null, memory ?? null];
  const key = JSON.stringify([REVISION, network.inputs, network.output, sized, marks, search]);
  return { key, number, request: { ...request, network } };
}

/** Sixteen hexadecimal digits for what is planned by time, whatever the profile: trees that were measured are kept under it. */
export function treeKey({ network, wanted, constant, uses }: Request): string {
  return hash(canonicalRequest({ network, wanted, constant, uses, objective: 'time' }).key);
}

/** The tree that the profile of a request has for it. */
export function measuredTree(request: Request): Steps | undefined {
  const { objective, profile, memory } = request;
  if (objective !== 'time' || memory !== undefined || profile?.trees === undefined) return undefined;
  return profile.trees[treeKey(request)];
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
