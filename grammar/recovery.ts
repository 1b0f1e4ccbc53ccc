/**
 * The parser's footing: what a token remembers of its line, and how parsing goes on after an error. Chevrotain would resume at any
 * token that could follow the broken rule, here almost always a name on the same line, and report nonsense from there. So rules of
 * two kinds exist: a list item is where parsing resumes, at the next item or at the closing brace of its list; any other rule
 * gives up and leaves the error to the item around it.
 */
import {
  EmbeddedActionsParser,
  EOF,
  type IToken,
  MismatchedTokenException,
  type ParserMethod,
  type TokenType,
  tokenMatcher,
} from 'chevrotain';
import type { Place } from './diagnostic.ts';
import { describe, Identifier, reserved, sign, vocabulary, word } from './tokens.ts';
import type * as tree from './tree.ts';

/** Where a token stands: `indent` is that of its line, in columns. */
export interface Standing {
  readonly index: number;
  readonly indent: number;
  readonly first: boolean;
}
export type Token = IToken & { payload?: Standing };

/** After so many errors the rest of a file is skipped: nobody reads on, and bytes that are no program cost no time. */
const mostErrors = 40;

/** Words that begin an item wherever they stand, and those that do so only at the start of a line. */
const alwaysStart = new Set(
  (['core', 'reuse', 'role', 'axis', 'let', 'require', 'input', 'fn', 'penalty', 'model', 'variant', 'use'] as const).map(
    (text) => word[text],
  ),
);
const lineStart = new Set([word.for, word.if, word.layer, word.topology]);

export function startsItem(token: Token): boolean {
  if (alwaysStart.has(token.tokenType)) return true;
  return token.payload?.first === true && (lineStart.has(token.tokenType) || tokenMatcher(token, Identifier));
}

export class RecoveringParser extends EmbeddedActionsParser {
  file = '';
  private itemStart: Token = { image: '', startOffset: 0, tokenTypeIdx: 0, tokenType: EOF };

  constructor() {
    super(vocabulary, {
      recoveryEnabled: true,
      maxLookahead: 2,
      // A message holds what was expected, in words; `syntax-errors.ts` makes the record of it.
      errorMessageProvider: {
        buildMismatchTokenMessage: ({ expected }) => describe(expected),
        buildNoViableAltMessage: ({ customUserDescription, ruleName }) => customUserDescription ?? ruleName,
        buildEarlyExitMessage: ({ customUserDescription, ruleName }) => customUserDescription ?? ruleName,
        buildNotAllInputParsedMessage: () => describe(EOF),
      },
    });
  }

  protected rule<T>(name: string, build: () => T): ParserMethod<[], T> {
    return this.RULE(name, build, { resyncEnabled: false });
  }

  /** One of several ways on; `expected` says in words what none of them found. */
  protected either<T>(expected: string, ...ways: (() => T)[]): T {
    return this.OR({ DEF: ways.map((ALT) => ({ ALT })), ERR_MSG: expected });
  }

  /** A rule after which parsing resumes; what was broken is `undefined` and left out of its list. */
  protected item<T>(name: string, build: () => T): ParserMethod<[], T | undefined> {
    const remember = (): T | undefined => {
      const start = this.LA(1);
      try {
        return build();
      } catch (error) {
        this.itemStart = start;
        throw error;
      }
    };
    return this.RULE(name, remember, { resyncEnabled: true, recoveryValueFunc: () => undefined });
  }

  protected place(start: IToken): Place {
    const end = this.LA(0).endOffset ?? start.startOffset;
    return { file: this.file, from: start.startOffset, to: Math.max(end + 1, start.startOffset) };
  }

  protected name(token: IToken): tree.Identifier {
    return { kind: 'identifier', name: token.image, place: this.placeOf(token) };
  }

  protected placeOf(token: IToken): Place {
    return { file: this.file, from: token.startOffset, to: token.startOffset + token.image.length };
  }

  // What follows replaces methods of chevrotain's recovery (version 13, `recoverable.js`) ------------------------------------

  /** A forgotten closing bracket changes nothing in the tree; anything else would have to be invented. */
  override canTokenTypeBeInsertedInRecovery(type: TokenType): boolean {
    return type === sign[']'] || type === sign[')'];
  }

  /** A doubled token may go, but no brace, no word with a meaning and nothing that begins a line: those are structure. */
  override canTokenTypeBeDeletedInRecovery(): boolean {
    const next: Token = this.LA(1);
    return next.payload?.first !== true && next.tokenType !== sign['{'] && next.tokenType !== sign['}'] && !isReserved(next);
  }

  findReSyncTokenType(): TokenType {
    return EOF;
  }

  isInCurrentRuleReSyncSet(): boolean {
    return true;
  }

  reSyncTo(): IToken[] {
    return this.skipItem(this.itemStart);
  }

  shouldInRepetitionRecoveryBeTried(expected: TokenType, _occurrence: number, notStuck?: boolean): boolean {
    return notStuck !== false && (expected === sign['}'] || expected === EOF) && !this.sees(expected);
  }

  /** A list met a token that begins no item: one error, then on from the next item. */
  tryInRepetitionRecovery(repeat: (...args: unknown[]) => void, args: unknown[], canRepeat: () => boolean, expected: TokenType): void {
    if (args.length !== 2) return; // a list with separators leaves the error to its item
    const found = this.LA(1);
    const error = new MismatchedTokenException(`an item or ${describe(expected)}`, found, this.LA(0));
    this.errors = [...this.errors, error];
    this.skipItem(found);
    if (!this.sees(expected) && canRepeat.call(this)) repeat.apply(this, args);
  }

  /** Skips to the next item no deeper than the broken one, or to the brace that closes the list around it. */
  private skipItem(start: Token): IToken[] {
    if (this.errors.length >= mostErrors) while (!this.sees(EOF)) this.SKIP_TOKEN();
    let depth = this.depthSince(start);
    while (!this.sees(EOF)) {
      const next: Token = this.LA(1);
      const here = depth === 0 && next !== start;
      if (here && (this.sees(sign['}']) || (startsItem(next) && this.isNoDeeper(next, start)))) break;
      if (this.sees(sign['{'])) depth += 1;
      if (this.sees(sign['}'])) depth = Math.max(0, depth - 1);
      this.SKIP_TOKEN();
    }
    return [];
  }

  private sees(type: TokenType): boolean {
    return tokenMatcher(this.LA(1), type);
  }

  private isNoDeeper(next: Token, start: Token): boolean {
    return next.payload?.first !== true || next.payload.indent <= (start.payload?.indent ?? 0);
  }

  /** Braces that the broken item has opened and not yet closed. */
  private depthSince(start: Token): number {
    const current: Token = this.LA(1);
    const end = current.payload?.index ?? this.input.length;
    let depth = 0;
    for (let index = start.payload?.index ?? end; index < end; index++) {
      const type = this.input[index].tokenType;
      if (type === sign['{']) depth += 1;
      if (type === sign['}']) depth -= 1;
    }
    return Math.max(0, depth);
  }
}

const reservedTypes = new Set(reserved.map((text) => word[text]));
const isReserved = (token: IToken) => reservedTypes.has(token.tokenType);
