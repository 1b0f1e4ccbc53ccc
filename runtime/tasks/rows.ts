/** Rows of a task from a file: texts, and what is predicted of them. Every row knows its line. */
import type { Files } from '../checkpoint/files.ts';
import { readWhole } from '../checkpoint/files.ts';
import { DataError } from '../data/feed.ts';
import type { Table } from '../data/tables.ts';
import { readDelimited, readJsonLines } from '../data/tables.ts';
import { decodeText } from '../data/text.ts';
import type { Text } from '../tokens/tokenizer.ts';
import type { Task } from './presets.ts';

export interface TaskRows {
  readonly texts: readonly Text[];
  /** Positions of labels, or numbers; absent where the task has none or nobody asked for them. */
  readonly labels?: readonly number[];
  /** Places of rows in which a text is empty: they count, and are told. */
  readonly empty: readonly string[];
  place(row: number): string;
}

/** `labelled`: labels are wanted. Throws DataError that names file and line. */
export function readTaskRows(files: Files, path: string, task: Task, labelled: boolean): TaskRows {
  const { rows, place } = tableAt(files, path, task);
  if (rows.length === 0) throw new DataError(`${path} has no rows`);
  const cell = (row: number, column: string) => {
    const value = Object.hasOwn(rows[row], column) ? rows[row][column] : undefined;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    const has = Object.keys(rows[row]).join(', ') || 'nothing';
    throw new DataError(`${place(row)}: ${task.name} wants a text in column ${column}; the row has ${has}`);
  };
  const [first, second] = task.texts;
  const texts = rows.map((_, row): Text => (second === undefined ? cell(row, first) : [cell(row, first), cell(row, second)]));
  const empty = texts.flatMap((text, row) => ([text].flat().some((one) => one.trim() === '') ? [place(row)] : []));
  const { label } = task;
  const common = { texts, empty, place };
  return label === undefined || !labelled
    ? common
    : { ...common, labels: rows.map((_, row) => labelOf(cell(row, label).trim(), task, label, place(row))) };
}

function labelOf(said: string, { labels, name }: Task, column: string, place: string): number {
  if (labels === undefined) {
    const value = said === '' ? Number.NaN : Number(said);
    if (Number.isFinite(value)) return value;
    throw new DataError(`${place}: ${column} is ${JSON.stringify(said)}, ${name} expects a number`);
  }
  const found = labels.indexOf(said);
  if (found >= 0) return found;
  throw new DataError(`${place}: ${column} is ${JSON.stringify(said)}, the labels of ${name} are ${labels.join(', ')}`);
}

function tableAt(files: Files, path: string, { columns, texts }: Task): Table {
  const text = decodeText(readWhole(files, path), path);
  const ending = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? '';
  if (ending === '.jsonl' || ending === '.ndjson') return readJsonLines(text, path);
  if (ending === '.csv' || ending === '.tsv')
    return readDelimited(text, path, ending === '.csv' ? ',' : '\t', { columns, isText: () => true });
  if (ending !== '.txt') throw new DataError(`${path}: rows of a task are read from .tsv, .csv, .jsonl or .txt`);
  const lines = text.split(/\r?\n/).flatMap((line, k) => (line.trim() === '' ? [] : [{ line, number: k + 1 }]));
  return { rows: lines.map(({ line }) => ({ [texts[0]]: line })), place: (row) => `${path}:${lines[row]?.number ?? 1}` };
}
