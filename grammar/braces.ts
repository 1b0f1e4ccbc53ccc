/**
 * Braces that do not match are found before parsing, by indentation: only so can a forgotten `}` be told where it belongs, and the
 * rest of the file be read as it was meant. A file whose braces match is left alone, however it is indented.
 */
import { createTokenInstance, type TokenType } from 'chevrotain';
import type { Diagnostic, Place } from './diagnostic.ts';
import { startOfLine } from './position.ts';
import { stand, startsItem, type Token } from './standing.ts';
import { sign } from './tokens.ts';

export interface Repaired {
  readonly tokens: Token[];
  readonly diagnostics: readonly Diagnostic[];
  /** Whether the file ends inside a block. */
  readonly cut: boolean;
}

/** More repairs than this, and the indentation is not to be trusted. */
const mostRepairs = 3;
/** Nobody reads more of them. */
const mostReports = 20;

/** Inserts missing braces and removes those that close nothing; every change is told. */
export function repairBraces(tokens: Token[], text: string, file: string): Repaired {
  if (isBalanced(tokens)) return { tokens, diagnostics: [], cut: false };
  const byIndent = new Repair(tokens, text, file, true).run();
  const repaired = byIndent.diagnostics.length <= mostRepairs ? byIndent : new Repair(tokens, text, file, false).run();
  stand(repaired.tokens);
  return repaired;
}

function isBalanced(tokens: readonly Token[]): boolean {
  let depth = 0;
  for (const { tokenType } of tokens) {
    if (tokenType === sign['{']) depth += 1;
    if (tokenType === sign['}']) depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

const indentOf = (token: Token): number => token.payload?.indent ?? 1;

class Repair {
  private readonly given: readonly Token[];
  private readonly text: string;
  private readonly file: string;
  private readonly byIndent: boolean;
  private readonly tokens: Token[] = [];
  private readonly open: Token[] = [];
  private readonly diagnostics: Diagnostic[] = [];
  /** Closing braces that no opening one can match, wherever they are. */
  private excess: number;

  constructor(given: readonly Token[], text: string, file: string, byIndent: boolean) {
    this.given = given;
    this.text = text;
    this.file = file;
    this.byIndent = byIndent;
    const count = (type: TokenType) => given.filter(({ tokenType }) => tokenType === type).length;
    this.excess = count(sign['}']) - count(sign['{']);
  }

  run(): Repaired {
    for (const token of this.given) {
      if (token.tokenType === sign['}']) this.close(token);
      else {
        if (this.byIndent && token.payload?.first && startsItem(token)) this.closeDeeper(token, indentOf(token));
        if (token.tokenType === sign['{']) this.open.push(token);
        this.tokens.push(token);
      }
    }
    const cut = this.open.length > 0;
    if (cut) this.closeAtEnd();
    return { tokens: this.tokens, diagnostics: this.diagnostics, cut };
  }

  /** An item that stands no deeper than the line of an open brace: the brace should have been closed before it. */
  private closeDeeper(before: Token, indent: number): void {
    for (let top = this.open.at(-1); top !== undefined && indentOf(top) >= indent; top = this.open.at(-1)) {
      if (top.startLine === before.startLine) return;
      this.open.pop();
      this.tokens.push(this.invented('}'));
      this.report(`\`}\` missing: \`${this.lineOf(top)}\` is not closed`, this.placeOf(top), 'opened here', [
        { place: this.placeOf(before), text: '`}` expected before this' },
      ]);
    }
  }

  private close(token: Token): void {
    const top = this.open.at(-1);
    if (this.byIndent && token.payload?.first) {
      const indent = token.startColumn ?? 1;
      if (this.open.some((brace) => indentOf(brace) === indent)) this.closeDeeper(token, indent + 1);
      else if (top?.startLine !== token.startLine) {
        if (this.openAbove(token, indent)) return;
        this.excess -= 1;
        if (this.excess >= 0) {
          this.closesNothing(token);
          return;
        }
      }
    }
    if (this.open.pop() !== undefined) this.tokens.push(token);
    else this.closesNothing(token);
  }

  private closesNothing(token: Token): void {
    this.report('`}` closes nothing', this.placeOf(token), 'no `{` is open here', [], 'remove it, or write the `{` that it closes');
  }

  /** A `}` at the start of a line whose indentation no open brace has: the last line of that indentation lacks its `{`. */
  private openAbove(token: Token, indent: number): boolean {
    const head = this.tokens.findLastIndex((other) => other.payload?.first && other.startColumn === indent && startsItem(other));
    const after = this.tokens.findIndex((other, index) => index > head && other.payload?.first && startsItem(other));
    const top = this.open.at(-1);
    if (head < 0 || after < 0 || (top !== undefined && this.tokens.indexOf(top) > head)) return false;
    const last = this.tokens[after - 1];
    if (last.tokenType === sign['{']) return false;
    const place = { file: this.file, from: endOf(last), to: endOf(last) };
    this.tokens.splice(after, 0, this.invented('{', endOf(last)));
    this.tokens.push(token);
    const closer = { place: this.placeOf(token), text: 'this `}` has none' };
    this.report('`{` missing', place, '`{` expected here', [closer], `write \`${this.lineOf(last)} {\``);
    return true;
  }

  private closeAtEnd(): void {
    const innermost = this.open.at(-1);
    const place = { file: this.file, from: this.text.trimEnd().length, to: this.text.trimEnd().length };
    const openers = this.open.slice(-3).reverse();
    const labels = openers.map((brace) => ({ place: this.placeOf(brace), text: 'opened here' }));
    const inside = innermost === undefined ? '' : ` inside \`${this.lineOf(innermost)}\``;
    this.report(`the file ends${inside}: \`}\` missing`, place, 'the file ends here', labels, 'what stands above was checked');
    for (; this.open.length > 0; this.open.pop()) this.tokens.push(this.invented('}', this.text.length));
  }

  private invented(image: '{' | '}', offset = endOf(this.tokens.at(-1))): Token {
    const { startLine = 1, startColumn = 1 } = this.tokens.at(-1) ?? {};
    return createTokenInstance(sign[image], '', offset, offset - 1, startLine, startLine, startColumn, startColumn);
  }

  private report(message: string, place: Place, text: string, secondary: Diagnostic['secondary'], hint?: string): void {
    if (this.diagnostics.length >= mostReports) return;
    const record = { code: 'B005', severity: 'error', message, primary: { place, text }, secondary } as const;
    this.diagnostics.push(hint === undefined ? record : { ...record, hint });
  }

  private placeOf(token: Token): Place {
    return { file: this.file, from: token.startOffset, to: endOf(token) };
  }

  /** The line of a token up to its end, without what stands before. */
  private lineOf(token: Token): string {
    const start = startOfLine(this.text, token.startOffset);
    return this.text.slice(start, endOf(token)).trim();
  }
}

const endOf = (token: Token | undefined): number => (token === undefined ? 0 : token.startOffset + token.image.length);
