/** Models by hand, as far as data look at them: axes and inputs. */
import type { Model, ModelInput, Size } from '../../compiler/values/model.ts';

export function modelWith(axes: readonly (readonly [string, Size])[], inputs: readonly ModelInput[]): Model {
  return {
    name: 'Hand',
    edition: 1,
    digest: 'hand',
    axes: axes.map(([name, size], id) => ({ id, name, size, products: [] })),
    inputs,
    parameters: [],
    gates: [],
    weights: [],
    decompositions: [],
    layers: [],
    entries: [],
    schedule: [],
    sums: [],
    notes: [],
  };
}

export const textModel = (vocab: number, context: number): Model =>
  modelWith(
    [
      ['batch', { open: 0 }],
      ['time', { open: 1, max: context }],
      ['vocab', vocab],
    ],
    [
      { name: 'ids', axes: [0, 1], type: 'int', index: 2 },
      { name: 'next', axes: [0, 1], type: 'int', index: 2 },
    ],
  );

export const imageModel: Model = modelWith(
  [
    ['batch', { open: 0 }],
    ['rows', 2],
    ['classes', 3],
  ],
  [
    { name: 'image', axes: [0, 1], type: 'real' },
    { name: 'label', axes: [0], type: 'int', index: 2 },
  ],
);
