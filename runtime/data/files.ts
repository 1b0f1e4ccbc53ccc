/** Data files by their ending: columns for the inputs of a model. */
import type { Model, ModelInput } from '../../compiler/values/model.ts';
import type { Files } from '../checkpoint/files.ts';
import { readWhole } from '../checkpoint/files.ts';
import type { TensorFile } from '../checkpoint/safetensors.ts';
import { openTensors } from '../checkpoint/safetensors.ts';
import type { Wanted } from './feed.ts';
import { DataError, exactly } from './feed.ts';
import type { Column, Columns, Reading } from './memory.ts';
import { columnsOf, namesIn } from './memory.ts';
import { readNpz } from './npz.ts';
import type { DataSettings } from './settings.ts';
import { PLAIN } from './settings.ts';
import { readDelimited, readJsonLines } from './tables.ts';
import { decodeText } from './text.ts';

export const DATA_FORMATS = '.safetensors, .npz, .csv, .tsv, .jsonl';

/** Throws DataError and FileProblem. */
export function readColumns(files: Files, path: string, model: Model, reading: Reading = {}): Columns {
  const { wanted = exactly(model.inputs), labels = {}, said = PLAIN } = reading;
  const ending = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? '';
  switch (ending) {
    case '.csv':
    case '.tsv':
    case '.jsonl':
    case '.ndjson': {
      const text = decodeText(readWhole(files, path), path);
      const isText = textualIn(model, said);
      const table =
        ending === '.csv' || ending === '.tsv'
          ? readDelimited(text, path, ending === '.csv' ? ',' : '\t', { isText })
          : readJsonLines(text, path);
      if (table.rows.length === 0) throw new DataError(`${path} has no rows`);
      return columnsOf(model, table.rows as never, { ...reading, place: table.place });
    }
    default: {
      const [text] = Object.keys(said.texts);
      if (text !== undefined) throw new DataError(`${path} has tensors; data.texts.${text} is read from .csv, .tsv or .jsonl`);
      const found = ending === '.npz' ? readNpz(readWhole(files, path), path) : openTensors(files, path);
      return { columns: chosen(found, path, model, wanted, said), labels, cut: 0 };
    }
  }
}

/** Columns whose cells stay as they are written: texts, and labels that have names. */
function textualIn(model: Model, { texts, labels, columns }: DataSettings): (column: string) => boolean {
  const named = model.inputs.filter(({ index }) => index !== undefined && Object.hasOwn(labels, model.axes[index].name));
  const all = new Set([...Object.values(texts).flat(), ...named.map(({ name }) => (Object.hasOwn(columns, name) ? columns[name] : name))]);
  return (column) => all.has(column);
}

function chosen(
  found: ReadonlyMap<string, Column> | TensorFile,
  path: string,
  model: Model,
  { needed, others }: Wanted,
  said: DataSettings,
): Map<string, Column> {
  const names = namesIn(model, said);
  const nameOf = (input: ModelInput) => names.get(input.name) ?? input.name;
  const has = (name: string) => ('tensors' in found ? found.tensors.has(name) : found.has(name));
  const missing = needed.find((input) => !has(nameOf(input)));
  if (missing !== undefined)
    throw new DataError(
      `${path} has no tensor ${nameOf(missing)}; the inputs of ${model.name} that are read are ${needed.map(nameOf).join(', ')}`,
    );
  const read = (name: string) =>
    'tensors' in found ? { shape: found.tensors.get(name)!.shape, data: found.read(name) } : found.get(name)!;
  return new Map([...needed, ...others].flatMap((input) => (has(nameOf(input)) ? [[input.name, read(nameOf(input))] as const] : [])));
}
