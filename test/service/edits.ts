/** Random edits of a text, as a person at work and a person in despair make them: a function of the seed alone. */
export interface Edited {
  readonly text: string;
  readonly at: number;
}

/** Numbers from 0 to 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pieces = [
  ' ',
  '\n',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
  '*',
  ':',
  '=',
  '@',
  '->',
  '//',
  '"',
  "'",
  'x',
  'width',
  'decompose ',
  'of ',
  '4*4',
  '8',
  'é',
  '\u{1F600}',
  '__proto__',
];

/** Inserts a piece, deletes up to twelve letters, doubles or moves a line, or puts one word in the place of another. */
export function edited(text: string, next: () => number): Edited {
  const at = Math.floor(next() * (text.length + 1));
  const kind = Math.floor(next() * 6);
  if (kind <= 1) return { text: text.slice(0, at) + pieces[Math.floor(next() * pieces.length)] + text.slice(at), at };
  if (kind === 2) return { text: text.slice(0, at) + text.slice(at + 1 + Math.floor(next() * 12)), at };
  const lines = text.split('\n');
  const line = Math.floor(next() * lines.length);
  const other = Math.floor(next() * lines.length);
  if (kind === 3) return { text: [...lines.slice(0, line), lines[line], ...lines.slice(line)].join('\n'), at };
  if (kind === 4) {
    const [moved] = lines.splice(line, 1);
    lines.splice(other, 0, moved!);
    return { text: lines.join('\n'), at };
  }
  const words = [...text.matchAll(/\w+/g)];
  const [one, two] = [words[Math.floor(next() * words.length)], words[Math.floor(next() * words.length)]];
  if (one === undefined || two === undefined) return { text, at };
  return { text: text.slice(0, one.index) + two[0] + text.slice(one.index + one[0].length), at: one.index };
}
