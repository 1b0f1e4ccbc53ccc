/**
 * The TextMate grammar that editors highlight with, made from the words and signs of the lexer: `node grammar/textmate.ts` writes
 * `grammar/bond.tmLanguage.json`. Contextual words are coloured only where they speak as words, for elsewhere they are names.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { contextual, reserved, signs } from './tokens.ts';

export interface Rule {
  readonly name: string;
  readonly match: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
}
export interface TextMate {
  readonly name: string;
  readonly scopeName: string;
  readonly fileTypes: readonly string[];
  readonly patterns: readonly Rule[];
}

const definitions = ['model', 'layer', 'topology', 'variant', 'fn'] as const;
const constants = ['true', 'false'] as const;
const operators = ['and', 'or', 'not', 'div', 'mod'] as const;
const isOneOf = (texts: readonly string[]) => (text: string) => texts.includes(text);

const identifier = "[A-Za-z_][A-Za-z0-9_]*'*";
/** No part of a longer name, nor the member of something. */
const word = (texts: readonly string[]): string => `(?<![A-Za-z0-9_.'])(?:${texts.join('|')})(?![A-Za-z0-9_'])`;
const literal = (text: string): string => text.replace(/[.*+?^$()[\]{}|\\]/g, '\\$&');
const longestFirst = (texts: readonly string[]): string[] => [...texts].sort((a, b) => b.length - a.length);

/** The grammar, as plain data. */
export function textMate(): TextMate {
  const keywords = reserved.filter((text) => ![definitions, constants, operators].some((texts) => isOneOf(texts)(text)));
  const brackets = ['[', ']', '(', ')', '{', '}', ',', '.', ':'];
  const marks = signs.filter((text) => !isOneOf([...brackets, '@'])(text));
  return {
    name: 'Bondsmith',
    scopeName: 'source.bond',
    fileTypes: ['bond'],
    patterns: [
      { name: 'comment.line.double-slash.bond', match: '//.*$' },
      { name: 'string.quoted.double.bond', match: '"[^"]*"' },
      {
        name: 'meta.definition.bond',
        match: `(${word(definitions)})\\s+(${identifier})`,
        captures: { 1: { name: 'storage.type.bond' }, 2: { name: 'entity.name.type.bond' } },
      },
      { name: 'storage.type.bond', match: word(definitions) },
      { name: 'constant.language.bond', match: word(constants) },
      { name: 'keyword.operator.word.bond', match: word(operators) },
      { name: 'keyword.control.bond', match: word(keywords) },
      {
        name: 'meta.clock.bond',
        match: `(${word(['every'])})\\s+([0-9][0-9_]*)\\s+(${word(['steps', 'epochs'])})`,
        captures: { 1: { name: 'keyword.other.bond' }, 2: { name: 'constant.numeric.bond' }, 3: { name: 'keyword.other.unit.bond' } },
      },
      // A contextual word is a name where it gets a value, a type, brackets or arguments, stands in a list or is an operand.
      { name: 'keyword.other.bond', match: `${word(longestFirst(contextual))}(?=\\s+[A-Za-z0-9_{*("@])` },
      { name: 'keyword.other.bond', match: "(?<![A-Za-z0-9_.'])forward(?=\\()" },
      { name: 'variable.language.position.bond', match: `@${identifier}` },
      { name: 'constant.numeric.bond', match: '(?<![A-Za-z0-9_])[0-9][0-9_]*(?:\\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?' },
      { name: 'entity.name.function.bond', match: `${identifier}(?=\\()` },
      { name: 'variable.other.bond', match: identifier },
      { name: 'keyword.operator.bond', match: longestFirst(marks).map(literal).join('|') },
      { name: 'punctuation.bond', match: brackets.map(literal).join('|') },
    ],
  };
}

/** The text of the committed file. */
export const textMateFile = (): string => `${JSON.stringify(textMate(), null, 2).replace(/\[\s+("bond")\s+\]/, '[$1]')}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('./bond.tmLanguage.json', import.meta.url), textMateFile());
}
