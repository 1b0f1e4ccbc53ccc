/** Cuts carried out: parameters mapped at the ends of the bonds, weights off trees fitted again, and what came of it measured. */
import type { Model } from '../../compiler/values/model.ts';
import { changeOfWeights, relativeChange } from './change.ts';
import { refitted } from './refit.ts';
import type { BondCut } from './squeeze.ts';
import { mapValues } from './squeeze.ts';
import type { HostTensor } from './tensor.ts';

export interface CarriedOut {
  /** By parameter id; those that nothing touched are the same tensors. */
  readonly values: readonly HostTensor[];
  /** Measured |W - W'| / |W| of all weights with a cut bond together. */
  readonly error: number;
}

/** `cuts` one after another, each of what the ones before left. */
export function carryOut(model: Model, values: readonly HostTensor[], cuts: readonly BondCut[]): CarriedOut {
  const weights = [...new Set(cuts.flatMap(({ bonds }) => bonds.map(({ weight }) => weight)))];
  const cut = mapValues(
    values,
    cuts.flatMap(({ maps }) => maps),
  );
  const better = refitted(model, values, cut, weights);
  const after = cut.map((value, id) => better.get(id) ?? value);
  return { values: after, error: relativeChange(changeOfWeights(model, values, after, weights)) };
}
