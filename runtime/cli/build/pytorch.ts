/** A model as files of PyTorch. */
import { NotSayable, type PytorchModule, printPytorch } from '../../../compiler/index.ts';
import type { Model } from '../../../compiler/values/model.ts';
import { kept } from '../../checkpoint/positions.ts';
import { encodeTensors } from '../../checkpoint/safetensors.ts';
import { seededMetadata, seededRecord } from '../../checkpoint/seeded.ts';
import { VERSION } from '../../checkpoint/version.ts';
import { Problem } from '../context.ts';
import { type Building, type Built, encoded } from './files.ts';

/** Throws Problem where PyTorch cannot say the model. */
export async function pytorchFiles({ model, values, seeded, planned }: Building): Promise<Built> {
  const { model: text, training, root, left } = printed(model, planned);
  const tensors = model.parameters.map((parameter) => {
    const { shape, data } = values[parameter.id];
    return { name: parameter.names[0], shape, data: kept(parameter, Float32Array.from(data)) };
  });
  const files = new Map<string, Iterable<Uint8Array>>([
    ['model.py', encoded(text)],
    ['train.py', encoded(training)],
    ['README.md', encoded(readme(model, root))],
    ['weights.safetensors', encodeTensors(tensors, seededMetadata(seededRecord(model.parameters, seeded)))],
  ]);
  return { files, left, notes: [] };
}

function printed(model: Model, sizes: ReadonlyMap<string, number>): PytorchModule {
  try {
    return printPytorch(model, { sizes });
  } catch (error) {
    if (error instanceof NotSayable) throw new Problem(`${model.name} cannot be said in PyTorch: ${error.message}; nothing was written`);
    throw error;
  }
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
