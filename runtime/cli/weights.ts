/** First values of a model with given weights: decomposed where the model says so, by name where they fit. */
import type { Model, Provenance } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { storedParameter } from '../checkpoint/checkpoint.ts';
import type { TensorFile } from '../checkpoint/safetensors.ts';
import type { Initial } from '../weights/initialise.ts';
import { initialise } from '../weights/initialise.ts';
import type { HostTensor } from '../weights/tensor.ts';

export function tensorOf(file: TensorFile, name: string): HostTensor | undefined {
  const stored = file.tensors.get(name);
  return stored === undefined ? undefined : { shape: stored.shape, data: file.read(name) };
}

/**
 * A parameter that the model would draw takes its value from the file where that has one of its names in its shape: cores of an earlier
 * run. What the model takes from given weights itself is left to it, with its scales and its own laws.
 */
export function loadByName(model: Model, seed: Words, file: TensorFile | undefined): Initial {
  if (file === undefined) return initialise(model, seed);
  const initial = initialise(model, seed, (path) => tensorOf(file, path));
  const values = initial.model.parameters.map((parameter) => {
    const stored = isDrawn(parameter.origin) ? storedParameter(file, parameter.names) : undefined;
    const shape = parameter.legs.map((leg) => leg.size);
    return stored?.shape.join() === shape.join() ? { shape, data: file.read(stored.name) } : initial.values[parameter.id];
  });
  return { ...initial, values };
}

function isDrawn(origin: Provenance): boolean {
  if (origin.is === 'fresh' || origin.is === 'checkpoint') return origin.is === 'fresh';
  return origin.is === 'combined' ? origin.of.every(isDrawn) : isDrawn(origin.of);
}
