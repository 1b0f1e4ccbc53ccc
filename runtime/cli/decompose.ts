/** `bondsmith decompose` and its inverse: a matrix and its network, without a model. The checker reads the topology, as in a variant. */
import type { Model, Policy, Weight } from '../../compiler/values/model.ts';
import { factoredBy, networksOf } from '../../compiler/values/term.ts';
import { weightNames } from '../checkpoint/checkpoint.ts';
import { FileProblem } from '../checkpoint/files.ts';
import type { TensorFile } from '../checkpoint/safetensors.ts';
import { encodeTensors, openTensors } from '../checkpoint/safetensors.ts';
import type { Decomposition } from '../weights/decompose.ts';
import { bondErrors } from '../weights/decompose.ts';
import { mergeNetwork } from '../weights/network.ts';
import type { HostTensor } from '../weights/tensor.ts';
import { TooSmall } from '../weights/truncate.ts';
import type { Context } from './context.ts';
import { command, Problem, UsageError } from './context.ts';
import type { Asked, Term } from './decompose-apart.ts';
import { decomposeApart, decomposeHere, iterates } from './decompose-apart.ts';
import { decomposeModel } from './decompose-model.ts';
import type { DataType } from './dtype.ts';
import { dtypes, typeOf } from './dtype.ts';
import type { Values } from './options.ts';
import { choice, flag, named, number, seed, text, useOnly } from './options.ts';
import { outPath } from './out.ts';
import { checkFile } from './program.ts';
import { dataOptions, modelOptions } from './settings.ts';
import { tensorOf } from './weights.ts';

const ofTensor = ['name', 'as', 'error', 'energy', 'share', 'seed', 'dtype', 'out', 'json'];
const ofModel = [
  'variant',
  'set',
  'from',
  'names',
  'calibrate',
  'examples',
  'on-decomposed',
  'batch',
  'loss',
  'seed',
  'engine',
  'dtype',
  'out',
  'json',
];
const { from, names, calibrate, examples, 'on-decomposed': onDecomposed, batch, engine } = dataOptions;
const options = {
  ...modelOptions,
  ...{ from, names, calibrate, examples, 'on-decomposed': onDecomposed, batch, engine },
  loss: named('<name>', 'of a model with several: the loss that the examples go through'),
  name: text('<name>', 'the tensor; may be left out where the file has only one'),
  as: named('<topology>', "a topology with factor lists and bonds, as 'mpo[4^5, 4^5](b = 64)'"),
  error: number('<number>', 'bonds as small as this relative error allows; those of --as are caps', { least: 0 }),
  energy: number('<number>', 'bonds as small as this share of the squared norm, to be kept, allows', { least: 0, most: 1 }),
  share: number('<number>', 'bonds as small as this share of the entries asks for', { least: 0 }),
  seed: seed('where the topology is no tree of distinct cores: the start of the iteration (default 1)'),
  dtype: choice(dtypes, '<type>', 'how the cores are kept: f64, f32, f16 or bf16 (default f64 for an f64 tensor, else f32)'),
  out: named('<file>', 'the cores (.safetensors); merge gives the tensor back'),
  json: flag('print bonds, error, bound and entropies as JSON'),
};
type Given = Values<typeof options>;

export const decomposeCommand = command({
  name: 'decompose',
  argument: '<file>',
  summary: 'Decompose a tensor of a .safetensors file into the cores of a network, or given weights as a variant of a .bond file says',
  options,
  examples: [
    "bondsmith decompose w.safetensors --name up.weight --as 'mpo[8*8*8, 4*4*8](b = 16)' --out cores.safetensors",
    'bondsmith decompose model.bond --variant Small --from dense.safetensors --calibrate book.txt --out cores.safetensors',
  ],
  run: ([path], given, context) => {
    const isModel = path.endsWith('.bond');
    useOnly(given, isModel ? ofModel : ofTensor, isModel ? 'a variant says how its weights are decomposed' : 'it is of a .bond file');
    return isModel ? decomposeModel(path, given, context) : runDecompose(path, given, context);
  },
});

/** Under this key the metadata of a file of cores has, by tensor, its shape and the topology as it was written. */
const KEY = 'bondsmith.network';
interface Recipe {
  readonly shape: readonly number[];
  readonly as: string;
  readonly bonds: readonly number[];
}

async function runDecompose(path: string, given: Given, context: Context): Promise<number> {
  const { as } = given;
  if (as === undefined) throw new UsageError('decompose wants --as TOPOLOGY');
  const out = outPath(given.out, 'decompose', [path]);
  const policy = policyFrom(given);
  const file = openTensors(context.files, path);
  const name = tensorName(file, [...weightNames(file)], given.name);
  const tensor = tensorOf(file, name)!;
  const type = given.dtype === undefined ? (file.tensors.get(name)!.type === 'F64' ? 'F64' : 'F32') : typeOf(given.dtype);
  if (tensor.data.length === 0)
    throw new Problem(`${path}: ${name} has no entries ([${tensor.shape.join(', ')}]), so it has no decomposition`);
  const weight = weightFor(context, tensor.shape, as);
  const terms = termsOf(weight);
  const found = await decomposed({ tensor, terms, policy, seed: given.seed ?? [1, 0], type }, `${path}: ${name}`, context);
  if (found === undefined) {
    context.err('interrupted before anything was found; nothing was written\n');
    return 130;
  }
  const { report, interrupted } = found;
  if (interrupted) context.err('interrupted: these are the best cores so far\n');
  const recipe: Recipe = { shape: tensor.shape, as, bonds: report.bonds.map((bond) => bond.size) };
  const names = terms.flatMap((term) => coreNames(name, term));
  const cores = new Map(report.cores.map(({ shape, data }, k) => [names[k], { name: names[k], shape, data, type }]));
  context.files.replace(out, encodeTensors([...cores.values()], { [KEY]: JSON.stringify({ [name]: recipe }) }));
  context.out(given.json ? `${JSON.stringify(reportRecord(name, report))}\n` : reportText(name, as, report, out));
  return interrupted ? 130 : 0;
}

