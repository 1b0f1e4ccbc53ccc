/** The mistakes that people make, each with a rule that knows it and a hint that says what to write. */
import { tokenMatcher } from 'chevrotain';
import {
  after,
  before,
  comparesAlready,
  type Damage,
  describeFound,
  endOf,
  here,
  isCloser,
  isFirst,
  isName,
  isNumber,
  isOperand,
  isReserved,
  label,
  listOf,
  nameOf,
  openerOf,
  quoted,
  startOfLine,
} from './damage.ts';
import type { Label } from './diagnostic.ts';
import { asksFor, asksOnlyFor, inWords } from './expected.ts';
import { foreignCharacters, foreignWords, misplacedWords } from './foreign.ts';
import { didYouMean } from './nearest.ts';
import { Additive, Comparison, contextual, Identifier, Multiplicative, sign, UnclosedText, Unknown, word } from './tokens.ts';

export interface Finding {
  readonly code?: string;
  readonly message?: string;
  readonly primary?: Label;
  readonly secondary?: readonly Label[];
  readonly hint?: string;
}

const membersBody = ({ expected }: Damage): boolean => asksFor(expected, sign[':']) && asksFor(expected, sign['{']);
const inList = ({ expected }: Damage): boolean => expected.thing === 'item';
const assigns = ({ expected }: Damage): boolean => asksFor(expected, sign['=']);
const write = (text: string): string => `write \`${text}\``;
const closesBracket = ({ expected }: Damage): boolean => asksOnlyFor(expected, sign[']']) || asksOnlyFor(expected, sign[')']);

