/** What the forms of a program give in f64, by the meaning of its operations. */
import { table } from '../../compiler/index.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import type { Tensor } from '../../compiler/values/operation.ts';
import type { Program, Source } from '../../compiler/values/program.ts';
import { context, type Form, type Instance } from './instance.ts';
import type { Random } from './random.ts';

/** Outputs by `KIND NAME`. */
export function outputsOf(program: Program, values: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const read = ({ kind, name }: Source): Float64Array => {
    const found = values.get(name);
    if (found === undefined) throw new Error(`${program.name} reads the ${kind} ${name}, which has no value`);
    return found.data;
  };
  return new Map(
    evaluate(program, table, read, context).map(({ output, value }) => [
      `${output.kind} ${output.name}`,
      { type: value.type, data: Float64Array.from(value.data) },
    ]),
  );
}

/** Outputs of all forms that are not another one's, by `FORM/KIND NAME`. */
export function expectedOf({ forms, values }: Pick<Instance, 'forms' | 'values'>): Map<string, Tensor> {
  const own = forms.filter(({ name, gives }) => name === gives);
  return new Map(own.flatMap(({ name, program }) => [...outputsOf(program, values)].map(([key, value]) => [`${name}/${key}`, value])));
}

/** The largest entry by size, at least 1e-3. */
const largest = (values: readonly Tensor[]): number =>
  values.reduce((most, { data }) => data.reduce((own, value) => Math.max(own, Math.abs(value)), most), 1e-3);

/**
 * How far the outputs of a form are from those that it should give: the largest difference in one of them over its largest entry, or over a
 * hundredth of the largest entry of all of them if that is more, since what cancels has the rounding of what it cancels.
 */
export function formDistance(form: Form, found: ReadonlyMap<string, ArrayLike<number>>, expected: ReadonlyMap<string, Tensor>): number {
  const outputs = form.program.outputs.map(({ kind, name }) => ({
    key: `${kind} ${name}`,
    right: expected.get(`${form.gives}/${kind} ${name}`)!,
  }));
  const floor = largest(outputs.map(({ right }) => right)) / 100;
  return outputs.reduce(
    (most, { key, right }) => Math.max(most, distance(found.get(key)!, right.data) / Math.max(floor, largest([right]))),
    0,
  );
}

/** The largest difference. */
export function distance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let apart = 0;
  for (let k = 0; k < found.length; k++) {
    const off = Math.abs(found[k] - expected[k]);
    if (!(off <= apart)) apart = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
  }
  return apart;
}

/** How far outputs move where real inputs and parameters move by a millionth of themselves: three times, of which the most counts. */
export function sensitivity(instance: Pick<Instance, 'forms' | 'values'>, expected: ReadonlyMap<string, Tensor>, random: Random): number {
  const own = instance.forms.filter(({ name, gives }) => name === gives);
  let most = 0;
  for (let times = 0; times < 3; times++) {
    const moved = [...instance.values].map(([name, { type, data }]) => {
      const shifted = type.dtype === 'real' ? data.map((value) => value * (1 + (random(3) - 1) * 1e-6)) : data;
      return [name, { type, data: shifted }] as const;
    });
    const values = new Map(moved);
    for (const form of own) {
      const found = new Map([...outputsOf(form.program, values)].map(([key, { data }]) => [key, data] as const));
      most = Math.max(most, formDistance(form, found, expected));
    }
  }
  return most;
}
