/**
 * What the parser's errors say to a person. The general form is `X expected before Y` with the opening bracket beside it; the
 * mistakes that people make (words of other languages, options as prose, times without a unit) have a rule and a hint of their own.
 */
import { EOF, type IRecognitionException, type TokenType, tokenMatcher } from 'chevrotain';
import type { Diagnostic, Label, Place } from './diagnostic.ts';
import { foreignCharacters, foreignWords } from './foreign.ts';
import { didYouMean } from './nearest.ts';
import type { Token } from './standing.ts';
import { Additive, Comparison, Identifier, Integer, Multiplicative, Real, reserved, sign, UnclosedText, Unknown, word } from './tokens.ts';

/** One error of the parser with its surroundings. */
interface Damage {
  readonly text: string;
  readonly file: string;
  readonly tokens: readonly Token[];
  /** In words: what the rule asked for. */
  readonly expected: string;
  readonly found: Token;
  /** Of the found token. */
  readonly index: number;
}
interface Finding {
  readonly code?: string;
  readonly message?: string;
  readonly primary?: Label;
  readonly secondary?: readonly Label[];
  readonly hint?: string;
}

/** The record of one error of the parser; `tokens` are those that it read. */
export function explain(error: IRecognitionException, tokens: readonly Token[], text: string, file: string): Diagnostic {
  const found: Token = error.token;
  const index = found.payload?.index ?? tokens.length;
  const damage = atSecondToken({ text, file, tokens, expected: error.message, found, index });
  let finding: Finding = {};
  for (const rule of rules) finding = rule(damage) ?? finding;
  const { code = 'B001', message, primary, secondary = [], hint } = { ...general(damage), ...finding };
  const record = { code, severity: 'error', message: message ?? '', primary: primary ?? here(damage, ''), secondary } as const;
  return hint === undefined ? record : { ...record, hint };
}

/** A member is told from `forward (` and `loss name` by its second token; so it is the second one that is wrong. */
function atSecondToken(damage: Damage): Damage {
  const found = damage.tokens[damage.index + 1];
  if (damage.expected !== 'a member' || found === undefined) return damage;
  return { ...damage, expected: '`:` or `{`', found, index: damage.index + 1 };
}

function general(damage: Damage): Finding {
  const { found, expected } = damage;
  const opener = openerOf(damage);
  const isClose = expected === '`]`' || expected === '`)`';
  const secondary = opener !== undefined && isClose ? [label(damage, opener, `opened by this \`${opener.image}\``)] : [];
  const what = nameOf(damage);
  if (found.tokenType === EOF) {
    return { code: 'B005', message: `the file ends where ${what} is expected`, primary: here(damage, 'the file ends here'), secondary };
  }
  return { message: `${what} expected before ${describeFound(damage)}`, primary: here(damage, 'here'), secondary };
}