/** Rules from the general to the particular: of those that know the damage, the last one speaks. */
export const mistakes: readonly ((damage: Damage) => Finding | undefined)[] = [
  function forgottenBracket(damage) {
    const opener = openerOf(damage);
    const last = before(damage);
    const { found } = damage;
    if (opener === undefined || last === undefined || !closesBracket(damage)) return undefined;
    if (!isFirst(found) && (isOperand(found) || isReserved(found)))
      return { message: `\`,\` or ${inWords(damage.expected)} expected before ${describeFound(damage)}` };
    if (last.startLine !== opener.startLine || !(isFirst(found) || isCloser(found) || found.tokenType === sign['{'])) return undefined;
    const head = damage.tokens[(opener.payload?.index ?? 0) - 1];
    const written = damage.text.slice(isName(head) ? head.startOffset : opener.startOffset, endOf(last));
    const closed = opener.image === '(' ? `${written})` : written.replace(/^(\w*\[[^[(]*)(\(.*\))?$/, '$1]$2');
    if (closed === written) return undefined;
    const repaired = `${closed}${found.image === '{' ? ' {' : ''}`;
    return repaired.length > 60 ? undefined : { hint: write(repaired) };
  },
  function missingColon(damage) {
    const name = before(damage);
    if (!membersBody(damage) || !isName(damage.found) || !isFirst(name) || name === undefined) return undefined;
    return { hint: write(`${name.image}: ${damage.found.image}`) };
  },
  function misspeltWord(damage) {
    const suspect = inList(damage) ? damage.found : before(damage);
    if (suspect?.tokenType !== Identifier || !(inList(damage) || (isFirst(suspect) && membersBody(damage)))) return undefined;
    const hint = didYouMean(suspect.image, listOf(damage).words);
    return hint === undefined ? undefined : { hint };
  },
  function misplacedWord(damage) {
    const hint = misplacedWords.get(damage.found.image);
    return hint !== undefined && inList(damage) ? { hint } : undefined;
  },
  function wordOfAnotherLanguage(damage) {
    for (const token of [damage.found, before(damage)]) {
      const hint = foreignWords.get(token?.image ?? '');
      const known = (contextual as readonly string[]).includes(token?.image ?? '');
      if (token === undefined || hint === undefined || (known && !isFirst(token))) continue;
      const message = known ? `no statement begins with \`${token.image}\`` : `\`${token.image}\` is no word of the language`;
      return { message, primary: label(damage, token, 'here'), secondary: [], hint };
    }
    return undefined;
  },
  /** `freeze` at the end of a line takes the first word of the next statement for its selection. */
  function forgottenSelection(damage) {
    const [change, taken] = [before(damage, 2), before(damage)];
    if (change === undefined || !isFirst(change) || !isFirst(taken) || taken === undefined) return undefined;
    if (!inList(damage) || !changes.has(change.image) || !changes.has(taken.image)) return undefined;
    const secondary = [label(damage, taken, `\`${taken.image}\` was taken for it`)];
    const hint = `say what to ${change.image}, as in ${quoted(`${change.image} block[*].up`)}`;
    return { message: `a selection expected after \`${change.image}\``, primary: after(damage, change, 'here'), secondary, hint };
  },
  function reservedName(damage) {
    const { expected, found, tokens, index } = damage;
    if (!isReserved(found)) return undefined;
    const last = before(damage)?.tokenType;
    const starts = closesBracket(damage) && (last === sign['('] || last === sign['['] || last === sign[',']);
    const item = inList(damage) && [sign[':'], sign['['], sign[','], sign['=']].includes(tokens[index + 1]?.tokenType);
    const alone = (last === sign['('] || last === sign[',']) && [sign[','], sign[')']].includes(tokens[index + 1]?.tokenType);
    if (!(item || starts || alone || (asksOnlyFor(expected, Identifier) && !isFirst(found)))) return undefined;
    const primary = here(damage, 'a name is expected here');
    const hint = `choose another name, such as \`${found.image}_\``;
    return { message: `\`${found.image}\` is a reserved word`, primary, secondary: [], hint };
  },
  function chainedComparison(damage) {
    if (!tokenMatcher(damage.found, Comparison) || assigns(damage)) return undefined;
    if (comparesAlready(damage)) return { message: 'comparisons do not chain', secondary: [], hint: write('a < b and b < c') };
    return damage.found.tokenType === sign['=='] ? { secondary: [], hint: '`=` gives a value, `==` compares' } : undefined;
  },
  function equalsSign(damage) {
    const { found, expected } = damage;
    if (found.tokenType === sign['=='] && assigns(damage)) return { hint: '`=` gives a value, `==` compares' };
    const compares = [sign['{'], word.then, sign[')'], sign[']']].some((type) => asksOnlyFor(expected, type));
    return found.tokenType === sign['='] && compares ? { hint: '`==` compares, `=` gives a value' } : undefined;
  },
  function statementAmongMembers(damage) {
    const name = before(damage);
    if (!membersBody(damage) || damage.found.tokenType !== sign['='] || !isName(name)) return undefined;
    return { hint: `\`let ${name.image} = ...\` names a constant; a statement stands in the body of \`forward\` or \`fn\`` };
  },
  function compoundAssignment(damage) {
    const { found, tokens, index, text } = damage;
    const operator = tokenMatcher(found, Additive) || tokenMatcher(found, Multiplicative);
    if (!assigns(damage) || !operator || tokens[index + 1]?.tokenType !== sign['=']) return undefined;
    const start = startOfLine(damage, found);
    const target = text.slice(start.startOffset, found.startOffset).trim();
    return { hint: write(`${target} = ${start.image} ${found.image} ...`) };
  },
  function callWithoutBrackets(damage) {
    const [callee, argument] = [before(damage, 2), before(damage)];
    if (!assigns(damage) || !isName(callee) || !isName(argument) || isFirst(argument)) return undefined;
    const primary = label(damage, argument, 'here');
    return {
      message: `an operator or a bracket expected before \`${argument.image}\``,
      primary,
      hint: write(`${callee.image}(${argument.image})`),
    };
  },
  function powerByStars({ found }) {
    return found.tokenType === sign['**'] ? { hint: '`^` raises to a power' } : undefined;
  },
  function topologyWithoutOptions(damage) {
    const start = startOfLine(damage, damage.found);
    if (!asksOnlyFor(damage.expected, sign['(']) || start.tokenType !== word.topology || damage.found.tokenType !== sign['{'])
      return undefined;
    return { hint: write(`${damage.text.slice(start.startOffset, damage.found.startOffset).trim()}() {`) };
  },
  function secondArrow(damage) {
    return damage.found.tokenType === sign['->'] && closesBracket(damage) ? { message: 'brackets hold one `->`' } : undefined;
  },
  function unfinishedExpression(damage) {
    const [operator, name] = [before(damage, 2), before(damage)];
    if (damage.found.tokenType !== sign['='] || !isFirst(name) || operator === undefined || !asksForMore(operator)) return undefined;
    return { message: `an expression expected after \`${operator.image}\``, primary: after(damage, operator, 'here'), secondary: [] };
  },
  function numberTouchesName(damage) {
    const [number, name] = [before(damage, 2), before(damage)];
    if (number === undefined || !isName(name) || !isNumber(number) || endOf(number) !== name.startOffset) return undefined;
    const place = { file: damage.file, from: number.startOffset, to: endOf(name) };
    const primary = { place, text: 'no operator between them' };
    return { message: 'an operator expected between a number and a name', primary, hint: write(`${number.image} * ${name.image}`) };
  },
  function timeWithoutUnit(damage) {
    const count = before(damage);
    if (!asksFor(damage.expected, word.steps) || count === undefined) return undefined;
    const primary = label(damage, count, `${count.image} of what?`);
    const hint = `\`every ${count.image} steps\` or \`every ${count.image} epochs\``;
    return { code: 'B002', message: 'a time needs a unit', primary, secondary: [], hint };
  },
  function optionAsProse(damage) {
    const [last, key, option] = [before(damage, 2), before(damage), damage.found];
    if (!membersBody(damage) || last === undefined || key === undefined || !isName(option)) return undefined;
    if (last.startLine !== option.startLine || !(isCloser(last) || isName(last))) return undefined;
    const place = { file: damage.file, from: key.startOffset, to: endOf(option) };
    if (key.image === 'in') {
      const hint = 'how wide numbers are stored is no part of a program: leave it out';
      return { message: 'a weight holds real numbers', primary: { place, text: 'no part of a weight' }, hint };
    }
    const off = key.image === 'no' || key.image === 'without';
    const hint = write(`(${option.image === 'bias' ? 'biased' : option.image} = ${off ? 'false' : 'true'})`);
    return { code: 'B003', message: 'options are values', primary: { place, text: 'not an option list' }, hint };
  },
  function axesInParentheses(damage) {
    const opener = openerOf(damage);
    const axis = damage.tokens[damage.index + 1];
    if (damage.found.tokenType !== word.over || opener?.tokenType !== sign['('] || axis === undefined) return undefined;
    const place = { file: damage.file, from: damage.found.startOffset, to: endOf(axis) };
    const head = damage.tokens[(opener.payload?.index ?? 0) - 1]?.image ?? '';
    const hint = write(`${head}[${axis.image}](${damage.text.slice(opener.startOffset + 1, damage.found.startOffset).trim()})`);
    return { code: 'B004', message: 'axes go in brackets', primary: { place, text: 'axis argument' }, secondary: [], hint };
  },
  function unknownCharacter(damage) {
    const { image, tokenType } = damage.found;
    if (tokenType === UnclosedText) {
      const hint = 'close it with `"` on the same line';
      return { code: 'B009', message: 'this text does not end', primary: here(damage, 'opened here'), secondary: [], hint };
    }
    if (tokenType !== Unknown) return undefined;
    const letters = /\p{L}/u.test(image) ? 'names are made of the letters a to z, digits, `_`, and primes at the end' : undefined;
    const primary = here(damage, `${nameOf(damage)} expected`);
    const message = `${describeFound(damage)} is no sign of the language`;
    return { code: 'B009', message, primary, secondary: [], hint: foreignCharacters.get(image) ?? letters };
  },
];

/** Words that begin a statement of a variant and are followed by a selection. */
const changes: ReadonlySet<string> = new Set([
  'untie',
  'wrap',
  'replace',
  'grow',
  'decompose',
  'adapt',
  'share',
  'init',
  'freeze',
  'train',
  'keep',
  'squeeze',
]);
const asking = [Additive, Multiplicative, Comparison, sign['='], sign[','], sign['^'], sign['('], sign['['], word.and, word.or, word.not];
const asksForMore = (token: Parameters<typeof isNumber>[0]): boolean => asking.some((type) => tokenMatcher(token, type));

/** The general form: `X expected before Y`, or where a line is over, `X expected after Y`; with the opening bracket beside it. */
export function general(damage: Damage): Finding {
  const { found } = damage;
  const opener = openerOf(damage);
  const last = before(damage);
  const secondary = opener !== undefined && closesBracket(damage) ? [label(damage, opener, `opened by this \`${opener.image}\``)] : [];
  const what = nameOf(damage);
  if (damage.tokens.length <= damage.index) {
    return { code: 'B005', message: `the file ends where ${what} is expected`, primary: here(damage, 'the file ends here'), secondary };
  }
  if (last !== undefined && isFirst(found) && !inList(damage)) {
    return { message: `${what} expected after ${quoted(last.image)}`, primary: after(damage, last, 'here'), secondary };
  }
  return { message: `${what} expected before ${describeFound(damage)}`, primary: here(damage, 'here'), secondary };
}
