/** A published checkpoint: a folder with `config.json` and its tensors, in one file or in shards that an index names. */
import { join } from 'node:path';
import type { Files } from '../files.ts';
import { FileProblem } from '../files.ts';
import type { StoredTensor, TensorFile } from '../safetensors.ts';
import { openTensors } from '../safetensors.ts';
import type { Adapted } from './adapter.ts';
import { isAdapter, openAdapter } from './adapter.ts';
import type { Config, Options } from './config.ts';
import { familyOf, optionsOf, readJsonObject } from './config.ts';
import type { Family, NameMap } from './family.ts';
import { renamed } from './names.ts';

export const ONE_FILE = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';
export const CONFIG = 'config.json';

/** Given weights, wherever they come from, under names of ours. */
export interface GivenWeights {
  readonly file: TensorFile;
  /** Of a published checkpoint: whose model it is, with which options. */
  readonly published?: Published;
  /** Of an adapter over it: what is added to which weights. */
  readonly adapted?: ReadonlyMap<string, Adapted>;
}
export interface Published {
  readonly folder: string;
  readonly family: Family;
  readonly config: Config;
  readonly options: Options;
  /** As the hub has them, in the order of the files. */
  readonly shards: readonly TensorFile[];
}

/** Whether a path is a folder as the hubs ship them: a checkpoint, or an adapter of one. */
export function isPublished(files: Files, path: string): boolean {
  return files.size(join(path, CONFIG)) !== undefined || isAdapter(files, path);
}

/**
 * Opens weights: a .safetensors file, the folder of a published checkpoint, or that of an adapter with its base. `names`: a map of the user's, instead of the family's.
 * Nothing is read but headers. Throws FileProblem.
 */
export function openWeights(files: Files, path: string, names?: NameMap): GivenWeights {
  if (isAdapter(files, path)) {
    if (names !== undefined) throw new FileProblem(path, 'it is an adapter: its names are those of its base, and --names is of no use');
    return openAdapter(files, path, (base) => openWeights(files, base));
  }
  if (!isPublished(files, path)) {
    const file = path.endsWith('.json') ? openSharded(files, path).file : openTensors(files, path);
    return { file: names === undefined ? file : renamed(file, names) };
  }
  const at = join(path, CONFIG);
  const config = readJsonObject(files, at);
  const { file, shards } = tensorsIn(files, path);
  if (names !== undefined) return { file: renamed(file, names) };
  const family = familyOf(at, config);
  return { file: renamed(file, family), published: { folder: path, family, config, options: optionsOf(at, config, family), shards } };
}

function tensorsIn(files: Files, folder: string): { file: TensorFile; shards: readonly TensorFile[] } {
  const has = (name: string) => files.size(join(folder, name)) !== undefined;
  if (has(ONE_FILE)) {
    const file = openTensors(files, join(folder, ONE_FILE));
    return { file, shards: [file] };
  }
  if (has(INDEX)) return openSharded(files, join(folder, INDEX));
  if (has('pytorch_model.bin') || has('pytorch_model.bin.index.json'))
    throw new FileProblem(
      folder,
      `it has pytorch_model.bin, a pickle: reading one runs whatever it says. Convert it once where you trust it: python -c "from transformers import AutoModel as M; M.from_pretrained('.').save_pretrained('converted')"`,
    );
  throw new FileProblem(folder, `there is neither ${ONE_FILE} nor ${INDEX} in it`);
}

/** Shards as one file. Throws FileProblem where one is absent, an index names a tensor that its shard lacks, or a shard has another's. */
function openSharded(files: Files, index: string): { file: TensorFile; shards: readonly TensorFile[] } {
  const map = readJsonObject(files, index).weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw new FileProblem(index, 'weight_map is no object in braces');
  const entries = Object.entries(map as Record<string, unknown>);
  if (entries.length === 0) throw new FileProblem(index, 'it names no tensor');
  const shards = new Map<string, TensorFile>();
  const tensors = new Map<string, StoredTensor>();
  const owners = new Map<string, TensorFile>();
  for (const [name, shard] of entries) {
    if (typeof shard !== 'string' || !/^[^/\\]+\.safetensors$/.test(shard))
      throw new FileProblem(index, `${name} lies in ${JSON.stringify(shard)}, expected a .safetensors file of the same folder`);
    const path = join(index, '..', shard);
    if (!shards.has(shard) && files.size(path) === undefined) throw new FileProblem(index, `the shard ${shard} is not there`);
    const file = shards.get(shard) ?? openTensors(files, path);
    shards.set(shard, file);
    const tensor = file.tensors.get(name);
    if (tensor === undefined) throw new FileProblem(index, `${shard} has no tensor ${name}, which the index says is there`);
    tensors.set(name, tensor);
    owners.set(name, file);
  }
  for (const [shard, file] of shards)
    for (const name of file.tensors.keys())
      if (owners.get(name) !== file) throw new FileProblem(index, `${shard} has a tensor ${name} that the index does not name there`);
  const read = (name: string): Float64Array => {
    const file = owners.get(name);
    if (file === undefined) throw new FileProblem(index, `no tensor ${name}`);
    return file.read(name);
  };
  const all = [...shards.values()];
  return { file: { path: index, tensors, metadata: all[0].metadata, checked: all.every(({ checked }) => checked), read }, shards: all };
}
