/** Data files by their ending: columns for the inputs of a model. */
import type { Model } from '../../compiler/values/model.ts';
import type { Files } from '../checkpoint/files.ts';
import { readWhole } from '../checkpoint/files.ts';
import { openTensors } from '../checkpoint/safetensors.ts';
import type { Wanted } from './feed.ts';
import { DataError, exactly } from './feed.ts';
import type { Columns, Labels } from './memory.ts';
import { columnsOf } from './memory.ts';
import { readNpz } from './npz.ts';
import { readDelimited, readJsonLines } from './tables.ts';
import { decodeText } from './text.ts';

export const DATA_FORMATS = '.safetensors, .npz, .csv, .tsv, .jsonl';

/** `labels`: names of an earlier run, whose numbers stay. Throws DataError and FileProblem. */
export function readColumns(
  files: Files,
  path: string,
  model: Model,
  wanted: Wanted = exactly(model.inputs),
  labels: Labels = {},
): Columns {
  const ending = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? '';
  switch (ending) {
    case '.csv':
    case '.tsv':
    case '.jsonl':
    case '.ndjson': {
      const text = decodeText(readWhole(files, path), path);
      const table =
        ending === '.csv' || ending === '.tsv' ? readDelimited(text, path, ending === '.csv' ? ',' : '\t') : readJsonLines(text, path);
      if (table.rows.length === 0) throw new DataError(`${path} has no rows`);
      return columnsOf(model, table.rows as never, wanted, labels, table.place);
    }
    case '.npz':
      return { columns: chosen(readNpz(readWhole(files, path), path), path, model, wanted), labels };
    default: {
      const file = openTensors(files, path);
      const there = [...wanted.needed, ...wanted.others].filter(({ name }) => file.tensors.has(name));
      const stored = there.map(({ name }) => [name, { shape: file.tensors.get(name)!.shape, data: file.read(name) }] as const);
      return { columns: chosen(new Map(stored), path, model, wanted), labels };
    }
  }
}

function chosen<T>(found: ReadonlyMap<string, T>, path: string, model: Model, { needed, others }: Wanted): Map<string, T> {
  const missing = needed.find(({ name }) => !found.has(name));
  if (missing !== undefined)
    throw new DataError(
      `${path} has no tensor ${missing.name}; the inputs of ${model.name} that are read are ${needed.map(({ name }) => name).join(', ')}`,
    );
  return new Map([...needed, ...others].flatMap(({ name }) => (found.has(name) ? [[name, found.get(name)!] as const] : [])));
}
