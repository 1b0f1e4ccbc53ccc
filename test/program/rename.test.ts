/** From the model down, kernels are functions of structure: other names of axes, parameters, legs and weights change no kernel text. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kernelise } from '../../compiler/kernel/index.ts';
import { sourceLayout } from '../../compiler/program/layout.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { placesOf } from '../../compiler/program/places.ts';
import type { OptimiserSpec, StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { printKernel } from '../../compiler/values/print-kernel.ts';
import type { Program } from '../../compiler/values/program.ts';
import { wasm } from '../../compiler/values/target.ts';
import { attention, perceptron } from './models.ts';
import { verifiedStep } from './run.ts';

const models: readonly (readonly [name: string, make: () => Model])[] = [
  ['attention', () => attention().model()],
  ['a perceptron', () => perceptron().model()],
];
function stepOf(model: Model): Program {
  const optimiser: OptimiserSpec = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters: model.parameters.map((p) => p.id) }] };
  const options: StepOptions = { entries: [{ name: 'task', weight: 1 }], sizes: { batch: 4 }, mode: 'train', optimiser };
  return verifiedStep(model, options);
}
const textOf = (program: Program) =>
  kernelise(program, table, placesOf(program, sourceLayout(program)), wasm)
    .kernels.map(printKernel)
    .sort();

for (const [name, make] of models) {
  test(`other names of axes and paths give the kernels of ${name}`, () => {
    const model = make();
    const renamed: Model = {
      ...model,
      axes: model.axes.map((axis) => ({ ...axis, name: axis.name === 'batch' ? 'batch' : `q${axis.id}` })),
      parameters: model.parameters.map((p) => ({
        ...p,
        names: [`other.p${p.id}`],
        legs: p.legs.map(({ size }, k) => ({ name: `z${k}`, size })),
      })),
      weights: model.weights.map((weight) => ({
        ...weight,
        path: `w${weight.id}`,
        axes: weight.axes.map((axis, k) => ({ ...axis, name: `v${k}` })),
      })),
    };
    assert.equal(textOf(stepOf(renamed)), textOf(stepOf(model)));
  });
}
test.run();
