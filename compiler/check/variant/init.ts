/**
 * `init S [~ law] [scaled by s]`. Of a core (`init T[1] of up ~ zeros`) the law is literal; of a whole decomposed weight
 * (`init up ~ normal(0.02)`) it is the law of the reconstructed weight. `scaled by` multiplies each selected tensor.
 */
import type * as tree from '../../../grammar/tree.ts';
import { coreDeviation } from '../../network/initial-variance.ts';
import type { NetworkTerm, Start } from '../../values/model.ts';
import type { Draft, DraftParameter } from '../draft.ts';
import { evaluateLaw, withoutSeed } from '../law.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { selectTensors, type TensorMatch } from '../selector.ts';
import { evaluateNumber, type Names } from '../static.ts';
import { type VariantContext, withBindings } from './context.ts';
import { given } from './provenance.ts';
import { decide, noteOtherNames } from './verdict.ts';

export function applyInit(context: VariantContext, change: tree.Init): void {
  const at = change.selection.place;
  const law = change.law && withoutSeed(change.law);
  const matches = selectTensors(change.selection, context, { expressions: [law, change.scale] });
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
    if (law === undefined) {
      parameter.init = { ...parameter.init, scale: parameter.init.scale * factor };
      continue;
    }
    overGiven ||= given(context, parameter);
    const start = match.choice.name === undefined ? startOfWhole(context, law, match) : literal(context.draft, law, names, parameter);
    parameter.init = { ...start, scale: factor };
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

/** A law that is said of one core. What a weight with it is as a whole is then what its cores make of it. */
function literal({ weights }: Draft, law: tree.Expression, names: Names, parameter: DraftParameter): Start {
  for (const weight of weights) {
    weight.terms = weight.terms.map((term) => {
      const holds = term.is === 'network' && term.nodes.some((node) => node.parameter === parameter.id);
      return holds ? { ...term, drawn: undefined } : term;
    });
  }
  return { law: evaluateLaw(law, names, sizesOf(parameter)), scale: 1 };
}

/** For a tensor selected as part of its weight: its own law where dense, the share of the weight's law where a core. */
function startOfWhole(context: VariantContext, expression: tree.Expression, match: TensorMatch): Start {
  const names = withBindings(context.names, match.bindings);
  const term = match.weight.terms[match.term]!;
  if (term.is === 'dense') return { law: evaluateLaw(expression, names, sizesOf(match.parameter)), scale: 1 };
  const whole = evaluateLaw(
    expression,
    names,
    match.weight.axes.map(({ size }) => size),
  );
  const { stated } = match.parameter;
  if (whole.is === 'normal' && stated !== undefined) return { law: stated(whole.deviation), scale: 1 };
  if (whole.is === 'normal') {
    const own = term.nodes.every((node) => context.draft.parameters[node.parameter]!.stated === undefined);
    const drawn: NetworkTerm = { ...term, drawn: own ? whole.deviation : undefined };
    match.weight.terms = match.weight.terms.with(match.term, drawn);
    return { law: { is: 'normal', deviation: coreDeviation(term, whole.deviation) }, scale: 1, free: true };
  }
  return refuse({
    code: 'B711',
    message: `\`${match.weight.path}\` is decomposed: only \`normal\` and \`xavier\` are laws of the reconstructed weight`,
    at: expression.place,
    label: `\`${whole.is}\``,
    hint: 'state the law of the cores, as in `init core of ... ~ zeros`',
  });
}
