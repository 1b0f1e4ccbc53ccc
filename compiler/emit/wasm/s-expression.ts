/** The folded text of a module as nested lists. */

/** A word, or a list in parentheses. */
export type SExpression = string | SExpression[];

/** Lists in parentheses, everything else as it stands; texts keep their opening quote. */
export function parse(text: string): SExpression[][] {
  const token = /\(;[\s\S]*?;\)|[()]|"[^"]*"|[^\s()"]+/g;
  const open: SExpression[][] = [[]];
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
  return open[0] as SExpression[][];
}
export const headOf = (part: SExpression): string => (typeof part === 'string' ? part : String(part[0]));
export const isList = (part: SExpression): part is SExpression[] => typeof part !== 'string';
