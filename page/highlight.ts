/** Colours of the text, from the words of the lexer; what a name is the language server knows. */
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { tags } from '@lezer/highlight';
import { contextual, reserved } from '../grammar/tokens.ts';

const words = new Set<string>(reserved);
/** Names elsewhere: words where a name, a path or a number follows. */
const sometimes = new Set<string>(contextual);
const definitions = new Set(['model', 'layer', 'topology', 'variant', 'fn']);

export const bond = StreamLanguage.define<{ named: boolean }>({
  name: 'bond',
  startState: () => ({ named: false }),
  token(stream, state) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^\/\/.*/)) return 'comment';
    if (stream.match(/^"[^"]*"?/)) return 'string';
    if (stream.match(/^[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9]+)?/)) return 'number';
    if (stream.match(/^@[A-Za-z_][A-Za-z0-9_]*'*/)) return 'special';
    const name = stream.match(/^[A-Za-z_][A-Za-z0-9_]*'*/) as RegExpMatchArray | null;
    if (name === null) {
      stream.next();
      return 'operator';
    }
    const after = state.named;
    state.named = definitions.has(name[0]);
    if (after) return 'typeName';
    if (words.has(name[0])) return 'keyword';
    return sometimes.has(name[0]) && stream.match(/^\s+[A-Za-z0-9_{*("@]/, false) ? 'keyword' : 'variableName';
  },
  languageData: { commentTokens: { line: '//' }, closeBrackets: { brackets: ['(', '[', '{', '"'] } },
  tokenTable: { special: tags.special(tags.variableName) },
});

const style = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--keyword)' },
  { tag: tags.typeName, color: 'var(--type)', fontWeight: '600' },
  { tag: tags.number, color: 'var(--number)' },
  { tag: tags.string, color: 'var(--number)' },
  { tag: tags.comment, color: 'var(--comment)', fontStyle: 'italic' },
  { tag: tags.special(tags.variableName), color: 'var(--in)' },
]);
export const colours = syntaxHighlighting(style);
