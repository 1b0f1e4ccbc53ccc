/** Programs damaged at random, reproducibly: what a tired author, a bad merge or a broken disk would write. */
import { contextual, reserved, signs } from '../../grammar/tokens.ts';
import { tokensOf } from './corpus.ts';

const words = [
  ...reserved,
  ...contextual,
  ...signs,
  'x',
  "time'",
  '1',
  '1e-5',
  '1..2',
  '"text"',
  '"',
  '//',
  ';',
  '\u0000',
  '\u{1f600}',
  '\n',
  '\t',
];

/** One to four changes: a token removed, doubled, replaced, exchanged with the next, or the text cut off or spliced into another. */
export function mutate(programs: readonly string[], random: (below: number) => number): string {
  let text = programs[random(programs.length)];
  for (let changes = 1 + random(4); changes > 0; changes--) text = change(text, programs, random);
  return text;
}

function change(text: string, programs: readonly string[], random: (below: number) => number): string {
  const tokens = tokensOf(text);
  if (tokens.length < 2) return text;
  const at = random(tokens.length - 1);
  const { from, to } = tokens[at];
  const next = tokens[at + 1];
  const word = words[random(words.length)];
  switch (random(7)) {
    case 0:
      return text.slice(0, from) + text.slice(to);
    case 1:
      return `${text.slice(0, to)} ${text.slice(from)}`;
    case 2:
      return text.slice(0, from) + word + text.slice(to);
    case 3:
      return text.slice(0, from) + text.slice(next.from, next.to) + text.slice(to, next.from) + text.slice(from, to) + text.slice(next.to);
    case 4:
      return `${text.slice(0, from)} ${word} ${text.slice(from)}`;
    case 5:
      return text.slice(0, random(text.length));
    default: {
      const other = programs[random(programs.length)];
      return text.slice(0, from) + other.slice(random(other.length));
    }
  }
}
