/**
 * The words and signs of the language. One table each for reserved words, contextual words (usable as names wherever a name may
 * stand) and signs: the lexer, the parser, the messages and the editor grammar are all made from them.
 */
import { createToken, EOF, type IToken, Lexer, type TokenType } from 'chevrotain';

export const reserved = [
  ...['edition', 'use', 'model', 'layer', 'topology', 'variant', 'axis', 'let', 'require', 'input', 'fn', 'penalty', 'report'],
  ...['core', 'reuse', 'role', 'rest', 'for', 'if', 'then', 'else', 'where', 'or', 'and', 'not', 'true', 'false', 'div', 'mod'],
  ...['over', 'of', 'only', 'except', 'padded'],
] as const;

export const contextual = [
  ...['in', 'as', 'to', 'by', 'with', 'every', 'steps', 'epochs', 'until', 'while', 'groups', 'scaled', 'named', 'probability'],
  ...['turn', 'choosing', 'from', 'reused', 'error', 'energy', 'forward', 'loss', 'metric', 'untie', 'wrap', 'decompose', 'adapt'],
  ...['share', 'tie', 'init', 'freeze', 'train', 'keep', 'squeeze', 'apply', 'replace', 'grow', 'learn', 'mask', 'orthogonal'],
  ...['seeded', 'permute', 'factors'],
] as const;

export const signs = [
  ...['->', '..', '**', '<=', '>=', '==', '!=', '[', ']', '(', ')', '{', '}', ',', '.', ':', '=', '<', '>'],
  ...['+', '-', '*', '/', '^', '~', '@'],
] as const;

export type Word = (typeof reserved)[number] | (typeof contextual)[number];
export type Sign = (typeof signs)[number];

export const Identifier = createToken({ name: 'Identifier', pattern: /[A-Za-z_][A-Za-z0-9_]*'*/, label: 'a name' });
export const Real = createToken({
  name: 'Real',
  pattern: /[0-9][0-9_]*(?:\.[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)/,
  label: 'a number',
});
export const Integer = createToken({ name: 'Integer', pattern: /[0-9][0-9_]*/, label: 'a whole number' });
/** No control characters, so that a text stays on its line. */
export const Text = createToken({ name: 'Text', pattern: /"[ !#-\uffff]*"/, label: 'a text in double quotes' });
export const UnclosedText = createToken({ name: 'UnclosedText', pattern: /"[ !#-\uffff]*/, label: 'a text without end' });
/**
 * Any other character: the parser meets it as a token, so that there is one way of reporting. The hint says that it may begin with
 * every character; without one the lexer would try every pattern at every place.
 */
export const Unknown = createToken({
  name: 'Unknown',
  pattern: /[\uD800-\uDBFF][\uDC00-\uDFFF]|[\s\S]/,
  start_chars_hint: Array.from({ length: 1 << 16 }, (_, code) => code),
  label: 'an unknown character',
});
export const Comment = createToken({ name: 'Comment', pattern: /\/\/[^\r\n]*/, group: 'comments' });
const Space = createToken({ name: 'Space', pattern: /[ \t\r\n\f\uFEFF]+/, group: Lexer.SKIPPED, line_breaks: true });

const category = (name: string, label: string) => createToken({ name, pattern: Lexer.NA, label });
/** Operators of one level of precedence are one category: the grammar consumes the category. */
export const Additive = category('Additive', '`+` or `-`');
export const Multiplicative = category('Multiplicative', '`*`, `/`, `div` or `mod`');
export const Comparison = category('Comparison', 'a comparison');

const levels: [TokenType, readonly (Word | Sign)[]][] = [
  [Additive, ['+', '-']],
  [Multiplicative, ['*', '/', 'div', 'mod']],
  [Comparison, ['<=', '>=', '==', '!=', '<', '>']],
];
const levelOf = (text: Word | Sign) => levels.filter(([, texts]) => texts.includes(text)).map(([level]) => level);

/** Also the token's name: rules may then be called as the words are. */
const quoted = (text: string) => `\`${text}\``;

function makeWord(text: Word): TokenType {
  const isName = (contextual as readonly string[]).includes(text);
  const categories = [...levelOf(text), ...(isName ? [Identifier] : [])];
  return createToken({ name: quoted(text), pattern: text, label: quoted(text), longer_alt: Identifier, categories });
}
const makeSign = (text: Sign): TokenType =>
  createToken({ name: quoted(text), pattern: text, label: quoted(text), categories: levelOf(text) });

function table<Text extends string>(texts: readonly Text[], make: (text: Text) => TokenType): Readonly<Record<Text, TokenType>> {
  return Object.fromEntries(texts.map((text) => [text, make(text)])) as Record<Text, TokenType>;
}
export const word = table<Word>([...reserved, ...contextual], makeWord);
export const sign = table<Sign>(signs, makeSign);

/** The lexer takes the first pattern that matches, so `in` must not stand before `init`, nor `*` before `**`. */
const longestFirst = (types: readonly TokenType[]) => [...types].sort((a, b) => b.name.length - a.name.length);

export const vocabulary: TokenType[] = [
  ...[Space, Comment, ...longestFirst(Object.values(word)), Identifier, Real, Integer, Text, UnclosedText],
  ...[...longestFirst(Object.values(sign)), Unknown, Additive, Multiplicative, Comparison],
];

const lexer = new Lexer(vocabulary, { positionTracking: 'full', ensureOptimizations: true });

/** The tokens of a text and its comments. */
export function tokenize(text: string): { tokens: IToken[]; comments: readonly IToken[] } {
  const { tokens, groups } = lexer.tokenize(text);
  return { tokens, comments: groups.comments };
}

/** How a kind of token is called in a message. */
export function describe(type: TokenType): string {
  return type === EOF ? 'the end of the file' : (type.LABEL ?? type.name);
}
