/** Other programs beside a program of the corpus: what `--targets` asks for. */
import { dump, encodeTensor, NotSayable, printPytorch } from '../../../compiler/index.ts';
import type { Tensor } from '../../../compiler/values/operation.ts';
import { type Files, textFile } from '../../corpus/files.ts';
import type { Solved } from '../../corpus/instantiate.ts';
import { onnxFiles } from '../build/onnx.ts';
import { Problem } from '../context.ts';

export const targetNames = ['kernels', 'wat', 'wgsl', 'pytorch', 'onnx'] as const;
export type TargetName = (typeof targetNames)[number];

/** Files by target; what a target cannot say is told in a file of its own. Programs without a text have none. */
export async function targetFiles({ instance, expected }: Solved, wanted: readonly TargetName[]): Promise<Files> {
  const files = new Map<string, Iterable<Uint8Array>>();
  const { source } = instance;
  if (source === undefined) return files;
  const { model, sizes } = source;
  const [loss] = model.entries.filter(({ kind }) => kind === 'loss');
  const step = { entries: [{ name: loss.name, weight: 1 }], sizes, mode: 'train', phase: 'gradients' } as const;
  for (const name of wanted) {
    try {
      if (name === 'pytorch') files.set('model.py', textFile(printPytorch(model).model));
      else if (name === 'onnx') for (const [file, content] of await onnxOf({ instance, expected })) files.set(file, content);
      else files.set(`${loss.name}.${name === 'kernels' ? 'kernels.txt' : name}`, textFile(dump(model, step, name)));
    } catch (error) {
      if (!(error instanceof NotSayable || error instanceof Problem)) throw error;
      files.set(`${name}.not-said.txt`, textFile(`${error.message}\n`));
    }
  }
  return files;
}

/** A file for each entry, and a test as runners of ONNX read it: `test_data_set_0/input_0.pb`, `output_0.pb`. */
async function onnxOf({ instance: { source, values }, expected }: Pick<Solved, 'instance' | 'expected'>): Promise<Files> {
  const { model, sizes } = source!;
  const own = model.parameters.map(({ names }) => {
    const { type, data } = values.get(names[0])!;
    return { shape: type.axes.map(({ size }) => size), data };
  });
  const found = new Map<string, Iterable<Uint8Array>>();
  for (const { name, inputs, eval: body } of model.entries) {
    const { files } = await onnxFiles({ model, values: own, seeded: [1, 0], planned: new Map(Object.entries(sizes)), entries: [name] });
    found.set(`${name}/model.onnx`, files.get(`${name}.onnx`)!);
    const folder = `${name}/test_data_set_0`;
    for (const [k, input] of inputs.entries()) found.set(`${folder}/input_${k}.pb`, tensorFile(input.name, values.get(input.name)!));
    for (const [k, result] of body.results.entries()) {
      const key = body.results.length === 1 ? name : `${name}.${result.name}`;
      found.set(`${folder}/output_${k}.pb`, tensorFile(result.name, expected.get(`eval ${name}/result ${key}`)!));
    }
  }
  return found;
}
function tensorFile(name: string, { type, data }: Tensor): readonly Uint8Array[] {
  return encodeTensor({ name, dtype: type.dtype, shape: type.axes.map(({ size }) => size), values: [...data] });
}
