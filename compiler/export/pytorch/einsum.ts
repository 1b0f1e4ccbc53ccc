/** One `einsum`. */
import { type Code, call, quoted } from './python.ts';

/** Identity is the object. */
export interface Letter {
  readonly name: string;
  readonly size: number;
}
interface Lettered {
  readonly text: string;
  readonly letters: readonly Letter[];
}

/** Letters by the first of their names, so that `b`, `t` and `e` are what one thinks. */
export function einsum(operands: readonly Lettered[], result: readonly Letter[]): Code {
  const taken = new Map<Letter, string>();
  const used = new Set<string>();
  const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  for (const letter of operands.flatMap(({ letters }) => letters)) {
    if (taken.has(letter)) continue;
    const first = letter.name[0].toLowerCase();
    const wanted = [first, first.toUpperCase(), ...alphabet].find((candidate) => alphabet.includes(candidate) && !used.has(candidate))!;
    taken.set(letter, wanted);
    used.add(wanted);
  }
  const spell = (letters: readonly Letter[]) => letters.map((letter) => taken.get(letter)!).join('');
  const equation = `${operands.map(({ letters }) => spell(letters)).join(',')}->${spell(result)}`;
  return call('torch.einsum', quoted(equation), ...operands.map(({ text }) => text));
}
