/**
 * `decompose S as TOPOLOGY [to error|energy|share e] [by inputs]`: every selected weight of two axes or more becomes a network. Biases and norms
 * are passed over. A tensor with several names is decomposed once, for all of them. What this body decomposed it may not decompose again; an
 * outer variant may.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Policy } from '../../values/model.ts';
import type { DraftWeight } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import { selectWeights, type WeightMatch } from '../selector.ts';
import { evaluateNumber } from '../static.ts';
import { announceFits, attach } from '../tensor/attach.ts';
import { namesOf, slotsOf } from '../tensor/slots.ts';
import { refuseAdapterName, sumOn } from '../tensor/sum.ts';
import { type Body, coresOf, resolve, type Tensor, type Use } from '../tensor/tensor.ts';
import { namesIn, readBy } from '../walk.ts';
import { applyChoosing } from './choosing.ts';
import { forMember, ofMember, type VariantContext } from './context.ts';
import { given } from './provenance.ts';
import { checkPieces, refactor } from './refactor.ts';
import { isSeeded, refuseSeeded } from './seeded.ts';

export function applyDecompose(context: VariantContext, change: tree.Decompose): void {
  if (change.selection.choices.some((choice) => choice.name !== undefined)) {
    refactor(context, change);
    return;
  }
  const use = { over: change.choosing === undefined ? [] : [change.choosing.over], expressions: readBy(change) };
  const weights = manyAxes(selectWeights(change.selection, context, use), change.selection);
  try {
    decomposeAll(context, change, weights);
  } catch (refused) {
    for (const { weight } of weights) context.draft.spoiled.add(weight.id);
    throw refused;
  }
}

function decomposeAll(context: VariantContext, change: tree.Decompose, weights: readonly WeightMatch[]): void {
  if (change.choosing !== undefined) {
    applyChoosing(context, change, change.choosing, weights);
    return;
  }
  if (change.to !== undefined) checkGiven(context, change.to, weights);
  if (change.by !== undefined) checkCriterion(context, change.by, change, weights);
  const done = new Map<Tensor, WeightMatch>();
  for (const match of weights) {
    const use = resolve(match.weight.terms[0]!.use);
    const before = done.get(use.tensor);
    if (before !== undefined) refuseTwo(ofMember(context, match), change, before, match);
    else {
      forMember(context, match, (own) => {
        const truncate = change.to === undefined ? undefined : policyOf(own, change.to);
        decomposeWeight(own, match.weight, use, change, truncate);
      });
    }
    done.set(use.tensor, before ?? match);
  }
}

/** B701 where one tensor stands for several members of the family, and the statement says another network for each. */
function refuseTwo(context: VariantContext, change: tree.Decompose, before: WeightMatch, match: WeightMatch): void {
  const read = new Set(readBy(change).flatMap((expression) => namesIn(expression).map(({ name }) => name)));
  const differs = [...match.bindings].find(([name, value]) => read.has(name) && before.bindings.get(name) !== value);
  if (differs === undefined) return;
  const sizes = (weight: DraftWeight, own: VariantContext) =>
    sumOn(own, change.as, weight)
      .flatMap(({ network }) => network.legs.map(({ size }) => size))
      .sort((a, b) => a - b)
      .join();
  const [name, value] = differs;
  const { tensor } = resolve(match.weight.terms[0]!.use);
  if (sizes(before.weight, ofMember(context, before)) === sizes(match.weight, context)) return;
  refuse({
    code: 'B701',
    message: `this says two things of one tensor, which is ${before.weight.path} and ${match.weight.path}`,
    at: change.selection.place,
    label: `another network for ${name} = ${value} than for ${before.bindings.get(name)}`,
    also: [{ place: tensor.joined ?? match.weight.place, text: 'one tensor' }],
    hint: 'give one network to all that are one tensor',
  });
}

/** Weights of two axes or more; a selection of nothing else is refused. */
export function manyAxes(matches: readonly WeightMatch[], selection: tree.Selection): WeightMatch[] {
  const many = matches.filter(({ weight }) => weight.axes.length > 1);
  if (many.length > 0) return many;
  return refuse({
    code: 'B610',
    message: 'a tensor of one axis has nothing to decompose',
    at: selection.place,
    label: `only ${listed(
      matches.map(({ weight }) => weight.path),
      3,
    )}`,
  });
}