/** Rules from the general to the particular: of those that apply, the last one speaks. */
const rules: readonly ((damage: Damage) => Finding | undefined)[] = [
  function forgottenBracket(damage) {
    const opener = openerOf(damage);
    if (opener === undefined || (damage.expected !== '`]`' && damage.expected !== '`)`')) return undefined;
    const repaired = withCloser(damage, opener);
    return repaired === undefined ? undefined : { ...general(damage), hint: `write \`${repaired}\`` };
  },
  function misspeltWord(damage) {
    const hint = misspelling(damage);
    return hint === undefined ? undefined : { hint };
  },
  function wordOfAnotherLanguage(damage) {
    const hint = [damage.found, before(damage)].map((token) => foreignWords.get(token?.image ?? '')).find((text) => text !== undefined);
    return hint === undefined ? undefined : { hint };
  },
  function reservedName({ expected, found, ...rest }) {
    if (expected !== 'a name' || !reservedTypes.has(found.tokenType)) return undefined;
    const damage = { expected, found, ...rest };
    const message = `\`${found.image}\` is a reserved word`;
    return { message, primary: here(damage, 'a name is expected here'), hint: `choose another name, such as \`${found.image}_\`` };
  },
  function chainedComparison({ found, expected }) {
    if (!tokenMatcher(found, Comparison) || expected.includes('=')) return undefined;
    return { message: 'comparisons do not chain', hint: 'write `a < b and b < c`' };
  },
  function equalsSign({ found, expected }) {
    if (found.tokenType === sign['=='] && expected.includes('`=`')) return { hint: '`=` gives a value, `==` compares' };
    if (found.tokenType !== sign['='] || !['`{`', '`then`', '`)`', '`]`'].includes(expected)) return undefined;
    return { hint: '`==` compares, `=` gives a value' };
  },
  function compoundAssignment({ found, expected, tokens, index, text }) {
    const operator = tokenMatcher(found, Additive) || tokenMatcher(found, Multiplicative);
    if (!expected.includes('`=`') || !operator || tokens[index + 1]?.tokenType !== sign['=']) return undefined;
    const target = text.slice(tokens[index - 1].startOffset, found.startOffset).trim();
    return { hint: `write \`${target} = ${target} ${found.image} ...\`` };
  },
  function powerByStars({ found }) {
    return found.tokenType === sign['**'] ? { hint: '`^` raises to a power' } : undefined;
  },
  function unfinishedExpression(damage) {
    const [operator, name] = damage.tokens.slice(Math.max(0, damage.index - 2), damage.index);
    if (damage.found.tokenType !== sign['='] || name?.payload?.first !== true || operator === undefined) return undefined;
    if (tokenMatcher(operator, Identifier) || isNumber(operator) || operator.tokenType === sign[')']) return undefined;
    const at = operator.startOffset + operator.image.length;
    const primary = { place: { file: damage.file, from: at, to: at }, text: 'here' };
    return { message: `an expression expected after \`${operator.image}\``, primary, secondary: [] };
  },
  function numberTouchesName(damage) {
    const [number, name] = damage.tokens.slice(Math.max(0, damage.index - 2), damage.index);
    if (number === undefined || name === undefined || !isNumber(number) || !tokenMatcher(name, Identifier)) return undefined;
    if (number.startOffset + number.image.length !== name.startOffset) return undefined;
    const primary = { place: { ...label(damage, name, '').place, from: number.startOffset }, text: 'no operator between them' };
    return { message: 'an operator expected between a number and a name', primary, hint: `write \`${number.image} * ${name.image}\`` };
  },
  function timeWithoutUnit(damage) {
    const count = before(damage);
    if (damage.expected !== '`steps` or `epochs`' || count === undefined) return undefined;
    const primary = label(damage, count, `${count.image} of what?`);
    const hint = `\`every ${count.image} steps\` or \`every ${count.image} epochs\``;
    return { code: 'B002', message: 'a time needs a unit', primary, secondary: [], hint };
  },
  function optionAsProse(damage) {
    const [last, key, option] = damage.tokens.slice(Math.max(0, damage.index - 2), damage.index + 1);
    if (damage.expected !== '`:` or `{`' || option === undefined || !tokenMatcher(option, Identifier)) return undefined;
    if (last.startLine !== key.startLine || key.startLine !== option.startLine) return undefined;
    if (last.tokenType !== sign[']'] && last.tokenType !== sign[')'] && !tokenMatcher(last, Identifier)) return undefined;
    const place = { file: damage.file, from: key.startOffset, to: option.startOffset + option.image.length };
    const off = key.image === 'no' || key.image === 'without';
    const hint = `write \`(${option.image === 'bias' ? 'biased' : option.image} = ${off ? 'false' : 'true'})\``;
    return { code: 'B003', message: 'options are values', primary: { place, text: 'not an option list' }, hint };
  },
  function axesInParentheses(damage) {
    const opener = openerOf(damage);
    const axis = damage.tokens[damage.index + 1];
    if (damage.found.tokenType !== word.over || opener?.tokenType !== sign['('] || axis === undefined) return undefined;
    const place = { file: damage.file, from: damage.found.startOffset, to: axis.startOffset + axis.image.length };
    const head = damage.tokens[(opener.payload?.index ?? 0) - 1]?.image ?? '';
    const inside = damage.text.slice(opener.startOffset + 1, damage.found.startOffset).trim();
    const hint = `write \`${head}[${axis.image}](${inside})\``;
    return { code: 'B004', message: 'axes go in brackets', primary: { place, text: 'axis argument' }, secondary: [], hint };
  },
  function unknownCharacter(damage) {
    if (damage.found.tokenType === UnclosedText) {
      const hint = 'close it with `"` on the same line';
      return { code: 'B009', message: 'this text does not end', primary: here(damage, 'opened here'), secondary: [], hint };
    }
    if (damage.found.tokenType !== Unknown) return undefined;
    const known = foreignCharacters.get([...damage.found.image][0]);
    const hint = known ?? 'names are made of the letters a to z, digits, `_`, and primes at the end';
    const message = `${describeFound(damage)} is no sign of the language`;
    return { code: 'B009', message, primary: here(damage, `${nameOf(damage)} expected`), hint };
  },
];

