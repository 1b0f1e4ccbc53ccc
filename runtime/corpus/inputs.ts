/** Values that a program is run with: drawn from a seed, and numbers that f32 holds, so that engines of either precision begin alike. */
import type { Model } from '../../compiler/values/model.ts';
import type { Tensor } from '../../compiler/values/operation.ts';
import type { Dtype } from '../../compiler/values/program.ts';
import { initialise } from '../weights/initialise.ts';
import type { Random } from './random.ts';

const dtypes: Readonly<Record<Model['inputs'][number]['type'], Dtype>> = { real: 'real', int: 'int', bool: 'bit' };

/** Sizes of all axes of a model. */
function sizeOf(model: Model, sizes: Readonly<Record<string, number>>, axis: number): number {
  const { size } = model.axes[axis];
  return typeof size === 'number' ? size : sizes[model.axes[size.open].name];
}

/** Reals are multiples of 1/256 from -2 to 2; whole numbers index their axis; of a mask every third entry holds, so that no row is empty. */
export function drawInputs(model: Model, sizes: Readonly<Record<string, number>>, random: Random): Map<string, Tensor> {
  return new Map(
    model.inputs.map(({ name, axes, type, index }) => {
      const own = axes.map((axis) => ({ name: model.axes[axis].name, size: sizeOf(model, sizes, axis) }));
      const length = own.reduce((product, { size }) => product * size, 1);
      const below = index === undefined ? 2 : sizeOf(model, sizes, index);
      const draw = (k: number) => {
        if (type === 'real') return (random(1025) - 512) / 256;
        return type === 'bool' && k % 3 === 0 ? 1 : random(below);
      };
      return [name, { type: { dtype: dtypes[type], axes: own }, data: Float64Array.from({ length }, (_, k) => draw(k)) }];
    }),
  );
}

export interface Weighted {
  /** Bonds that values choose are numbers in it. */
  readonly model: Model;
  readonly values: ReadonlyMap<string, Tensor>;
}
/** First values by the laws of the model. Those that are all zero are moved a little, so that gradients reach what stands before them. */
export function drawWeights(model: Model, seed: number, random: Random): Weighted {
  const initial = initialise(model, [seed, 0]);
  const values = initial.model.parameters.map(({ id, names, legs, origin }) => {
    const { data } = initial.values[id];
    const still = origin.is === 'seeded' || data.some((value) => value !== 0);
    return [
      names[0],
      { type: { dtype: 'real', axes: legs }, data: data.map((value) => (still ? Math.fround(value) : (random(65) - 32) / 256)) },
    ] as const;
  });
  return { model: initial.model, values: new Map(values) };
}
