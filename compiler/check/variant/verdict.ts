/**
 * State statements decide on tensors, not on names. Within one body a tensor has at most one statement of each kind; a body further
 * out overrides what an inner one said.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { listed } from '../report.ts';
import type { TensorMatch } from '../selector.ts';
import { nameOf, namesOf } from '../tensor/slots.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { VariantContext } from './context.ts';

export type StateKind = 'update' | 'init' | 'keep' | 'squeeze';

/** The distinct tensors of a selection, each with the first of its places there. */
export function tensorsIn(matches: readonly TensorMatch[]): Map<Tensor, TensorMatch> {
  const first = new Map<Tensor, TensorMatch>();
  for (const match of matches) if (!first.has(match.tensor)) first.set(match.tensor, match);
  return first;
}

/** B701 where this body has already decided. The place says which statement of which body did. */
export function decide(context: VariantContext, tensor: Tensor, kind: StateKind, at: Place): void {
  const before = tensor.decided.get(kind);
  if (before !== undefined && before !== at && within(context.body, before)) {
    refuse({
      code: 'B701',
      message: `two ${kind === 'update' ? 'verdicts' : `\`${kind}\` statements`} on one tensor, ${nameOf(context.draft, tensor)}`,
      at,
      label: 'second',
      also: [{ place: before, text: 'first' }],
      hint: 'statements of one body are unordered; take it out of one with `except`',
    });
  }
  tensor.decided.set(kind, at);
}

function within(body: tree.Variant, place: Place): boolean {
  return place.file === body.place.file && place.from >= body.place.from && place.to <= body.place.to;
}

/** H48: a statement on some names of a shared tensor is one on all of them. */
export function noteOtherNames(context: VariantContext, matches: readonly TensorMatch[], at: Place): void {
  const names = namesOf(context.draft);
  const named = new Map<Tensor, Set<string>>();
  for (const { tensor, weight, node } of matches) {
    const [canonical = ''] = names(tensor);
    const end = node === undefined ? '' : canonical.slice(canonical.lastIndexOf('.'));
    named.set(tensor, (named.get(tensor) ?? new Set()).add(weight.path + end));
  }
  const others = [...named].flatMap(([tensor, chosen]) =>
    names(tensor).filter((name) => ![...chosen].some((own) => name === own || name.startsWith(`${own.slice(0, own.lastIndexOf('.'))}.`))),
  );
  if (others.length === 0) return;
  const message = `shared tensors: this also means ${listed(others, 4)}`;
  context.draft.report.take([diagnostic({ code: 'N701', severity: 'note', message, at, label: 'some names of shared tensors' })]);
}
