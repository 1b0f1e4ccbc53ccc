/** The surroundings of a syntax error: what was read before it, the bracket and the list that it stands in. */
import { EOF, type TokenType, tokenMatcher } from 'chevrotain';
import type { Label } from './diagnostic.ts';
import { type Expected, inWords } from './expected.ts';
import type { Token } from './standing.ts';
import { Comparison, Identifier, Integer, Real, reserved, sign, Text, Unknown, word } from './tokens.ts';

export interface Damage {
  readonly text: string;
  readonly file: string;
  readonly tokens: readonly Token[];
  readonly expected: Expected;
  readonly found: Token;
  /** Of the found token. */
  readonly index: number;
}

const reservedTypes: ReadonlySet<TokenType> = new Set(reserved.map((text) => word[text]));
const openers: readonly TokenType[] = [sign['('], sign['['], sign['{']];
const closers: readonly TokenType[] = [sign[')'], sign[']'], sign['}']];

export const isReserved = (token: Token): boolean => reservedTypes.has(token.tokenType);
export const isNumber = (token: Token): boolean => token.tokenType === Integer || token.tokenType === Real;
export const isName = (token: Token | undefined): token is Token => token !== undefined && tokenMatcher(token, Identifier);
export const isCloser = (token: Token): boolean => closers.includes(token.tokenType);
export const isFirst = (token: Token | undefined): boolean => token?.payload?.first === true;
export const isOperand = (token: Token): boolean => isNumber(token) || token.tokenType === Text || isName(token);
const atEnd = ({ found }: Damage): boolean => found.tokenType === EOF || found.image === '';

/** The token before the error, or the one so many before it. */
export const before = ({ tokens, index }: Damage, count = 1): Token | undefined => tokens[index - count];
export const endOf = (token: Token): number => token.startOffset + token.image.length;

export function label({ file }: Pick<Damage, 'file'>, token: Token, text: string): Label {
  return { place: { file, from: token.startOffset, to: endOf(token) }, text };
}

/** Just after a token: where something is missing. */
export function after({ file }: Pick<Damage, 'file'>, token: Token, text: string): Label {
  return { place: { file, from: endOf(token), to: endOf(token) }, text };
}

/** The found token; at the end of the file, the end of what was read last. */
export function here(damage: Damage, text: string): Label {
  const last = before(damage);
  if (!atEnd(damage)) return label(damage, damage.found, text);
  return last === undefined ? { place: { file: damage.file, from: 0, to: 0 }, text } : after(damage, last, text);
}

export function describeFound(damage: Damage): string {
  if (atEnd(damage)) return 'the end';
  const { image, tokenType } = damage.found;
  const code = image.codePointAt(0) ?? 0;
  if (tokenType === Unknown && (code < 32 || (code > 126 && code < 160))) return `the control character ${code}`;
  return quoted(image);
}

/** Cut where it is long. */
export const quoted = (text: string): string => `\`${text.length > 40 ? `${text.slice(0, 37)}...` : text}\``;

/** The innermost bracket still open before the error; only braces with `braces`. */
export function openerOf({ tokens, index }: Damage, braces = false): Token | undefined {
  const open: Token[] = [];
  for (const token of tokens.slice(0, index)) {
    if (openers.includes(token.tokenType)) open.push(token);
    else if (isCloser(token)) open.pop();
  }
  return braces ? open.findLast((token) => token.tokenType === sign['{']) : open.at(-1);
}

/** The first token of the line that a token stands on. */
export function startOfLine(damage: Damage, token: Token): Token {
  let index = token.payload?.index ?? 0;
  while (index > 0 && !isFirst(damage.tokens[index])) index -= 1;
  return damage.tokens[index];
}

/** Whether the expression before the error holds a comparison already. */
export function comparesAlready({ tokens, index }: Damage): boolean {
  let depth = 0;
  for (let at = index - 1; at >= 0; at--) {
    const token = tokens[at];
    if (isCloser(token)) depth += 1;
    if (openers.includes(token.tokenType)) depth -= 1;
    if (depth < 0 || (depth === 0 && (token.tokenType === sign[','] || token.tokenType === sign['=']))) return false;
    if (depth === 0 && tokenMatcher(token, Comparison)) return true;
  }
  return false;
}

interface List {
  /** What its items are called. */
  readonly items: string;
  /** The words that begin them. */
  readonly words: readonly string[];
}
const changeWords = [
  ...['decompose', 'adapt', 'share', 'tie', 'untie', 'wrap', 'replace', 'apply', 'init', 'freeze', 'train', 'keep', 'learn', 'squeeze'],
  ...['grow', 'let'],
];
const memberWords = ['axis', 'let', 'require', 'input', 'fn', 'forward', 'loss', 'metric'];
const lists = {
  variant: { items: 'a change', words: changeWords },
  topology: { items: '`core`, `reuse`, `role`, `require`', words: ['core', 'reuse', 'role', 'require', 'let', 'if', 'permute'] },
  layer: { items: 'a member', words: memberWords },
  body: { items: 'a statement', words: ['for', 'if', 'penalty', 'report'] },
  file: { items: 'a definition', words: ['model', 'layer', 'topology', 'variant', 'fn', 'let', 'use', 'edition'] },
} satisfies Record<string, List>;

/** The list that the error stands in, told by the word that begins the line of its brace. */
export function listOf(damage: Damage): List {
  const brace = openerOf(damage, true);
  if (brace === undefined) return lists.file;
  const start = startOfLine(damage, brace);
  switch (start.tokenType) {
    case word.variant:
      return lists.variant;
    case word.topology:
      return lists.topology;
    case word.layer:
    case word.model:
      return lists.layer;
  }
  return isName(start) && start.tokenType === Identifier ? lists.layer : lists.body;
}

/** What was expected, the items of a list by their name. */
export function nameOf(damage: Damage): string {
  return inWords(damage.expected, listOf(damage).items);
}
