/**
 * Moments on the inputs that layers have once those before them are decomposed: weight by weight in the order in which the loss meets them,
 * each is replaced by what its cores make before the inputs of the next are taken.
 */
import type { Model } from '../../compiler/values/model.ts';
import type { Engine } from '../engine/engine.ts';
import type { Initial } from '../weights/initialise.ts';
import { mergeWeight } from '../weights/merge.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Calibration, MomentsOf } from './input-moments.ts';
import { momentsOn } from './input-moments.ts';

/** `decomposed`: with its bonds. `start` gives values by the moments so far. One pass over the examples for each weight that is decomposed by them. */
export async function replacedInOrder(
  engine: Engine,
  calibration: Calibration,
  decomposed: Model,
  first: MomentsOf,
  start: (moments: MomentsOf) => Initial,
): Promise<MomentsOf> {
  const { model, loss } = calibration;
  const near = new Set(decomposed.weights.filter((weight) => isByInputs(decomposed, weight)).map(({ path }) => path));
  const moments = new Map(first);
  let values: readonly HostTensor[] = calibration.values;
  for (const path of orderOf(model, loss).filter((one) => near.has(one))) {
    const next = (await momentsOn(engine, { ...calibration, values })).get(path);
    if (next !== undefined) moments.set(path, next);
    const weight = decomposed.weights.find((one) => one.path === path)!;
    const merged = mergeWeight(decomposed, start(moments).values, weight);
    const own = model.weights.find((one) => one.path === path)!.terms[0];
    if (own.is === 'dense' && own.scale === 1 && own.perm.every((leg, axis) => leg === axis)) values = values.with(own.parameter, merged);
  }
  return moments;
}

function isByInputs({ parameters, decompositions }: Model, { terms }: Model['weights'][number]): boolean {
  return terms.some(
    (term) =>
      term.is === 'network' &&
      term.nodes.some(({ parameter }) => {
        const { origin } = parameters[parameter];
        return origin.is === 'factor' && decompositions[origin.decomposition].near !== undefined;
      }),
  );
}

/** Paths of weights as the body of a loss reads them. */
function orderOf({ weights, entries }: Model, loss: string): string[] {
  const { statements } = entries.find(({ name }) => name === loss)!.eval;
  return [...new Set(statements.flatMap(({ expression }) => (expression.is === 'weight' ? [weights[expression.weight].path] : [])))];
}
