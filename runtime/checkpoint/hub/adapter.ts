/**
 * Adapters as PEFT saves them (`adapter_config.json`, `adapter_model.safetensors`): what LoRA adds to tensors of a published checkpoint,
 * under the names that `adapt W with low_rank` gives its cores.
 */
import { join, resolve } from 'node:path';
import type { Files } from '../files.ts';
import { FileProblem } from '../files.ts';
import type { StoredTensor, TensorFile } from '../safetensors.ts';
import { openTensors } from '../safetensors.ts';
import type { Config } from './config.ts';
import { readJsonObject } from './config.ts';
import type { GivenWeights, Published } from './folder.ts';
import { placeTensors, renamed, turned } from './names.ts';

export const ADAPTER = 'adapter_config.json';
const TENSORS = 'adapter_model.safetensors';

export function isAdapter(files: Files, path: string): boolean {
  return files.size(join(path, ADAPTER)) !== undefined;
}

/** What is added to a weight: `scale` times the product of its cores. */
export interface Adapted {
  readonly rank: number;
  readonly scale: number;
}

/** `base` opens the checkpoint that the adapter is of. Throws FileProblem. */
export function openAdapter(files: Files, folder: string, base: (path: string) => GivenWeights): GivenWeights {
  const at = join(folder, ADAPTER);
  const config = readJsonObject(files, at);
  checkKind(at, config);
  const given = base(basePath(files, folder, at, config));
  if (given.published === undefined) throw new FileProblem(at, 'its base is no published checkpoint');
  if (files.size(join(folder, TENSORS)) === undefined)
    throw new FileProblem(
      folder,
      `there is no ${TENSORS} in it${files.size(join(folder, 'adapter_model.bin')) === undefined ? '' : '; adapter_model.bin is a pickle, which is not read: save the adapter again with peft'}`,
    );
  const own = openTensors(files, join(folder, TENSORS));
  return merged(given, given.published, own, at, config);
}

function checkKind(at: string, config: Config): void {
  const refuse = (what: string) => new FileProblem(at, `${what}; LoRA is read, without further parts`);
  if (config.peft_type !== 'LORA') throw refuse(`peft_type is ${JSON.stringify(config.peft_type) ?? 'missing'}`);
  for (const key of ['use_dora', 'lora_bias', 'use_qalora', 'alora_invocation_tokens', 'layer_replication', 'target_parameters']) {
    const value = config[key];
    if (value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0))
      throw refuse(`${key} is ${JSON.stringify(value)}`);
  }
}

/** Beside the adapter or where the run stands, as a folder. */
function basePath(files: Files, folder: string, at: string, config: Config): string {
  const base = config.base_model_name_or_path;
  if (typeof base !== 'string' || base === '') throw new FileProblem(at, 'base_model_name_or_path does not say which checkpoint it is of');
  const found = [resolve(folder, base), resolve(base)].find((path) => files.size(join(path, 'config.json')) !== undefined);
  if (found !== undefined) return found;
  throw new FileProblem(
    at,
    `its base ${JSON.stringify(base)} is no folder with a config.json, from here or from the adapter; fetch it, and let base_model_name_or_path say where it is`,
  );
}

interface Pair {
  a?: StoredTensor;
  b?: StoredTensor;
  embedding: boolean;
}

