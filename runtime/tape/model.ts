/** The functions, losses and metrics of a model, for the tape. */
import { compileFunction, compileSum } from '../../compiler/index.ts';
import type { Executable, Layout } from '../../compiler/values/executable.ts';
import type { AxisId, ElementType, Model } from '../../compiler/values/model.ts';
import type { Dtype } from '../../compiler/values/program.ts';
import type { Planning } from '../engine/engine.ts';
import { CallError, type Functions } from './functions.ts';

const dtypes: Readonly<Record<ElementType, Dtype>> = { real: 'real', int: 'int', bool: 'bit' };

/**
 * Each entry is compiled for the sizes of its calls. `train`: with gradients and as in training (dropout, penalties apart); `eval`: forward
 * only. `layout` says where the parameters and their `NAME.gradient` lie, `planning` how contractions are planned: as those of the engine
 * that it is for.
 */
export function functionsOf(model: Model, mode: 'train' | 'eval', layout: Layout, planning: Planning = {}): Functions {
  const axis = (id: AxisId) => {
    const { name, size } = model.axes[id];
    return typeof size === 'number' ? { name, size } : { name: model.axes[size.open].name };
  };
  const sums = new Map<number, Executable>();
  return {
    signature(name) {
      const entry = model.entries.find((candidate) => candidate.name === name);
      if (entry === undefined)
        throw new CallError(`${model.name} has no function ${name}; it has ${model.entries.map((e) => e.name).join(', ')}`);
      return entry.inputs.map((input) => ({ name: input.name, dtype: dtypes[input.type], axes: input.axes.map(axis) }));
    },
    compile: (name, sizes, gradients) => compileFunction(model, name, sizes, mode, { ...planning, layout, gradients }),
    add(count) {
      const sum = sums.get(count) ?? compileSum(count);
      sums.set(count, sum);
      return sum;
    },
  };
}
