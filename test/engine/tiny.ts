/** A tiny char-gpt step bound to an engine: what the engine tests run many times. */
import { readFileSync } from 'node:fs';
import { check, compileStep } from '../../compiler/index.ts';
import type { Executable, OptimiserSpec } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { normals, streamKey } from '../../compiler/values/random.ts';
import type { Bound, Engine, Space, Values } from '../../runtime/engine/engine.ts';
import '../verified.ts';

const corpus = readFileSync(new URL('../corpus/models.bond', import.meta.url), 'utf8');
const sizes = { batch: 2, time: 16 };

/** `changes`: the body of a variant of CharGpt. */
export function tinyModel(changes = ''): Model {
  const options = 'vocab = 12, width = 16, heads = 2, depth = 1, context = 16';
  const text = `edition 1\nuse "./models.bond" { CharGpt }\nvariant Tiny of CharGpt(${options}) {\n${changes}\n}`;
  const { model, diagnostics } = check({ file: 'tiny.bond', text, load: () => corpus, name: 'Tiny' });
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return model;
}

export interface Running {
  readonly model: Model;
  readonly executable: Executable;
  readonly bound: Bound;
  readonly spaces: { readonly persistent: Space; readonly inputs: Space; readonly results: Space; readonly folded: Space };
  write(key: string, values: ArrayLike<number>): void;
  read(key: string): Promise<Values>;
}

/** Parameters are drawn, the batch is fixed, Adam is at its first step; what is frozen is folded. */
export async function runningStep(engine: Engine, model: Model = tinyModel(), epsilon = 1e-8): Promise<Running> {
  const optimiser: OptimiserSpec = {
    kind: 'adamw',
    epsilon,
    clip: true,
    groups: [{ name: 'all', parameters: model.parameters.map(({ id }) => id) }],
  };
  const { frozen, batch: executable } = compileStep(model, {
    entries: [{ name: 'next_token', weight: 1 }],
    sizes,
    mode: 'train',
    optimiser,
  });
  const { sizes: needed, layout, places } = executable;
  const spaces = {
    persistent: engine.allocate(layout.size),
    inputs: engine.allocate(needed.inputs),
    results: engine.allocate(needed.results),
    folded: engine.allocate(needed.folded),
  };
  const at = (key: string) => {
    const place = places.get(key);
    if (place === undefined) throw new Error(`no place for ${key}`);
    return { space: spaces[place.address.space as keyof typeof spaces], ...place };
  };
  const write = (key: string, values: ArrayLike<number>) => engine.write(at(key).space, at(key).address.offset, values, at(key).type.dtype);
  for (const { names, legs } of model.parameters) {
    const count = legs.reduce((product, { size }) => product * size, 1);
    const values = normals(streamKey([1, 2], names[0], 0), 1, count);
    write(`parameter ${names[0]}`, names[0].endsWith('gain') ? values.map((x) => 1 + 0.1 * x) : values.map((x) => 0.3 * x));
  }
  const ids = Array.from({ length: 33 }, (_, i) => (i * 7) % 12);
  write('input ids', ids.slice(0, 32));
  write('input next', ids.slice(1));
  const scalars = { 'rate/all': 1e-2, 'decay/all': 0.01, clip: 1, correction1: 0.1, correction2: 0.001 };
  for (const [name, value] of Object.entries(scalars)) write(`input ${name}`, [value]);
  if (frozen !== undefined) (await engine.load(frozen)).bind(spaces).run({ seed: [1, 2], tick: 0 });
  const bound = (await engine.load(executable)).bind(spaces);
  const read = (key: string) => engine.read(at(key).space, at(key).address.offset, at(key).address.length, at(key).type.dtype);
  return { model, executable, bound, spaces, write, read };
}
