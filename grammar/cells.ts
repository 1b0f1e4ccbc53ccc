/**
 * How many cells of a terminal a text takes: wide characters (of the Chinese, Japanese and Korean scripts, full-width forms, emoji) take
 * two, combining marks and joiners none. After Unicode Standard Annex 11; letters whose width is ambiguous take one.
 */

/** Tabs are shown as spaces up to the next multiple of this. */
export const tabWidth = 4;

const scripts = ['Han', 'Hiragana', 'Katakana', 'Hangul', 'Bopomofo', 'Yi', 'Tangut', 'Nushu'].map((name) => `\\p{Script=${name}}`);
/** Also signs among these scripts, full-width forms, and emoji (U+FE0F asks for the picture of a sign). */
const wide = new RegExp(
  `[${scripts.join('')}\\p{Emoji_Presentation}\u3000-\u303e\u3200-\u32ff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\ufe0f`,
  'u',
);
/** Katakana and Hangul of half width. */
const half = /[\uff61-\uffdc]/u;
const nothing = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;
const plain = /^[\x20-\x7e]*$/;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The cells of a text that begins at a column; `start` counts from 0 and matters for tabs alone. */
export function cellsOf(text: string, start = 0): number {
  if (plain.test(text)) return text.length;
  let at = start;
  for (const { segment } of graphemes.segment(text)) at += segment === '\t' ? tabWidth - (at % tabWidth) : cellsOfGrapheme(segment);
  return at - start;
}

/** What a reader sees as one character. A control character is shown by one sign. */
function cellsOfGrapheme(segment: string): number {
  if (/^\p{Cc}+$/u.test(segment)) return segment.length;
  if (nothing.test(segment)) return 0;
  return wide.test(segment) && !half.test(segment) ? 2 : 1;
}

/** A line with its tabs as spaces. */
export function withoutTabs(line: string): string {
  return line.split('\t').reduce((shown, part) => `${shown}${' '.repeat(tabWidth - (cellsOf(shown) % tabWidth))}${part}`);
}
