/** A model as files of ONNX, one for each entry: standard operators, weights inside, batch and time open. */
import { encodeOnnx, NotSpelt, openProgram, printOnnx } from '../../../compiler/index.ts';
import type { Entry, Model } from '../../../compiler/values/model.ts';
import type { Count } from '../../../compiler/values/sized.ts';
import { VERSION } from '../../checkpoint/version.ts';
import type { CarriedAxis, CarriedInput } from '../../package/program.ts';
import { Problem } from '../context.ts';
import { chosenEntries, openAxes, signatureOf, sizedOrTold } from './entries.ts';
import { type Building, type Built, encoded } from './files.ts';

/** A file of Protocol Buffers ends at 2 GB; the graph beside the weights is far below the rest. */
const LIMIT = 2 ** 31 - 2 ** 26;
const DTYPES = { real: 'real', int: 'int', bool: 'bit' } as const;

/** Throws Problem where an entry does not exist, where sizes cannot be left open, or where ONNX cannot say something. `limit`: bytes of weights in one file. */
export async function onnxFiles(building: Building, limit = LIMIT): Promise<Built> {
  const { model, values, opset = 23 } = building;
  const byName = new Map(model.parameters.map(({ names, id }) => [names[0], values[id]]));
  const weightOf = (name: string) => Float32Array.from(byName.get(name)!.data);
  const files = new Map<string, Iterable<Uint8Array>>();
  const entries = chosenEntries(model, building.entries);
  for (const entry of entries) {
    const dataFile = `${entry.name}.onnx.data`;
    const { model: own, data } = encodeOnnx(graphOf(building, entry, opset), weightOf, {
      producer: `bondsmith ${VERSION}`,
      dataFile,
      limit,
    });
    files.set(`${entry.name}.onnx`, own);
    if (data !== undefined) files.set(dataFile, data);
  }
  files.set('README.md', encoded(readme(model, entries, opset)));
  return { files, left: [], notes: [] };
}

function graphOf({ model, planned }: Building, entry: Entry, opset: number) {
  const { axes, most, sizes } = openAxes(model, planned);
  const { inputs, results } = signatureOf(
    model,
    entry,
    axes.map(({ id }) => id),
  );
  const countOf = ({ size }: CarriedAxis): Count =>
    typeof size === 'number' ? size : [[1, ...axes.map((_, k) => (k === size.open ? 1 : 0))]];
  const taken = ({ name, type, axes: own }: CarriedInput) => ({
    name,
    dtype: DTYPES[type],
    shape: own.map(countOf),
    about: said(model, name),
  });
  const names = axes.map(({ name }) => name);
  return sizedOrTold(() => {
    const program = openProgram(model, { entries: [{ name: entry.name, weight: 1 }], sizes, mode: 'eval' }, names, most);
    const metadata = { bondsmith: VERSION, edition: String(model.edition), digest: model.digest, model: model.name, entry: entry.name };
    const options = {
      opset,
      name: `${model.name}.${entry.name}`,
      inputs: inputs.map(taken),
      results: results.map(({ name, key, axes: own }) => ({ name, key: `result ${key}`, about: labelled(name, own) })),
      metadata,
    };
    return sayable(model, () => printOnnx(program, options));
  });
}

function sayable<T>(model: Model, print: () => T): T {
  try {
    return print();
  } catch (error) {
    if (error instanceof NotSpelt) throw new Problem(`${model.name} cannot be said in ONNX: ${error.message}; nothing was written`);
    throw error;
  }
}

/** `ids[batch, time] in vocab`. */
function said(model: Model, name: string): string {
  const { axes, index } = model.inputs.find((input) => input.name === name) ?? { axes: [] };
  const within = index === undefined ? '' : ` in ${model.axes[index].name}`;
  return labelled(
    name,
    axes.map((axis) => model.axes[axis]),
  ).concat(within);
}
function labelled(name: string, axes: readonly { readonly name: string }[]): string {
  return `${name}[${axes.map((axis) => axis.name).join(', ')}]`;
}

function readme(model: Model, entries: readonly Entry[], opset: number): string {
  const [{ name, inputs }] = entries;
  const fed = inputs.map((input) => `'${input.name}': ${input.name}`).join(', ');
  const list = entries.map(
    (entry) => `| \`${entry.name}.onnx\` | ${entry.inputs.map((input) => `\`${said(model, input.name)}\``).join(', ')} |`,
  );
  return `# ${model.name} in ONNX

Written by bondsmith ${VERSION}: opset ${opset}, standard operators, open axes by their names. Integers are int64, truth values bool, reals float32.

| file | takes |
|---|---|
${list.join('\n')}

\`\`\`python
import onnxruntime

session = onnxruntime.InferenceSession('${name}.onnx')
results = session.run(None, {${fed}})
\`\`\`

Weights have the names of the .bond file; \`metadata_props\` has its edition and the digest of the model.
`;
}
