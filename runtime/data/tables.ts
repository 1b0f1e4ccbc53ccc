/** Tables as text: CSV (RFC 4180), TSV, and one JSON object a line. Every row knows its line. */
import { DataError } from './feed.ts';

type Value = number | string | readonly Value[] | boolean | null;
export interface Table {
  readonly rows: readonly Readonly<Record<string, Value>>[];
  /** `data.csv:12`. */
  place(row: number): string;
}

/**
 * Columns `NAME[1]`, `NAME[2]`, ... are one column of lists. `columns`: their names, where the first line is a row; `isText`: of which
 * columns cells stay as they are written. Throws DataError that names file and line.
 */
export function readDelimited(
  text: string,
  name: string,
  separator: ',' | '\t',
  { columns, isText = () => false }: { readonly columns?: readonly string[]; isText?(column: string): boolean } = {},
): Table {
  const records = recordsOf(text, name, separator);
  const [header, ...body] = columns === undefined ? records : [{ cells: columns }, ...records];
  if (header === undefined) throw new DataError(`${name} is empty; its first line names the columns`);
  const twice = header.cells.find((cell, k) => header.cells.indexOf(cell) !== k);
  if (twice !== undefined) throw new DataError(`${name}:1: two columns are called ${twice}`);
  const lines = body as readonly Line[];
  const rows = lines.map(({ cells, line }) => {
    if (cells.length !== header.cells.length)
      throw new DataError(
        `${name}:${line}: ${cells.length} cells, ${columns === undefined ? 'the first line names' : 'expected are'} ${header.cells.length} columns`,
      );
    return gathered(
      header.cells,
      cells.map((cell, k) => (isText(header.cells[k]) ? cell : valueIn(cell))),
      `${name}:1`,
    );
  });
  return { rows, place: (row) => `${name}:${lines[row]?.line ?? 1}` };
}

/** One object a line; empty lines are passed over. */
export function readJsonLines(text: string, name: string): Table {
  const rows: Record<string, Value>[] = [];
  const lines: number[] = [];
  text.split('\n').forEach((line, k) => {
    if (line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw new DataError(`${name}:${k + 1}: not JSON: ${(error as Error).message}`);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new DataError(`${name}:${k + 1}: expected an object in braces`);
    rows.push(value as Record<string, Value>);
    lines.push(k + 1);
  });
  return { rows, place: (row) => `${name}:${lines[row] ?? 1}` };
}

interface Line {
  readonly cells: readonly string[];
  readonly line: number;
}

function recordsOf(text: string, name: string, separator: string): Line[] {
  const found: Line[] = [];
  let [cells, cell, line, start]: [string[], string, number, number] = [[], '', 1, 1];
  const end = () => {
    cells.push(cell);
    if (cells.length > 1 || cells[0] !== '') found.push({ cells, line: start });
    [cells, cell] = [[], ''];
  };
  for (let at = text.startsWith('\ufeff') ? 1 : 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"' && cell === '' && separator === ',') {
      const from = line;
      for (at++; ; at++) {
        if (at >= text.length) throw new DataError(`${name}:${from}: a quoted cell has no end`);
        if (text[at] === '"' && text[at + 1] === '"') at++;
        else if (text[at] === '"') break;
        if (text[at] === '\n') line++;
        cell += text[at];
      }
    } else if (character === separator) {
      cells.push(cell);
      cell = '';
    } else if (character === '\n') {
      end();
      start = ++line;
    } else if (character !== '\r' || text[at + 1] !== '\n') cell += character;
  }
  end();
  return found;
}

function valueIn(cell: string): Value {
  return cell.trim() !== '' && Number.isFinite(Number(cell)) ? Number(cell) : cell;
}

function gathered(names: readonly string[], cells: readonly Value[], place: string): Record<string, Value> {
  const row = new Map<string, Value | Value[]>();
  names.forEach((name, k) => {
    const [, list, position] = /^(.*)\[(\d+)\]$/.exec(name) ?? [];
    if (list === undefined) {
      row.set(name, cells[k]);
      return;
    }
    const items = (row.get(list) ?? []) as Value[];
    if (items.length + 1 !== Number(position))
      throw new DataError(`${place}: column ${name} is out of order, expected ${list}[${items.length + 1}]`);
    row.set(list, [...items, cells[k]]);
  });
  return Object.fromEntries(row);
}
