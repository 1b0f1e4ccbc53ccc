/**
 * Where printed text breaks, and where comments go. An item is printed as one line with marks where it may break; a line that is
 * too long breaks at the mark of least bracket depth, as far right as it can, and goes on four columns deeper. Comments are kept in
 * the order of the source: before the item that follows them, or at the end of the line that they follow.
 */
import type { Place } from './diagnostic.ts';
import type { Comment, File } from './tree.ts';

/** A place where a line may break, else a space. A control character, which no text of a program contains. */
export const mark = '\u0001';
const widest = 140;

const flat = (text: string): string => text.replaceAll(mark, ' ');

/** The lines of a text with marks. */
function breakLines(text: string, indent: number): string[] {
  const lines: string[] = [];
  let rest = text;
  let margin = ' '.repeat(indent);
  while (margin.length + rest.length > widest) {
    const at = bestBreak(rest, widest - margin.length);
    if (at < 0) break;
    lines.push(margin + flat(rest.slice(0, at)));
    rest = rest.slice(at + 1);
    margin = ' '.repeat(indent + 4);
  }
  return [...lines, margin + flat(rest)];
}

/** The rightmost of the outermost marks within the width; the first mark if none lies within. */
function bestBreak(text: string, width: number): number {
  let best = -1;
  let bestDepth = Number.POSITIVE_INFINITY;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length && (at <= width || best < 0); at++) {
    const sign = text[at];
    if (sign === '"') quoted = !quoted;
    if (quoted) continue;
    if ('([{'.includes(sign)) depth += 1;
    if (')]}'.includes(sign)) depth -= 1;
    if (sign === mark && depth <= bestDepth) {
      best = at;
      bestDepth = depth;
    }
  }
  return best;
}

/** The text so far. Items are announced by their places, in the order of the source, so that comments find their line. */
export class Page {
  private readonly lines: string[] = [];
  private readonly comments: readonly Comment[];
  private readonly blanks: readonly number[];
  private next = 0;
  private nextBlank = 0;
  private indent = 0;
  /** Nothing is kept apart from the line that opens a block. */
  private fresh = true;
  private commented = false;

  constructor(file: File) {
    this.comments = file.comments;
    this.blanks = file.blanks ?? [];
  }

  /** A whole item on lines of its own; comments within it come before it. */
  item(place: Place, text: string): void {
    this.commentsBefore(place.from, true);
    this.commentsBefore(place.to, false);
    this.blankBefore(place.from);
    this.put(text);
    this.skipBlanks(place.to);
  }

  /** A block: its head, its items one level deeper, its closing brace. `tail` follows the brace. */
  block(place: Place, head: string, items: () => void, tail = ''): void {
    this.commentsBefore(place.from, true);
    this.blankBefore(place.from);
    this.open(`${head} {`);
    items();
    this.close(place, tail);
  }

  /** The middle of a block of two: `} else {`. */
  divide(place: Place, text: string): void {
    this.endOf(place);
    this.open(text);
  }

  get column(): number {
    return this.indent;
  }

  /** Whether a comment lies within. */
  has({ from, to }: Pick<Place, 'from' | 'to'>): boolean {
    return this.comments.some(({ place }) => place.from > from && place.from < to);
  }

  /** Whether a comment or a blank line stands between two offsets. */
  parts(from: number, to: number): boolean {
    return this.has({ from, to }) || this.blanks.some((blank) => blank > from && blank < to);
  }

  toString(): string {
    this.commentsBefore(Number.POSITIVE_INFINITY, true);
    return this.lines.length === 0 ? '' : `${this.lines.join('\n')}\n`;
  }

  private open(text: string): void {
    this.put(text);
    this.indent += 2;
    this.fresh = true;
  }

  private close(place: Place, tail: string): void {
    this.endOf(place);
    this.put(`}${tail}`);
    this.skipBlanks(place.to);
  }

  private endOf(place: Place): void {
    this.commentsBefore(place.to, true);
    this.indent -= 2;
    this.skipBlanks(place.to);
  }

  private put(text: string): void {
    this.lines.push(...breakLines(text, this.indent));
    this.fresh = false;
    this.commented = false;
  }

  private commentsBefore(offset: number, mayTrail: boolean): void {
    for (let comment = this.comments[this.next]; comment !== undefined && comment.place.from < offset; ) {
      if (mayTrail && comment.trailing && this.lines.length > 0 && !this.commented)
        this.lines[this.lines.length - 1] += `  ${comment.text}`;
      else {
        this.blankBefore(comment.place.from);
        this.lines.push(' '.repeat(this.indent) + comment.text);
        this.fresh = false;
      }
      this.commented = true;
      this.skipBlanks(comment.place.to);
      this.next += 1;
      comment = this.comments[this.next];
    }
  }

  private blankBefore(offset: number): void {
    if (this.skipBlanks(offset) && !this.fresh && this.lines.length > 0) this.lines.push('');
  }

  private skipBlanks(offset: number): boolean {
    const before = this.nextBlank;
    while (this.nextBlank < this.blanks.length && this.blanks[this.nextBlank] < offset) this.nextBlank += 1;
    return this.nextBlank > before;
  }
}
