/** What stands before an offset, read backwards from the text alone: the tree has no place for a name that is only begun. */

export interface Unfinished {
  /** What is typed of the name. */
  readonly prefix: string;
  /** Where the name begins. */
  readonly from: number;
  /** `block[*].attn` before the dot. */
  readonly chain?: string;
  /** The text of the line, or of the statement, up to the name. */
  readonly line: string;
  /** The bracket around, if any: its sign, what stands before it, and the number of the item that is being written. */
  readonly within?: { readonly open: '(' | '[' | '{'; readonly of: string; readonly from: number; readonly item: number };
  readonly position: boolean;
  readonly comment: boolean;
}

export function beforeCursor(text: string, offset: number): Unfinished {
  const prefix = /[A-Za-z_][A-Za-z0-9_]*'*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0] ?? '';
  const from = offset - prefix.length;
  const start = text.lastIndexOf('\n', from - 1) + 1;
  const line = text.slice(start, from);
  const chain = line.trimEnd().endsWith('.') && !line.trimEnd().endsWith('..') ? chainBefore(text, from) : undefined;
  return {
    prefix,
    from,
    line,
    ...(chain === undefined ? {} : { chain }),
    ...within(text, from),
    position: text[from - 1] === '@',
    comment: line.includes('//'),
  };
}

const closing: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** The path or expression that ends with the dot at the end of `text`: names, dots, and brackets that close. */
function chainBefore(text: string, end: number): string {
  let at = end - 1;
  while (/\s/.test(text[at]!)) at--;
  const dot = at;
  let depth = 0;
  for (at--; at >= 0; at--) {
    const sign = text[at]!;
    if (closing[sign] !== undefined) depth++;
    else if ('([{'.includes(sign)) {
      if (depth === 0) break;
      depth--;
    } else if (depth === 0 && !/[A-Za-z0-9_'.*]/.test(sign)) break;
  }
  return text.slice(at + 1, dot);
}

/** The innermost bracket that is open, unless a statement of another line ended in between. */
function within(text: string, offset: number): Pick<Unfinished, 'within'> {
  let depth = 0;
  let item = 0;
  for (let at = offset - 1; at >= 0 && offset - at < 4000; at--) {
    const sign = text[at]!;
    if (closing[sign] !== undefined) depth++;
    else if ('([{'.includes(sign)) {
      if (depth > 0) depth--;
      else if (sign === '{') return {};
      else return { within: { open: sign as '(' | '[', of: calleeBefore(text, at), from: at, item } };
    } else if (sign === ',' && depth === 0) item++;
  }
  return {};
}

/** `linear` of `linear[width -> width](`. */
function calleeBefore(text: string, at: number): string {
  let before = text.slice(Math.max(0, at - 400), at).trimEnd();
  while (before.endsWith(']')) {
    let depth = 0;
    let k = before.length - 1;
    for (; k >= 0; k--) {
      if (before[k] === ']') depth++;
      if (before[k] === '[' && --depth === 0) break;
    }
    before = before.slice(0, Math.max(0, k)).trimEnd();
  }
  return /[A-Za-z_][A-Za-z0-9_.]*$/.exec(before)?.[0] ?? '';
}
