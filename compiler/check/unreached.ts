/** Warning W4: parameters that no loss reaches are never trained, and are most often a forgotten use. */
import type { Entry, WeightId } from '../values/model.ts';
import type { Draft } from './draft.ts';
import { diagnostic } from './refuse.ts';
import { listed } from './report.ts';
import { parametersOf, termsOf } from './tensor/flat.ts';

export function warnUnreached(draft: Draft, entries: readonly Entry[]): void {
  const losses = entries.filter((entry) => entry.kind === 'loss');
  if (losses.length === 0) return;
  const reached = new Set<WeightId>();
  for (const { train } of losses)
    for (const { expression } of train.statements) if (expression.is === 'weight') reached.add(expression.weight);
  const parameters = new Set(
    draft.weights.filter((weight) => reached.has(weight.id)).flatMap((weight) => termsOf(weight).flatMap(parametersOf)),
  );
  const alone = draft.weights.filter(
    (weight) =>
      !reached.has(weight.id) &&
      !termsOf(weight)
        .flatMap(parametersOf)
        .some((p) => parameters.has(p)),
  );
  if (alone.length === 0) return;
  const paths = alone.map((weight) => weight.path);
  draft.report.take([
    diagnostic({
      code: 'W4',
      severity: 'warning',
      message: `no loss reaches ${listed(paths, 6)}`,
      at: alone[0].place,
      label: paths.length === 1 ? 'never trained' : `never trained, as ${paths.length - 1} more`,
      hint: 'use it, or remove it',
    }),
  ]);
}
