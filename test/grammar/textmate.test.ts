/** The editor's grammar is current, and on the corpus it sees the words that the lexer sees. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { textMate, textMateFile } from '../../grammar/textmate.ts';
import { contextual, Integer, Real, reserved, Text, tokenize } from '../../grammar/tokens.ts';
import { names, sourceOf } from './corpus.ts';

const rules = textMate().patterns.map((rule) => ({ ...rule, regex: new RegExp(rule.match, 'dg') }));

/** The scope of every character of a line, as an editor finds it: the leftmost match, of equals the first rule. */
function scopesOf(line: string): (string | undefined)[] {
  const scopes: (string | undefined)[] = Array.from({ length: line.length });
  for (let at = 0; at < line.length; ) {
    const matches = rules.flatMap((rule) => {
      rule.regex.lastIndex = at;
      const match = rule.regex.exec(line);
      return match === null ? [] : [{ rule, match }];
    });
    if (matches.length === 0) break;
    const { rule, match } = matches.reduce((best, other) => (other.match.index < best.match.index ? other : best));
    scopes.fill(rule.name, match.index, match.index + match[0].length);
    for (const [group, { name }] of Object.entries(rule.captures ?? {})) {
      const [from, to] = match.indices?.[Number(group)] ?? [0, 0];
      scopes.fill(name, from, to);
    }
    at = match.index + match[0].length;
  }
  return scopes;
}

test('the committed file is what the words say: node grammar/textmate.ts writes it', () => {
  assert.is(readFileSync(new URL('../../grammar/bond.tmLanguage.json', import.meta.url), 'utf8'), textMateFile());
});

test('every sign of the corpus has a scope, and every word and number the right one', () => {
  for (const name of names) {
    const text = sourceOf(name);
    const lines = text.split('\n');
    const scopes = lines.map(scopesOf);
    for (const [line, row] of scopes.entries()) {
      for (const [column, scope] of row.entries()) assert.ok(scope !== undefined || lines[line][column] === ' ', `${name}: ${lines[line]}`);
    }
    const { tokens, comments } = tokenize(text);
    for (const token of [...tokens, ...comments]) {
      const scope = scopes[(token.startLine ?? 1) - 1][(token.startColumn ?? 1) - 1] ?? '';
      const said = `${name}:${token.startLine} ${token.image} is ${scope}`;
      if ((reserved as readonly string[]).includes(token.image)) assert.match(scope, /^(keyword|storage|constant\.language)/, said);
      else if (token.tokenType === Text) assert.match(scope, /^string/, said);
      else if (token.tokenType === Integer || token.tokenType === Real) assert.match(scope, /^constant\.numeric/, said);
      else if (token.image.startsWith('//')) assert.match(scope, /^comment/, said);
      else if (/^[A-Za-z_]/.test(token.image) && !(contextual as readonly string[]).includes(token.image))
        assert.match(scope, /^(variable|entity)/, said);
    }
  }
});

test('a contextual word is coloured where it speaks as a word', () => {
  const at = (line: string, word: string) => scopesOf(line)[line.indexOf(word)] ?? '';
  for (const word of ['decompose', 'as', 'to', 'error'])
    assert.match(at('  decompose second as tree[4^5](e = 16) to error 0.1', word), /^keyword/);
  for (const word of ['squeeze', 'by', 'while'])
    assert.match(at('  squeeze b of embed by 1 while loss < reference + 0.03', word), /^keyword/);
  for (const word of ['every', 'steps', 'until'])
    assert.match(at('    choosing 2 over l by taylor every 500 steps until 8', word), /^keyword/);
  assert.match(at('  forward(x[.., in]) -> y[.., out] {', 'forward'), /^keyword/);
  assert.match(at('  loss task = mean(x)', 'loss'), /^keyword/);
  for (const line of ['while loss < reference', 'loss = 3', 'x.loss + 1', 'loss, error: linear[a -> b]'])
    assert.match(at(line, 'loss'), /^variable/);
  assert.match(at('  input ids[batch] in vocab', 'in vocab'), /^keyword/);
  assert.match(at('  y = [in -> out]', 'in -'), /^variable/);
});

test.run();
