/** The model without any statement, with weights that were merged from those of the variant: it knows no network. */
import { stepProgram } from '../../../compiler/index.ts';
import { mergeWeight } from '../../weights/merge.ts';
import { distance, outputsOf } from '../expected.ts';
import type { Oracle } from './oracle.ts';

export const merged: Oracle = ({ instance: { source, values }, expected }) => {
  if (source?.dense === undefined || !source.dense.merges) return undefined;
  const { model, dense, sizes } = source;
  const own = model.parameters.map(({ names }) => ({
    shape: values.get(names[0])!.type.axes.map(({ size }) => size),
    data: values.get(names[0])!.data,
  }));
  const weights = model.weights.map((weight) => {
    const { data } = mergeWeight(model, own, weight);
    return [weight.path, { type: { dtype: 'real', axes: weight.axes.map(({ name, size }) => ({ name, size })) }, data }] as const;
  });
  const given = new Map([...values, ...weights]);
  const entries = dense.model.entries.filter(({ name }) => [...expected.keys()].some((key) => key.startsWith(`eval ${name}/`)));
  const apart = entries.map(({ name }) => {
    const program = stepProgram(dense.model, { entries: [{ name, weight: 1 }], sizes, mode: 'eval' });
    return Math.max(
      ...[...outputsOf(program, given)].map(([key, { data }]) => {
        const other = expected.get(`eval ${name}/${key}`);
        return other === undefined ? 0 : distance(data, other.data) / Math.max(1, ...other.data.map(Math.abs));
      }),
    );
  });
  return Math.max(...apart);
};
