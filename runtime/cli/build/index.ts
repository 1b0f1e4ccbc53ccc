/** `bondsmith build`: a model and its weights as code that needs nothing of ours. */

import { OPSETS } from '../../../compiler/index.ts';
import { seededOf } from '../../api/saved.ts';
import { FileProblem, readText } from '../../checkpoint/files.ts';
import { openTensors } from '../../checkpoint/safetensors.ts';
import { VERSION } from '../../checkpoint/version.ts';
import { withFixedMasks } from '../../weights/learned.ts';
import type { Context } from '../context.ts';
import { command, Problem, UsageError } from '../context.ts';
import type { Values } from '../options.ts';
import { choice, flag, named, seed, sizes, useOnly } from '../options.ts';
import { loadModel } from '../program.ts';
import { holdsRun, modelOptions } from '../settings.ts';
import { openTrained, valuesOf } from '../trained.ts';
import { loadByName } from '../weights.ts';
import { type Building, encoded } from './files.ts';
import { onnxFiles } from './onnx.ts';
import { packageFiles } from './package.ts';
import { pytorchFiles } from './pytorch.ts';

/** What is not trained any more has its masks as zeros. */
const fixed = (building: Building): Building => ({ ...building, ...withFixedMasks(building.model, building.values) });
const TARGETS = {
  pytorch: async (building: Building) => {
    const built = await pytorchFiles(fixed(building));
    const masks = building.model.parameters.filter(({ learned }) => learned !== undefined);
    return {
      ...built,
      left: [...built.left, ...masks.map(({ names: [name] }) => `the learned mask of ${name}, whose zeros are trained as other entries,`)],
    };
  },
  wasm: (building: Building) => packageFiles(fixed(building)),
  onnx: (building: Building) => onnxFiles(fixed(building)),
} as const;
const names = Object.keys(TARGETS) as (keyof typeof TARGETS)[];
const options = {
  target: choice(names, '<name>', `what is written: ${names.join(', ')}`),
  out: named('<folder>', 'where it is written; empty, new, or made by an earlier build'),
  ...modelOptions,
  weights: named('<file>', 'of a .bond file: given weights (.safetensors); default: first values drawn from the seed'),
  seed: seed('one number for first values (default 1)'),
  size: sizes(
    '<axis=size>',
    'size of an open axis that contractions are planned for, as batch=256; other sizes work too, with wasm up to the limit of the axis, or twice this',
  ),
  entry: named('<names>', 'wasm, onnx: functions, losses and metrics to build, with commas between; default: all functions'),
  opset: choice(OPSETS, '<number>', 'onnx: the set of operators, 23 (default) or 18 for older runtimes'),
  last: flag('of a run: the weights of the last step, not those of the lowest validation loss'),
  json: flag('print {"out", "files", "left"}'),
};
type Given = Values<typeof options>;

export const buildCommand = command({
  name: 'build',
  argument: '<run or file>',
  summary: 'Write a model and its weights as code that runs without bondsmith',
  options,
  examples: [
    'bondsmith build model.bond --variant Mpo --target pytorch --out mpo',
    'bondsmith build runs/mpo --target wasm --size batch=32 --out mpo-package',
  ],
  run: ([target], given, context) => run(target, given, context),
});

/** Its presence says that a folder is ours to write over. */
const MARK = 'bondsmith.json';

async function run(target: string, given: Given, context: Context): Promise<number> {
  const { out, size } = given;
  if (given.target === undefined) throw new UsageError(`build wants --target: ${names.join(', ')}`);
  if (out === undefined) throw new UsageError('build wants --out FOLDER');
  if (given.entry !== undefined && given.target === 'pytorch')
    throw new UsageError(`--entry is of --target wasm and onnx; ${given.target} has the whole model`);
  if (given.opset !== undefined && given.target !== 'onnx') throw new UsageError(`--opset is of --target onnx, not of ${given.target}`);
  const isRun = holdsRun(context.files, target);
  const { model, values, seeded } = isRun ? ofRun(target, given, context) : ofFile(target, given, context);
  const planned = new Map(Object.entries(size));
  const open = model.axes.flatMap(({ id, name, size: own }) => (typeof own !== 'number' && own.open === id ? [name] : []));
  for (const axis of planned.keys())
    if (!open.includes(axis)) throw new UsageError(`--size ${axis}: ${model.name} has the open axes ${open.join(', ')}`);
  const building = { model, values, seeded, planned, ...asked(given) };
  const { files, left, notes } = await TARGETS[given.target](building);
  refuseForeign(context, out, [MARK, ...files.keys()]);
  context.files.makeFolder(out);
  const mark = { bondsmith: VERSION, target: given.target, model: model.name, digest: model.digest };
  context.files.replace(`${out}/${MARK}`, encoded(`${JSON.stringify(mark, null, 2)}\n`));
  for (const [name, content] of files) context.files.replace(`${out}/${name}`, content);
  const written = [...files.keys()];
  context.out(given.json ? `${JSON.stringify({ out, files: written, left })}\n` : `${written.join(', ')} in ${out}\n`);
  for (const note of notes) context.err(`${note}\n`);
  for (const what of left) context.err(`warning: ${what} is not in train.py; the model itself is whole\n`);
  return 0;
}

function asked({ entry, opset }: Given): Pick<Building, 'entries' | 'opset'> {
  return { ...(entry === undefined ? {} : { entries: entry.split(',') }), ...(opset === undefined ? {} : { opset: Number(opset) }) };
}

type Weighted = Pick<Building, 'model' | 'values' | 'seeded'>;

function ofRun(folder: string, given: Given, context: Context): Weighted {
  useOnly(given, ['target', 'out', 'size', 'entry', 'opset', 'last', 'json'], `${folder} is a run, which has its model and its weights`);
  const trained = openTrained(context, folder, given.last ? 'last' : 'best');
  return { model: trained.model, values: valuesOf(trained), seeded: seededOf(trained.checkpoint) };
}
function ofFile(file: string, given: Given, context: Context): Weighted {
  if (given.last) useOnly({ last: true }, [], 'a file has no last step, --last is of a run');
  const { variant, set, weights, seed: words = [1, 0] } = given;
  const tensors = weights === undefined ? undefined : openTensors(context.files, weights);
  const source = tensors === undefined ? undefined : new Set(tensors.tensors.keys());
  const { model } = loadModel(context, { file, name: variant, set, source });
  return loadByName(context, model, words, tensors && { file: tensors });
}

/** A file of ours is written over only in a folder that an earlier build made. */
function refuseForeign(context: Context, out: string, names: readonly string[]): void {
  if (context.files.size(`${out}/${MARK}`) !== undefined) {
    try {
      if ('bondsmith' in JSON.parse(readText(context.files, `${out}/${MARK}`))) return;
    } catch (error) {
      if (error instanceof FileProblem) throw error;
    }
  }
  const there = names.filter((name) => context.files.size(`${out}/${name}`) !== undefined);
  if (there.length > 0)
    throw new Problem(`${out} has ${there.join(', ')}, which no build has written; name another folder, nothing was touched`);
}
