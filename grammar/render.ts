/**
 * Diagnostics for people (frames of source with every label under its place, as rustc has made them familiar) and for programs
 * (JSON). The layout of one frame: the source line, a row of markers that ends with the last label, and the other labels below,
 * right to left, each hanging from its marker.
 */
import { cellsOf, withoutTabs } from './cells.ts';
import type { Diagnostic, Label, Severity, Sources } from './diagnostic.ts';
import { Lines, type Position, rangeOf } from './position.ts';

export interface RenderOptions {
  /** ANSI colours; off by default. */
  readonly color?: boolean;
}

interface Mark {
  readonly line: number;
  readonly from: number;
  readonly width: number;
  readonly text: string;
  readonly primary: boolean;
}
type Paint = (text: string) => string;
interface Palette {
  readonly strong: Paint;
  readonly severity: Paint;
  readonly frame: Paint;
}

const codes: Readonly<Record<Severity | 'strong' | 'frame', string>> = {
  error: '1;31',
  warning: '1;33',
  note: '1;36',
  strong: '1',
  frame: '1;34',
};

/** The whole message, without a newline at its end. Labels may lie in several files; a file that `sources` lacks has no frame. */
export function render(diagnostic: Diagnostic, sources: Sources, options: RenderOptions = {}): string {
  const paint =
    (code: string): Paint =>
    (text) =>
      options.color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  const palette = { strong: paint(codes.strong), severity: paint(codes[diagnostic.severity]), frame: paint(codes.frame) };
  const { code, severity, message, primary, secondary, hint } = diagnostic;
  const files = new Set([primary, ...secondary].map(({ place }) => place.file));
  const frames = [...files].map((file) => ({ file, marks: marksIn(file, diagnostic, sources) }));
  const gutter = Math.max(...frames.flatMap(({ marks }) => marks.map(({ line }) => String(line).length)));
  const rows = [palette.severity(`${severity}[${code}]`) + palette.strong(`: ${printable(message)}`)];
  for (const [index, { file, marks }] of frames.entries()) {
    const at = marks.find((mark) => mark.primary) ?? marks[0];
    const arrow = palette.frame(`${' '.repeat(gutter)}${index === 0 ? '-->' : ':::'}`);
    const text = sources.get(file);
    const lines = new Lines(text ?? '');
    rows.push(`${arrow} ${printable(file)}:${at.line}:${columnIn(lines.line(at.line), at.from) + 1}`);
    if (text !== undefined) rows.push(...frame(lines, marks, gutter, palette));
  }
  if (hint !== undefined) rows.push(`${palette.frame(`${' '.repeat(gutter)} =`)} ${palette.strong('hint')}: ${printable(hint)}`);
  return rows.join('\n');
}

function marksIn(file: string, { primary, secondary }: Diagnostic, sources: Sources): Mark[] {
  const lines = new Lines(sources.get(file) ?? '');
  const mark = (label: Label, isPrimary: boolean): Mark => {
    const start = lines.positionOf(label.place.from);
    const end = lines.positionOf(label.place.to);
    const last = end.line === start.line ? end.column : lines.line(start.line).length + 1;
    return { line: start.line, from: start.column - 1, width: Math.max(1, last - start.column), text: label.text, primary: isPrimary };
  };
  const labels = [mark(primary, true), ...secondary.map((label) => mark(label, false))];
  return labels.filter((_, index) => [primary, ...secondary][index].place.file === file);
}

function frame(lines: Lines, marks: readonly Mark[], gutter: number, palette: Palette): string[] {
  const side = palette.frame(`${' '.repeat(gutter)} |`);
  const rows = [side];
  let previous: number | undefined;
  for (const line of [...new Set(marks.map((mark) => mark.line))].sort((a, b) => a - b)) {
    if (previous !== undefined && line > previous + 1) rows.push(palette.frame('...'));
    const { source, shown } = window(
      lines.line(line),
      marks.filter((mark) => mark.line === line),
    );
    rows.push(`${palette.frame(`${String(line).padStart(gutter)} |`)} ${printable(withoutTabs(source))}`.trimEnd());
    rows.push(...markerRows(source, shown, palette).map((row) => `${side} ${row}`));
    previous = line;
  }
  return rows;
}

