/**
 * `decompose T[3] of up as TOPOLOGY`: a core is a tensor, so it gets a body as any other. The axes of that topology are the legs of the
 * core, each in one piece.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { selectTensors } from '../selector.ts';
import { parametersOf, termsOf } from '../tensor/flat.ts';
import { nameOf, slotsOf } from '../tensor/slots.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { resolveTopology } from '../topology/use.ts';
import { instantiateTopology } from '../topology.ts';
import type { VariantContext } from './context.ts';
import { attach } from './network.ts';
import { given } from './provenance.ts';

export function refactor(context: VariantContext, change: tree.Decompose): void {
  if (change.to !== undefined || change.choosing !== undefined) {
    refuse({
      code: 'B609',
      message: 'a core is decomposed by bonds alone',
      at: (change.to ?? change.choosing)!.place,
      label: '`to` and `choosing` are for whole weights',
    });
  }
  const done = new Set<Tensor>();
  for (const { tensor, node, weight } of selectTensors(change.selection, context)) {
    if (done.has(tensor)) continue;
    done.add(tensor);
    if (node === undefined) {
      refuse({ code: 'B507', message: `\`${weight.path}\` is not decomposed`, at: change.selection.place, label: 'not a core' });
    }
    refactorCore(context, change, tensor);
  }
}

function refactorCore(context: VariantContext, change: tree.Decompose, core: Tensor): void {
  const { draft } = context;
  const [{ topology: reference }, second] = change.as;
  if (second !== undefined) refuseSum(draft, core, second.place);
  const declared = change.selection.place;
  const network = instantiateTopology(
    { ...resolveTopology(draft.program, reference, context.names), axes: core.legs, declared },
    draft.report,
  );
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
  core.body = attach(draft, [{ network, at: reference.place }], {
    law: given(context, core) ? { is: 'source' } : core.init.law,
    legs: core.legs,
    order: core.legs.map((_, k) => k),
    origin: { of: core.origin },
    selected: change.selection.place,
    by: context.body,
  });
  checkPieces(draft, core, change.as[0].place);
}

/** B609: legs of a core stay in one piece, since another core has them too. */
export function checkPieces(draft: Draft, tensor: Tensor, at: Place): void {
  const { terms } = tensor.body!;
  const split = terms[0].axes.findIndex(({ factors, padded }) => factors.length !== 1 || padded !== undefined);
  if (split < 0 && terms.length === 1) return;
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
