/** The folded text of a module as nested lists. */

/** A word, or a list in parentheses. */
export type Part = string | Part[];

/** Lists in parentheses, everything else as it stands; texts keep their opening quote. */
export function parse(text: string): Part[][] {
  const token = /\(;[\s\S]*?;\)|[()]|"[^"]*"|[^\s()"]+/g;
  const open: Part[][] = [[]];
  for (const [found] of text.matchAll(token)) {
    if (found.startsWith('(;')) continue;
    if (found === '(') open.push([]);
    else if (found === ')') {
      const closed = open.pop()!;
      if (open.length === 0) throw new Error('a parenthesis too many in the text of a module');
      open.at(-1)!.push(closed);
    } else open.at(-1)!.push(found.startsWith('"') ? found.slice(0, -1) : found);
  }
  if (open.length !== 1) throw new Error('a parenthesis is missing in the text of a module');
  return open[0] as Part[][];
}
export const headOf = (part: Part): string => (typeof part === 'string' ? part : String(part[0]));
export const isList = (part: Part): part is Part[] => typeof part !== 'string';
