/** Files of cores: networks of tensors without a model. The checker reads the topology, as in a variant. */
import type { Model } from '../../compiler/values/model.ts';
import { partsOf as coresOf } from '../../compiler/values/term.ts';
import { FileProblem } from '../checkpoint/files.ts';
import type { TensorFile, TensorToStore } from '../checkpoint/safetensors.ts';
import { encodeTensors, openTensors } from '../checkpoint/safetensors.ts';
import type { RealType } from '../checkpoint/types.ts';
import type { Decomposition } from '../weights/decompose.ts';
import { isPlace, mergePart, partsOf } from '../weights/sum-part.ts';

import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { Problem } from './context.ts';
import type { Term } from './decompose-apart.ts';
import type { DataType } from './dtype.ts';
import { typeOf } from './dtype.ts';
import { checkFile } from './program.ts';
import { tensorOf } from './weights.ts';

/** Under this key the metadata of a file of cores has, by tensor, its shape and the topology as it was written. */
const KEY = 'bondsmith.network';
interface Recipe {
  readonly shape: readonly number[];
  readonly as: string;
  readonly bonds: readonly number[];
}

/** The terms whose sum the only weight is. */
export function termsOf({ weights: [weight], decompositions: [spec] }: Model): Term[] {
  return partsOf(spec).map((part, k) => {
    const term = weight.terms[k];
    const within = term.is === 'dense' || term.name === undefined ? '' : `${term.name}.`;
    return { part, cores: coresOf(term).map((core) => `${within}${core.name}`) };
  });
}

/** A decomposed tensor as it is written. */
export interface Written {
  readonly name: string;
  readonly shape: readonly number[];
  readonly terms: readonly Term[];
  readonly type: RealType;
  readonly report: Decomposition;
}

/** The file of the cores of these tensors, which `mergeCores` reads. */
export function encodeCores(as: string, all: readonly Written[]): Iterable<Uint8Array> {
  const recipes: Record<string, Recipe> = {};
  const tensors = all.flatMap(({ name, shape, terms, type, report }) => {
    recipes[name] = { shape, as, bonds: report.bonds.map((bond) => bond.size) };
    const kinds = terms.flatMap(({ part, cores }) => cores.map((core, k) => ({ name: `${name}.${core}`, places: isPlace(part, k) })));
    // A core in several places is one tensor.
    const all = report.cores.map(({ shape, data }, k): [string, TensorToStore] => {
      const { name, places } = kinds[k];
      return [name, places ? { name, shape, data: Int32Array.from(data) } : { name, shape, data, type }];
    });
    return [...new Map(all).values()];
  });
  return encodeTensors(tensors, { [KEY]: JSON.stringify(recipes) });
}

/** The names that `wanted` means: one, or with `*` for any part all that fit; without it the only one. Throws FileProblem. */
export function chosenNames(file: TensorFile, names: readonly string[], wanted: string | undefined): readonly string[] {
  if (wanted !== undefined && names.includes(wanted)) return [wanted];
  if (wanted === undefined && names.length === 1) return names;
  const found = wanted?.includes('*') ? names.filter((name) => fits(wanted, name)) : [];
  if (found.length > 0) return found;
  const problem = wanted === undefined ? 'choose a tensor with --name' : `no tensor ${wanted}`;
  throw new FileProblem(file.path, `${problem}; it has ${names.join(', ')}`);
}

function fits(pattern: string, name: string): boolean {
  const [first, ...parts] = pattern.split('*');
  if (!name.startsWith(first)) return false;
  const last = parts.pop()!;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** A model of one tensor, and a variant that decomposes it: so a topology means here what it means everywhere. */
export function weightFor(context: Context, shape: readonly number[], as: string): Model {
  const axes = shape.map((_, k) => `a${k + 1}`);
  const text = [
    'edition 1',
    `model Tensor(${axes.map((axis, k) => `${axis} = ${shape[k]}`).join(', ')}) {`,
    '  axis batch',
    `  input x[batch, ${axes.join(', ')}]`,
    `  w: [${axes.join(', ')}] ~ zeros`,
    '  loss size = sum(x * w)',
    '}',
    `variant Decomposed of Tensor { decompose w as ${as} }`,
  ].join('\n');
  const { model, diagnostics } = checkFile(context.files, { file: '--as', name: 'Decomposed', text, source: new Set(['w']) });
  const wrong = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (wrong.length > 0) {
    const lines = wrong.map(
      ({ code, message, primary, hint }) => `${code}: ${message} (${primary.text})${hint === undefined ? '' : `; ${hint}`}`,
    );
    throw new Problem(`--as ${as}: ${lines.join('\n')}`);
  }
  return model as Model;
}

/** The inverse: cores that `decompose` wrote into tensors, all of the file or those of `--name`. Throws FileProblem. */
export function mergeCores(
  path: string,
  out: string,
  { name: wanted, dtype }: { readonly name?: string; readonly dtype?: DataType },
  context: Context,
): readonly { readonly name: string; readonly shape: readonly number[]; readonly cores: number }[] {
  const file = openTensors(context.files, path);
  const recipes = recipesOf(file);
  const names = wanted === undefined ? Object.keys(recipes) : chosenNames(file, Object.keys(recipes), wanted);
  const merged = names.map((name) => mergedTensor(file, name, recipes[name], dtype, context));
  context.files.replace(out, encodeTensors(merged.map(({ tensor }) => tensor)));
  return merged.map(({ tensor: { name, shape }, cores }) => ({ name, shape, cores }));
}

function mergedTensor(file: TensorFile, name: string, { shape, as }: Recipe, dtype: DataType | undefined, context: Context) {
  const terms = termsOf(weightFor(context, shape, as)).map((term) => ({ term, names: term.cores.map((core) => `${name}.${core}`) }));
  const names = terms.flatMap((one) => one.names);
  const missing = names.find((core) => !file.tensors.has(core));
  if (missing !== undefined) throw new FileProblem(file.path, `core ${missing} is missing`);
  const parts = terms.map(({ term, names: own }) =>
    mergedCores(
      file.path,
      term,
      own.map((core) => tensorOf(file, core)!),
    ),
  );
  const data = parts[0].data.map((_, k) => parts.reduce((sum, part) => sum + part.data[k], 0));
  const wide = file.tensors.get(names[0])!.type === 'F64';
  const type: RealType = dtype === undefined ? (wide ? 'F64' : 'F32') : typeOf(dtype);
  return { tensor: { name, shape: parts[0].shape, data, type }, cores: names.length };
}

function mergedCores(path: string, { part }: Term, cores: readonly HostTensor[]): HostTensor {
  try {
    return mergePart(part, cores);
  } catch (error) {
    if (error instanceof RangeError) throw new FileProblem(path, error.message);
    throw error;
  }
}

function recipesOf(file: TensorFile): Record<string, Recipe> {
  const text = file.metadata[KEY];
  try {
    const recipes: unknown = text === undefined ? undefined : JSON.parse(text);
    if (typeof recipes === 'object' && recipes !== null && Object.values(recipes).every(isRecipe)) return recipes as Record<string, Recipe>;
  } catch {
    // Falls through to the refusal.
  }
  throw new FileProblem(file.path, 'it does not say how its cores belong together; merge reads what decompose wrote');
}

function isRecipe(value: unknown): value is Recipe {
  if (typeof value !== 'object' || value === null) return false;
  const { shape, as } = value as Record<string, unknown>;
  return typeof as === 'string' && Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size > 0);
}
