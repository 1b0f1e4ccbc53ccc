/** `bondsmith build`: a model and its weights as code that needs nothing of ours. */
import { NotSayable, type PytorchModule, printPytorch } from '../../compiler/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { FileProblem, readText } from '../checkpoint/files.ts';
import { encodeTensors, openTensors } from '../checkpoint/safetensors.ts';
import { seededMetadata, seededRecord } from '../checkpoint/seeded.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { command, Problem, UsageError } from './context.ts';
import type { Values } from './options.ts';
import { choice, flag, named, seed, sizes, useOnly } from './options.ts';
import { loadModel } from './program.ts';
import { holdsRun, modelOptions } from './settings.ts';
import { openTrained, seededOf, valuesOf } from './trained.ts';
import { VERSION } from './version.ts';
import { loadByName } from './weights.ts';

const TARGETS = ['pytorch'] as const;
const options = {
  target: choice(TARGETS, '<name>', `what is written: ${TARGETS.join(', ')}`),
  out: named('<folder>', 'where it is written; empty, new, or made by an earlier build'),
  ...modelOptions,
  weights: named('<file>', 'of a .bond file: given weights (.safetensors); default: first values drawn from the seed'),
  seed: seed('one number for first values (default 1)'),
  size: sizes('<axis=size>', 'size of an open axis that contractions are planned for, as batch=256; any size works'),
  last: flag('of a run: the weights of the last step, not those of the lowest validation loss'),
  json: flag('print {"out", "files", "left"}'),
};
type Given = Values<typeof options>;

export const buildCommand = command({
  name: 'build',
  argument: '<run or file>',
  summary: 'Write a model and its weights as code that runs without bondsmith',
  options,
  examples: ['bondsmith build model.bond --variant Mpo --target pytorch --out mpo', 'bondsmith build runs/mpo --target pytorch --out mpo'],
  run: ([target], given, context) => run(target, given, context),
});

/** Its presence says that a folder is ours to write over. */
const MARK = 'bondsmith.json';

function run(target: string, given: Given, context: Context): number {
  const { out, size } = given;
  if (given.target === undefined) throw new UsageError(`build wants --target: ${TARGETS.join(', ')}`);
  if (out === undefined) throw new UsageError('build wants --out FOLDER');
  const isRun = holdsRun(context.files, target);
  const { model, values, seeded } = isRun ? ofRun(target, given, context) : ofFile(target, given, context);
  const { model: text, training, root, left } = printed(model, new Map(Object.entries(size)));
  const tensors = model.parameters.map(({ names, id }) => ({
    name: names[0],
    shape: values[id].shape,
    data: Float32Array.from(values[id].data),
  }));
  const files = new Map<string, Iterable<Uint8Array>>([
    ['model.py', encoded(text)],
    ['train.py', encoded(training)],
    ['README.md', encoded(readme(model, root))],
    ['weights.safetensors', encodeTensors(tensors, seededMetadata(seededRecord(model.parameters, seeded)))],
  ]);
  refuseForeign(context, out, [MARK, ...files.keys()]);
  context.files.makeFolder(out);
  const mark = { bondsmith: VERSION, target: given.target, model: model.name, digest: model.digest };
  context.files.replace(`${out}/${MARK}`, encoded(`${JSON.stringify(mark, null, 2)}\n`));
  for (const [name, content] of files) context.files.replace(`${out}/${name}`, content);
  const names = [...files.keys()];
  context.out(given.json ? `${JSON.stringify({ out, files: names, left })}\n` : `${names.join(', ')} in ${out}\n`);
  for (const what of left) context.err(`warning: ${what} is not in train.py; the model itself is whole\n`);
  return 0;
}

const encoded = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];

interface Weighted {
  readonly model: Model;
  readonly values: readonly HostTensor[];
  readonly seeded: Words;
}

function ofRun(folder: string, given: Given, context: Context): Weighted {
  useOnly(given, ['target', 'out', 'size', 'last', 'json'], `${folder} is a run, which has its model and its weights`);
  const trained = openTrained(context, folder, given.last ? 'last' : 'best');
  return { model: trained.model, values: valuesOf(trained), seeded: seededOf(trained) };
}
function ofFile(file: string, given: Given, context: Context): Weighted {
  if (given.last) useOnly({ last: true }, [], 'a file has no last step, --last is of a run');
  const { variant, set, weights, seed: words = [1, 0] } = given;
  const tensors = weights === undefined ? undefined : openTensors(context.files, weights);
  const source = tensors === undefined ? undefined : new Set(tensors.tensors.keys());
  const { model } = loadModel(context, { file, name: variant, set, source });
  return loadByName(context, model, words, tensors);
}

function printed(model: Model, planned: ReadonlyMap<string, number>): PytorchModule {
  const open = new Set(model.axes.flatMap(({ id, name, size }) => (typeof size !== 'number' && size.open === id ? [name] : [])));
  for (const axis of planned.keys())
    if (!open.has(axis)) throw new UsageError(`--size ${axis}: ${model.name} has the open axes ${[...open].join(', ')}`);
  try {
    return printPytorch(model, { sizes: planned });
  } catch (error) {
    if (error instanceof NotSayable) throw new Problem(`${model.name} cannot be said in PyTorch: ${error.message}; nothing was written`);
    throw error;
  }
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

function readme(model: Model, root: string): string {
  const loss = model.entries.find(({ kind }) => kind === 'loss');
  const forward = model.entries.find(({ kind }) => kind === 'function');
  const list = (axes: readonly number[]) => axes.map((axis) => model.axes[axis].name).join(', ');
  const taken = forward?.inputs.map(({ name, axes }) => `${name}[${list(axes)}]`).join(', ');
  const call = forward && `result = model.${forward.name}(${forward.inputs.map(({ name }) => name).join(', ')})    # ${taken}`;
  return `# ${model.name} in PyTorch

Written by bondsmith ${VERSION}. It needs \`torch\` and \`safetensors\`, nothing else.

\`\`\`python
from model import ${root}, load_weights

model = load_weights(${root}(), 'weights.safetensors').eval()
${call ?? ''}
\`\`\`

Tensors have the names of the .bond file: \`save_weights(model, file)\` writes what \`bondsmith eval --from\` reads.
${loss === undefined ? '' : `\`python train.py --data data.safetensors --steps 1000\` trains the loss \`${loss.name}\`, with \`torchrun --nproc-per-node N\` on many processes.\n`}`;
}
