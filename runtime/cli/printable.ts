/**
 * What goes to a terminal: names come from files of strangers, and a terminal obeys what they hold. Line breaks and tabs stay, and colours
 * where the text is coloured; other control characters, and those that turn the direction of writing, are shown by their number.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /\x1b\[[0-9;]*m|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

export function printable(text: string, colours: boolean): string {
  return text.replace(CONTROL, (found) => {
    if (colours && found.length > 1) return found;
    return `\\u{${found.charCodeAt(0).toString(16)}}${found.slice(1)}`;
  });
}
