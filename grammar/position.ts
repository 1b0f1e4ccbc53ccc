/**
 * Lines and columns of offsets, both counted from 1. A line ends with a line feed, a carriage return, or both. Columns count UTF-16 units, as
 * editors and the places of JSON do; what is shown to people counts cells (cells.ts).
 */
import type { Place, Sources } from './diagnostic.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

const lineBreak = /\r\n?|\n/g;

/** Where the line of an offset begins. */
export function startOfLine(text: string, offset: number): number {
  return offset === 0 ? 0 : Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
}

/** The text of a file by lines. */
export class Lines {
  readonly starts: readonly number[];
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.starts = [0, ...[...text.matchAll(lineBreak)].map(({ 0: end, index }) => index + end.length)];
  }

  /** Offsets past the end belong to the last line. */
  positionOf(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: Math.min(offset, this.text.length) - this.starts[low] + 1 };
  }

  /** A line without its end. */
  line(number: number): string {
    return this.text.slice(this.starts[number - 1], this.starts[number]).replace(/[\r\n]+$/, '');
  }
}

/** Start and (exclusive) end of a place; both 1:1 if the file is not among the sources. */
export function rangeOf(place: Place, sources: Sources): { start: Position; end: Position } {
  const lines = new Lines(sources.get(place.file) ?? '');
  return { start: lines.positionOf(place.from), end: lines.positionOf(place.to) };
}
