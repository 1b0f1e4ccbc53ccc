/** Reads a corpus: `for (const { name, about, program, inputs, weights, expected } of programs('data')) ...`. Node, no dependency. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const arrays = { F64: Float64Array, F32: Float32Array, I32: Int32Array } as const;
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Int32Array;
}

/** A file of safetensors: tensors by name. */
export function tensors(path: string): Map<string, Tensor> {
  const raw = readFileSync(path);
  const start = 8 + Number(raw.readBigUInt64LE(0));
  const { __metadata__: _, ...head } = JSON.parse(raw.toString('utf8', 8, start));
  const read = ({ dtype, shape, data_offsets: [from, to] }: { dtype: keyof typeof arrays; shape: number[]; data_offsets: number[] }) => ({
    shape,
    data: new arrays[dtype](Uint8Array.from(raw.subarray(start + from, start + to)).buffer),
  });
  return new Map(Object.entries(head).map(([name, own]) => [name, read(own as Parameters<typeof read>[0])]));
}

/** Every program; `text` is absent where it is of operations alone. */
export function* programs(folder: string) {
  for (const name of readdirSync(join(folder, 'programs')).sort()) {
    const path = (file: string) => join(folder, 'programs', name, file);
    const json = (file: string) => JSON.parse(readFileSync(path(file), 'utf8'));
    const [inputs, weights, expected] = ['inputs', 'weights', 'expected'].map((own) => tensors(path(`${own}.safetensors`)));
    const text = existsSync(path('program.bond')) ? readFileSync(path('program.bond'), 'utf8') : undefined;
    yield { name, text, about: json('about.json'), program: json('program.json'), inputs, weights, expected };
  }
}
