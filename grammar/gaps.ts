/**
 * Which gap between printed tokens is which gap of the source. Both have the same tokens in the same order, but for parentheses that the
 * printer drops, and for `axis a axis b`, which it joins to `axis a, b`.
 */
import type { IToken } from 'chevrotain';
import { sign, tokenize, word } from './tokens.ts';

export interface Gap {
  /** Offset in the printed text just after a token. */
  readonly at: number;
  /** Offset in the source where the next token stands that is printed too; beyond the last token, where this one ends. */
  readonly until: number;
}

const isParenthesis = ({ tokenType }: IToken): boolean => tokenType === sign['('] || tokenType === sign[')'];
const joins = ({ tokenType }: IToken): boolean => tokenType === sign[','] || tokenType === word.axis;
const areEqual = (a: IToken, b: IToken): boolean => a.image === b.image || (joins(a) && joins(b));

/** The source of a file by tokens, read where comments are to be kept within an item. */
export class SourceTokens {
  private readonly tokens: readonly IToken[];

  constructor(text: string) {
    this.tokens = tokenize(text).tokens;
  }

  /** The gaps after each token of a printed text that stands for the source from an offset on; undefined where they differ. */
  gapsOf(printed: string, from: number): readonly Gap[] | undefined {
    const found: { at: number; token: IToken }[] = [];
    let next = this.indexAt(from);
    for (const token of tokenize(printed).tokens) {
      while (next < this.tokens.length && !areEqual(this.tokens[next], token) && isParenthesis(this.tokens[next])) next += 1;
      const own = this.tokens[next];
      if (own === undefined || !areEqual(own, token)) return undefined;
      found.push({ at: token.startOffset + token.image.length, token: own });
      next += 1;
    }
    return found.map(({ at, token }, k) => ({ at, until: found[k + 1]?.token.startOffset ?? token.startOffset + token.image.length }));
  }

  /** The token before an offset. */
  before(offset: number): IToken | undefined {
    return this.tokens[this.indexAt(offset) - 1];
  }

  /** The first token that does not stand before an offset. */
  private indexAt(offset: number): number {
    let [low, high] = [0, this.tokens.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.tokens[middle].startOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
