/**
 * `init S [~ law] [scaled by s]`. Of a core (`init T[1] of up ~ zeros`) the law is literal; of a whole decomposed weight
 * (`init up ~ normal(0.02)`) it is the law of the reconstructed weight. `scaled by` multiplies each selected tensor.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { coreDeviation } from '../../network/initial-variance.ts';
import type { Start } from '../../values/model.ts';
import type { DraftWeight } from '../draft.ts';
import { evaluateLaw } from '../law.ts';
import { diagnostic, refuse } from '../refuse.ts';
import type { TensorMatch } from '../selector.ts';
import { evaluateNumber, type Names } from '../static.ts';
import { termsOf } from '../tensor/flat.ts';
import { namesOf, type Slot, slotsOf } from '../tensor/slots.ts';
import { resolve, type Tensor } from '../tensor/tensor.ts';
import { type VariantContext, withBindings } from './context.ts';
import { given } from './provenance.ts';
import { unseeded } from './seeded.ts';
import { decideEach } from './verdict.ts';

export function applyInit(context: VariantContext, { selection, scale, ...change }: tree.Init): void {
  if (change.law?.kind === 'seeded') refuseSeedLater(change.law.place);
  const { law } = change;
  const of = law === undefined ? {} : { of: unseeded('cannot be drawn anew') };
  let overGiven = false;
  const slots = slotsOf(context.draft);
  const called = namesOf(context.draft, slots);
  decideEach(context, { kind: 'init', selection, use: { expressions: [law, scale] }, ...of }, (match) => {
    const { tensor } = match;
    const names = withBindings(context.names, match.bindings);
    const factor = scale === undefined ? 1 : evaluateNumber(scale, names);
    if (!Number.isFinite(factor)) {
      refuse({ code: 'B710', message: 'a scale is a finite number', at: scale!.place, label: `this is ${factor}` });
    }
    if (law === undefined) return { init: { ...tensor.init, scale: tensor.init.scale * factor } };
    overGiven ||= given(context, tensor);
    const start = match.choice.name === undefined ? startOfWhole(context, law, match) : literal(slots, law, names, match);
    return { init: { ...start, scale: factor }, origin: { is: 'fresh', path: called(tensor)[0]! } };
  });
  if (!overGiven) return;
  const message = 'given weights are replaced by drawn ones';
  const at = selection.place;
  context.draft.report.take([diagnostic({ code: 'N702', severity: 'note', message, at, label: 'a checkpoint gives values for these' })]);
}

function refuseSeedLater(at: Place): never {
  return refuse({
    code: 'B740',
    message: 'a tensor is seeded where it is declared',
    at,
    label: 'too late: its stream is named by then',
    hint: 'say it in the topology or the layer, as in `core A (r, in) ~ seeded normal(1)`',
  });
}

function sizesOf({ legs }: TensorMatch): number[] {
  return legs.map(({ size }) => size);
}

/** A law that is said of one core. What a weight with it is as a whole is then what its cores make of it. */
function literal(slots: ReadonlyMap<Tensor, readonly Slot[]>, law: tree.Expression, names: Names, match: TensorMatch): Start {
  const forget = (tensor: Tensor): void => {
    for (const slot of slots.get(tensor) ?? []) {
      if (slot.is !== 'core') continue;
      for (const term of slot.owner.body!.terms) {
        if (term.nodes.some(({ use }) => resolve(use).tensor === tensor)) term.drawn = undefined;
      }
      forget(slot.owner);
    }
  };
  forget(match.tensor);
  return { law: evaluateLaw(law, names, sizesOf(match)), scale: 1 };
}

/** Networks of a sum share a law that is said of the whole, since draws of them are independent; those with laws of their own do too then. */
function summands(weight: DraftWeight, of: number): number {
  return resolve(weight.terms[of]!.use).tensor.body!.terms.filter(({ places }) => places === undefined).length;
}

/** For a tensor selected as part of its weight: its own law where dense, the share of the weight's law where a core. */
function startOfWhole(context: VariantContext, expression: tree.Expression, match: TensorMatch): Start {
  const { weight, tensor } = match;
  const names = withBindings(context.names, match.bindings);
  const term = termsOf(weight)[match.term]!;
  if (term.is === 'dense') return { law: evaluateLaw(expression, names, sizesOf(match)), scale: 1 };
  const sizes = weight.axes.map(({ size }) => size);
  const whole = evaluateLaw(expression, names, sizes);
  // A draw of the whole leaves nothing to single entries.
  if (term.places !== undefined) return { law: { is: 'zeros' }, scale: 1 };
  const { stated } = tensor;
  if (whole.is === 'normal') {
    const deviation = match.only === undefined ? whole.deviation / Math.sqrt(summands(weight, term.of)) : whole.deviation;
    if (stated !== undefined) return { law: stated(deviation), scale: 1 };
    const own = term.nodes.every((node) => context.draft.tensors[node.parameter]!.stated === undefined);
    term.body.drawn = own ? deviation : undefined;
    return { law: { is: 'normal', deviation: coreDeviation(term, deviation) }, scale: 1, free: true };
  }
  return refuse({
    code: 'B711',
    message: `\`${match.weight.path}\` is decomposed: only \`normal\` and \`xavier\` are laws of the reconstructed weight`,
    at: expression.place,
    label: `\`${whole.is}\``,
    hint: 'state the law of the cores, as in `init core of ... ~ zeros`',
  });
}