const widest = 160;

/** A very long line is shown around its first mark only. */
function window(source: string, marks: readonly Mark[]): { source: string; shown: readonly Mark[] } {
  if (source.length <= widest) return { source, shown: marks };
  const from = Math.max(0, Math.min(...marks.map((mark) => mark.from)) - widest / 4);
  const shown = marks.map((mark) => ({
    ...mark,
    from: Math.min(mark.from - from, widest - 1),
    width: Math.max(1, Math.min(mark.width, widest - (mark.from - from))),
  }));
  return { source: source.slice(from, from + widest), shown };
}

/** The cell of an offset in a line, from 0. */
const columnIn = (line: string, offset: number): number => cellsOf(line.slice(0, offset)) + Math.max(0, offset - line.length);

/** The row of markers, and a row for every label but the last. */
function markerRows(source: string, marks: readonly Mark[], palette: Palette): string[] {
  const column = (offset: number) => columnIn(source, offset);
  const sorted = marks
    .map((mark) => ({ ...mark, at: column(mark.from), size: Math.max(1, column(mark.from + mark.width) - column(mark.from)) }))
    .sort((a, b) => a.at - b.at || Number(a.primary) - Number(b.primary));
  const colorOf = (mark: Mark): Paint => (mark.primary ? palette.severity : palette.frame);
  const cells: { text: string; paint: Paint }[] = [];
  for (const mark of [...sorted].sort((a, b) => Number(a.primary) - Number(b.primary))) {
    const text = mark.primary ? '^' : '-';
    for (let index = 0; index < mark.size; index++) cells[mark.at + index] = { text, paint: colorOf(mark) };
  }
  const last = sorted[sorted.length - 1];
  const first = paintCells(cells) + (last.text === '' ? '' : ` ${colorOf(last)(printable(last.text))}`);
  const rows = [first];
  const hanging = sorted.slice(0, -1).filter((mark) => mark.text !== '');
  for (let count = hanging.length; count > 0; count--) {
    const mark = hanging[count - 1];
    const lead = hanging.slice(0, count - 1).filter((other) => other.at < mark.at);
    const bars = (marks: typeof hanging) => marks.map((other) => [other.at, { text: '|', paint: colorOf(other) }] as const);
    const hang: typeof cells = [];
    for (const [at, cell] of bars([...lead, mark])) hang[at] = cell;
    if (count === hanging.length) rows.push(paintCells(hang));
    const under: typeof cells = [];
    for (const [at, cell] of bars(lead)) under[at] = cell;
    under.length = mark.at;
    rows.push(paintCells(under) + colorOf(mark)(printable(mark.text)));
  }
  return rows;
}

function paintCells(cells: readonly ({ text: string; paint: Paint } | undefined)[]): string {
  return Array.from(cells, (cell) => (cell === undefined ? ' ' : cell.paint(cell.text))).join('');
}

/** Control characters would be obeyed by a terminal. */
function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(/\p{Cc}/gu, '\u00b7');
}

export interface JsonLabel {
  readonly file: string;
  readonly start: Position;
  /** Exclusive. */
  readonly end: Position;
  readonly label: string;
}
export interface JsonDiagnostic extends Pick<Diagnostic, 'code' | 'severity' | 'message' | 'hint'> {
  readonly primary: JsonLabel;
  readonly secondary: readonly JsonLabel[];
}

/** The record with lines and columns, both counted from 1, instead of offsets; `hint` is absent where there is none. */
export function toJson(diagnostic: Diagnostic, sources: Sources): JsonDiagnostic {
  const json = ({ place, text }: Label): JsonLabel => ({ file: place.file, ...rangeOf(place, sources), label: text });
  const { code, severity, message, hint, primary, secondary } = diagnostic;
  const rest = { primary: json(primary), secondary: secondary.map(json) };
  return hint === undefined ? { code, severity, message, ...rest } : { code, severity, message, hint, ...rest };
}
