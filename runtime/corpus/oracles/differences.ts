/**
 * Gradients against differences: along one direction for each parameter, drawn from the seed, what the loss changes by is what the gradient
 * says. In f64, symmetric, at three steps, of which the best counts: of a program with kinks one may lie across one.
 */
import type { Tensor } from '../../../compiler/values/operation.ts';
import type { MapOp, Program } from '../../../compiler/values/program.ts';
import { subterms } from '../../../compiler/values/scalar.ts';
import { outputsOf } from '../expected.ts';
import type { Form } from '../instance.ts';
import { randomFrom } from '../random.ts';
import type { Oracle } from './oracle.ts';

const steps = [1e-5, 1e-6, 1e-7] as const;

export const differences: Oracle = ({ instance: { forms, values, seed, source }, expected }) => {
  // Where a program stops gradients itself, what they are is not what the loss changes by. The library stops those that cancel.
  const trained = forms.filter(
    ({ name, program }) => name.startsWith('train') && !(source === undefined ? stops(program) : stopsItself(source.text)),
  );
  const apart = trained.flatMap((form) => directions(form, values, expected, seed));
  return apart.length === 0 ? undefined : Math.max(...apart);
};

function stops({ nodes }: Program): boolean {
  return nodes.some(
    ({ operation, attributes }) =>
      operation === 'map' && subterms((attributes as MapOp).value).some((part) => part.is === 'apply' && part.f === 'stop'),
  );
}
/** Routers of mixtures stop the sum that they divide by; scores of a learned mask have gradients as if they stood in its place. */
const stopsItself = (text: string) => /\bstop\(|\bmixture\[|\blearn mask\b/.test(text);

function directions(
  { name, program }: Form,
  values: ReadonlyMap<string, Tensor>,
  expected: ReadonlyMap<string, Tensor>,
  seed: number,
): number[] {
  const random = randomFrom(seed + 17);
  const lossOf = (given: ReadonlyMap<string, Tensor>) => outputsOf(alone, given).get('result loss')!.data[0];
  const alone = { ...program, outputs: program.outputs.filter(({ kind, name: own }) => kind === 'result' && own === 'loss') };
  return program.outputs.flatMap((output) => {
    if (output.kind !== 'gradient') return [];
    const own = values.get(output.name)!;
    const gradient = expected.get(`${name}/gradient ${output.name}`)!.data;
    // Entries that a mask keeps from training have no gradient, whatever the loss would change by.
    const direction = Float64Array.from(own.data, (_, k) => (gradient[k] === 0 ? 0 : (random(2001) - 1000) / 1000));
    const slope = direction.reduce((sum, d, k) => sum + d * gradient[k], 0);
    const scale = Math.sqrt(direction.reduce((sum, d, k) => sum + (d * gradient[k]) ** 2, 0));
    const moved = (step: number) => {
      const data = own.data.map((value, k) => value + step * direction[k]);
      return lossOf(new Map([...values, [output.name, { type: own.type, data }]]));
    };
    const off = steps.map((step) => Math.abs((moved(step) - moved(-step)) / (2 * step) - slope) / Math.max(scale, 1e-3));
    return [Math.min(...off)];
  });
}
