/** Text to tree. Whatever the text, there is a tree: items that could not be read are left out of it and told of. */
import type { IToken } from 'chevrotain';
import type { Diagnostic, Place } from './diagnostic.ts';
import { BondParser } from './parser.ts';
import type { Token } from './recovery.ts';
import { lexer } from './tokens.ts';
import type * as tree from './tree.ts';

export interface Parsed {
  readonly file: tree.File;
  readonly diagnostics: readonly Diagnostic[];
}

let parser: BondParser | undefined;

/** Parses one source file; `file` is its name in places. Never throws; diagnostics stand in the order of the text. */
export function parse(text: string, file: string): Parsed {
  const whole: Place = { file, from: 0, to: text.length };
  const { tokens, groups } = lexer.tokenize(text);
  const comments = groups.comments.map((token: IToken) => ({ text: token.image, place: placeOf(token, file) }));
  stand(tokens);
  parser ??= new BondParser();
  parser.file = file;
  parser.input = tokens;
  const parts = parser.parts();
  const diagnostics = parser.errors.map((error): Diagnostic => {
    const label = { place: placeOf(error.token, file), text: 'here' };
    return { code: 'B001', severity: 'error', message: `${error.message} expected`, primary: label, secondary: [] };
  });
  return { file: { kind: 'file', ...parts, comments, place: whole }, diagnostics };
}

function placeOf(token: IToken, file: string): Place {
  return { file, from: token.startOffset, to: token.startOffset + token.image.length };
}

/** Tells every token its index, whether it begins its line, and how far that line is indented. */
function stand(tokens: Token[]): void {
  let indent = 0;
  let line = 0;
  for (const [index, token] of tokens.entries()) {
    const first = token.startLine !== line;
    if (first) indent = token.startColumn ?? 1;
    line = token.startLine ?? line;
    token.payload = { index, indent, first };
  }
}
