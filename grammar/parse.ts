/** Text to tree. Whatever the text, there is a tree: items that could not be read are left out of it and told of. */
import { EOF, type IRecognitionException } from 'chevrotain';
import { repairBraces } from './braces.ts';
import type { Diagnostic, Place } from './diagnostic.ts';
import { beyondStack, largestFile, tooDeep, tooLarge } from './limits.ts';
import { BondParser } from './parser.ts';
import { Lines, startOfLine } from './position.ts';
import { stand, type Token } from './standing.ts';
import { explain } from './syntax-errors.ts';
import { tokenize } from './tokens.ts';
import type * as tree from './tree.ts';

export { decode } from './limits.ts';

export interface Parsed {
  readonly file: tree.File;
  /** Syntax errors in the order of the text, at most one for each line. */
  readonly diagnostics: readonly Diagnostic[];
}

let parser: BondParser | undefined;

/**
 * Parses one source file; `file` is its name in places. Never throws. Codes: B001 unexpected token, B002 time without unit,
 * B003 option as prose, B004 axes in parentheses, B005 braces and the end of the file, B006 too large, B007 too deep,
 * B009 a sign that is not of the language (B008, not UTF-8, comes from `decode`).
 */
export function parse(text: string, file: string): Parsed {
  const place: Place = { file, from: 0, to: text.length };
  const nothing: tree.File = { kind: 'file', uses: [], items: [], comments: [], place };
  if (text.length > largestFile) return { file: nothing, diagnostics: [tooLarge(file)] };
  const { tokens: given, comments: notes } = tokenize(text);
  const deep = tooDeep(given, file);
  if (deep !== undefined) return { file: nothing, diagnostics: [deep] };
  stand(given);
  const { tokens, diagnostics, cut } = repairBraces(given, text, file);
  parser ??= new BondParser();
  parser.file = file;
  parser.headless.clear();
  parser.input = tokens;
  const parts = contentsOf(parser);
  if (parts === undefined) return { file: nothing, diagnostics: [beyondStack(given, file)] };
  const { headless } = parser;
  const errors = parser.errors.filter(
    (error, index) => index < (headless.get(error.token) ?? Number.POSITIVE_INFINITY) && !(cut && isAtEnd(error, text)),
  );
  const comments = notes.map((token) => commentOf(token, text, file));
  const blanks = blankLines(text);
  const found = [...diagnostics, ...errors.map((error) => explain(error, tokens, text, file))];
  return { file: { ...nothing, ...parts, comments, blanks, source: text, place }, diagnostics: firstOfEachLine(found, text) };
}

/** Undefined where the stack of the host ends first: before its code is compiled, V8 has room for some 130 levels of brackets. */
function contentsOf(parser: BondParser): ReturnType<BondParser['contents']> | undefined {
  try {
    return parser.contents();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The missing brace at the end of a file tells what an unfinished item before it would tell again. */
function isAtEnd({ token }: IRecognitionException, text: string): boolean {
  return token.tokenType === EOF || token.startOffset >= text.length;
}

function commentOf({ image, startOffset }: Token, text: string, file: string): tree.Comment {
  const comment = { text: image.trimEnd(), place: { file, from: startOffset, to: startOffset + image.trimEnd().length } };
  const isAlone = text.slice(startOfLine(text, startOffset), startOffset).trim() === '';
  return isAlone ? comment : { ...comment, trailing: true };
}

function blankLines(text: string): number[] {
  const lines = new Lines(text);
  return lines.starts.filter((_, index) => index > 0 && index < lines.starts.length - 1 && lines.line(index + 1).trim() === '');
}

function firstOfEachLine(diagnostics: readonly Diagnostic[], text: string): Diagnostic[] {
  const sorted = [...diagnostics].sort((a, b) => a.primary.place.from - b.primary.place.from);
  return sorted.filter((diagnostic, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || text.slice(previous.primary.place.from, diagnostic.primary.place.from).match(/[\r\n]/) !== null;
  });
}
