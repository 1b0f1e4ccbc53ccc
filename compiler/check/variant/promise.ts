/** `to error 0.1`, `to share 0.3 of all`, `to loss 0.05`, `by inputs and gradients`: what is promised of given values, and how they are measured. */
import type * as tree from '../../../grammar/tree.ts';
import type { Budget, Policy } from '../../values/model.ts';
import { refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import type { WeightMatch } from '../selector.ts';
import { evaluateNumber } from '../static.ts';
import { resolve } from '../tensor/tensor.ts';
import type { VariantContext } from './context.ts';
import { given } from './provenance.ts';

/** What a statement promises of each of its weights. B608. */
export function policyOf(context: VariantContext, to: tree.Truncation): Policy {
  const value = numberOf(context, to);
  return { measure: to.measure as Policy['measure'], value };
}

/** What it promises of all together; undefined where it promises something of each. B608, B619. */
export function budgetOf(context: VariantContext, { to, as }: tree.Decompose): Budget | undefined {
  if (to === undefined || (to.of === undefined && to.measure !== 'loss')) return undefined;
  const { of, measure } = to;
  if (of !== undefined && of.name !== 'all') {
    refuse({
      code: 'B619',
      message: 'bonds are chosen together for all weights that the statement selects',
      at: of.place,
      label: `\`${of.name}\` is no such set`,
      hint: 'write `of all`, and say in the selection which weights they are',
    });
  }
  if (measure === 'error' || measure === 'energy') {
    refuse({
      code: 'B619',
      message: `\`to ${measure}\` is a promise for each weight`,
      at: of!.place,
      label: 'is for `share`',
      hint: 'leave it out, or write `to share 0.3 of all`, which gives entries to the weights that need them most',
    });
  }
  if (measure === 'loss' && of !== undefined) {
    refuse({
      code: 'B619',
      message: '`to loss` is always of the whole model',
      at: of.place,
      label: 'says nothing here',
      hint: 'leave it out',
    });
  }
  if (as.length > 1) {
    refuse({
      code: 'B619',
      message: 'bonds of a sum of topologies are not chosen together with those of other weights',
      at: to.place,
      label: 'is for one topology',
      hint: 'decompose as one topology, or promise something of each weight, `to share 0.3`',
    });
  }
  const { common } = context;
  if (measure === 'loss' && common.promised !== undefined) {
    refuse({
      code: 'B619',
      message: 'the loss of the model is promised once',
      at: to.place,
      label: 'a second promise',
      also: [{ place: common.promised, text: 'the first' }],
      hint: 'select all its weights in one statement',
    });
  }
  const value = numberOf(context, to);
  if (measure === 'loss') common.promised = to.place;
  return { measure, value, joint: common.budgets++ };
}

function numberOf(context: VariantContext, { measure, value: said }: tree.Truncation): number {
  const value = evaluateNumber(said, context.names);
  const most = measure === 'share' || measure === 'loss' ? Number.POSITIVE_INFINITY : 1;
  if (value >= 0 && value <= most) return value;
  return refuse({
    code: 'B608',
    message: `\`to ${measure}\` takes a number ${most === 1 ? 'from 0 to 1' : 'from 0'}`,
    at: said.place,
    label: `this is ${value}`,
  });
}

/** B618: what a layer makes of its inputs says something about given values alone. */
export function checkCriterion(context: VariantContext, by: tree.Criterion, { as }: tree.Decompose, weights: readonly WeightMatch[]): void {
  const { first, second } = by;
  const wrong = first.name !== 'inputs' ? first : second !== undefined && second.name !== 'gradients' ? second : undefined;
  if (wrong !== undefined) {
    refuse({
      code: 'B618',
      message: 'a decomposition is `by inputs`, `by inputs and gradients`, or by the weight itself',
      at: wrong.place,
      label: `\`${wrong.name}\` is nothing that it goes by`,
      hint: 'write `by inputs`, or leave it out',
    });
  }
  const said = second === undefined ? 'by inputs' : 'by inputs and gradients';
  if (as.length > 1) {
    refuse({
      code: 'B618',
      message: 'a sum of topologies is fitted to the weight itself',
      at: by.place,
      label: 'is for one topology',
      hint: 'leave it out, or decompose as one topology',
    });
  }
  const missing = notGiven(context, weights);
  if (missing.length === 0) return;
  refuse({
    code: 'B618',
    message: `\`${said}\` needs given weights for ${listed(missing, 6)}`,
    at: by.place,
    label: 'what is drawn is drawn as cores',
    hint: 'name a file that holds them, `--from WEIGHTS.safetensors`, and data with `--calibrate`',
  });
}

function notGiven(context: VariantContext, weights: readonly WeightMatch[]): string[] {
  return weights.flatMap(({ weight }) => (given(context, resolve(weight.terms[0]!.use).tensor) ? [] : [weight.path]));
}

/** B607: truncation decides bonds from values, so values must be given before anything is planned. */
export function checkGiven(context: VariantContext, to: tree.Truncation, weights: readonly WeightMatch[]): void {
  const missing = notGiven(context, weights);
  if (missing.length > 0) {
    refuse({
      code: 'B607',
      message: `\`to ${to.measure}\` needs given weights for ${listed(missing, 6)}`,
      at: to.place,
      label: 'which bonds to keep depends on the values',
      hint: `name a file that holds them, \`--from WEIGHTS.safetensors\`, or give bonds instead, as in \`${'(b = 16)'}\``,
    });
  }
}
