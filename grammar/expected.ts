/** What the grammar asked for where it met another token. */
import type { TokenType } from 'chevrotain';
import { describe } from './tokens.ts';

/** What begins in too many ways to list the tokens. */
const things = {
  item: 'an item',
  member: 'a member',
  expression: 'an expression',
  index: 'an axis or an index',
  type: 'a layer or axes in brackets',
  selection: 'a selection',
  pick: 'a number, a variable or `*`',
  roleMember: 'a core or `rest`',
  leg: 'a leg',
  legIndex: 'an index',
  result: 'a result such as `y[..]`',
  source: 'a file in double quotes or a module name',
} as const;
export type Thing = keyof typeof things;

export interface Expected {
  readonly thing?: Thing;
  /** Kinds of tokens; beside a thing, what could have come in its place. */
  readonly types: readonly TokenType[];
}

export const isThing = (text: string): text is Thing => Object.hasOwn(things, text);
export const asksFor = ({ types }: Expected, type: TokenType): boolean => types.includes(type);
/** Whether nothing but this could have come. */
export const asksOnlyFor = ({ thing, types }: Expected, type: TokenType): boolean =>
  thing === undefined && types.length === 1 && types[0] === type;

/** In words; `items` is how the items of the list at hand are called. */
export function inWords({ thing, types }: Expected, items: string = things.item): string {
  const first = thing === undefined ? [] : [thing === 'item' ? items : things[thing]];
  const all = [...first, ...types.map(describe)];
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

/** Chevrotain's errors hold a text and nothing else: what was expected is kept here under its words, of which there are few. */
const kept = new Map<string, Expected>();

export function messageOf(expected: Expected): string {
  const words = inWords(expected);
  kept.set(words, expected);
  return words;
}
export const expectedBy = ({ message }: { readonly message: string }): Expected => kept.get(message) ?? { types: [] };