function policyFrom(given: Given): Policy | undefined {
  const measures = (['error', 'energy', 'share'] as const).flatMap((measure) => {
    const value = given[measure];
    return value === undefined ? [] : [{ measure, value }];
  });
  if (measures.length > 1) throw new UsageError(`--${measures.map(({ measure }) => measure).join(' and --')}: one of them`);
  return measures[0];
}

/** The networks whose sum the weight is, with the factors of each. */
function termsOf(weight: Weight): Term[] {
  return networksOf(weight).map(({ network }) => ({ network, axes: factoredBy(network, weight.axes) }));
}

/** `w.T[2]`, of a sum `w.mpo.T[2]`, by node. */
function coreNames(name: string, { network }: Term): string[] {
  return network.nodes.map((node) => [name, ...(network.name === undefined ? [] : [network.name]), node.name].join('.'));
}

/** Undefined where it was interrupted before anything was found. Throws Problem. */
async function decomposed(asked: Asked, at: string, context: Context) {
  if (iterates(asked)) return decomposeApart(asked, at, context);
  try {
    return { report: decomposeHere(asked), interrupted: false };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TooSmall) throw new Problem(`${at}: ${error.message}`);
    throw error;
  }
}

function tensorName(file: TensorFile, names: readonly string[], wanted: string | undefined): string {
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  if (wanted === undefined && names.length === 1) return names[0];
  throw new FileProblem(
    file.path,
    `${wanted === undefined ? 'choose a tensor with --name' : `no tensor ${wanted}`}; it has ${names.join(', ')}`,
  );
}

/** A model of one tensor, and a variant that decomposes it: so a topology means here what it means everywhere. */
function weightFor(context: Context, shape: readonly number[], as: string): Weight {
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
  return (model as Model).weights[0];
}

function reportRecord(name: string, report: Decomposition) {
  const { parameters, entries, error, bound, method, iterations, limited, raced, warnings } = report;
  const errors = bondErrors(report);
  const bonds = report.bonds.map(({ name: bond, size, full, entropy, scaledEntropy }, k) => ({
    name: bond,
    size,
    full,
    error: errors[k],
    entropy,
    scaledEntropy,
  }));
  return { name, parameters, entries, error, bound, method, iterations, limited, raced, bonds, warnings };
}

function reportText(name: string, as: string, report: Decomposition, out: string): string {
  const { parameters, entries, error, bound, method, iterations, raced = [] } = report;
  const number = (value: number) => (value === 0 ? '0' : value.toExponential(2));
  const bonds = reportRecord(name, report).bonds.map((bond) => {
    const known =
      bond.full === undefined
        ? ''
        : ` of ${bond.full}  discarded ${number(bond.error)}  entropy ${bond.entropy!.toFixed(3)} (${bond.scaledEntropy!.toFixed(3)} of the greatest)`;
    return `  ${bond.name}  ${bond.size}${known}`;
  });
  const found = {
    svd: `bound ${number(bound ?? 0)}`,
    'gauss-newton': `damped Gauss-Newton, ${iterations} steps`,
    als: `alternating least squares, ${iterations} sweeps`,
    descent: `gradient descent, ${iterations} steps`,
    sum: `${iterations} rounds over the terms`,
  }[method];
  return [
    `${name} as ${as}: ${parameters.toLocaleString('en')} parameters for ${entries.toLocaleString('en')} entries (${((100 * parameters) / entries).toPrecision(3)} %)`,
    ...bonds,
    `  relative error ${number(error)}, ${found}`,
    ...(raced.length < 2
      ? []
      : [
          `  the best of ${raced.length} starts, which had ${number(raced[0])} to ${number(raced[raced.length - 1])} when it went on alone`,
        ]),
    ...report.warnings.map((warning) => `  warning: ${warning}`),
    `written to ${out}`,
    '',
  ].join('\n');
}

/** The inverse: cores that `decompose` wrote into one tensor. Throws FileProblem. */
export function mergeCores(
  path: string,
  out: string,
  { name: wanted, dtype }: { readonly name?: string; readonly dtype?: DataType },
  context: Context,
): { name: string; shape: readonly number[]; cores: number } {
  const file = openTensors(context.files, path);
  const recipes = recipesOf(file);
  const name = tensorName(file, Object.keys(recipes), wanted);
  const { shape, as } = recipes[name];
  const terms = termsOf(weightFor(context, shape, as)).map((term) => ({ term, names: coreNames(name, term) }));
  const names = terms.flatMap((one) => one.names);
  const missing = names.find((core) => !file.tensors.has(core));
  if (missing !== undefined) throw new FileProblem(path, `core ${missing} is missing`);
  const parts = terms.map(({ term, names: own }) =>
    mergedCores(
      path,
      term,
      own.map((core) => tensorOf(file, core)!),
    ),
  );
  const merged = { shape, data: parts[0].data.map((_, k) => parts.reduce((sum, part) => sum + part.data[k], 0)) };
  const wide = file.tensors.get(names[0])!.type === 'F64';
  const type = dtype === undefined ? (wide ? 'F64' : 'F32') : typeOf(dtype);
  context.files.replace(out, encodeTensors([{ name, shape: merged.shape, data: merged.data, type }]));
  return { name, shape: merged.shape, cores: names.length };
}

function mergedCores(path: string, { network, axes }: Term, cores: readonly HostTensor[]): HostTensor {
  try {
    return mergeNetwork(network, axes, cores);
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