/** The base with the tensors of the adapter in place of its own, and cores beside them. */
function merged(given: GivenWeights, published: Published, own: TensorFile, at: string, config: Config): GivenWeights {
  const { family } = published;
  const pairs = new Map<string, Pair>();
  const instead = new Map<string, StoredTensor>();
  for (const stored of own.tensors.values()) {
    const [, name] = /^base_model\.model\.(.+)$/.exec(stored.name) ?? [];
    const [, module, embedding, side] = /^(.+)\.lora_(embedding_)?([AB])(?:\.weight)?$/.exec(name ?? '') ?? [];
    if (name === undefined || (module === undefined && /\blora_/.test(name)))
      throw new FileProblem(own.path, `it has a tensor ${stored.name}, which is none of LoRA's`);
    if (module === undefined) instead.set(stored.name, { ...stored, name });
    else pairs.set(module, { ...(pairs.get(module) ?? { embedding: embedding !== undefined }), [side === 'A' ? 'a' : 'b']: stored });
  }
  const tensors = new Map(given.file.tensors);
  const reads = new Map<string, () => Float64Array>();
  const put = (name: string, shape: readonly number[], stored: StoredTensor, read: () => Float64Array) => {
    tensors.set(name, { ...stored, name, shape });
    reads.set(name, read);
  };
  const adapted = new Map<string, Adapted>();
  for (const [module, pair] of pairs) {
    const { left, right, rank, outs } = factorsOf(own, module, pair);
    const name = `${module}.weight`;
    const placed = placeTensors({ tensors: new Map([[name, { ...left.stored, name }]]) }, family).get(name);
    if (placed === undefined || placed.names.length === 0)
      throw new FileProblem(own.path, `it adapts ${module}, which ${family.model} does not have`);
    const each = outs / placed.names.length;
    if (!Number.isInteger(each))
      throw new FileProblem(own.path, `it adapts ${module} with ${outs} rows, which do not part into ${placed.names.join(', ')}`);
    placed.names.forEach((ours, part) => {
      put(`${ours}.adapter.U`, [each, rank], left.stored, () => left.read().slice(part * each * rank, (part + 1) * each * rank));
      put(`${ours}.adapter.D`, [rank, right.columns], right.stored, right.read);
      adapted.set(ours, { rank, scale: scaleOf(config, module, rank, at) });
    });
  }
  const replaced = renamed(
    {
      ...own,
      tensors: new Map([...instead.values()].map((tensor) => [tensor.name, tensor])),
      read: (name) => own.read(`base_model.model.${name}`),
    },
    family,
  );
  for (const tensor of replaced.tensors.values()) put(tensor.name, tensor.shape, tensor, () => replaced.read(tensor.name));
  const read = (name: string) => (reads.get(name) ?? (() => given.file.read(name)))();
  const file = { ...given.file, path: own.path, tensors, read, checked: given.file.checked && own.checked };
  return { file, published, adapted };
}

/** W + scale * left * right, as the model has the weight: rows are what a layer gives, or the entries of a table. */
function factorsOf(own: TensorFile, module: string, { a, b, embedding }: Pair) {
  if (a === undefined || b === undefined) throw new FileProblem(own.path, `of ${module} it has lora_${a === undefined ? 'B' : 'A'} alone`);
  const [rank, columns] = a.shape;
  const [outs, again] = b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || rank !== again)
    throw new FileProblem(
      own.path,
      `of ${module} lora_A has shape [${a.shape.join(', ')}], lora_B [${b.shape.join(', ')}], expected [r, inputs] and [outputs, r]`,
    );
  const plain = (stored: StoredTensor) => () => own.read(stored.name);
  const flipped = (stored: StoredTensor) => () => turned(own.read(stored.name), stored.shape[0], stored.shape[1]);
  return embedding
    ? { left: { stored: a, read: flipped(a) }, right: { stored: b, read: flipped(b), columns: outs }, rank, outs: columns }
    : { left: { stored: b, read: plain(b) }, right: { stored: a, read: plain(a), columns }, rank, outs };
}

/** lora_alpha over the rank, or its root; a module may have an alpha of its own, by a pattern at the end of its name. */
function scaleOf(config: Config, module: string, rank: number, at: string): number {
  const patterns = typeof config.alpha_pattern === 'object' && config.alpha_pattern !== null ? Object.entries(config.alpha_pattern) : [];
  const own = patterns.find(([pattern]) => module === pattern || module.endsWith(`.${pattern}`))?.[1] ?? config.lora_alpha;
  if (typeof own !== 'number' || !Number.isFinite(own))
    throw new FileProblem(at, `lora_alpha is ${JSON.stringify(own) ?? 'missing'}, expected a number`);
  return own / (config.use_rslora === true ? Math.sqrt(rank) : rank);
}
