/** Which tensor of a file may be which of a model, by shape and likeness of names: a table for whoever writes a map of names. */
import type { Model } from '../../../compiler/values/model.ts';
import type { TensorFile } from '../safetensors.ts';

export interface Proposal {
  readonly ours: string;
  /** The likest of the same shape; undefined where none has it. */
  readonly theirs?: string;
  readonly transposed: boolean;
}

/** One for each parameter that the file has not by name, each tensor of the file at most once. Names, in the order of the model. */
export function proposeNames(model: Model, file: TensorFile): Proposal[] {
  const free = new Map([...file.tensors].map(([name, { shape }]) => [name, shape.join()]));
  const missing = model.parameters.filter(({ names }) => !names.some((name) => free.delete(name)));
  const pairs = missing.flatMap(({ names: [ours], legs }) => {
    const shape = legs.map(({ size }) => size);
    const [own, other] = [shape.join(), [...shape].reverse().join()];
    return [...free].flatMap(([theirs, found]) => {
      if (found !== own && (shape.length !== 2 || found !== other)) return [];
      return [{ ours, theirs, transposed: found !== own, likeness: likeness(ours, theirs) - (found === own ? 0 : 0.1) }];
    });
  });
  pairs.sort((a, b) => b.likeness - a.likeness || (a.ours < b.ours ? -1 : 1));
  const chosen = new Map<string, (typeof pairs)[number]>();
  const taken = new Set<string>();
  for (const pair of pairs) {
    if (chosen.has(pair.ours) || taken.has(pair.theirs)) continue;
    chosen.set(pair.ours, pair);
    taken.add(pair.theirs);
  }
  return missing.map(({ names: [ours] }) => ({
    ours,
    theirs: chosen.get(ours)?.theirs,
    transposed: chosen.get(ours)?.transposed ?? false,
  }));
}

/** Words that names have in common, and numbers, of which ours are counted from 1: from 0 to 1. */
function likeness(ours: string, theirs: string): number {
  const [a, b] = [wordsOf(ours, -1), wordsOf(theirs, 0)];
  let common = 0;
  for (const word of a) if (b.has(word) || [...b].some((other) => alike(word, other))) common++;
  return (2 * common) / (a.size + b.size);
}

function wordsOf(name: string, shift: number): Set<string> {
  const found = name.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
  return new Set(found.map((word) => (/^\d/.test(word) ? String(Number(word) + shift) : (synonyms.get(word) ?? word))));
}

function alike(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 3 && /^[a-z]/.test(short) && long.startsWith(short);
}

/** What other libraries call what is here. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ['bias', 'offset'],
  ['beta', 'shift'],
  ['gamma', 'gain'],
  ['layer', 'block'],
  ['layers', 'block'],
  ['h', 'block'],
  ['attention', 'attn'],
  ['mlp', 'ffn'],
  ['wte', 'embed'],
  ['wpe', 'place'],
  ['q', 'query'],
  ['k', 'key'],
  ['v', 'value'],
  ['o', 'mix'],
  ['layernorm', 'norm'],
  ['ln', 'norm'],
]);

/** As lines of a table. */
export function proposalTable(proposals: readonly Proposal[], most = 20): string {
  const rows = proposals
    .slice(0, most)
    .map(({ ours, theirs, transposed }) => [ours, theirs === undefined ? '-' : `${theirs}${transposed ? ' (transposed)' : ''}`]);
  const width = Math.max(...rows.map(([ours]) => ours.length));
  const lines = rows.map(([ours, theirs]) => `  ${ours.padEnd(width)}  ${theirs}`);
  return [...lines, ...(proposals.length > most ? [`  and ${proposals.length - most} more`] : [])].join('\n');
}
