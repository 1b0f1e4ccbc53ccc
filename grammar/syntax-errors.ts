/** The parser's errors as records: the general form, sharpened by the rules that know what was meant (mistakes.ts). */
import type { IRecognitionException } from 'chevrotain';
import { type Damage, here } from './damage.ts';
import type { Diagnostic } from './diagnostic.ts';
import { expectedBy } from './expected.ts';
import { general, mistakes } from './mistakes.ts';
import type { Token } from './standing.ts';
import { sign } from './tokens.ts';

/** The record of one error of the parser; `tokens` are those that it read. */
export function explain(error: IRecognitionException, tokens: readonly Token[], text: string, file: string): Diagnostic {
  const found: Token = error.token;
  const index = found.payload?.index ?? tokens.length;
  const damage = atSecondToken({ text, file, tokens, expected: expectedBy(error), found, index });
  const finding = mistakes.findLast((rule) => rule(damage) !== undefined)?.(damage) ?? {};
  const { code = 'B001', message, primary, secondary = [], hint } = { ...general(damage), ...finding };
  const record = { code, severity: 'error', message: message ?? '', primary: primary ?? here(damage, ''), secondary } as const;
  return hint === undefined ? record : { ...record, hint };
}

/** A member is told from `forward (` and `loss name` by its second token; so it is the second one that is wrong. */
function atSecondToken(damage: Damage): Damage {
  const found = damage.tokens[damage.index + 1];
  if (damage.expected.thing !== 'member' || found === undefined) return damage;
  return { ...damage, expected: { types: [sign[':'], sign['{']] }, found, index: damage.index + 1 };
}