/** Gives the tensor of the weight a body, for all that use it. What an inner body made of it goes, unless others use a part of that. */
function decomposeWeight(
  context: VariantContext,
  weight: DraftWeight,
  { tensor, perm }: Use,
  change: tree.Decompose,
  truncate: Policy | undefined,
): void {
  if (tensor.body !== undefined && tensor.body.by === context.body) refuseAgain(weight, change.selection.place, tensor.body);
  if (tensor.body !== undefined) keepShared(context, weight, tensor, change.selection.place);
  const at = change.selection.place;
  if (isSeeded(tensor)) refuseSeeded(context.draft, tensor, at, 'cannot be decomposed', 'it is stored nowhere: leave it out with `except`');
  const sum = sumOn(context, change.as, weight);
  const networks = sum.map(({ network }) => network);
  if (truncate !== undefined && networks.every(({ legs }) => legs.every((leg) => leg.outer !== undefined))) {
    refuseBondless(networks[0]!.topology, change);
  }
  refuseAdapterName(context.draft, sum, tensor);
  const isGiven = given(context, tensor);
  const body = attach(context.draft, sum, {
    law: isGiven ? { is: 'source' } : tensor.law,
    legs: tensor.legs,
    order: perm,
    origin: { of: tensor.origin },
    selected: change.selection.place,
    by: context.body,
    ...(truncate === undefined ? {} : { truncate }),
    ...(change.by === undefined ? {} : { near: 'inputs' }),
  });
  if (isGiven) announceFits(context.draft, weight, body);
  if (tensor.body !== undefined && tensor.body.by === undefined) noteReplaced(context, weight, tensor.body, change.selection.place);
  tensor.body = body;
  checkPieces(context.draft, tensor, change.as[0].place);
}

/** B605 where a core of the network that goes is a tensor of another network too: what made them one would be undone without a word. */
function keepShared({ draft }: VariantContext, weight: DraftWeight, whole: Tensor, at: Place): void {
  const slots = slotsOf(draft);
  for (const core of coresOf(whole)) {
    const other = slots.get(core)!.find((slot) => slot.is === 'term' || slot.owner !== whole);
    if (other === undefined) continue;
    const names = namesOf(draft);
    const [mine] = slots.get(core)!.flatMap((slot) => (slot.is === 'core' && slot.owner === whole ? [`${weight.path}.${slot.name}`] : []));
    const where = other.is === 'term' ? other.path : `${names(other.owner)[0]}.${other.name}`;
    refuse({
      code: 'B605',
      message: `\`${weight.path}\` is decomposed, and others use a core of it`,
      at,
      label: 'would undo that',
      also: [{ place: core.joined ?? whole.body!.selected, text: `makes ${mine} one tensor with ${where}` }],
      hint: 'build on a variant without that statement, or decompose a core of it',
    });
  }
}

function refuseBondless(topology: string, change: tree.Decompose): never {
  return refuse({
    code: 'B617',
    message: `\`${topology}\` has no bonds here, so nothing can be truncated`,
    at: change.to!.place,
    label: 'chooses the sizes of bonds',
    also: [{ place: change.as[0].place, text: 'has cores with outer legs alone' }],
    hint: 'leave it out: a topology without bonds has one size',
  });
}

/** N603: a layer declares the weight with a network, and this variant says another. */
function noteReplaced({ draft }: VariantContext, weight: DraftWeight, { terms }: Body, at: Place): void {
  const declared = terms.map(({ topology }) => topology).join(' + ');
  const message = `this replaces the network that the layer declares ${weight.path} with: ${declared}`;
  const also = [{ place: terms[0].at, text: 'declared here' }];
  draft.report.take([diagnostic({ code: 'N603', severity: 'note', message, at, label: 'decomposed otherwise', also })]);
}

/** B618: what a layer makes of its inputs says something about given values alone. */
function checkCriterion(context: VariantContext, by: tree.Identifier, { as }: tree.Decompose, weights: readonly WeightMatch[]): void {
  if (by.name !== 'inputs') {
    refuse({
      code: 'B618',
      message: 'a decomposition is `by inputs`, or by the weight itself',
      at: by.place,
      label: `\`${by.name}\` is nothing that it goes by`,
      hint: 'write `by inputs`, or leave it out',
    });
  }
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
    message: `\`by inputs\` needs given weights for ${listed(missing, 6)}`,
    at: by.place,
    label: 'what is drawn is drawn as cores',
    hint: 'name a file that holds them, `--from WEIGHTS.safetensors`, and data with `--calibrate`',
  });
}

function notGiven(context: VariantContext, weights: readonly WeightMatch[]): string[] {
  return weights.flatMap(({ weight }) => (given(context, resolve(weight.terms[0]!.use).tensor) ? [] : [weight.path]));
}

/** Truncation decides bonds from values, so values must be given before anything is planned. */
function checkGiven(context: VariantContext, to: NonNullable<tree.Decompose['to']>, weights: readonly WeightMatch[]): void {
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

function policyOf(context: VariantContext, to: NonNullable<tree.Decompose['to']>): Policy {
  const value = evaluateNumber(to.value, context.names);
  const most = to.measure === 'share' ? Number.POSITIVE_INFINITY : 1;
  if (value >= 0 && value <= most) return { measure: to.measure, value };
  return refuse({
    code: 'B608',
    message: `\`to ${to.measure}\` takes a number ${to.measure === 'share' ? 'from 0' : 'from 0 to 1'}`,
    at: to.value.place,
    label: `this is ${value}`,
  });
}

function refuseAgain(weight: DraftWeight, at: Place, { terms, selected }: Body): never {
  const [{ nodes, name }] = terms;
  const core = nodes[0]!.name;
  return refuse({
    code: 'B605',
    message: `\`${weight.path}\` is already decomposed`,
    at,
    label: 'again',
    also: [{ place: selected, text: 'first' }],
    hint: `decompose a core of it: \`${core} of ${weight.path}${name === undefined ? '' : `.${name}`}\``,
  });
}
