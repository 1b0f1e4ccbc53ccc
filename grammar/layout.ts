/**
 * Where printed text breaks, and where comments go. An item is printed as one line with marks where it may break; a line that is
 * too long breaks at the mark of least bracket depth, as far right as it can, and goes on four columns deeper. Comments stay in the gap
 * between two tokens in which they stand (gaps.ts): at the end of the line that they follow, or on a line of their own.
 */
import type { Place } from './diagnostic.ts';
import { SourceTokens } from './gaps.ts';
import { sign, word } from './tokens.ts';
import type { Comment, File } from './tree.ts';

/** A place where a line may break, else a space. A control character, which no text of a program contains. */
export const mark = '\u0001';
const widest = 140;
/** Columns that a continued line stands deeper. */
const deeper = 4;
const leading = new RegExp(`^[ ${mark}]+`);

const flat = (text: string): string => text.replaceAll(mark, ' ');

/** The lines of a text with marks. */
function breakLines(text: string, indent: number, further: number): string[] {
  const lines: string[] = [];
  let rest = text;
  let margin = ' '.repeat(indent);
  while (margin.length + rest.length > widest) {
    const at = bestBreak(rest, widest - margin.length);
    if (at < 0) break;
    lines.push(margin + flat(rest.slice(0, at)));
    rest = rest.slice(at + 1);
    margin = ' '.repeat(further);
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
  private readonly source: SourceTokens;
  private next = 0;
  private nextBlank = 0;
  private indent = 0;
  /** Nothing is kept apart from the line that opens a block. */
  private fresh = true;
  private commented = false;

  constructor(file: File) {
    this.comments = file.comments;
    this.blanks = file.blanks ?? [];
    this.source = new SourceTokens(file.source ?? '');
  }

  /** A whole item on lines of its own. */
  item(place: Place, text: string): void {
    this.start(place.from);
    this.put(text, place.from, place.to);
    this.skipBlanks(place.to);
  }

  /** Items of one `axis` list, from its word on. */
  axes(place: Place, text: string): void {
    const before = this.source.before(place.from);
    this.item({ ...place, from: before?.tokenType === word.axis ? before.startOffset : place.from }, text);
  }

  /** A block: its head, its items one level deeper, its closing brace, which ends `place`. */
  block(place: Place, head: string, items: () => void): void {
    this.blockWithTail(place, head, items, '', place.to);
  }

  /** A block that goes on behind its brace, up to an offset: `} if biased`. */
  blockWithTail(place: Place, head: string, items: () => void, tail: string, end: number): void {
    this.start(place.from);
    this.open(`${head} {`, place.from, place.to);
    items();
    this.closeBefore(place.to - 1);
    this.put(`}${tail}`, place.to - 1, end);
    this.skipBlanks(end);
  }

  /** The middle of a block of two: `} else {`. The brace ends `first`, the whole ends with `place`. */
  divide(first: Place, text: string, place: Place): void {
    this.closeBefore(first.to - 1);
    this.open(text, first.to - 1, place.to);
  }

  get column(): number {
    return this.indent;
  }

  /** Whether a comment lies within. */
  has({ from, to }: Pick<Place, 'from' | 'to'>): boolean {
    return this.comments.some(({ place }) => place.from > from && place.from < to);
  }

  /** Whether two items of `axis` were one list, or become one: nothing stands between them that would be lost. */
  joins(first: Place, second: Place): boolean {
    if (this.source.before(second.from)?.tokenType === sign[',']) return true;
    return !this.has({ from: first.from, to: second.to }) && !this.blanks.some((blank) => blank > first.to && blank < second.from);
  }

  toString(): string {
    this.commentsBefore(Number.POSITIVE_INFINITY);
    return this.lines.length === 0 ? '' : `${this.lines.join('\n')}\n`;
  }

  private start(offset: number): void {
    this.commentsBefore(offset);
    this.blankBefore(offset);
  }

  private open(text: string, from: number, to: number): void {
    this.put(text, from, to);
    this.indent += 2;
    this.fresh = true;
  }

  private closeBefore(offset: number): void {
    this.commentsBefore(offset);
    this.indent -= 2;
    this.skipBlanks(offset + 1);
  }

  /** A text that stands for the source from one offset up to another at most; comments stay in their gaps. */
  private put(text: string, from: number, to: number): void {
    const plain = flat(text);
    const gaps = this.has({ from, to }) ? this.source.gapsOf(plain, from) : [];
    if (gaps === undefined) this.commentsBefore(to);
    let done = 0;
    for (const { at, until } of gaps ?? []) {
      for (
        let comment = this.comments[this.next];
        comment !== undefined && comment.place.from < until;
        comment = this.comments[this.next]
      ) {
        this.putPart(text.slice(done, at), done);
        done = at;
        this.putComment(comment, this.indent + deeper);
      }
    }
    this.putPart(text.slice(done), done);
    this.fresh = false;
  }

  private putPart(part: string, start: number): void {
    const text = part.replace(leading, '');
    if (text === '') return;
    this.lines.push(...breakLines(text, start === 0 ? this.indent : this.indent + deeper, this.indent + deeper));
    this.commented = false;
  }

  private putComment(comment: Comment, indent: number): void {
    if (this.follows(comment)) this.lines[this.lines.length - 1] += `  ${comment.text}`;
    else this.lines.push(' '.repeat(indent) + comment.text);
    this.commented = true;
    this.next += 1;
  }

  /** Whether a comment goes to the end of the last line; two of them would become one. */
  private follows({ trailing }: Comment): boolean {
    return trailing === true && this.lines.length > 0 && !this.commented;
  }

  private commentsBefore(offset: number): void {
    for (let comment = this.comments[this.next]; comment !== undefined && comment.place.from < offset; comment = this.comments[this.next]) {
      if (!this.follows(comment)) {
        this.blankBefore(comment.place.from);
        this.fresh = false;
      }
      this.putComment(comment, this.indent);
      this.skipBlanks(comment.place.to);
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
