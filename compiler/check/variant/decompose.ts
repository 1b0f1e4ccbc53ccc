/**
 * `decompose S as TOPOLOGY [to error|energy|share|loss e [of all]] [by inputs [and gradients]]`: every selected weight of two axes or more becomes a network. Biases and norms
 * are passed over. A tensor with several names is decomposed once, for all of them. What this body decomposed it may not decompose again; an
 * outer variant may.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Budget } from '../../values/model.ts';
import type { DraftWeight } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import { selectWeights, type WeightMatch } from '../selector.ts';
import { addTensor } from '../tensor/add.ts';
import { sumOn } from '../tensor/sum.ts';
import { resolve, type Tensor, type Use, unite } from '../tensor/tensor.ts';
import { namesIn, readBy } from '../walk.ts';
import { checkReplaced, decomposeTensor } from './become-network.ts';
import { applyChoosing } from './choosing.ts';
import { forMember, ofMember, type VariantContext } from './context.ts';
import { type Family, familiesOf, lawOfStack, refuseMember, startOfStack } from './family.ts';
import { budgetOf, checkCriterion, checkGiven } from './promise.ts';
import { given } from './provenance.ts';
import { refactor } from './refactor.ts';
import { isSeeded, refuseSeeded } from './seeded.ts';

export function applyDecompose(context: VariantContext, change: tree.Decompose): void {
  if (change.selection.choices.some((choice) => choice.name !== undefined)) {
    refactor(context, change);
    return;
  }
  if (change.over !== undefined && change.choosing !== undefined) refuseChoosing(change.choosing.place);
  if (change.over !== undefined && change.by !== undefined) refuseInputs(change.by.place);
  const over = change.choosing === undefined ? (change.over ?? []) : [change.choosing.over];
  const use = { over, fixed: change.over !== undefined, expressions: readBy(change) };
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
  for (const { weight } of weights) context.draft.facts?.network(change.place, weight);
  const budget = budgetOf(context, change);
  if (change.to !== undefined) checkGiven(context, change.to, weights);
  if (change.by !== undefined) checkCriterion(context, change.by, change, weights);
  if (change.over !== undefined) {
    for (const family of familiesOf(weights, change)) forMember(context, family, (own) => decomposeFamily(own, family, change, budget));
    return;
  }
  const done = new Map<Tensor, WeightMatch>();
  for (const match of weights) {
    const use = resolve(match.weight.terms[0]!.use);
    const before = done.get(use.tensor);
    if (before !== undefined) refuseTwo(ofMember(context, match), change, before, match);
    else {
      forMember(context, match, (own) => {
        if (use.at !== undefined) refuseMember(match.weight, use, change.selection.place, 'is not decomposed alone');
        decomposeTensor(own, { weight: match.weight, family: [], ...use }, change, budget);
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

function refuseInputs(at: Place): never {
  const hint = 'leave it out: members have inputs of their own, and the network is one';
  return refuse({
    code: 'B618',
    message: 'a family that is one network is decomposed by its weights alone',
    at,
    label: '`by inputs`',
    hint,
  });
}

function refuseChoosing(at: Place): never {
  return refuse({
    code: 'B616',
    message: 'a family that is one network is not chosen',
    at,
    label: '`choosing` decides on single weights',
    hint: 'leave one of the two out',
  });
}

/** The stack of the members becomes a network. What is the stack of these members already gets another one. */
function decomposeFamily(context: VariantContext, family: Family, change: tree.Decompose, budget: Budget | undefined): void {
  const { draft } = context;
  const at = change.selection.place;
  const uses = family.members.map(({ weight }) => resolve(weight.terms[0]!.use));
  const { weight } = family.members[0]!;
  const rank = family.axes.length;
  const order = [...family.axes, ...weight.axes].map((_, k) => k);
  const [first] = uses as [Use];
  const whole =
    first.at !== undefined && first.at.length === rank && family.axes.every(({ size }, k) => first.tensor.legs[k]!.size === size);
  if (whole && uses.every((use, k) => use.tensor === first.tensor && use.at?.join() === family.members[k]!.at.join())) {
    decomposeTensor(
      context,
      { weight, family: family.axes, tensor: first.tensor, perm: [...order.slice(0, rank), ...first.perm] },
      change,
      budget,
    );
    return;
  }
  uses.forEach((use, k) => {
    const own = family.members[k]!.weight;
    if (use.at !== undefined) refuseMember(own, use, at, 'joins no other');
    if (isSeeded(use.tensor)) refuseSeeded(draft, use.tensor, at, 'cannot be stacked', 'it is stored nowhere: leave it out with `except`');
    checkReplaced(context, own, use.tensor, at);
  });
  const origin = startOfStack(context, family, change.selection);
  const stack = addTensor(draft, {
    legs: [...family.axes, ...weight.axes].map(({ name, size }) => ({ name, size })),
    law: lawOfStack(weight),
    role: 'dense',
    origin,
    init: { law: given(context, first.tensor) ? { is: 'source' } : lawOfStack(weight), scale: 1 },
  });
  decomposeTensor(context, { weight, family: family.axes, tensor: stack, perm: order }, change, budget);
  uses.forEach((use, k) => {
    delete use.tensor.body;
    unite(use, { tensor: stack, perm: order.slice(rank), at: family.members[k]!.at }, at);
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
