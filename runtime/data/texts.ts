/** Texts as tokens: rows of one length, and columns for the inputs of a model. */
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import type { Text, Tokenizer, Tokens } from '../tokens/tokenizer.ts';
import { TokenError } from '../tokens/tokenizer.ts';
import { DataError, describeInput } from './feed.ts';
import type { Column } from './memory.ts';
import type { DataSettings } from './settings.ts';

/** What becomes of a text that is longer than the model, or `--size time`, allows. */
export const LONGER = ['refuse', 'cut'] as const;
export type Longer = (typeof LONGER)[number];

export interface TextReading {
  readonly tokenizer: Tokenizer;
  readonly longer: Longer;
  /** Of open axes: the most tokens of a row, where that is less than the model allows. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** Tokens of each row. Throws DataError that names the row where a text is too long. */
export function encodeRows(
  texts: readonly Text[],
  tokenizer: Tokenizer,
  most: number,
  longer: Longer,
  place: (row: number) => string,
): Tokens[] {
  return texts.map((text, row) => {
    try {
      const made = tokenizer.encode(text, longer === 'cut' ? most : undefined);
      if (made.ids.length <= most) return made;
      throw new DataError(`${place(row)}: ${made.ids.length} tokens, the most is ${most}; --longer cut leaves out the rest`);
    } catch (error) {
      if (error instanceof TokenError) throw new DataError(`${place(row)}: ${error.message}`);
      throw error;
    }
  });
}

/** The most tokens that a row of an input may have: of its axis, and what was asked for. Throws DataError where it reads no tokens. */
export function longestRow(model: Model, input: ModelInput | undefined, asked: Readonly<Record<string, number>>): number {
  const axis = input?.axes[1];
  if (input?.index === undefined || axis === undefined || input.axes.length !== 2)
    throw new DataError(
      `tokens are an input like ids[batch, time] in vocab; ${model.name} has ${input === undefined ? 'none called ids' : describeInput(model, input)}`,
    );
  const { size, name } = model.axes[axis];
  const other = Object.keys(asked).find((key) => key !== name);
  if (other !== undefined) throw new DataError(`a size is given for ${other}; of texts it is ${name} alone, the most tokens of a row`);
  const most = typeof size === 'number' ? size : (size.max ?? Number.POSITIVE_INFINITY);
  const wanted = Object.hasOwn(asked, name) ? asked[name] : undefined;
  if (wanted !== undefined && wanted > most) throw new DataError(`--size ${name}=${wanted}: ${name} is at most ${most}`);
  return wanted ?? most;
}

/** `ids`, `part` and `real` of rows filled up to the longest. */
export function rowsOf(tokens: readonly Tokens[], tokenizer: Tokenizer, input = 'ids'): Map<string, Column> {
  const { ids, part, real, length } = tokenizer.rows(tokens);
  const shape = [tokens.length, length];
  const named = (name: string) => (input === 'ids' ? name : `${input}_${name}`);
  return new Map([
    [input, { shape, data: ids }],
    [named('part'), { shape, data: part }],
    [named('real'), { shape, data: real }],
  ]);
}

export interface TextColumns {
  readonly columns: ReadonlyMap<string, Column>;
  /** Rows that were cut. */
  readonly cut: number;
}

/** What the settings say is a text, as columns for the inputs of the model. `cells`: of a column, by its name. Throws DataError. */
export function textColumns(
  model: Model,
  { texts }: DataSettings,
  cells: (column: string) => readonly unknown[],
  place: (row: number) => string,
  reading: TextReading | undefined,
): TextColumns {
  const columns = new Map<string, Column>();
  let cut = 0;
  for (const [name, of] of Object.entries(texts)) {
    const input = model.inputs.find((one) => one.name === name);
    if (input === undefined) throw new DataError(`data.texts: ${model.name} has no input ${name}`);
    if (of.length < 1 || of.length > 2) throw new DataError(`data.texts.${name}: a text is one column, or the two of a pair`);
    if (reading === undefined) throw new DataError(`data.texts.${name} is a text: give a tokenizer`);
    const [first, second] = of.map((column) => cells(column).map((cell, row) => textIn(cell, column, place(row))));
    const rows = first.map((text, row): Text => (second === undefined ? text : [text, second[row]]));
    const { tokenizer, longer, sizes } = reading;
    const tokens = encodeRows(rows, tokenizer, longestRow(model, input, sizes), longer, place);
    cut += tokens.filter((row) => row.cut > 0).length;
    for (const [key, column] of rowsOf(tokens, tokenizer, name)) if (model.inputs.some((one) => one.name === key)) columns.set(key, column);
  }
  return { columns, cut };
}

function textIn(cell: unknown, column: string, place: string): string {
  if (typeof cell === 'string') return cell;
  throw new DataError(`${place}: ${column} is ${cell === null ? 'null' : typeof cell}, expected a text`);
}
