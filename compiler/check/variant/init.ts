/**
 * `init S [~ law] [scaled by s]`. Of a core (`init T[1] of up ~ zeros`) the law is literal; of a whole decomposed weight
 * (`init up ~ normal(0.02)`) it is the law of the reconstructed weight. `scaled by` multiplies each selected tensor.
 */
import type * as tree from '../../../grammar/tree.ts';
import { coreDeviation } from '../../network/initial-variance.ts';
import type { Law } from '../../values/model.ts';
import type { DraftParameter } from '../draft.ts';
import { evaluateLaw } from '../law.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { selectTensors, type TensorMatch } from '../selector.ts';
import { evaluateNumber } from '../static.ts';
import { type VariantContext, withBindings } from './context.ts';
import { given } from './provenance.ts';
import { decide, noteOtherNames } from './verdict.ts';

export function applyInit(context: VariantContext, change: tree.Init): void {
  const at = change.selection.place;
  const matches = selectTensors(change.selection, context, { expressions: [change.law, change.scale] });
  const done = new Set<DraftParameter>();
  let overGiven = false;
  for (const match of matches) {
    const { parameter } = match;
    if (done.has(parameter)) continue;
    done.add(parameter);
    decide(context, parameter, 'init', at);
    const names = withBindings(context.names, match.bindings);
    const factor = change.scale === undefined ? 1 : evaluateNumber(change.scale, names);
    if (!Number.isFinite(factor)) {
      refuse({ code: 'B710', message: 'a scale is a finite number', at: change.scale!.place, label: `this is ${factor}` });
    }
    if (change.law === undefined) {
      parameter.init = { ...parameter.init, scale: parameter.init.scale * factor };
      continue;
    }
    overGiven ||= given(context, parameter);
    const law =
      match.choice.name === undefined ? lawOfWhole(context, change.law, match) : evaluateLaw(change.law, names, sizesOf(parameter));
    parameter.init = { law, scale: factor };
    parameter.origin = { is: 'fresh', path: parameter.names[0]! };
  }
  if (overGiven) {
    const message = 'given weights are replaced by drawn ones';
    context.draft.report.take([diagnostic({ code: 'N702', severity: 'note', message, at, label: 'a checkpoint gives values for these' })]);
  }
  noteOtherNames(context, matches, at);
}

function sizesOf({ legs }: DraftParameter): number[] {
  return legs.map(({ size }) => size);
}

/** For a tensor selected as part of its weight: its own law where dense, the share of the weight's law where a core. */
function lawOfWhole(context: VariantContext, expression: tree.Expression, match: TensorMatch): Law {
  const names = withBindings(context.names, match.bindings);
  const term = match.weight.terms[match.term]!;
  if (term.is === 'dense') return evaluateLaw(expression, names, sizesOf(match.parameter));
  const whole = evaluateLaw(
    expression,
    names,
    match.weight.axes.map(({ size }) => size),
  );
  const { stated } = match.parameter;
  if (whole.is === 'normal') return stated?.(whole.deviation) ?? { is: 'normal', deviation: coreDeviation(term, whole.deviation) };
  return refuse({
    code: 'B711',
    message: `\`${match.weight.path}\` is decomposed: only \`normal\` and \`xavier\` are laws of the reconstructed weight`,
    at: expression.place,
    label: `\`${whole.is}\``,
    hint: 'state the law of the cores, as in `init core of ... ~ zeros`',
  });
}
