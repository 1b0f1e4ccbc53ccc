/**
 * `decompose T[3] of up as TOPOLOGY`: a core is a tensor, so it gets a body as any other. The axes of that topology are the legs of the
 * core, each in one piece.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { selectTensors } from '../selector.ts';
import { attach } from '../tensor/attach.ts';
import { parametersOf, termsOf } from '../tensor/flat.ts';
import { nameOf, slotsOf } from '../tensor/slots.ts';
import { isSparse, refuseTerm } from '../tensor/sparse.ts';
import { resolve, type Tensor } from '../tensor/tensor.ts';
import { refuseOrders } from '../topology/orders.ts';
import { resolveTopology } from '../topology/use.ts';
import { instantiateTopology, type TopologyNetwork } from '../topology.ts';
import { readBy } from '../walk.ts';
import { forMember, ofMember, type VariantContext } from './context.ts';
import { given } from './provenance.ts';
import { isSeeded, refuseSeeded } from './seeded.ts';

export function refactor(context: VariantContext, change: tree.Decompose): void {
  if (change.to !== undefined || change.by !== undefined || change.choosing !== undefined) {
    refuse({
      code: 'B609',
      message: 'a core is decomposed by bonds alone',
      at: (change.to ?? change.by ?? change.choosing)!.place,
      label: '`to`, `by` and `choosing` are for whole weights',
    });
  }
  const [variable] = change.over ?? [];
  if (variable !== undefined) {
    const hint = 'decompose the whole weights `over` it first, then a core of that network';
    refuse({ code: 'B609', message: 'a family is made of whole weights', at: variable.place, label: 'over cores', hint });
  }
  const done = new Map<Tensor, VariantContext>();
  for (const match of selectTensors(change.selection, context, { expressions: readBy(change) })) {
    const { tensor, node, weight } = match;
    const member = ofMember(context, match);
    const before = done.get(tensor);
    if (before !== undefined) refuseOther(before, member, change, tensor);
    if (before !== undefined) continue;
    done.set(tensor, member);
    if (node === undefined) {
      refuse({ code: 'B507', message: `\`${weight.path}\` is not decomposed`, at: change.selection.place, label: 'not a core' });
    }
    forMember(context, match, (own) => refactorCore(own, change, tensor));
  }
}

function refactorCore(context: VariantContext, change: tree.Decompose, core: Tensor): void {
  const { draft } = context;
  if (isSeeded(core)) refuseSeeded(draft, core, change.selection.place, 'cannot be decomposed', 'it is stored nowhere: leave it as it is');
  const [, second] = change.as;
  if (second !== undefined) refuseSum(draft, core, second.place);
  checkAxes(draft, core, change.selection.place);
  const network = networkOfCore(context, change, core);
  refuseOrders(network, change.as[0].topology.place, 'a core shares its legs with others');
  const open = draft.weights.find((weight) =>
    termsOf(weight).some((term) => term.is === 'network' && term.truncate !== undefined && parametersOf(term).includes(core.id)),
  );
  if (open !== undefined) {
    refuse({
      code: 'B609',
      message: `the bonds of ${open.path} are chosen from values, so the shape of ${nameOf(draft, core)} is not known yet`,
      at: change.selection.place,
      label: 'cannot be decomposed again',
      hint: 'give the bonds as numbers instead of `to`',
    });
  }
  core.body = attach(draft, [{ network, at: change.as[0].topology.place }], {
    law: given(context, core) ? { is: 'source' } : core.init.law,
    legs: core.legs,
    order: core.legs.map((_, k) => k),
    origin: { of: core.origin },
    selected: change.selection.place,
    by: context.body,
  });
  checkPieces(draft, core, change.as[0].place);
}

/** B610: the values of single entries have one axis, which says nothing of the weight. */
function checkAxes(draft: Draft, core: Tensor, at: Place): void {
  const single = draft.tensors.some(({ body }) =>
    body?.terms.some(({ places, nodes }) => places !== undefined && resolve(nodes[0]!.use).tensor === core),
  );
  if (single) refuse({ code: 'B610', message: 'single entries have nothing to decompose', at, label: `${nameOf(draft, core)} is a list` });
}

function networkOfCore({ draft, names }: VariantContext, change: tree.Decompose, core: Tensor): TopologyNetwork {
  const { topology } = change.as[0];
  if (isSparse({ draft, names }, topology)) refuseTerm(topology.place, 'a core is one network');
  const use = resolveTopology(draft.program, topology, names);
  return instantiateTopology({ ...use, axes: core.legs, declared: change.selection.place }, draft.report);
}

/** B701 where one core is selected at several places, and the statement says another network for each. */
function refuseOther(before: VariantContext, member: VariantContext, change: tree.Decompose, core: Tensor): void {
  const [first, second] = [before, member].map((context) => JSON.stringify(networkOfCore(context, change, core)));
  if (first === second) return;
  refuse({
    code: 'B701',
    message: `this says two things of one tensor, ${nameOf(member.draft, core)}`,
    at: change.selection.place,
    label: 'another network at each of its places',
    also: [{ place: core.joined ?? change.as[0].place, text: core.joined === undefined ? 'reads where it stands' : 'one tensor' }],
    hint: 'give one network to all that are one tensor',
  });
}

/** B609: legs of a core stay in one piece, since another core has them too. */
export function checkPieces(draft: Draft, tensor: Tensor, at: Place): void {
  const { terms } = tensor.body!;
  const split = terms[0].axes.findIndex(({ factors, padded }) => factors.length !== 1 || padded !== undefined);
  if (split < 0 && terms.length === 1) return;
  // Most tensors were never a core: no need to look where all stand.
  if (tensor.members.every((member) => member.core === undefined)) return;
  const core = slotsOf(draft)
    .get(tensor)
    ?.find((slot) => slot.is === 'core');
  if (core === undefined) return;
  if (terms.length > 1) refuseSum(draft, tensor, at);
  refuse({
    code: 'B609',
    message: `leg ${core.tensor.legs[split]!.name} of ${nameOf(draft, tensor)} cannot be split: another core shares it`,
    at,
    label: 'a leg in several factors',
    hint: 'choose a topology whose axes are in one piece, and write no factor lists',
  });
}

function refuseSum(draft: Draft, core: Tensor, at: Place): never {
  return refuse({
    code: 'B633',
    message: `${nameOf(draft, core)} is a core, and a core is one network`,
    at,
    label: 'a sum',
    hint: 'decompose the whole weight as a sum, or the core as one topology',
  });
}
