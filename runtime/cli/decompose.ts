/** `bondsmith decompose`: tensors of a file and their networks, without a model. */
import { availableParallelism } from 'node:os';
import type { Policy } from '../../compiler/values/model.ts';
import { weightNames } from '../checkpoint/checkpoint.ts';
import { openTensors } from '../checkpoint/safetensors.ts';
import type { RealType } from '../checkpoint/types.ts';
import type { Context } from './context.ts';
import { command, Problem, UsageError } from './context.ts';
import { chosenNames, encodeCores, termsOf, weightFor } from './cores-file.ts';
import type { Asked } from './decompose-apart.ts';
import { decomposeAll } from './decompose-apart.ts';
import { decomposeModel } from './decompose-model.ts';
import { reportRecord, told } from './decompose-told.ts';
import { dtypes, typeOf } from './dtype.ts';
import { threadsOption } from './engines.ts';
import type { Values } from './options.ts';
import { choice, flag, named, number, seed, text, useOnly } from './options.ts';
import { outPath } from './out.ts';
import { dataOptions, modelOptions } from './settings.ts';
import { tensorOf } from './weights.ts';

const ofTensor = ['name', 'as', 'error', 'energy', 'share', 'seed', 'dtype', 'out', 'threads', 'json'];
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
  name: text('<name>', 'the tensor, or several with * for any part of a name; may be left out where the file has only one'),
  as: named('<topology>', "a topology with factor lists and bonds, as 'mpo[4^5, 4^5](b = 64)'"),
  error: number('<number>', 'bonds as small as this relative error allows; those of --as are caps', { least: 0 }),
  energy: number('<number>', 'bonds as small as this share of the squared norm, to be kept, allows', { least: 0, most: 1 }),
  share: number('<number>', 'bonds as small as this share of the entries asks for', { least: 0 }),
  seed: seed('where the topology is no tree of distinct cores: the start of the iteration (default 1)'),
  dtype: choice(dtypes, '<type>', 'how the cores are kept: f64, f32, f16 or bf16 (default f64 for an f64 tensor, else f32)'),
  out: named('<file>', 'the cores (.safetensors); merge gives the tensor back'),
  threads: threadsOption,
  json: flag('print bonds, error, bound and entropies as JSON, one line for each tensor'),
};
type Given = Values<typeof options>;

export const decomposeCommand = command({
  name: 'decompose',
  argument: '<file>',
  summary: 'Decompose tensors of a .safetensors file into the cores of networks, or given weights as a variant of a .bond file says',
  options,
  examples: [
    "bondsmith decompose w.safetensors --name up.weight --as 'mpo[8*8*8, 4*4*8](b = 16)' --out cores.safetensors",
    "bondsmith decompose bert.safetensors --name 'encoder.layer.*.dense.weight' --as 'mpo(n = 3, b = 64)' --out cores.safetensors",
    'bondsmith decompose model.bond --variant Small --from dense.safetensors --calibrate book.txt --out cores.safetensors',
  ],
  run: ([path], given, context) => {
    const isModel = path.endsWith('.bond');
    useOnly(given, isModel ? ofModel : ofTensor, isModel ? 'a variant says how its weights are decomposed' : 'it is of a .bond file');
    return isModel ? decomposeModel(path, given, context) : runDecompose(path, given, context);
  },
});

async function runDecompose(path: string, given: Given, context: Context): Promise<number> {
  const { as } = given;
  if (as === undefined) throw new UsageError('decompose wants --as TOPOLOGY');
  const out = outPath(given.out, 'decompose', [path]);
  const policy = policyFrom(given);
  const file = openTensors(context.files, path);
  const names = chosenNames(file, [...weightNames(file)], given.name);
  const chosen = names.map((name) => {
    const { shape, type: stored } = file.tensors.get(name)!;
    const type: RealType = given.dtype === undefined ? (stored === 'F64' ? 'F64' : 'F32') : typeOf(given.dtype);
    if (shape.includes(0)) throw new Problem(`${path}: ${name} has no entries ([${shape.join(', ')}]), so it has no decomposition`);
    return { name, shape, type, terms: termsOf(weightFor(context, shape, as)) };
  });
  const tasks = chosen.map(({ name, type, terms }) => ({
    at: `${path}: ${name}`,
    asked: (): Asked => ({ tensor: tensorOf(file, name)!, terms, policy, seed: given.seed ?? [1, 0], type }),
  }));
  const { reports, interrupted } = await decomposeAll(tasks, given.threads ?? context.threads ?? availableParallelism(), context);
  const done = chosen.flatMap((one, k) => (reports[k] === undefined ? [] : [{ ...one, report: reports[k] }]));
  if (done.length === 0) {
    context.err('interrupted before anything was found; nothing was written\n');
    return 130;
  }
  if (interrupted)
    context.err(
      `interrupted: ${names.length === 1 ? 'these are' : `${done.length} of ${names.length} tensors, with`} the best cores so far\n`,
    );
  context.files.replace(out, encodeCores(as, done));
  context.out(
    given.json ? done.map(({ name, report }) => `${JSON.stringify(reportRecord(name, report))}\n`).join('') : told(done, as, out),
  );
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
