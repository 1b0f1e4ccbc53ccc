/** The files of one program of the corpus. */
import type { Tensor } from '../../compiler/values/operation.ts';
import { encodeTensors, type TensorToStore } from '../checkpoint/safetensors.ts';
import { featuresOf } from './features.ts';
import { context, sourcesOf } from './instance.ts';
import type { Solved } from './instantiate.ts';
import type { OracleName } from './oracles/index.ts';
import { programJson } from './program-json.ts';
import type { Refused } from './refused.ts';

export type Files = ReadonlyMap<string, Iterable<Uint8Array>>;
const encoder = new TextEncoder();
export const textFile = (text: string): Uint8Array[] => [encoder.encode(text)];
export const jsonFile = (value: unknown): Uint8Array[] => textFile(`${JSON.stringify(value, null, 1)}\n`);

/** Text, program, values, what it gives, and what is known about it. */
export function filesOf({ instance, expected, single }: Solved, oracles: ReadonlyMap<OracleName, number>): Files {
  const { forms, values, source, sort, seed, size } = instance;
  const kinds = new Map(forms.flatMap(({ program }) => sourcesOf(program).map(({ source: { kind, name } }) => [name, kind] as const)));
  const ofKind = (isParameter: boolean) =>
    [...values].filter(([name]) => (kinds.get(name) === 'parameter') === isParameter && kinds.has(name));
  const about = {
    sort,
    seed,
    size,
    ...(source === undefined ? {} : { name: source.name, sizes: source.sizes, counts: countsOf(source.model) }),
    /** Of the largest entry of an output, or of a hundredth of the largest entry of all outputs of its form. */
    tolerances: { double: 1e-9, single },
    oracles: Object.fromEntries(oracles),
    features: [...featuresOf(instance)].sort(),
  };
  return new Map<string, Iterable<Uint8Array>>([
    ...(source === undefined ? [] : [['program.bond', textFile(source.text)] as const]),
    ['program.json', textFile(`${JSON.stringify(programJson(forms, context))}\n`)],
    ['inputs.safetensors', encodeTensors(ofKind(false).map(stored))],
    ['weights.safetensors', encodeTensors(ofKind(true).map(stored))],
    ['expected.safetensors', encodeTensors([...expected].map(([name, tensor]) => ({ ...shaped(name, tensor), data: tensor.data })))],
    ['about.json', jsonFile(about)],
  ]);
}

/** Entries of trained and of all tensors, and of the weights that they stand for. */
function countsOf({
  parameters,
  weights,
}: {
  readonly parameters: readonly { readonly legs: readonly { readonly size: number }[] }[];
  readonly weights: readonly { readonly axes: readonly { readonly size: number }[] }[];
}) {
  const product = (list: readonly { readonly size: number }[]) => list.reduce((all, { size }) => all * size, 1);
  return {
    tensors: parameters.length,
    entries: parameters.reduce((sum, { legs }) => sum + product(legs), 0),
    dense: weights.reduce((sum, { axes }) => sum + product(axes), 0),
  };
}

function shaped(name: string, { type }: Tensor): Pick<TensorToStore, 'name' | 'shape'> {
  return { name, shape: type.axes.map(({ size }) => size) };
}
function stored([name, tensor]: readonly [string, Tensor]): TensorToStore {
  const data = tensor.type.dtype === 'real' ? Float32Array.from(tensor.data) : Int32Array.from(tensor.data);
  return { ...shaped(name, tensor), data };
}

/** A program that must be refused, with the code and the place that a message has to have. */
export function filesOfRefused({ fault, code, text, span }: Refused): Files {
  return new Map([
    ['program.bond', textFile(text)],
    ['about.json', jsonFile({ fault, code, span })],
  ]);
}
