/** Rows of a task as columns for the inputs of a model. */
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import { DataError, describeInput } from '../data/feed.ts';
import type { Column } from '../data/memory.ts';
import type { Longer } from '../data/texts.ts';
import { encodeRows, rowsOf } from '../data/texts.ts';
import type { Tokenizer, Tokens } from '../tokens/tokenizer.ts';
import type { Task } from './presets.ts';
import type { TaskRows } from './rows.ts';

export interface TaskColumns {
  readonly columns: ReadonlyMap<string, Column>;
  /** Rows that were cut. */
  readonly cut: number;
}

/** Columns for `inputs`, and for what else of the model's the task has. Throws DataError for a text that is too long, and for an input that no task has. */
export function taskColumns(
  model: Model,
  inputs: readonly ModelInput[],
  task: Task,
  { texts, labels, place }: TaskRows,
  tokenizer: Tokenizer,
  most: number,
  longer: Longer,
): TaskColumns {
  const shifted = task.label === undefined ? 1 : 0;
  const tokens = encodeRows(texts, tokenizer, most + shifted, longer, place);
  const ended = () => tokens.map((made) => endedBy(made, tokenizer.end, most));
  const columns = shifted === 1 ? nextTokens(ended(), tokenizer) : rowsOf(tokens, tokenizer);
  if (labels !== undefined) columns.set(task.labels === undefined ? 'value' : 'label', { shape: [texts.length], data: labels });
  const wanted = model.inputs
    .filter((input) => inputs.includes(input) || columns.has(input.name))
    .map((input) => {
      const column = columns.get(input.name);
      if (column !== undefined) return [input.name, column] as const;
      throw new DataError(
        `${task.name} has nothing for ${describeInput(model, input)}; choose a loss of ${model.name} that reads ${[...columns.keys()].join(', ')}`,
      );
    });
  return { columns: new Map(wanted), cut: tokens.filter(({ cut }) => cut > 0).length };
}

/** A text that is not cut ends with the token that says so, where there is one. */
function endedBy(made: Tokens, end: number | undefined, most: number): Tokens {
  const { ids, part, cut } = made;
  if (end === undefined || cut > 0 || ids.at(-1) === end || ids.length > most) return made;
  return { ids: [...ids, end], part: [...part, 0], cut };
}

/** Each token with the one that follows; `counted` is 0 where a row is filled up. */
function nextTokens(tokens: readonly Tokens[], tokenizer: Tokenizer): Map<string, Column> {
  const { ids, real, length } = tokenizer.rows(
    tokens,
    tokens.reduce((most, row) => Math.max(most, row.ids.length), 2),
  );
  const shape = [tokens.length, length - 1];
  const from = (values: Int32Array, shift: number) =>
    Int32Array.from({ length: shape[0] * shape[1] }, (_, k) => values[Math.floor(k / shape[1]) * length + (k % shape[1]) + shift]);
  return new Map(
    Object.entries({ ids: from(ids, 0), next: from(ids, 1), counted: from(real, 1), real: from(real, 0) }).map(([name, data]) => [
      name,
      { shape, data },
    ]),
  );
}
