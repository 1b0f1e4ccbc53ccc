/**
 * Where a token stands: newlines mean nothing to the grammar, but after an error the line starts and the indentation tell what the
 * author meant (docs/language.md, newlines).
 */
import { type IToken, type TokenType, tokenMatcher } from 'chevrotain';
import { Identifier, sign, word } from './tokens.ts';

export interface Standing {
  readonly index: number;
  /** Whether it is the first token of its line. */
  readonly first: boolean;
  /** Column where the item of this line starts: continuation lines keep that of the line they continue. */
  readonly indent: number;
}
export type Token = IToken & { payload?: Standing };

/** Words that begin an item wherever they stand, and those that do so only at the start of a line. */
const alwaysStart: ReadonlySet<TokenType> = new Set(
  (['core', 'reuse', 'role', 'axis', 'let', 'require', 'input', 'fn', 'penalty', 'report', 'model', 'variant', 'use'] as const).map(
    (text) => word[text],
  ),
);
const lineStart: ReadonlySet<TokenType> = new Set([word.for, word.if, word.layer, word.topology]);

export function startsItem(token: Token): boolean {
  if (alwaysStart.has(token.tokenType)) return true;
  return token.payload?.first === true && (lineStart.has(token.tokenType) || tokenMatcher(token, Identifier));
}

const openers: ReadonlySet<TokenType> = new Set([sign['('], sign['[']]);
const closers: ReadonlySet<TokenType> = new Set([sign[')'], sign[']']]);
const braces: ReadonlySet<TokenType> = new Set([sign['{'], sign['}']]);

/** Gives every token its standing. */
export function stand(tokens: readonly Token[]): void {
  let line = 0;
  let indent = 1;
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const first = token.startLine !== line;
    line = token.startLine ?? line;
    token.payload = { index, first, indent };
    if (first && depth === 0 && (startsItem(token) || braces.has(token.tokenType))) indent = token.startColumn ?? 1;
    token.payload = { index, first, indent };
    if (openers.has(token.tokenType)) depth += 1;
    else if (closers.has(token.tokenType)) depth = Math.max(0, depth - 1);
    else if (braces.has(token.tokenType)) depth = 0;
  }
}
