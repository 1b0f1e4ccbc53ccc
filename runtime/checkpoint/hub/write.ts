/**
 * A model written back as it was published: the same files, names, shapes and types, so that other libraries load it. Tensors that were
 * not changed keep their bytes, and a file in which none was is the same file.
 */
import { join } from 'node:path';
import type { Files } from '../files.ts';
import { FileProblem, readWhole } from '../files.ts';
import type { StoredTensor, TensorFile, TensorToStore } from '../safetensors.ts';
import { encodeTensors } from '../safetensors.ts';
import { realTypes } from '../types.ts';
import type { Config } from './config.ts';
import type { Published } from './folder.ts';
import { CONFIG, INDEX } from './folder.ts';
import { placeTensors, turned } from './names.ts';

/** Values of the model's dense tensors by our names; undefined where it has none of that name. */
export type DenseValues = (name: string) => { readonly shape: readonly number[]; readonly data: ArrayLike<number> } | undefined;

/** What of a published folder is copied as it is. */
const BESIDE = [
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'spiece.model',
  'special_tokens_map.json',
  'added_tokens.json',
  'generation_config.json',
];

/**
 * Writes a folder. `config`: entries that changed, such as the number of classes; `fresh`: our names of heads that the published
 * checkpoint did not have and that are to be kept. Throws FileProblem.
 */
export function writePublished(
  files: Files,
  to: string,
  from: Published,
  values: DenseValues,
  fresh: readonly string[] = [],
  config: Config = {},
): void {
  if (files.size(join(to, CONFIG)) !== undefined) throw new FileProblem(to, 'it holds a checkpoint already; give another folder');
  files.makeFolder(to);
  const own = new Set<string>();
  const shards = from.shards.map((shard) => {
    const tensors = storedAgain(shard, from, values);
    for (const name of shard.tensors.keys()) own.add(name);
    return { path: shard.path, shard, tensors };
  });
  const added = headsOf(from, values, fresh).filter(({ name }) => !own.has(name));
  shards.forEach(({ path, shard, tensors }, k) => {
    const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    const more = k === shards.length - 1 ? added : [];
    const bytes = more.length === 0 ? sameLayout(files, shard, tensors) : encodeTensors([...tensors, ...more], shard.metadata);
    files.replace(join(to, name), bytes);
  });
  if (files.size(join(from.folder, INDEX)) !== undefined) writeIndex(files, to, from, added);
  for (const name of BESIDE) {
    const path = join(from.folder, name);
    if (files.size(path) !== undefined) files.replace(join(to, name), [readWhole(files, path)]);
  }
  // Last, because a folder with it is a whole checkpoint.
  const path = join(from.folder, CONFIG);
  const changed = Object.keys(config).length > 0;
  const text = changed ? new TextEncoder().encode(`${JSON.stringify({ ...from.config, ...config }, null, 2)}\n`) : readWhole(files, path);
  files.replace(join(to, CONFIG), [text]);
}

/** The tensors of a file in their order, those of the model with its values. */
function storedAgain(shard: TensorFile, { family }: Published, values: DenseValues): TensorToStore[] {
  const placed = placeTensors(shard, family);
  return [...shard.tensors.values()]
    .sort((a, b) => a.offset - b.offset)
    .map((stored) => {
      const one = placed.get(stored.name);
      const parts = (one?.names ?? []).map(values);
      if (one === undefined || parts.length === 0 || parts.some((part) => part === undefined))
        return typed(shard, stored, shard.read(stored.name));
      const whole = Float64Array.from(parts.flatMap((part) => Array.from(part!.data)));
      const [rows, columns] = stored.shape;
      if (whole.length !== stored.shape.reduce((product, size) => product * size, 1))
        throw new FileProblem(shard.path, `${stored.name} has shape [${stored.shape.join(', ')}], the model's values do not fill it`);
      return typed(shard, stored, one.transposed ? turned(whole, columns, rows) : whole);
    });
}

function typed({ path }: TensorFile, { name, shape, type }: StoredTensor, data: Float64Array): TensorToStore {
  const real = realTypes.find((one) => one === type);
  if (real !== undefined) return { name, shape, data, type: real };
  if (type === 'I32') return { name, shape, data: Int32Array.from(data) };
  throw new FileProblem(path, `${name} is of type ${type}, which is read and not written`);
}

/** The header of the file as it stood, then its tensors: equal values give an equal file. */
function* sameLayout(files: Files, shard: TensorFile, tensors: readonly TensorToStore[]): Generator<Uint8Array> {
  const begin = Math.min(...[...shard.tensors.values()].map(({ offset }) => offset));
  yield files.read(shard.path, 0, begin);
  const encoded = encodeTensors(tensors);
  encoded.next();
  yield* encoded;
}

/** Heads under their published names, in the type of the first tensor. */
function headsOf(from: Published, values: DenseValues, fresh: readonly string[]): TensorToStore[] {
  const type = realTypes.find((one) => [...from.shards[0].tensors.values()].some((tensor) => tensor.type === one)) ?? 'F32';
  return fresh.flatMap((name) => {
    const rule = Object.entries(from.family.tensors).find(([, ours]) => ours === name);
    const value = values(name);
    if (rule === undefined || value === undefined) return [];
    const theirs = rule[0].startsWith('~') ? prefixOf(from) + rule[0].slice(1) : rule[0];
    return [{ name: theirs, shape: value.shape, data: Float64Array.from(value.data), type }];
  });
}

/** Whether the checkpoint writes the prefix that bare models lack. */
function prefixOf({ family, shards }: Published): string {
  return shards.some((shard) => [...shard.tensors.keys()].some((name) => name.startsWith(family.prefix))) ? family.prefix : '';
}

function writeIndex(files: Files, to: string, { folder, shards }: Published, added: readonly TensorToStore[]): void {
  const bytes = readWhole(files, join(folder, INDEX));
  if (added.length === 0) {
    files.replace(join(to, INDEX), [bytes]);
    return;
  }
  const index = JSON.parse(new TextDecoder().decode(bytes)) as { metadata?: { total_size?: number }; weight_map: Record<string, string> };
  const last = shards[shards.length - 1].path.split(/[/\\]/).at(-1)!;
  const map = { ...index.weight_map, ...Object.fromEntries(added.map(({ name }) => [name, last])) };
  files.replace(join(to, INDEX), [new TextEncoder().encode(`${JSON.stringify({ ...index, weight_map: map }, null, 2)}\n`)]);
}
