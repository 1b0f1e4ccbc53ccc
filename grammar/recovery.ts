/**
 * How parsing goes on after an error. Chevrotain would resume at any
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
import { type Expected, isThing, messageOf, type Thing } from './expected.ts';
import { startsItem, type Token } from './standing.ts';
import { Identifier, reserved, sign, vocabulary, word } from './tokens.ts';
import type * as tree from './tree.ts';

/** After so many errors the rest of a file is skipped: nobody reads on, and bytes that are no program cost no time. */
const mostErrors = 40;

/** What a list holds where there must be one, by the rule of the list; a name where none is stated. */
const firsts: Readonly<Record<string, Thing>> = {
  brackets: 'index',
  signature: 'result',
  core: 'leg',
  leg: 'legIndex',
  roleMember: 'roleMember',
  selection: 'selection',
  choice: 'selection',
  path: 'selection',
  alternatives: 'selection',
  picks: 'pick',
};

export class RecoveringParser extends EmbeddedActionsParser {
  file = '';
  /** Where a body was expected after a broken head, with the errors so far: what is missing there is no further error. */
  readonly headless = new Map<IToken, number>();
  private broken: { readonly start: Token; readonly head: boolean } | undefined;

  constructor() {
    super(vocabulary, {
      recoveryEnabled: true,
      maxLookahead: 2,
      // A message stands for what was expected (expected.ts); `syntax-errors.ts` makes the record of it.
      errorMessageProvider: {
        buildMismatchTokenMessage: ({ expected }) => messageOf({ types: [expected] }),
        buildNoViableAltMessage: ({ customUserDescription = '', expectedPathsPerAlt }) =>
          messageOf(among(customUserDescription, expectedPathsPerAlt)),
        buildEarlyExitMessage: ({ ruleName }) =>
          messageOf(firsts[ruleName] ? { thing: firsts[ruleName], types: [] } : { types: [Identifier] }),
        buildNotAllInputParsedMessage: () => messageOf({ types: [EOF] }),
      },
    });
  }

  protected rule<T>(name: string, build: () => T): ParserMethod<[], T> {
    return this.RULE(name, build, { resyncEnabled: false });
  }

  /** One of several ways on, told apart by the tokens that they begin with. */
  protected either<T>(...ways: (() => T)[]): T {
    return this.OR(ways.map((ALT) => ({ ALT })));
  }

  /** One of many ways on, which together are one thing. */
  protected anyOf<T>(thing: Thing, ...ways: (() => T)[]): T {
    return this.OR({ DEF: ways.map((ALT) => ({ ALT })), ERR_MSG: thing });
  }

  /** A rule after which parsing resumes; what was broken is `undefined` and left out of its list. */
  protected item<T>(name: string, build: () => T): ParserMethod<[], T | undefined> {
    return this.recovering(name, build, false);
  }

  /** What stands before the body of an item. If it is broken the body is still read, for its errors. */
  protected head<T>(name: string, build: () => T): ParserMethod<[], T | undefined> {
    return this.recovering(name, build, true);
  }

  private recovering<T>(name: string, build: () => T, head: boolean): ParserMethod<[], T | undefined> {
    const remember = (): T | undefined => {
      const start = this.LA(1);
      try {
        return build();
      } catch (error) {
        this.broken = { start, head };
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
    if (this.broken?.head) this.skipHead();
    else this.skipItem(this.broken?.start ?? this.LA(1));
    return [];
  }

  shouldInRepetitionRecoveryBeTried(expected: TokenType, _occurrence: number, notStuck?: boolean): boolean {
    return notStuck !== false && (expected === sign['}'] || expected === EOF) && !this.sees(expected);
  }

  /** A list met a token that begins no item: one error, then on from the next item. */
  tryInRepetitionRecovery(repeat: (...args: unknown[]) => void, args: unknown[], canRepeat: () => boolean, expected: TokenType): void {
    if (args.length !== 2) return; // a list with separators leaves the error to its item
    const found = this.LA(1);
    const error = new MismatchedTokenException(messageOf({ thing: 'item', types: [expected] }), found, this.LA(0));
    this.errors = [...this.errors, error];
    this.skipItem(found);
    if (!this.sees(expected) && canRepeat.call(this)) repeat.apply(this, args);
  }

  private skipHead(): void {
    while (!this.sees(EOF) && !this.sees(sign['{']) && !this.sees(sign['}'])) {
      const next: Token = this.LA(1);
      if (next.payload?.first && startsItem(next)) break;
      this.SKIP_TOKEN();
    }
    this.headless.set(this.LA(1), this.errors.length);
  }

  /** Skips to the next item no deeper than the broken one, or to the brace that closes the list around it. */
  private skipItem(start: Token): void {
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

/** What several ways begin with; `thing` is its name, if it has one. An item can also be the end of its list. */
function among(thing: string, ways: readonly (readonly (readonly TokenType[])[])[]): Expected {
  if (isThing(thing)) return { thing, types: thing === 'item' ? [sign['}']] : [] };
  return { types: [...new Set(ways.flatMap((paths) => paths.map(([first]) => first)))] };
}

const reservedTypes = new Set(reserved.map((text) => word[text]));
const isReserved = (token: IToken) => reservedTypes.has(token.tokenType);
