/** Learned masks on the host: the first scores, and what stays of a core by the scores that it has. */
import { keptOf, scoredBy } from '../../compiler/values/learned.ts';
import type { Model, Parameter } from '../../compiler/values/model.ts';
import { renumberTerm } from '../../compiler/values/term.ts';
import type { HostTensor } from './tensor.ts';

/** Scores start as the sizes of the values of their cores, those aside that are `given`. `values` by parameter id. */
export function withFirstScores(
  model: Model,
  values: readonly HostTensor[],
  given: (scores: Parameter) => boolean = () => false,
): readonly HostTensor[] {
  const cores = scoredBy(model);
  if (cores.size === 0) return values;
  return model.parameters.map((parameter) => {
    const core = cores.get(parameter.id);
    if (core === undefined || given(parameter)) return values[parameter.id];
    const { shape, data } = values[core.id];
    return { shape, data: data.map(Math.abs) };
  });
}

/** The value of a core with zeros where its mask leaves entries out; ties go to the lower position, as in the step's program. */
export function underLearnedMask({ legs, learned }: Parameter, values: readonly HostTensor[], value: HostTensor): HostTensor {
  if (learned === undefined) return value;
  const scores = values[learned.scores].data;
  const count = keptOf(learned, legs);
  const least = Float64Array.from(scores).sort()[scores.length - count];
  let ties = count - scores.reduce((sum, score) => sum + (score > least ? 1 : 0), 0);
  const data = value.data.map((entry, k) => (scores[k] > least || (scores[k] === least && ties-- > 0) ? entry : 0));
  return { shape: value.shape, data };
}

/** A model that is trained no more: zeros in place of masks, and no scores. */
export function withFixedMasks(
  model: Model,
  values: readonly HostTensor[],
): { readonly model: Model; readonly values: readonly HostTensor[] } {
  const scores = scoredBy(model);
  if (scores.size === 0) return { model, values };
  const left = model.parameters.filter(({ id }) => !scores.has(id));
  const ids = new Map(left.map(({ id }, position) => [id, position]));
  const parameters = left.map(({ learned: _, ...parameter }, id): Parameter => ({ ...parameter, id }));
  const weights = model.weights.map((weight) => ({
    ...weight,
    terms: weight.terms.map((term) => renumberTerm(term, (id) => ids.get(id)!)),
  }));
  return {
    model: { ...model, parameters, weights, schedule: [] },
    values: left.map((parameter) => underLearnedMask(parameter, values, values[parameter.id])),
  };
}
