/** A tensor becomes a network, or the sum of several: what `decompose` does to one weight, and to the stack of a family. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Budget } from '../../values/model.ts';
import type { DraftWeight } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { announceFits, attach } from '../tensor/attach.ts';
import { namesOf, slotsOf } from '../tensor/slots.ts';
import { checkPlaces } from '../tensor/sparse.ts';
import { refuseAdapterName, sumOn } from '../tensor/sum.ts';
import { type Body, coresOf, type Tensor, type Use } from '../tensor/tensor.ts';
import { refuseOrders } from '../topology/orders.ts';
import type { VariantContext } from './context.ts';
import type { Family } from './family.ts';
import { policyOf } from './promise.ts';
import { given } from './provenance.ts';
import { checkPieces } from './refactor.ts';
import { isSeeded, refuseSeeded } from './seeded.ts';

/** `family`: the axes that stand before those of the weight. */
interface Whole extends Use {
  readonly weight: DraftWeight;
  readonly family: Family['axes'];
}

/** Gives a tensor a body, for all that use it. What an inner body made of it goes, unless others use a part of that. */
export function decomposeTensor(
  context: VariantContext,
  { weight, family, tensor, perm }: Whole,
  change: tree.Decompose,
  budget: Budget | undefined,
): void {
  const truncate = budget ?? (change.to === undefined ? undefined : policyOf(context, change.to));
  checkReplaced(context, weight, tensor, change.selection.place);
  const at = change.selection.place;
  if (isSeeded(tensor)) refuseSeeded(context.draft, tensor, at, 'cannot be decomposed', 'it is stored nowhere: leave it out with `except`');
  const sum = sumOn(context, change.as, weight, family);
  const networks = sum.map(({ network }) => network);
  for (const [k, network] of networks.entries()) {
    if (family.length > 0) refuseOrders(network, sum[k]!.at, 'members of a family have one order at most');
    if (change.by !== undefined) refuseOrders(network, change.by.place, 'looks at inputs, and rules look at the weight');
  }
  if (
    truncate !== undefined &&
    networks.every(({ legs, places }) => places !== undefined || legs.every((leg) => leg.outer !== undefined))
  ) {
    refuseBondless(networks[0]!.topology, change);
  }
  refuseAdapterName(context.draft, sum, tensor);
  const isGiven = given(context, tensor);
  checkPlaces(context.draft, weight, sum, isGiven);
  const body = attach(context.draft, sum, {
    law: isGiven ? { is: 'source' } : tensor.law,
    legs: tensor.legs,
    order: perm,
    origin: { of: tensor.origin },
    selected: change.selection.place,
    by: context.body,
    ...(isGiven ? {} : { held: weight.path }),
    ...(truncate === undefined ? {} : { truncate }),
    ...(change.by === undefined ? {} : { near: change.by.second === undefined ? 'inputs' : 'inputs and gradients' }),
  });
  if (isGiven) announceFits(context.draft, weight, body);
  if (tensor.body !== undefined && tensor.body.by === undefined) noteReplaced(context, weight, tensor.body, change.selection.place);
  tensor.body = body;
  checkPieces(context.draft, tensor, change.as[0].place);
}

/** A body that goes is of an inner variant, and nobody else uses its cores. */
export function checkReplaced(context: VariantContext, weight: DraftWeight, tensor: Tensor, at: Place): void {
  if (tensor.body === undefined) return;
  if (tensor.body.by === context.body) refuseAgain(weight, at, tensor.body);
  keepShared(context, weight, tensor, at);
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
