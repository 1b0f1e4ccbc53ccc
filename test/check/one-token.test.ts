/**
 * Ten programs with one token removed or doubled (each token in a long run, every ninth in a short one), where the grammar still accepts them (`grammar/damage.test.ts` has the others): where the
 * checker's first error stands, and how many are programs all the same.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../grammar/parse.ts';
import { damages, definitions, lineOf, tenPrograms, tokensOf } from '../grammar/corpus.ts';
import { figure, times } from '../long.ts';
import { checkText } from './program.ts';

/** What a variant is of; others need nothing but the standard library. */
function surroundings(program: string): { readonly before: string; readonly after: string } {
  if (!program.startsWith('variant')) return { before: '', after: '' };
  const others = definitions().filter((text) => text !== program && /^(model|layer|variant)/.test(text));
  return { before: 'use bert { Bert }\nuse albert { Albert }\nuse gpt2 { Gpt2 }\nuse t5 { T5 }\n', after: others.join('\n') };
}

for (const [kind, damage] of damages) {
  test(`one token ${kind}, still grammatical: the first error lies within two lines of it`, () => {
    const lines = tenPrograms().flatMap((program) => {
      const { before, after } = surroundings(program);
      const name = /^variant (\w+)/.exec(program)?.[1];
      return tokensOf(program).flatMap(({ from, to }, index) => {
        if (index % times(9, 1) > 0) return [];
        const text = damage(program, from, to);
        if (parse(text, 'program.bond').diagnostics.length > 0) return [];
        const whole = `${before}${text}\n${after}`;
        const { diagnostics } = checkText(whole, name === undefined ? {} : { name });
        const place = diagnostics.find(({ severity }) => severity === 'error')?.primary.place;
        return [
          {
            damaged: lineOf(before + program, before.length + from),
            told: place && (place.file === 'main.bond' ? lineOf(whole, place.from) : -9),
          },
        ];
      });
    });
    const refused = lines.filter(({ told }) => told !== undefined);
    const near = refused.filter(({ damaged, told }) => Math.abs(told! - damaged) <= 2);
    const accepted = lines.length - refused.length;
    figure(`one token ${kind}, still grammatical`, `${near.length} of ${refused.length} refused are near, ${accepted} accepted`);
    assert.ok(refused.length > 0 && near.length >= 0.9 * refused.length);
  });
}

test('the programs are accepted as they are', () => {
  for (const program of tenPrograms()) {
    const name = /^variant (\w+)/.exec(program)?.[1];
    const { before, after } = surroundings(program);
    const { diagnostics } = checkText(`${before}${program}\n${after}`, name === undefined ? {} : { name });
    assert.equal(
      diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message),
      [],
    );
  }
});

test.run();