// the surroundings of an error ---------------------------------------------------------------------------------------------
const reservedTypes: ReadonlySet<TokenType> = new Set(reserved.map((text) => word[text]));
const isNumber = (token: Token) => token.tokenType === Integer || token.tokenType === Real;

const before = ({ tokens, index }: Damage): Token | undefined => tokens[index - 1];

function label({ file }: Pick<Damage, 'file'>, token: Token, text: string): Label {
  return { place: { file, from: token.startOffset, to: token.startOffset + token.image.length }, text };
}

/** The found token; where the file or the line ends, the end of what was read last. */
function here(damage: Damage, text: string): Label {
  if (damage.found.tokenType !== EOF && damage.found.image !== '') return label(damage, damage.found, text);
  const last = before(damage);
  const at = last === undefined ? 0 : last.startOffset + last.image.length;
  const place: Place = { file: damage.file, from: at, to: at };
  return { place, text };
}

function describeFound({ found }: Damage): string {
  if (found.tokenType === EOF || found.image === '') return 'the end';
  const code = found.image.codePointAt(0) ?? 0;
  if (found.tokenType === Unknown && (code < 32 || (code > 126 && code < 160))) return `the control character ${code}`;
  return `\`${found.image.length > 40 ? `${found.image.slice(0, 37)}...` : found.image}\``;
}

/** The innermost bracket still open before the error. */
function openerOf({ tokens, index }: Damage, types: readonly TokenType[] = [sign['('], sign['['], sign['{']]): Token | undefined {
  const open: Token[] = [];
  for (const token of tokens.slice(0, index)) {
    if (types.includes(token.tokenType)) open.push(token);
    else if (token.tokenType === sign['}'] || token.tokenType === sign[')'] || token.tokenType === sign[']']) {
      if (types.length > 1 || token.tokenType === sign['}']) open.pop();
    }
  }
  return open.at(-1);
}

/** `block[l in 1..depth {` with the bracket put in: `block[l in 1..depth] {`. */
function withCloser(damage: Damage, opener: Token): string | undefined {
  const last = before(damage);
  const head = damage.tokens[(opener.payload?.index ?? 0) - 1];
  if (last === undefined || last.startLine !== opener.startLine) return undefined;
  const from = head !== undefined && tokenMatcher(head, Identifier) ? head.startOffset : opener.startOffset;
  const written = damage.text.slice(from, last.startOffset + last.image.length);
  const closer = opener.image === '[' ? ']' : ')';
  return written.length > 60 ? undefined : `${written}${closer}${damage.found.image === '{' ? ' {' : ''}`;
}

const changeWords = ['decompose', 'adapt', 'share', 'tie', 'untie', 'wrap', 'apply', 'init', 'freeze', 'train', 'keep', 'squeeze', 'let'];
const lists: Readonly<Record<string, { readonly items: string; readonly words: readonly string[] }>> = {
  variant: { items: 'a change such as `decompose` or `freeze`', words: changeWords },
  topology: { items: '`core`, `reuse`, `role` or `require`', words: ['core', 'reuse', 'role', 'require'] },
  layer: { items: 'a member', words: ['axis', 'let', 'require', 'input', 'fn', 'forward', 'loss', 'metric'] },
  model: { items: 'a member', words: ['axis', 'let', 'require', 'input', 'fn', 'forward', 'loss', 'metric'] },
  body: { items: 'a statement', words: ['for', 'if', 'penalty'] },
  file: { items: 'a definition', words: ['model', 'layer', 'topology', 'variant', 'fn', 'let', 'use', 'edition'] },
};

/** What kind of list the error stands in, from the word that begins the line of its brace. */
function listOf(damage: Damage): (typeof lists)[string] {
  const brace = openerOf(damage, [sign['{']]);
  if (brace === undefined) return lists.file;
  let start = brace.payload?.index ?? 0;
  while (start > 0 && damage.tokens[start].payload?.first !== true) start -= 1;
  return lists[damage.tokens[start].image] ?? lists.body;
}

function nameOf(damage: Damage): string {
  return damage.expected.startsWith('an item') ? damage.expected.replace('an item', listOf(damage).items) : damage.expected;
}

function misspelling(damage: Damage): string | undefined {
  const last = before(damage);
  const atStart = damage.expected.startsWith('an item');
  const suspect = atStart ? damage.found : last;
  const begins = atStart || (suspect?.payload?.first === true && damage.expected.includes('`:`'));
  if (!begins || suspect?.tokenType !== Identifier) return undefined;
  return didYouMean(suspect.image, listOf(damage).words);
}
