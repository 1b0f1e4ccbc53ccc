/**
 * What a weight counts for the loss, as results of the step that has its gradient anyway: `taylor` is the sum of weight times gradient,
 * the first-order change of the loss if the weight were zero (Gao et al., ACL 2023, equation 7, before the absolute value), `fisher` the
 * mean of the squared gradient. They see the gradient before clipping.
 */
import type { Importance } from '../../values/executable.ts';
import type { Model, Parameter } from '../../values/model.ts';
import type { Table } from '../../values/operation.ts';
import type { Contract, Id, MapOp, Output, Program } from '../../values/program.ts';
import { elements } from '../../values/shape.ts';
import { Builder } from '../builder.ts';
import { apply, number, read } from '../scalar.ts';

/** The result that holds it. */
export const importanceName = (measure: Importance['measure'], parameter: string): string => `${measure} ${parameter}`;

/** Adds the results; a parameter without a gradient counts 0. `alone`: gradients do not leave the program. */
export function importance(program: Program, table: Table, model: Model, wanted: readonly Importance[], alone: boolean): Program {
  const builder = new Builder(table, program.nodes, { path: '', section: 'update' });
  const gradients = new Map(program.outputs.flatMap((output) => (output.kind === 'gradient' ? [[output.name, output.value]] : [])));
  const results = wanted.map(({ measure, parameter: id }): Output => {
    const parameter = model.parameters[id];
    const gradient = gradients.get(parameter.names[0]);
    builder.origin = { path: parameter.names[0], section: 'update' };
    const value =
      gradient === undefined ? builder.constant(0, { dtype: 'real', axes: [] }) : measured(builder, measure, parameter, gradient);
    return { kind: 'result', name: importanceName(measure, parameter.names[0]), value };
  });
  const kept = alone ? program.outputs.filter((output) => output.kind !== 'gradient') : program.outputs;
  return builder.program(program.name, [...kept, ...results]);
}

function measured(builder: Builder, measure: Importance['measure'], { names, legs }: Parameter, gradient: Id): Id {
  const whole = legs.map((_, axis) => axis);
  const sum = (other: Id) => builder.add<Contract>('contract', [other, gradient], { letters: legs, operands: [whole, whole], result: [] });
  if (measure === 'taylor')
    return sum(builder.source({ kind: 'parameter', name: names[0], rate: 'update' }, { dtype: 'real', axes: legs }));
  return builder.add<MapOp>('map', [sum(gradient)], { domain: [], reads: [[]], value: apply('div', read(0), number(elements(legs))) });
}
