/** What is refused before parsing: files too large, nested too deep, or not text. Later stages may then recurse without fear. */
import { type TokenType, tokenMatcher } from 'chevrotain';
import type { Diagnostic } from './diagnostic.ts';
import type { Token } from './standing.ts';
import { Additive, Comparison, Identifier, Integer, Multiplicative, Real, reserved, sign, Text, word } from './tokens.ts';

export const largestFile = 1 << 20;
const deepestNesting = 200;
/** Operators in a row nest to the left: the tree of `a + b + c + ...` is as deep as the chain is long. */
const longestChain = 1000;

/** The text of a source file. Not UTF-8 (B008), or too large (B006): a diagnostic, and text in which its place can be shown. */
export function decode(bytes: Uint8Array, file: string): { text: string; diagnostics: readonly Diagnostic[] } {
  if (bytes.length > largestFile) return { text: '', diagnostics: [tooLarge(file)] };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), diagnostics: [] };
  } catch {
    const at = firstBadByte(bytes);
    const from = new TextDecoder().decode(bytes.subarray(0, at), { stream: true }).length;
    const byte = bytes[at].toString(16).padStart(2, '0');
    const diagnostic: Diagnostic = {
      code: 'B008',
      severity: 'error',
      message: `not UTF-8: byte ${at} of the file is 0x${byte}`,
      primary: { place: { file, from, to: from + 1 }, text: 'no character begins or goes on like this' },
      secondary: [],
      hint: 'save the file as UTF-8',
    };
    return { text: new TextDecoder().decode(bytes), diagnostics: [diagnostic] };
  }
}

/** The shortest prefix that a strict decoder refuses ends with the bad byte. */
function firstBadByte(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isRefused(bytes.subarray(0, middle + 1))) high = middle;
    else low = middle + 1;
  }
  return Math.min(low, bytes.length - 1);
}

function isRefused(prefix: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(prefix, { stream: true });
    return false;
  } catch {
    return true;
  }
}

/** B006 for a text of more than a mebibyte. */
export function tooLarge(file: string): Diagnostic {
  return {
    code: 'B006',
    severity: 'error',
    message: 'the file has more than 1 MiB; at most 1 MiB is read',
    primary: { place: { file, from: 0, to: 0 }, text: 'a program is a few pages' },
    secondary: [],
    hint: 'split it with `use`',
  };
}

const openers: ReadonlySet<TokenType> = new Set([sign['('], sign['['], sign['{']]);
const closers: ReadonlySet<TokenType> = new Set([sign[')'], sign[']'], sign['}']]);
const links: readonly TokenType[] = [
  Additive,
  Multiplicative,
  Comparison,
  ...[sign['.'], sign['^'], word.and, word.or, word.then, word.else],
];
const within = new Set<string>(['and', 'or', 'not', 'if', 'then', 'else', 'div', 'mod', 'true', 'false']);
const ends: ReadonlySet<TokenType> = new Set([
  ...[sign['='], sign['~'], sign[','], sign[':'], sign['->'], sign['{'], sign['}']],
  ...reserved.filter((text) => !within.has(text)).map((text) => word[text]),
]);
const operands: readonly TokenType[] = [Identifier, Integer, Real, Text];

const isOne = (token: Token, types: readonly TokenType[]) => types.some((type) => tokenMatcher(token, type));

/** B007 where brackets nest deeper than 200, or operators chain longer than 1000. */
export function tooDeep(tokens: readonly Token[], file: string): Diagnostic | undefined {
  const open: Token[] = [];
  const chains = [0]; // operators so far of the expression that is being read, one for each open bracket
  let length = 0;
  let complete = false; // what was read last may end an expression
  const count = (change: number) => {
    chains[chains.length - 1] += change;
    length += change;
  };
  for (const token of tokens) {
    const operand = isOne(token, operands);
    const closing = closers.has(token.tokenType);
    if (ends.has(token.tokenType) || (operand && complete)) count(-chains[chains.length - 1]);
    if (isOne(token, links)) count(1);
    if (openers.has(token.tokenType)) {
      if (token.tokenType !== sign['{']) count(1);
      open.push(token);
      chains.push(0);
    } else if (closing && open.length > 0) {
      open.pop();
      length -= chains.pop() ?? 0;
    }
    complete = operand || closing;
    if (open.length > deepestNesting) return deep(token, open[0], `nested deeper than ${deepestNesting}`, 'one level too many', file);
    if (length > longestChain) return deep(token, undefined, `more than ${longestChain} operators in one expression`, 'here', file);
  }
  return undefined;
}

/** B007 where the stack of the host ends below the limits: at the deepest bracket. */
export function beyondStack(tokens: readonly Token[], file: string): Diagnostic {
  let [depth, most, deepest] = [0, 0, tokens[0]];
  for (const token of tokens) {
    if (closers.has(token.tokenType)) depth -= 1;
    if (openers.has(token.tokenType) && ++depth > most) [most, deepest] = [depth, token];
  }
  return deep(deepest, undefined, 'nested too deep to be read here', `level ${most}`, file);
}

function deep(token: Token, opener: Token | undefined, message: string, text: string, file: string): Diagnostic {
  const placeOf = ({ startOffset, image }: Token) => ({ file, from: startOffset, to: startOffset + image.length });
  const secondary = opener === undefined ? [] : [{ place: placeOf(opener), text: 'the outermost is opened here' }];
  const hint = 'give parts of it a name';
  return { code: 'B007', severity: 'error', message, primary: { place: placeOf(token), text }, secondary, hint };
}
